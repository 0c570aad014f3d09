"""Answers about treatment: current and stopped, dose, since when, why."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answering.compose.courses import (
    Course,
    courses,
    dose_since,
    drug_key,
    posology_details,
    start_of,
    stop_reason,
)
from assistant.answering.compose.record import Record, covers, detail, detail_text
from assistant.answering.compose.result import NOTHING, FactConflict, FactsAnswer, FactSentence
from assistant.answering.compose.wording import part, sentence
from assistant.answering.conflicts import conflict_of
from assistant.answering.rendering import on_date, since_date
from retrieval.fact import Boolean, Fact, Moment
from retrieval.folding import fold
from retrieval.terminology.concept import Concept

_NEED = re.compile(r"\b(?:si|en cas de|au) besoin\b|\b(?:as needed|prn)\b")
_RANK = {"current": 0, "suspended": 1, "planned": 2, "stopped": 3, "ended": 4}


def courses_of(concepts: Sequence[Concept], record: Record) -> tuple[Course, ...]:
    """The courses that the concepts name: drugs, members of classes, or all for the treatment as a whole."""
    facts = {fact.id: fact for concept in concepts for fact in record.about(concept, kinds=("medication",))}
    keys = set(facts)
    every = courses(record.of_kind("medication"), record=record)
    named = tuple(course for course in every if any(fact.id in keys for fact in course.facts))
    return tuple(sorted(named, key=lambda course: _RANK[course.state]))


def posology(course: Course, record: Record) -> str:
    """The posology of a course as it stands now."""
    return posology_of(course.latest, record)


def posology_of(fact: Fact, record: Record) -> str:
    """Dose, frequency, route, need: ` : 5 mg matin et soir, voie orale`, or nothing when none is stated."""
    words = [" ".join(item.text.split()) for item in posology_details(fact)]
    said = fold(" ".join(words))
    route = detail_text(fact, "route")
    if route and fold(route) not in said:
        named = fold(route).startswith("voie ")  # prose says « voie orale », data say « orale »
        words.append(route if named else part("route", record.language, route=route))
    need = part("as_needed", record.language)
    if _as_needed(fact) and fold(need) not in said:
        words.append(need)
    colon = " : " if record.language == "fr" else ": "
    return colon + ", ".join(words) if words else ""


def _as_needed(fact: Fact) -> bool:
    found = detail(fact, "as_needed")
    if found is None:
        said = fold(" ".join(item.text for item in posology_details(fact)))
        return _NEED.search(said) is not None
    if isinstance(found.value, Boolean):
        return found.value.value
    return fold(found.text).strip() not in {"non", "no", "false", ""}


def since_words(course: Course, record: Record) -> str:
    """Since when the treatment goes on."""
    words = since_date(course.since, language=record.language)
    return f", {words}" if words else ""


def _dose_since(course: Course, record: Record) -> str:
    """Since when the dose in force is given; with the beginning of the treatment, where that is earlier."""
    first = dose_since(course)
    if first is None:
        return since_words(course, record)
    begun = start_of(first)
    since = since_date(first.effective if begun == course.since else begun, language=record.language)
    return part(
        "dose_since", record.language, since=since, date=on_date(course.since, language=record.language)
    )


def _start_stated(course: Course) -> bool:
    """Whether the record says when it is to begin, and not only when that was written."""
    found = detail(course.start, "start")
    return found is not None and isinstance(found.value, Moment)


def _cited(course: Course) -> tuple[Fact, ...]:
    first = dose_since(course)
    facts = [course.latest, course.start, course.newest, *([first] if first is not None else [])]
    if course.stop is not None:
        facts = [course.stop]
    return tuple({fact.id: fact for fact in facts}.values())


def told(course: Course, record: Record, *, opening: str = "medication") -> FactSentence:
    """One sentence on one course, whatever its state. `opening` words a current one."""
    language = record.language
    name = opening
    if course.state == "stopped":
        name = "medication_stopped"
    elif course.state == "planned" and not _start_stated(course):
        name = "medication_planned_undated"
    elif course.state != "current":
        name = f"medication_{course.state}"
    elif opening == "why":
        name = "medication_not_stopped"
    dated = course.stopped_on if course.state in ("stopped", "ended") else course.latest.effective
    if course.state == "planned":
        dated = course.since
    reason = stop_reason(course) if course.state != "suspended" else detail_text(course.latest, "reason")
    text = sentence(
        name,
        language,
        drug=course.name,
        posology=posology(course, record),
        since=_dose_since(course, record),
        date=on_date(dated, language=language),
        reason=part("reason", language, reason=reason) if reason else "",
    )
    return FactSentence(text, _cited(course))


def current_treatment(record: Record, concepts: Sequence[Concept]) -> FactsAnswer:
    """Every current drug with dose and since when; then the others apart, with dates and reasons."""
    found = _in_period(courses_of(concepts, record), record)
    if "as_needed" in record.hints:
        found = tuple(course for course in found if _as_needed(course.latest) and course.state == "current")
    if "stopped_list" in record.hints:
        found = tuple(course for course in found if course.state in ("stopped", "ended", "suspended"))
    if not found:
        return NOTHING
    return FactsAnswer(
        sentences=tuple(told(course, record) for course in found), conflicts=_conflicts(found, record)
    )


def _conflicts(found: Sequence[Course], record: Record) -> tuple[FactConflict, ...]:
    """Drugs stopped in one document and still given in a newer one."""
    stopped, taken = ("arrêté", "en cours") if record.language == "fr" else ("stopped", "current")
    return tuple(
        conflict_of(
            course.name, [(stopped, course.stop), *((taken, fact) for fact in course.against)], record=record
        )
        for course in found
        if course.stop is not None and course.against
    )


def _in_period(found: Sequence[Course], record: Record) -> tuple[Course, ...]:
    period = record.asked.period
    if period is None or (period.from_date is None and period.to_date is None):
        return tuple(found)
    return tuple(
        course
        for course in found
        if any(covers(fact.effective, first=period.from_date, last=period.to_date) for fact in course.facts)
        or (
            (course.since or "~")[:10] <= (period.to_date or "~")
            and (course.stopped_on or "~")[:10] >= (period.from_date or "")
        )
    )


def presence(record: Record, concepts: Sequence[Concept]) -> FactsAnswer:
    """Whether a drug or class is being taken: yes with the dose, or stopped, when and why."""
    found = _in_period(courses_of(concepts, record), record)
    if not found:
        return NOTHING
    current = [course for course in found if course.state == "current"]
    shown = current or found
    sentences = tuple(told(course, record, opening="medication_present") for course in shown)
    others = tuple(told(course, record) for course in found if course not in shown)
    return FactsAnswer(sentences=(*sentences, *others), conflicts=_conflicts(found, record))


def dose(record: Record, concepts: Sequence[Concept]) -> FactsAnswer:
    """The dose in force; for a drug no longer taken, that it was stopped: the premise is corrected."""
    found = courses_of(concepts, record)
    if not found:
        return NOTHING
    current = [course for course in found if course.state == "current"]
    if not current:
        gone = tuple(_gone(course, record) for course in found)
        return FactsAnswer(sentences=gone, premise_corrected=True, conflicts=_conflicts(found, record))
    complete = all(posology(course, record) for course in current)
    over = _alone_and_gone(found, concepts, record)
    sentences = (*(_gone(course, record) for course in over), *(told(course, record) for course in current))
    return FactsAnswer(sentences=sentences, complete=complete, premise_corrected=bool(over))


def _alone_and_gone(
    found: Sequence[Course], concepts: Sequence[Concept], record: Record
) -> tuple[Course, ...]:
    """The asked drugs that were stopped by themselves, where only a combination that holds them goes on."""
    asked = {concept.key for concept in concepts if concept.kind == "drug"}
    alone = {drug_key(course.facts[-1], record): course for course in found}
    return tuple(
        course for key, course in alone.items() if key in asked and course.state in ("stopped", "ended")
    )


def _gone(course: Course, record: Record) -> FactSentence:
    if course.state != "stopped":
        return told(course, record)
    reason = stop_reason(course)
    text = sentence(
        "premise_stopped",
        record.language,
        drug=course.name,
        date=on_date(course.stopped_on, language=record.language),
        reason=part("reason", record.language, reason=reason) if reason else "",
    )
    return FactSentence(text, _cited(course))


def since(record: Record, concepts: Sequence[Concept]) -> FactsAnswer:
    """When the course that goes on began; for a drug no longer taken, its start and its stop."""
    found = courses_of(concepts, record)
    if not found:
        return NOTHING
    current = [course for course in found if course.state == "current"]
    sentences = [_started(course, record) for course in current or found]
    if current:
        return FactsAnswer(sentences=tuple(sentences))
    gone = [_gone(course, record) for course in found]
    return FactsAnswer(sentences=(*sentences, *gone), premise_corrected=True)


def _started(course: Course, record: Record) -> FactSentence:
    language = record.language
    words = since_date(course.since, language=language)
    if course.state == "current" and words:
        text = sentence("medication_since", language, drug=course.name, since=words)
    else:
        text = sentence(
            "medication_started", language, drug=course.name, date=on_date(course.since, language=language)
        )
    return FactSentence(text, (course.start,))


def stop_dates(record: Record, concepts: Sequence[Concept]) -> FactsAnswer:
    """When it was stopped; a drug that goes on is said to go on, and the premise corrected."""
    found = courses_of(concepts, record)
    if not found:
        return NOTHING
    stopped = [course for course in found if course.state in ("stopped", "ended", "suspended")]
    sentences = tuple(told(course, record, opening="why") for course in stopped or found)
    return FactsAnswer(sentences=sentences, premise_corrected=not stopped)
