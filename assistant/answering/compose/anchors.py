"""Values around an event: at the stop of a drug, at the entry or exit of a stay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from assistant.answering.compose import events, medications
from assistant.answering.compose.measures import Point, measures, points, told_point
from assistant.answering.compose.record import Record, order_of_day
from assistant.answering.compose.result import NOTHING, FactsAnswer, FactSentence
from assistant.answering.understand.patterns import flatten
from retrieval.terminology.concept import Concept

_SOON = 3
"""Days after a stop within which a nearer result still tells the value at the stop."""
_EXIT = ("a la sortie", "at discharge", "de sortie")


def has_anchor(record: Record) -> bool:
    """Whether the question asks for values at the stop of a drug or around a stay."""
    return _drugs_stopped(record) or _names_stay(record)


def _drugs_stopped(record: Record) -> bool:
    drugs = any(concept.kind in ("drug", "drug_class") for concept in record.asked.concepts)
    return drugs and "stop" in record.hints


def _names_stay(record: Record) -> bool:
    words = record.asked.period.words if record.asked.period else ""
    bare = record.asked.period is None or record.asked.period.from_date is None
    named = any(concept.key == "topic:stay" for concept in record.asked.concepts)
    return bare and (named or "jour" in words or "ospital" in words or "stay" in words)


def answer(measured: Sequence[Concept], record: Record) -> FactsAnswer:
    """The values nearest before the stop, or inside the stay: first at entry, last at exit, else all."""
    if _drugs_stopped(record):
        return _at_stop(measured, record)
    return _in_stay(measured, record)


def _at_stop(measured: Sequence[Concept], record: Record) -> FactsAnswer:
    drugs = [concept for concept in record.asked.concepts if concept.kind in ("drug", "drug_class")]
    courses = [course for course in medications.courses_of(drugs, record) if course.stopped_on]
    sentences: list[FactSentence] = []
    for course in courses:
        day = order_of_day(course.stopped_on)
        for concept in _each(measured, record):
            point = _nearest(points(concept, record), day)
            if point:
                sentences.append(told_point(concept, point, record))
        sentences.append(medications.told(course, record))
    values = len(sentences) > len(courses)
    return FactsAnswer(sentences=tuple(sentences)) if values else NOTHING


def _nearest(found: Sequence[Point], day: str) -> Point | None:
    """The last result up to the stop, unless one within a few days after it is nearer."""
    before = [point for point in found if order_of_day(point.effective) <= day]
    after = [point for point in found if order_of_day(point.effective) > day]
    if not before or not after:
        return before[-1] if before else None
    gap_before, gap_after = (
        _days(order_of_day(before[-1].effective), day),
        _days(day, order_of_day(after[0].effective)),
    )
    return after[0] if gap_after < gap_before and gap_after <= _SOON else before[-1]


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days if first and last else 10_000


def _in_stay(measured: Sequence[Concept], record: Record) -> FactsAnswer:
    found = events.stays(record)
    if not found:
        return NOTHING
    stay = found[0] if "premiere hospitalisation" in flatten(record.asked.question) else found[-1]
    first, last = order_of_day(stay.start), order_of_day(stay.end) or "~"
    flat = flatten(record.asked.question)
    sentences: list[FactSentence] = []
    for concept in _each(measured, record):
        inside = [p for p in points(concept, record) if first <= order_of_day(p.effective) <= last]
        sentences += [told_point(concept, point, record) for point in _chosen(inside, flat, record)]
    return FactsAnswer(sentences=tuple(sentences)) if sentences else NOTHING


def _chosen(inside: Sequence[Point], flat: str, record: Record) -> Sequence[Point]:
    if any(mark in flat for mark in _EXIT):
        return inside[-1:]
    if record.asked.intents[0] == "first" or "first" in record.asked.intents:
        return inside[:1]
    return inside[-8:]


def _each(measured: Sequence[Concept], record: Record) -> tuple[Concept, ...]:
    return tuple(each for concept in measured for each in measures(concept, record))
