"""How the dose of a drug went over time: each dose once, with the day from which it is stated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from assistant.answering.compose.courses import Course, worded_dose
from assistant.answering.compose.medications import courses_of, posology_of, told
from assistant.answering.compose.record import Record
from assistant.answering.compose.result import FactsAnswer, FactSentence
from assistant.answering.compose.wording import sentence
from assistant.answering.rendering import on_date
from retrieval.fact import Fact
from retrieval.terminology.concept import Concept

_IN_ONE = 6
"""Doses in one sentence."""
_GIVEN = frozenset({"active", "final", "amended", None})


class Step(NamedTuple):
    """A dose, and the first statement of it after another one."""

    dose: str
    fact: Fact


def answer(record: Record, concepts: Sequence[Concept]) -> FactsAnswer | None:
    """The successive doses of each drug; None when the record holds fewer than two of any."""
    found = [(course, steps(course, record)) for course in courses_of(concepts, record)]
    if not any(len(made) > 1 for _, made in found):
        return None
    sentences: list[FactSentence] = []
    for course, made in found:
        sentences += _told(course, made, record)
        if course.state != "current" or len(made) < 2:
            sentences.append(told(course, record))
    return FactsAnswer(sentences=tuple(sentences))


def steps(course: Course, record: Record) -> tuple[Step, ...]:
    """The doses of a course in order, each where it is first stated after another."""
    made: list[Step] = []
    for fact in course.facts:
        dose = posology_of(fact, record).lstrip(" :")
        if fact.status not in _GIVEN or not dose:
            continue
        if not made or worded_dose(made[-1].fact) != worded_dose(fact):
            made.append(Step(dose, fact))
    return tuple(made)


def _told(course: Course, made: Sequence[Step], record: Record) -> list[FactSentence]:
    told_steps = []
    for start in range(0, len(made) if len(made) > 1 else 0, _IN_ONE):
        chunk = made[start : start + _IN_ONE]
        items = ", ".join(
            f"{step.dose} ({on_date(step.fact.effective, language=record.language)})" for step in chunk
        )
        text = sentence("dose_history", record.language, drug=course.name, items=items)
        told_steps.append(FactSentence(text, tuple(step.fact for step in chunk)))
    return told_steps
