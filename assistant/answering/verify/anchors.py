"""Anchors: what a sentence and its sources both name, and how each of them means it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from assistant.answering.verify.concepts import names
from assistant.answering.verify.reading import Statement
from assistant.answering.verify.support import same_word
from assistant.answering.verify.vocabulary import vocabulary
from retrieval.clinical_text import Assertion, assert_spans
from retrieval.terminology.concept import Concept

Language = Literal["fr", "en"]
_WORD = re.compile(r"[a-z]+")
_FRENCH = frozenset("le la les de du des d l un une et pas sans avec pour par chez est en".split())  # noqa: SIM905
_ENGLISH = frozenset("the of and no not with for by is was has had an in on denies".split())  # noqa: SIM905


class Meant(NamedTuple):
    """How a text means one anchor."""

    negated: bool
    family: bool
    hypothesis: bool


class Anchor(NamedTuple):
    """A concept or a content word of the sentence, how the sentence means it, and how the sources do."""

    concept: Concept | None
    word: str
    here: Meant
    there: tuple[Meant, ...]


def anchors(sentence: Statement, sources: Sequence[Statement], *, language: Language) -> tuple[Anchor, ...]:
    """Return the anchors of a sentence that at least one source names too."""
    spans = [(mention.start, mention.end) for mention in sentence.mentions]
    words = [
        word
        for word in sentence.words
        if word.text not in vocabulary().neutral
        and not vocabulary().negation.fullmatch(word.text)
        and not any(start <= word.start < end for start, end in spans)
        and len(word.text) > 3
    ]
    places = [*spans, *((word.start, word.end) for word in words)]
    meant = _meant(sentence, places, language=language)
    found: list[Anchor] = []
    for mention, here in zip(sentence.mentions, meant, strict=False):
        there = tuple(
            how for source in sources for how in _concept_there(source, mention.concept, language=language)
        )
        if there:
            found.append(Anchor(mention.concept, "", here, there))
    for word, here in zip(words, meant[len(spans) :], strict=True):
        there = tuple(how for source in sources for how in _word_there(source, word.text, language=language))
        if there:
            found.append(Anchor(None, word.text, here, there))
    return tuple(found)


def _concept_there(source: Statement, concept: Concept, *, language: Language) -> list[Meant]:
    spans = [(m.start, m.end) for m in source.mentions if names(concept, (m.concept,))]
    if spans:
        return _meant(source, spans, language=language)
    if source.fact is not None and names(concept, source.context):
        return [_typed(Meant(negated=False, family=False, hypothesis=False), source)]
    return []


def _word_there(source: Statement, word: str, *, language: Language) -> list[Meant]:
    spans = [(other.start, other.end) for other in source.words if same_word(word, other.text)]
    return _meant(source, spans, language=language) if spans else []


def _meant(statement: Statement, spans: list[tuple[int, int]], *, language: Language) -> list[Meant]:
    """How a text means spans of itself, read in its own language: a question may be in another."""
    spoken = _language_of(statement, language)
    found = assert_spans(statement.text, spans, language=spoken)
    return [_typed(_plain(each), statement) for each in found]


def _language_of(statement: Statement, default: Language) -> Language:
    words = set(_WORD.findall(statement.folded))
    french, english = len(words & _FRENCH), len(words & _ENGLISH)
    if french == english:
        return default
    return "fr" if french > english else "en"


def _plain(found: Assertion) -> Meant:
    return Meant(negated=found.negated, family=found.family, hypothesis=found.hypothesis)


def _typed(meant: Meant, statement: Statement) -> Meant:
    """What a fact says in its own fields stands above how its words read."""
    fact = statement.fact
    if fact is None:
        return meant
    return Meant(
        negated=meant.negated or fact.certainty == "absent",
        family=meant.family or fact.subject != "patient",
        hypothesis=meant.hypothesis or fact.certainty in {"suspected", "unknown"},
    )
