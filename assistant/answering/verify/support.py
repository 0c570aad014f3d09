"""Support: are the words of a sentence those of the text it cites?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from assistant.answering.verify.reading import Statement
from assistant.answering.verify.vocabulary import vocabulary

_ENDINGS = re.compile(
    r"(?:ations?|itions?|ements?|ments?|ances?|ences?|iques?|euses?|eux|ees?|es|er|ant|ent|ing|ed|s|x|e)$"
)


def support(sentence: Statement, sources: Sequence[Statement], *, extra: Iterable[str] = ()) -> float | None:
    """Return the share of the sentence's content words that the sources hold; None when it has none.

    Left out of the count: framing words, units, words inside a concept that has its own check, and cues
    (negation, time, comparison) that have theirs. `extra` are further words that stand by the sources.
    """
    counted = list(content(sentence))
    if not counted:
        return None
    known = {word.text for source in sources for word in source.words} | set(extra)
    return sum(any(same_word(word, other) for other in known) for word in counted) / len(counted)


def content(sentence: Statement) -> list[str]:
    """The words of a sentence that state something and have no check of their own."""
    vocab = vocabulary()
    checked = [
        (mention.start, mention.end)
        for mention in sentence.mentions
        if mention.concept.key not in vocab.framing
    ]
    checked += [(quantity.start, quantity.end) for quantity in sentence.quantities]
    checked += [(date.start, date.end) for date in sentence.dates]
    cues = [
        vocab.negation,
        vocab.family,
        vocab.hypothesis,
        *vocab.temporality.values(),
        *vocab.sides.values(),
        *vocab.comparison.values(),
    ]
    return [
        word.text
        for word in sentence.words
        if word.text not in vocab.neutral
        and not any(start <= word.start < end for start, end in checked)
        and not any(pattern.fullmatch(word.text) for pattern in cues)
    ]


def same_word(left: str, right: str) -> bool:
    """Whether two folded words are the same but for their ending, or of one group of `words.toml`."""
    if left == right:
        return True
    group = vocabulary().same
    if left in group and group.get(right) == group[left]:
        return True
    return _close(stem(left), stem(right))


def with_synonyms(terms: Iterable[str]) -> tuple[str, ...]:
    """The terms, and every word that `words.toml` groups with one of them."""
    group = vocabulary().same
    wanted = {group[term] for term in terms if term in group}
    return tuple(dict.fromkeys((*terms, *(word for word, number in group.items() if number in wanted))))


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """Cut a light ending off a folded word, never below four letters."""
    cut = _ENDINGS.sub("", word)
    return cut if len(cut) >= 4 else word


def _close(left: str, right: str) -> bool:
    if left == right:
        return True
    shorter, longer = sorted((left, right), key=len)
    shared = next((place for place, letter in enumerate(shorter) if letter != longer[place]), len(shorter))
    return shared >= 5 and shared >= 0.7 * len(longer)
