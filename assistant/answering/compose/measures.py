"""Laboratory results and vital signs: latest, first, at a date, over time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from assistant.answering.compose.record import Record, covers, has_value, time_of
from assistant.answering.compose.result import NOTHING, FactConflict, FactsAnswer, FactSentence
from assistant.answering.compose.wording import part, sentence
from assistant.answering.rendering import fact_value, number_and_unit, on_date, reference_text
from retrieval.fact import Fact, Quantity, Text
from retrieval.folding import fold
from retrieval.terminology.concept import Concept
from retrieval.terminology.numbers import format_number
from retrieval.terminology.units import canonical
from retrieval.terminology.words import forms_of

_SERIES = 8
"""Values in one sentence of a series."""
_LONGEST_SERIES = 40
_NO_MEASURE = frozenset({"medication", "allergy", "immunisation"})
_LAST_ONE = re.compile(r"\b(?:dernier|derniere|latest|last|most recent)\b(?! \d)")

_SENTENCES = {
    "last": "latest",
    "first": "first_value",
    "at": "at",
    "final": "last_final",
    "highest": "highest",
    "lowest": "lowest",
}

Which = Literal["last", "first"]
Extreme = Literal["highest", "lowest"]


class Point(NamedTuple):
    """One result as shown: one fact, or the two of a blood pressure."""

    facts: tuple[Fact, ...]
    shown: str
    effective: str | None


def measures(concept: Concept, record: Record) -> tuple[Concept, ...]:
    """The measures that a concept stands for: a panel's members, else itself. Blood pressure stays whole."""
    if concept.kind == "topic":
        return tuple(record.lexicon.concept(key) for key in concept.members)
    return (concept,)


def points(concept: Concept, record: Record) -> tuple[Point, ...]:
    """All results of a measure, oldest first."""
    if concept.key == "vital:blood_pressure":
        return _pressures(concept, record)
    facts = [
        fact
        for fact in record.about(concept)
        if _may_measure(fact) and has_value(fact) and fact.certainty == "present"
    ]
    return tuple(Point((fact,), fact_value(fact, language=record.language), fact.effective) for fact in facts)


def _may_measure(fact: Fact) -> bool:
    """A level may have the name of a drug: a prescription, or its line in another document, is no result."""
    return fact.kind not in _NO_MEASURE and not (fact.kind == "generic" and isinstance(fact.value, Text))


def _pressures(concept: Concept, record: Record) -> tuple[Point, ...]:
    upper = record.about(record.lexicon.concept("vital:systolic"))
    lower = record.about(record.lexicon.concept("vital:diastolic"))
    found = []
    for top in upper:
        for low in lower:
            if (top.locator.record_id, top.effective) == (low.locator.record_id, low.effective):
                found.append(_pressure(top, low, record))
                break
    whole = [fact for fact in record.about(concept) if fact not in upper and fact not in lower]
    found += [
        Point((f,), fact_value(f, language=record.language), f.effective) for f in whole if has_value(f)
    ]
    return tuple(sorted(found, key=lambda point: time_of(point.facts[0])))


def _pressure(top: Fact, low: Fact, record: Record) -> Point:
    numbers, units = [], set()
    for fact in (top, low):
        if isinstance(fact.value, Quantity):
            magnitude = fact.value.magnitude
            whole = magnitude == magnitude.to_integral_value()
            numbers.append(
                format_number(magnitude.to_integral_value() if whole else magnitude, language=record.language)
            )
            units.add(fact.value.unit)
    shown = number_and_unit("/".join(numbers), units.pop() if len(units) == 1 else "")
    return Point((top, low), shown, top.effective)


def one_value(concept: Concept, record: Record, *, which: Which) -> FactsAnswer:
    """The latest or first result of each measure; two different results of one moment are a conflict."""
    sentences: list[FactSentence] = []
    conflicts: list[FactConflict] = []
    for each in measures(concept, record):
        kept = inside(points(each, record), record)
        if not kept:
            continue
        chosen = kept[-1] if which == "last" else kept[0]
        sentences.append(_told(which, each, chosen, record))
        sentences += _final_before(each, chosen, kept, record) if which == "last" else []
        conflicts += _same_moment(each, chosen, kept, record)
    if not sentences:
        return NOTHING
    return FactsAnswer(sentences=tuple(sentences), conflicts=tuple(conflicts))


def inside(found: Sequence[Point], record: Record) -> list[Point]:
    """The points inside the period of the question."""
    period = record.asked.period
    if period is None:
        return list(found)
    return [p for p in found if covers(p.effective, first=period.from_date, last=period.to_date)]


def _told(name: str, concept: Concept, point: Point, record: Record) -> FactSentence:
    gender = record.gender(concept)
    language = record.language
    text = sentence(
        _SENTENCES[name],
        language,
        last=part(f"last_{gender}", language),
        first=part(f"first_{gender}", language),
        final=part(f"final_{gender}", language),
        label=label_of(concept, point.facts[0], record),
        value=point.shown,
        date=on_date(point.effective, language=language),
        range=_range(point, record),
        judgement=_judgement(point, record),
        status=_status(point.facts[0], record),
    )
    return FactSentence(text, point.facts)


def told_point(concept: Concept, point: Point, record: Record) -> FactSentence:
    """One result, without saying that it is the latest."""
    return _told("at", concept, point, record)


def told_extreme(which: Extreme, concept: Concept, point: Point, record: Record) -> FactSentence:
    """One result as the highest or lowest of a series."""
    return _told(which, concept, point, record)


def label_of(concept: Concept, fact: Fact, record: Record) -> str:
    """The concept's name; with the source's own label where that is not one of its usual names.

    The lexicon's display names are French: an English sentence has the source's own label.
    """
    if record.language == "en":
        return name_of(concept, fact, record)
    known = {forms_of(word) for word in concept.words}
    labels = (fact.label, fact.label.partition(" (")[0])
    if concept.key == "vital:blood_pressure" or any(forms_of(label) in known for label in labels):
        return concept.label
    return f"{concept.label} (« {fact.label} »)"


def name_of(concept: Concept, fact: Fact, record: Record) -> str:
    """The concept's name alone: French as in the lexicon, in English as the source labels the fact."""
    if record.language == "fr":
        return concept.label
    return "blood pressure" if concept.key == "vital:blood_pressure" else fact.label


def _range(point: Point, record: Record) -> str:
    if len(point.facts) > 1:
        return ""
    text = reference_text(point.facts[0].reference_range, language=record.language)
    return f" ({text})" if text else ""


def _judgement(point: Point, record: Record) -> str:
    """High and low only as the range or the laboratory has them."""
    fact = point.facts[0]
    if len(point.facts) > 1:
        return ""
    name: str | None = against_range(fact)
    if fact.interpretation in ("critical_high", "critical_low") and name in (None, "above", "below"):
        name = fact.interpretation
    elif name is None and fact.interpretation:
        name = {"high": "above", "low": "below", "normal": "within"}.get(fact.interpretation, "abnormal")
    return part(name, record.language) if name else ""


def against_range(fact: Fact) -> Literal["above", "below", "within"] | None:
    """Where a quantity stands in its own reference range; None when that cannot be decided."""
    limits, value = fact.reference_range, fact.value
    if not isinstance(value, Quantity) or limits is None or (limits.low is None and limits.high is None):
        return None
    if value.comparator not in (None, ">", ">=", "<", "<="):
        return None
    up, down = value.comparator in (">", ">="), value.comparator in ("<", "<=")
    if limits.high is not None and value.magnitude > limits.high and not down:
        return "above"
    if limits.low is not None and value.magnitude < limits.low and not up:
        return "below"
    if value.comparator is not None:
        within = down and limits.low is None and limits.high is not None and value.magnitude <= limits.high
        return "within" if within else None
    return "within"


def _status(fact: Fact, record: Record) -> str:
    return part(fact.status, record.language) if fact.status in ("preliminary", "amended") else ""


def _final_before(
    concept: Concept, chosen: Point, kept: Sequence[Point], record: Record
) -> list[FactSentence]:
    """After a preliminary result, the last final one."""
    if chosen.facts[0].status != "preliminary":
        return []
    final = [point for point in kept if point.facts[0].status != "preliminary"]
    return [_told("final", concept, final[-1], record)] if final else []


def _same_moment(
    concept: Concept, chosen: Point, kept: Sequence[Point], record: Record
) -> list[FactConflict]:
    others = [p for p in kept if time_of(p.facts[0]) == time_of(chosen.facts[0]) and p.shown != chosen.shown]
    units = {unit_of(point) for point in (chosen, *others)}
    if not others or len(units) > 1:
        return []
    from assistant.answering.conflicts import conflict_of

    named = name_of(concept, chosen.facts[0], record)
    return [conflict_of(named, [(p.shown, p.facts[0]) for p in (chosen, *others)], record=record)]


def unit_of(point: Point) -> str:
    """The canonical unit of a point; empty for what is no quantity."""
    value = point.facts[0].value
    return canonical(value.unit) if isinstance(value, Quantity) else ""


def at_period(concept: Concept, record: Record) -> FactsAnswer:
    """Every result inside the period that is asked; one sentence for one result, a series for more."""
    sentences: list[FactSentence] = []
    for each in measures(concept, record):
        kept = inside(points(each, record), record)
        if _asks_for_one(record):
            kept = kept[-1:]
        if len(kept) == 1:
            sentences.append(_told("at", each, kept[0], record))
        elif kept:
            sentences += series(each, kept, record)
    return FactsAnswer(sentences=tuple(sentences)) if sentences else NOTHING


def _asks_for_one(record: Record) -> bool:
    """« Dernier potassium avant mars »: one; « les derniers », « la dernière semaine » ask for more."""
    period = record.asked.period
    words = period.words if period else ""
    return _LAST_ONE.search(fold(record.asked.question.replace(words, " "))) is not None


def series(concept: Concept, kept: Sequence[Point], record: Record) -> list[FactSentence]:
    """The results with their dates, eight a sentence, at most the newest forty."""
    shown = list(kept[-_LONGEST_SERIES:])
    made = []
    for start in range(0, len(shown), _SERIES):
        chunk = shown[start : start + _SERIES]
        shown_series = ", ".join(f"{p.shown} {on_date(p.effective, language=record.language)}" for p in chunk)
        name = "trend_more" if start else "trend"
        label = name_of(concept, chunk[0].facts[0], record)
        text = sentence(name, record.language, label=label, series=shown_series)
        made.append(FactSentence(text, tuple(fact for point in chunk for fact in point.facts)))
    return made
