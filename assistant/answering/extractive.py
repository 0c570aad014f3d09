"""Extractive answers: where no model words an answer, the sentence of the record that answers is quoted.

A sentence is quoted only if it holds what was asked: every named concept (in itself or in its heading) or
most of the question's words, and, for why / who / when / how much, a sign of that kind of answer. The
weights and cues are in `extractive.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Literal, NamedTuple

from assistant.answering.aspects import asked_aspects, tells
from assistant.answering.line_parts import part_about
from assistant.answering.understanding import Understanding
from assistant.answering.verify.concepts import names
from assistant.answering.verify.reading import Statement, read, tainted, widened
from assistant.answering.verify.support import same_word
from assistant.answering.verify.vocabulary import vocabulary, words_pattern
from retrieval.clinical_text import split_sentences
from retrieval.evidence import EvidenceItem
from retrieval.folding import fold
from retrieval.moments import order_of
from retrieval.terminology.dates import format_date
from retrieval.terminology.lexicon import Lexicon

LONGEST_QUOTE = 320
SHORTEST_QUOTE = 8
_TOLD = 5
_NOW = frozenset({"latest", "dose"})
_NEVER = frozenset({"topic:treatment", "topic:history", "topic:stay", "topic:laboratory", "topic:imaging"})
"""Topics too wide to tell one sentence from another."""


class Quoted(NamedTuple):
    """A sentence of the record (`line`) as it is shown (`text`), with the label of its item."""

    text: str
    line: str
    label: str
    score: float


class _Rules(NamedTuple):
    enough: float
    certain: float
    second: float
    cue: float
    cues: dict[str, re.Pattern[str]]
    required: frozenset[str]
    frame: frozenset[str]
    quantity: re.Pattern[str]


def quotes(
    understanding: Understanding,
    items: Sequence[EvidenceItem],
    *,
    lexicon: Lexicon,
    limit: int = 2,
    certain: bool = False,
) -> tuple[Quoted, ...]:
    """Return the sentences of the passages that answer, best first; empty when none does clearly.

    With `certain`, only sentences that hold all that was asked. Of equally good ones the newest comes first
    for a question about now, else the best found.
    """
    rules = _rules()
    aspects = asked_aspects(understanding.question)
    found = [
        (_rank(understanding, item, score), Quoted(_shown(item, line, understanding), line, item.id, score))
        for item in items
        if item.passage is not None and not tainted(item.locator.quote)
        for line, score in _scored(understanding, item, lexicon=lexicon)
        if score >= (rules.certain if certain else rules.enough)
        and tells(part_about(line, understanding, lexicon=lexicon), aspects)
    ]
    kept: list[Quoted] = []
    for _, quoted in _in_order(found, understanding):
        if len(kept) >= limit or (kept and quoted.score < kept[0].score * rules.second):
            break
        if not any(fold(quoted.line) == fold(other.line) for other in kept):
            kept.append(quoted)
    return tuple(kept[:1] if _NOW.intersection(understanding.intents) else kept)


_Ranked = tuple[tuple[float, str], Quoted]


def _in_order(found: list[_Ranked], understanding: Understanding) -> list[_Ranked]:
    """The best first; of equals the oldest, where a beginning is asked."""
    if "first" not in understanding.intents:
        return sorted(found, key=lambda pair: pair[0], reverse=True)
    return sorted(sorted(found, key=lambda pair: pair[0][1]), key=lambda pair: -pair[0][0])


def _rank(understanding: Understanding, item: EvidenceItem, score: float) -> tuple[float, str]:
    """Best score first; of nearly equal ones the newest, where the question is about now."""
    if {"first", *_NOW}.intersection(understanding.intents):
        return round(score, 1), order_of(item.effective)
    return score, ""


def _shown(item: EvidenceItem, line: str, understanding: Understanding) -> str:
    return quotation(line, title=item.title, day=item.effective, language=understanding.language)


def _scored(understanding: Understanding, item: EvidenceItem, *, lexicon: Lexicon) -> list[tuple[str, float]]:
    assert item.passage is not None
    heading = read(" · ".join((*item.passage.heading, item.title)), lexicon, anchor=None)
    text = item.locator.quote
    scored = []
    for start, end in split_sentences(text):
        line = " ".join(text[start:end].split())
        if SHORTEST_QUOTE <= len(line) <= LONGEST_QUOTE and not line.endswith(":"):
            score = _score(understanding, read(line, lexicon, anchor=None), heading, lexicon)
            scored.append((line, score))
    return scored


def share_asked(understanding: Understanding, text: str, *, heading: str, lexicon: Lexicon) -> float:
    """How much of what is asked `text`, under `heading`, tells: 0 for nothing, 1.0 and more for all of it."""
    line, above = read(text, lexicon, anchor=None), read(heading, lexicon, anchor=None)
    return _score(understanding, line, above, lexicon)


def _score(understanding: Understanding, line: Statement, heading: Statement, lexicon: Lexicon) -> float:
    rules = _rules()
    says = {word.text for word in line.words} - {word.text for word in heading.words}
    if not says or not _has_required(understanding, line, heading):
        return 0.0
    supposed = [widened(concept, lexicon) for concept in understanding.assumes]
    if supposed and not any(names(concept, line.concepts) for concept in supposed):
        return 0.0  # what is taken for granted must be in the line itself
    shares = [
        share
        for share in (
            _concept_share(understanding, line, heading, lexicon),
            _word_share(understanding, line, heading),
        )
        if share is not None
    ]
    cued = any(_cue(intent, line, heading) for intent in understanding.intents)
    if not shares:
        return rules.enough if cued else 0.0
    return sum(shares) / len(shares) + (rules.cue if cued else 0.0)


def _concept_share(
    understanding: Understanding, line: Statement, heading: Statement, lexicon: Lexicon
) -> float | None:
    """The share of the asked concepts that a line names; a topic may be named by the heading alone."""
    asked = [widened(c, lexicon) for c in understanding.concepts if c.key not in _NEVER]
    if not asked:
        return None
    found = 0.0
    for concept in asked:
        if names(concept, line.concepts):
            found += 1.0
        elif names(concept, heading.concepts):
            found += 0.9 if concept.kind == "topic" else 0.3
    return found / len(asked)


def _word_share(understanding: Understanding, line: Statement, heading: Statement) -> float | None:
    """The share of the question's other content words that a line holds; half for those of its heading."""
    words = asked_words(understanding)
    if not words:
        return None
    own = {word.text for word in line.words}
    beside = {word.text for word in heading.words}
    found = 0.0
    for word in words:
        if any(same_word(word, other) for other in own):
            found += 1.0
        elif any(same_word(word, other) for other in beside):
            found += 0.5
    return found / len(words)


def asked_words(understanding: Understanding) -> list[str]:
    """The question's content words outside the concepts that the lexicon already compares."""
    rules, framing = _rules(), vocabulary().neutral
    concepts = [concept for concept in understanding.concepts if concept.key not in _NEVER]
    named = {word for concept in concepts for form in concept.words for word in fold(form).split()}
    return [t for t in understanding.terms if t not in named and t not in framing and t not in rules.frame]


def wants_latest(understanding: Understanding) -> bool:
    """Whether the question says that the newest is asked: « dernier », « actuel »."""
    return _rules().cues["latest"].search(fold(understanding.question)) is not None


def _has_required(understanding: Understanding, line: Statement, heading: Statement) -> bool:
    """A why needs a reason, a who a person. That a drug was stopped, told with more words, tells why."""
    if _needs_number(understanding) and not line.quantities:
        return False
    for intent in understanding.intents:
        if intent not in _rules().required or _cue(intent, line, heading):
            continue
        stopped = vocabulary().temporality["stopped"].search(line.folded) is not None
        if not (intent == "why" and stopped and len(line.words) >= _TOLD):
            return False
    return True


def _needs_number(understanding: Understanding) -> bool:
    """Whether only a number answers: asked by a word, or for the latest value of something measured."""
    if _rules().quantity.search(fold(understanding.question)):
        return True
    kinds = {concept.kind for concept in understanding.concepts}
    return bool(_NOW.intersection(understanding.intents)) and bool(kinds & {"analyte", "vital_sign"})


def _cue(intent: str, line: Statement, heading: Statement) -> bool:
    if intent in {"date", "since"}:
        return bool(line.dates)
    if intent in {"dose", "value_at", "count"}:
        return bool(line.quantities)
    pattern = _rules().cues.get(intent)
    return pattern is not None and (pattern.search(line.folded) or pattern.search(heading.folded)) is not None


def quotation(line: str, *, title: str, day: str | None, language: Literal["fr", "en"]) -> str:
    """Quote a sentence of the record with its document and day: `Courrier du 12/03/2024 : « … »`."""
    name = title or "Document"
    when = format_date(day, language=language) if day else ""
    if language == "en":
        return f"{name}{', ' if when else ''}{when}: “{line}”"
    return f"{name}{' du ' if when else ''}{when}\u202f: «\u202f{line}\u202f»"


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    data = tomllib.loads(files("assistant.answering").joinpath("extractive.toml").read_text(encoding="utf-8"))
    return _Rules(
        enough=data["score"]["enough"],
        certain=data["score"]["certain"],
        second=data["score"]["second"],
        cue=data["score"]["cue"],
        cues={intent: words_pattern(words) for intent, words in data["cues"].items()},
        required=frozenset(data["required"]["intents"]),
        frame=frozenset(data["frame"]["words"]),
        quantity=words_pattern(data["quantity"]["words"]),
    )
