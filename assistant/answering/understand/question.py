"""Read a question: what is asked, about what, when, about whom. Deterministic, a few milliseconds."""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple, cast

from assistant.answering.question import MAX_QUESTION
from assistant.answering.understand.patterns import Patterns, cues, flatten, found, load_patterns
from assistant.answering.understand.periods import find_period
from assistant.answering.understanding import Intent, Understanding
from retrieval.terminology.concept import Concept, ConceptKind
from retrieval.terminology.lexicon import Lexicon
from retrieval.terminology.words import Word, words_of

_MEASURES: frozenset[ConceptKind] = frozenset({"analyte", "vital_sign"})
_PREMISES: frozenset[ConceptKind] = frozenset(
    {"drug", "drug_class", "problem", "procedure", "imaging", "device", "allergy"}
)
_REFUSED: frozenset[Intent] = frozenset({"write", "advice", "general"})
_ASSUMING: frozenset[Intent] = frozenset({"why", "since", "dose"})


_VACCINE, _SEROLOGY = "topic:vaccine_", "_serology"
"""A disease that a vaccine is named by is not its serology."""


class _Named(NamedTuple):
    concepts: tuple[Concept, ...]
    spans: tuple[tuple[int, int], ...]


def understand(
    question: str, *, lexicon: Lexicon, language: Literal["fr", "en"] | None = None, today: date
) -> Understanding:
    """Read `question` (at most `MAX_QUESTION` characters are looked at). Never raises on any text.

    `today` is the day from which relative dates count. `language` overrides what the words suggest.
    """
    question = question[:MAX_QUESTION]
    patterns = load_patterns()
    period = find_period(question, today=today)
    covered = question if period is None else _blank(question, period.start, period.end)
    named = _named(covered, lexicon=lexicon, patterns=patterns)
    flat = flatten(covered)
    family = found(patterns.family, flatten(question)) and not found(patterns.not_family, flatten(question))
    intents = _intents(flat, named.concepts, patterns=patterns, has_period=period is not None)
    ambiguous, settled = _ambiguous(covered, named, lexicon=lexicon, flat=flat)
    concepts = _ordered(named.concepts + settled, intents)
    if family:
        concepts = _of_family(concepts, lexicon)
    return Understanding(
        question=question,
        language=language or _language(question, patterns),
        intents=intents,
        concepts=concepts,
        ambiguous=ambiguous,
        assumes=_assumes(concepts, intents, cues(question)),
        period=period.period if period else None,
        subject="family" if family else "patient",
        terms=_terms(covered, named.spans, patterns=patterns),
    )


def _blank(question: str, start: int, end: int) -> str:
    return question[:start] + " " * (end - start) + question[end:]


def _language(question: str, patterns: Patterns) -> Literal["fr", "en"]:
    words = [word.folded for word in words_of(question)]
    english = sum(word in patterns.english for word in words)
    french = sum(word in patterns.french for word in words)
    accents = any(ord(character) > 0xBF for character in question)
    return "en" if english > french + accents else "fr"


def _named(question: str, *, lexicon: Lexicon, patterns: Patterns) -> _Named:
    mentions = lexicon.mentions(question, lenient=True)
    pairs = [
        (mention.start, mention.end, mention.concept)
        for mention in mentions
        if not _meant_otherwise(mention.concept, question[mention.start :], patterns)
    ]
    spans = [(start, end) for start, end, _ in pairs]
    spans += [(item.start, item.end) for item in lexicon.ambiguities(question, lenient=True)]
    for word in words_of(question):
        if _inside(word, spans) or word.folded in patterns.common or word.form in patterns.common:
            continue
        guess = lexicon.fuzzy(word.folded)
        if guess and _meant_otherwise(guess, question[word.start :], patterns):
            continue
        if guess:
            pairs.append((word.start, word.end, guess))
        else:
            pairs += _in_corrected(question, word, lexicon=lexicon)
    pairs.sort(key=lambda pair: pair[0])
    concepts = {concept.key: concept for _, _, concept in pairs}
    return _Named(tuple(concepts.values()), tuple((start, end) for start, end, _ in pairs))


def _meant_otherwise(concept: Concept, said: str, patterns: Patterns) -> bool:
    """« Taille de la lésion » is no height: its words are then looked for as they stand."""
    pattern = patterns.meant_otherwise.get(concept.key)
    return pattern is not None and pattern.match(flatten(said)) is not None


def _in_corrected(question: str, word: Word, *, lexicon: Lexicon) -> list[tuple[int, int, Concept]]:
    """A misspelt word of a longer form (`groupe sangin`): mend it and look again at what it joins."""
    mended = lexicon.correct(word.folded)
    if mended is None or mended == word.form:
        return []
    text = question[: word.start] + mended + question[word.end :]
    end = word.start + len(mended)
    joined = [m for m in lexicon.mentions(text, lenient=True) if m.start <= word.start and m.end >= end]
    shift = len(text) - len(question)
    return [(mention.start, mention.end - shift, mention.concept) for mention in joined]


def _inside(word: Word, spans: list[tuple[int, int]]) -> bool:
    return any(start <= word.start and word.end <= end for start, end in spans)


def _intents(
    flat: str, concepts: tuple[Concept, ...], *, patterns: Patterns, has_period: bool
) -> tuple[Intent, ...]:
    matched = [cast(Intent, name) for name, sources in patterns.intents if found(sources, flat)]
    if "general" in matched and found(patterns.of_patient, flat):
        matched.remove("general")
    if matched and matched[0] in _REFUSED:
        return (matched[0],)
    matched = [intent for intent in matched if intent not in _REFUSED]
    return _settled(matched, concepts, flat=flat, has_period=has_period) or ("open",)


def _settled(
    matched: list[Intent], concepts: tuple[Concept, ...], *, flat: str, has_period: bool
) -> tuple[Intent, ...]:
    kinds = {concept.kind for concept in concepts}
    measures = bool(kinds & _MEASURES) or any(
        concept.members for concept in concepts if concept.kind == "topic"
    )
    lead: list[Intent] = []
    if measures:
        lead = _measure_lead(matched, flat=flat, has_period=has_period)
    elif "latest" in matched and "list" in matched and "dernier" not in flat and "last" not in flat:
        lead = ["list"]
    elif not matched and concepts:
        lead = [_bare(concepts[0], flat)]
    elif "trend" in matched and kinds & {"drug", "drug_class"}:
        lead = ["dose"]
    elif matched and matched[0] == "latest" and concepts and concepts[0].kind in {"drug", "drug_class"}:
        lead = ["presence"] if "dernier" not in flat and "last" not in flat else []
    elif matched and matched[0] == "count" and kinds <= {"drug"} and kinds and "mg" in flat:
        lead = ["dose"]
    return tuple(dict.fromkeys((*lead, *matched)))


def _measure_lead(matched: list[Intent], *, flat: str, has_period: bool) -> list[Intent]:
    if any(intent in matched for intent in ("trend", "why", "first", "count", "since", "who")):
        return []
    plural = "quelles sont les valeurs" in flat or "toutes les" in flat or "values" in flat
    if plural:
        return ["trend"]
    if has_period:
        return ["value_at"]
    if "date" in matched and "dernier" not in flat and "last" not in flat:
        return ["date"]
    return ["latest"]


def _bare(concept: Concept, flat: str) -> Intent:
    if concept.kind in ("procedure", "imaging"):
        return "latest" if "result" in cues(flat) else "date"
    if concept.kind == "topic":
        return "list"
    return "presence"


def _ordered(concepts: tuple[Concept, ...], intents: tuple[Intent, ...]) -> tuple[Concept, ...]:
    """Where one form means both a substance and its measure, the intent says which is meant."""
    unique = tuple({concept.key: concept for concept in concepts}.values())
    if {"drug:cholecalciferol", "analyte:vitamin_d"} <= {concept.key for concept in unique}:
        unwanted = (
            "analyte:vitamin_d" if intents[0] in ("dose", "presence", "since") else "drug:cholecalciferol"
        )
        unique = tuple(concept for concept in unique if concept.key != unwanted)
    if any(concept.key.startswith(_VACCINE) for concept in unique):
        unique = tuple(concept for concept in unique if not concept.key.endswith(_SEROLOGY))
    return unique


def _of_family(concepts: tuple[Concept, ...], lexicon: Lexicon) -> tuple[Concept, ...]:
    """Antecedents of relatives are the family history, not the patient's."""
    own, theirs = "topic:history", lexicon.concept("topic:family_history")
    mended = (theirs if concept.key == own else concept for concept in concepts)
    return tuple({concept.key: concept for concept in mended}.values())


def _ambiguous(
    question: str, named: _Named, *, lexicon: Lexicon, flat: str
) -> tuple[tuple[Concept, ...], tuple[Concept, ...]]:
    """Return the offered readings, and the concepts of abbreviations that the question itself settles."""
    keys = {concept.key for concept in named.concepts}
    offered: dict[str, Concept] = {}
    settled: list[Concept] = []
    for mention in lexicon.ambiguities(question, lenient=True):
        readings = [lexicon.reading_concept(reading) for reading in mention.readings]
        if any(reading.key in keys for reading in readings):
            continue
        measured = [reading for reading in readings if reading.kind in _MEASURES]
        if measured and any(
            word in flat for word in ("dosage", "taux", "valeur", "dernier", "level", "last")
        ):
            settled += measured
            continue
        offered.update((reading.key, reading) for reading in readings)
    return tuple(offered.values()), tuple(settled)


def _assumes(
    concepts: tuple[Concept, ...], intents: tuple[Intent, ...], hints: frozenset[str]
) -> tuple[Concept, ...]:
    things = tuple(concept for concept in concepts if concept.kind in _PREMISES)
    if intents[0] in _ASSUMING:
        return things[:1] if intents[0] == "why" and not hints & {"stop", "start", "change"} else things[:2]
    if intents[0] == "date" and (
        "stop" in hints or any(c.kind not in ("drug", "drug_class") for c in things)
    ):
        return things[:1]
    return ()


def _terms(question: str, spans: tuple[tuple[int, int], ...], *, patterns: Patterns) -> tuple[str, ...]:
    left = (word for word in words_of(question) if not _inside(word, list(spans)))
    words = (
        word.folded
        for word in left
        if len(word.folded) >= 3 and word.folded not in patterns.common and not word.folded.isdigit()
    )
    return tuple(dict.fromkeys(words))
