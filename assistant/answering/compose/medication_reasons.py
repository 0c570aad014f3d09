"""Why a drug is given, was changed or was stopped."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answering.compose.courses import Course, indication, stop_reason
from assistant.answering.compose.medications import courses_of, posology_of, since_words, told
from assistant.answering.compose.record import Record, detail_text
from assistant.answering.compose.result import NOTHING, FactsAnswer, FactSentence
from assistant.answering.compose.wording import part, sentence
from assistant.answering.rendering import on_date
from retrieval.terminology.concept import Concept


def why(record: Record, concepts: Sequence[Concept]) -> FactsAnswer:
    """Why it was stopped, when that is asked; else why it is given. No reason recorded: not complete."""
    found = courses_of(concepts, record)
    if not found:
        return NOTHING
    if "stop" in record.hints:
        return _why_stopped(found, record)
    changed = _why_changed(found, record)
    if changed:
        return FactsAnswer(sentences=changed)
    if "change" in record.hints:
        return FactsAnswer(sentences=tuple(told(course, record) for course in found), complete=False)
    sentences, complete = [], True
    for course in found:
        reason, fact = indication(course)
        if fact is None:
            complete = False
            sentences.append(told(course, record))
            continue
        text = sentence(
            "medication_indication",
            record.language,
            drug=course.name,
            since=since_words(course, record) if course.state == "current" else "",
            reason=reason,
        )
        sentences.append(FactSentence(text, tuple({f.id: f for f in (fact, course.start)}.values())))
    return FactsAnswer(sentences=tuple(sentences), complete=complete)


def _why_changed(found: Sequence[Course], record: Record) -> tuple[FactSentence, ...]:
    """The statements of the asked day that give a reason for what they change."""
    if "change" not in record.hints:
        return ()
    facts = [fact for course in found for fact in record.within(course.facts)]
    told = []
    for fact in facts:
        reason = detail_text(fact, "reason", "reason_stopped")
        if reason and record.asked.period is not None:
            text = sentence(
                "medication_changed",
                record.language,
                drug=fact.label,
                posology=posology_of(fact, record),
                date=on_date(fact.effective, language=record.language),
                reason=part("reason", record.language, reason=reason),
            )
            told.append(FactSentence(text, (fact,)))
    return tuple(told)


def _why_stopped(found: Sequence[Course], record: Record) -> FactsAnswer:
    stopped = [course for course in found if course.state in ("stopped", "ended", "suspended")]
    sentences = tuple(told(course, record, opening="why") for course in stopped or found)
    complete = bool(stopped) and all(stop_reason(course) for course in stopped)
    return FactsAnswer(sentences=sentences, complete=complete, premise_corrected=not stopped)
