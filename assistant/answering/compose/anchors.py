"""What held around an event: at the stop of a drug, at the entry or exit of a stay, on the day of an act.

An anchor is the event that the question names; values, doses and wards are then told as of its day.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from assistant.answering.compose import events, medications, past, stays
from assistant.answering.compose.measures import Point, measures, points, told_point
from assistant.answering.compose.record import Record, order_of_day
from assistant.answering.compose.result import NOTHING, FactsAnswer, FactSentence
from assistant.answering.understand.patterns import flatten
from retrieval.fact import Fact
from retrieval.terminology.concept import Concept

_SHORTEST_LABEL = 6


class Anchor(NamedTuple):
    """An event with its day (ISO 8601) and the sentences that tell it. `place` says where in a stay."""

    day: str
    told: tuple[FactSentence, ...]
    place: Literal["stop", "event", "entry", "exit", "within"]
    stay: stays.Stay | None = None
    name: str = ""


def anchor_of(record: Record) -> Anchor | None:
    """The event around which the question asks, None when it names none that the record holds."""
    if "dose" in record.asked.intents:  # `prenait` tells of the past, not of a stop
        return _event(record) or _stay(record)
    return _stop(record) or _event(record) or _stay(record)


def asks(name: str, record: Record) -> bool:
    """Whether the question has words of that list of anchors.toml."""
    flat = flatten(record.asked.question)
    return any(pattern.search(flat) for pattern in _patterns()[name])


def _drugs(record: Record) -> list[Concept]:
    return [concept for concept in record.asked.concepts if concept.kind in ("drug", "drug_class")]


def _stop(record: Record) -> Anchor | None:
    if "stop" not in record.hints or not _drugs(record):
        return None
    stopped = [course for course in medications.courses_of(_drugs(record), record) if course.stopped_on]
    if not stopped:
        return None
    course = stopped[0]
    return Anchor(order_of_day(course.stopped_on), (medications.told(course, record),), "stop")


def _event(record: Record) -> Anchor | None:
    """The act or examination whose whole name stands in the question; of several days the last."""
    if not asks("event", record):
        return None
    flat = flatten(record.asked.question)
    named = [
        fact
        for fact in record.of_kind("procedure", "imaging", "device")
        if fact.certainty == "present"
        and not events.is_planned(fact)
        and len(fact.label) >= _SHORTEST_LABEL
        and flatten(fact.label) in flat
    ]
    longest = max((len(fact.label) for fact in named), default=0)
    named = [fact for fact in named if len(fact.label) == longest]
    if not named:
        return None
    last = max(named, key=lambda fact: order_of_day(events.happened(fact)))
    return Anchor(
        order_of_day(events.happened(last)), (events.told_event(last, record),), "event", None, last.label
    )


def _stay(record: Record) -> Anchor | None:
    period = record.asked.period
    if not asks("stay", record) or (period is not None and period.from_date):
        return None
    found = stays.stays(record)
    if not found:
        return None
    stay = found[0] if asks("first_stay", record) else found[-1]
    place: Literal["entry", "exit", "within"] = "within"
    if asks("exit", record):
        place = "exit"
    elif asks("entry", record):
        place = "entry"
    day = order_of_day(stay.end if place == "exit" else stay.start) or order_of_day(stay.start or stay.end)
    return Anchor(day, (stays.told_stay(stay, record),), place, stay)


def unknown_stay(record: Record) -> bool:
    """Whether the question asks at the entry or the exit of a stay, and no stay is recorded as data.

    Its day is then not known, and no other value may stand for the one asked.
    """
    at_its_edge = asks("stay", record) and (asks("entry", record) or asks("exit", record))
    return at_its_edge and record.asked.period is None and not stays.stays(record)


def named_by(anchor: Anchor, record: Record) -> frozenset[str]:
    """Concepts that stand only inside the name of the event: `coagulation endoscopique` asks for no INR."""
    if not anchor.name:
        return frozenset()
    beside = flatten(record.asked.question).replace(flatten(anchor.name), " ; ")
    kept = {mention.concept.key for mention in record.lexicon.mentions(beside, lenient=True)}
    return frozenset(concept.key for concept in record.asked.concepts) - kept


def beside_acts(record: Record) -> tuple[Concept, ...]:
    """The concepts of the question, less the measures that stand only inside the whole name of an act."""
    flat = flatten(record.asked.question)
    named = {
        flatten(fact.label)
        for fact in record.of_kind("procedure", "imaging", "device")
        if len(fact.label) >= _SHORTEST_LABEL and flatten(fact.label) in flat
    }
    if not named:
        return record.asked.concepts
    for label in sorted(named, key=len, reverse=True):
        flat = flat.replace(label, " ; ")
    kept = {mention.concept.key for mention in record.lexicon.mentions(flat, lenient=True)}
    return tuple(
        each for each in record.asked.concepts if each.kind not in ("analyte", "topic") or each.key in kept
    )


def values(measured: Sequence[Concept], anchor: Anchor, record: Record) -> FactsAnswer:
    """The values nearest the event; of a stay the first, the last, or all."""
    sentences: list[FactSentence] = []
    for concept in [each for one in measured for each in measures(one, record)]:
        found = points(concept, record)
        chosen = _nearest(found, anchor.day) if anchor.stay is None else _in_stay(found, anchor, record)
        sentences += [told_point(concept, point, record) for point in chosen]
    if not sentences:
        return NOTHING
    beside = anchor.told if anchor.stay is None else ()
    return FactsAnswer(sentences=(*sentences, *beside))


def doses(drugs: Sequence[Concept], anchor: Anchor, record: Record) -> FactsAnswer:
    """The dose in force on the day of the event: on the eve of the entry, since an entry often changes it."""
    day = _eve(anchor.day) if anchor.place == "entry" else anchor.day
    told = past.told_on(drugs, day, record, place=anchor.place) or past.told_on(
        drugs, anchor.day, record, place=anchor.place
    )
    return FactsAnswer(sentences=(*anchor.told, *told)) if told else NOTHING


def ward(anchor: Anchor, record: Record) -> FactsAnswer:
    """The stay around the event, with its ward. The event itself is told beside it."""
    stay = anchor.stay or next(
        (each for each in stays.stays(record) if stays.covers_day(each, anchor.day)), None
    )
    if stay is None:
        return NOTHING
    if anchor.stay is not None:
        return FactsAnswer(sentences=(stays.told_stay(stay, record),))
    return FactsAnswer(sentences=(stays.told_stay(stay, record), *anchor.told), settled=True)


def _nearest(found: Sequence[Point], day: str) -> list[Point]:
    """The last result up to the day, unless one within a few days after it is nearer."""
    before = [point for point in found if order_of_day(point.effective) <= day]
    after = [point for point in found if order_of_day(point.effective) > day]
    if not before or not after:
        return before[-1:]
    gap = _days(order_of_day(before[-1].effective), day)
    ahead = _days(day, order_of_day(after[0].effective))
    return after[:1] if ahead < gap and ahead <= _rules()["soon"] else before[-1:]


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days if first and last else 10_000


def _eve(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat() if day else day


def _in_stay(found: Sequence[Point], anchor: Anchor, record: Record) -> Sequence[Point]:
    assert anchor.stay is not None
    inside = [point for point in found if stays.covers_day(anchor.stay, order_of_day(point.effective))]
    if anchor.place == "exit":
        return inside[-1:]
    if anchor.place == "entry" or "first" in record.asked.intents:
        return inside[:1]
    return inside[-8:]


def stops_in_stay(record: Record) -> tuple[stays.Stay, Fact] | None:
    """The stay during which the drug of the question was stopped, with the stopping fact."""
    if "stop" not in record.hints:
        return None
    for course in medications.courses_of(_drugs(record), record):
        day = order_of_day(course.stopped_on)
        for stay in stays.stays(record):
            if course.stop is not None and stays.covers_day(stay, day):
                return stay, course.stop
    return None


@lru_cache(maxsize=1)
def _rules() -> dict[str, Any]:
    resource = files("assistant.answering.compose") / "anchors.toml"
    return tomllib.loads(resource.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _patterns() -> dict[str, tuple[re.Pattern[str], ...]]:
    lists = {name: value for name, value in _rules().items() if isinstance(value, list)}
    return {name: tuple(re.compile(pattern) for pattern in value) for name, value in lists.items()}
