"""What was given on a day of the past: the statement in force then, not today's."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answering.compose.courses import posology_details, start_of, stop_of
from assistant.answering.compose.medications import courses_of, posology_of
from assistant.answering.compose.record import Record, order_of_day
from assistant.answering.compose.result import NOTHING, FactsAnswer, FactSentence
from assistant.answering.compose.wording import sentence
from assistant.answering.rendering import on_date
from retrieval.fact import Fact
from retrieval.terminology.concept import Concept

_STOPS = {"stopped", "completed", "suspended"}


def names_a_day(record: Record) -> bool:
    """Whether the question asks about one day before today."""
    period = record.asked.period
    return (
        period is not None
        and period.from_date is not None
        and period.from_date == period.to_date
        and period.from_date < record.day
    )


def on_day(record: Record, concepts: Sequence[Concept]) -> FactsAnswer:
    """Each drug of the concepts that was being given on the day of the question, with its dose then.

    Nothing was in force: no answer from facts, since a record may not hold all prescriptions of that time.
    """
    day = (record.asked.period and record.asked.period.from_date) or ""
    told = told_on(concepts, day, record)
    return FactsAnswer(sentences=told) if told else NOTHING


def told_on(
    concepts: Sequence[Concept], day: str, record: Record, *, place: str = ""
) -> tuple[FactSentence, ...]:
    """A sentence for each drug in force on `day`; `place` says that the day is that of an entry or exit."""
    opening = {"entry": "medication_at_entry", "exit": "medication_at_exit"}.get(place, "medication_then")
    found = [in_force(course.facts, day) for course in courses_of(concepts, record)]
    return tuple(_told(fact, record, opening=opening) for fact in found if fact is not None)


def in_force(facts: Sequence[Fact], day: str) -> Fact | None:
    """The newest statement that gives the drug on `day`, the one with a dose where there is one.

    `facts` are of one drug, oldest first. A stop on the very day ends it before.
    """
    running: list[Fact] = []
    for fact in facts:
        if fact.status == "planned" or order_of_day(_told_on(fact)) > day:
            continue
        if fact.status in _STOPS:
            running = [] if order_of_day(stop_of(fact)) <= day else running
        else:
            running.append(fact)
    running = [fact for fact in running if not _over(fact, day)]
    dosed = [fact for fact in running if posology_details(fact)]
    chosen = dosed or running
    return chosen[-1] if chosen else None


def _told_on(fact: Fact) -> str | None:
    """From when a statement holds: a stop from its own day, a prescription from its start."""
    return stop_of(fact) if fact.status in _STOPS else start_of(fact)


def _over(fact: Fact, day: str) -> bool:
    end = order_of_day(fact.effective_end)
    return bool(end) and end < day


def _told(fact: Fact, record: Record, *, opening: str) -> FactSentence:
    text = sentence(
        opening,
        record.language,
        drug=fact.label,
        posology=posology_of(fact, record),
        date=on_date(start_of(fact), language=record.language),
    )
    return FactSentence(text, (fact,))
