"""Sentences of a draft that the truth does not support (S8). Hallucination rate as in CREOLA, by sentence.

Without a judge model, a sentence counts as supported when every number and date in it is true, it states
nothing forbidden, it cites something, and at least half of its content words stand in the truth or in what it
cites. The share of words alone is a weak sign (AUROC .70 to .74 in print), so this finds invented facts that
carry a number, a drug or a term; a wrong relation between true words stays unseen. Suites print it as what it
is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from eval.cases.gold import DrugGold, GoldValue, NumberGold, PolarityGold, TermGold
from eval.metrics.lexicon import words
from eval.metrics.numeric_fidelity import text_fidelity
from eval.metrics.plain import plain
from eval.metrics.value_match import label, says_as_true
from eval.synthetic.truth import Value

COVERED = 0.5
_WORD = re.compile(r"[^\W\d_]{4,}")


class Support(Value):
    """Whether one sentence is supported, and what speaks against it."""

    supported: bool
    reasons: tuple[str, ...] = ()


def support(
    sentence: str, *, known: Sequence[GoldValue], quotes: Sequence[str], forbidden: Sequence[GoldValue] = ()
) -> Support:
    """Judge one sentence by the truth of its patient (`known`) and the texts that it cites (`quotes`).

    A sentence without content words and numbers, such as a heading, states nothing and is supported.
    """
    numbers = text_fidelity(sentence, about=(), known=known)
    content = content_words(sentence)
    if not content and not numbers.numbers:
        return Support(supported=True)
    reasons = [f"{literal} is not true" for literal in numbers.wrong]
    reasons += [f"{label(value)} is said" for value in forbidden if says_as_true(sentence, value)]
    if not quotes:
        reasons.append("it cites nothing")
    share = coverage(content, [*_texts(known), *quotes])
    if share < COVERED:
        reasons.append(f"{share:.0%} of its words stand in the truth or in what it cites")
    return Support(supported=not reasons, reasons=tuple(reasons))


def content_words(text: str) -> tuple[str, ...]:
    """The words of four letters or more that are not of the frame, plain, each once, in order."""
    frame = frozenset(words("frame"))
    return tuple(dict.fromkeys(word for word in _WORD.findall(plain(text)) if word not in frame))


def coverage(content: Sequence[str], texts: Sequence[str]) -> float:
    """The share of words that stand in one of the texts, by their first six letters; 1 for no word."""
    there = {word[:6] for text in texts for word in _WORD.findall(plain(text))}
    return sum(word[:6] in there for word in content) / len(content) if content else 1.0


def _texts(known: Sequence[GoldValue]) -> Iterator[str]:
    for value in known:
        if isinstance(value, TermGold):
            yield from value.forms
        elif isinstance(value, DrugGold):
            yield from (value.dci, *value.brands)
        elif isinstance(value, PolarityGold):
            yield value.about
        elif isinstance(value, NumberGold):
            yield value.unit
