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

from assistant.answering.understanding import Understanding
from assistant.answering.verify.concepts import names
from assistant.answering.verify.reading import Statement, read, tainted, widened
from assistant.answering.verify.support import same_word
from assistant.answering.verify.vocabulary import vocabulary, words_pattern
from retrieval.clinical_text import split_sentences
from retrieval.evidence import EvidenceItem
from retrieval.folding import fold
from retrieval.terminology.dates import format_date
from retrieval.terminology.lexicon import Lexicon

_LONGEST_QUOTE = 320
_SHORTEST_QUOTE = 12


class Quoted(NamedTuple):
    """A sentence of the record, ready to be verified and shown, with the label of its item."""

    text: str
    label: str
    score: float


class _Rules(NamedTuple):
    enough: float
    second: float
    cues: dict[str, re.Pattern[str]]
    required: frozenset[str]
    frame: frozenset[str]


def quotes(
    understanding: Understanding, items: Sequence[EvidenceItem], *, lexicon: Lexicon, limit: int = 2
) -> tuple[Quoted, ...]:
    """Return the sentences of the passages that answer, best first; empty when none does clearly."""
    found = [
        Quoted(quotation(line, title=item.title, day=item.effective, language=understanding.language), item.id, score)
        for rank, item in enumerate(items)
        if item.passage is not None and not tainted(item.locator.quote)
        for line, score in _scored(understanding, item, lexicon=lexicon, rank=rank)
    ]
    rules = _rules()
    best = sorted(found, key=lambda quoted: quoted.score, reverse=True)
    kept: list[Quoted] = []
    for quoted in best:
        floor = rules.enough if not kept else max(rules.enough, kept[0].score * rules.second)
        if quoted.score < floor or len(kept) >= limit:
            break
        if not any(_repeats(quoted, other) for other in kept):
            kept.append(quoted)
    return tuple(kept)


def _scored(
    understanding: Understanding, item: EvidenceItem, *, lexicon: Lexicon, rank: int
) -> list[tuple[str, float]]:
    assert item.passage is not None
    heading = read(" · ".join((*item.passage.heading, item.title)), lexicon, anchor=None)
    text = item.locator.quote
    scored = []
    for start, end in split_sentences(text):
        line = " ".join(text[start:end].split())
        if _SHORTEST_QUOTE <= len(line) <= _LONGEST_QUOTE and not line.endswith(":"):
            score = _score(understanding, read(line, lexicon, anchor=None), heading, lexicon)
            scored.append((line, score - 0.01 * rank))
    return scored


def _score(understanding: Understanding, line: Statement, heading: Statement, lexicon: Lexicon) -> float:
    rules = _rules()
    if not _has_required(understanding, line, heading):
        return 0.0
    concepts = [widened(c, lexicon) for c in understanding.concepts if c.key not in vocabulary().framing]
    own = sum(names(concept, line.concepts) for concept in concepts)
    near = sum(names(concept, (*line.concepts, *heading.concepts)) for concept in concepts)
    concept_share = (0.8 * own + 0.2 * near) / len(concepts) if concepts else None
    words = [w for w in _asked_words(understanding, line) if w not in rules.frame]
    known = {word.text for word in line.words}
    around = {word.text for word in heading.words}
    hits = sum(
        1.0 if any(same_word(w, k) for k in known) else 0.5 if any(same_word(w, k) for k in around) else 0.0
        for w in words
    )
    word_share = hits / len(words) if words else None
    shares = [share for share in (concept_share, word_share) if share is not None]
    if not shares:
        return 0.5 if any(_cue(intent, line, heading) for intent in understanding.intents) else 0.0
    return sum(shares) / len(shares) + (
        0.15 if any(_cue(i, line, heading) for i in understanding.intents) else 0.0
    )


def _asked_words(understanding: Understanding, line: Statement) -> list[str]:
    """The question's content words outside the concepts that the lexicon already compares."""
    named = {
        word for concept in understanding.concepts for form in concept.words for word in fold(form).split()
    }
    frame = vocabulary().neutral
    return [term for term in understanding.terms if term not in named and term not in frame and line.text]


def _has_required(understanding: Understanding, line: Statement, heading: Statement) -> bool:
    """A why needs a reason, a who a person, a when a date, a how much a number."""
    asked = [intent for intent in understanding.intents if intent in _rules().required]
    return all(_cue(intent, line, heading) for intent in asked)


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
    return f"{name}{' du ' if when else ''}{when}\u00a0: «\u202f{line}\u202f»"


def _repeats(quoted: Quoted, other: Quoted) -> bool:
    left, right = (fold(each.text.partition(":")[2]) for each in (quoted, other))
    return left == right


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    data = tomllib.loads(files("assistant.answering").joinpath("extractive.toml").read_text(encoding="utf-8"))
    return _Rules(
        enough=data["score"]["enough"],
        second=data["score"]["second"],
        cues={intent: words_pattern(words) for intent, words in data["cues"].items()},
        required=frozenset(data["required"]["intents"]),
        frame=frozenset(data["frame"]["words"]),
    )
