"""What has changed since a day: stays, treatment, problems, allergies, acts, results out of range.

Everything recorded since is told, grouped by kind; what was there before and goes on is not.
"""

from __future__ import annotations

from collections.abc import Iterator

from assistant.answering.compose import events, measures, past, problems
from assistant.answering.compose.courses import Course, courses, worded_dose
from assistant.answering.compose.medications import posology, posology_of, told
from assistant.answering.compose.record import Record, detail, order_of_day
from assistant.answering.compose.result import NOTHING, FactsAnswer, FactSentence
from assistant.answering.compose.stays import Stay, stays, told_stay
from assistant.answering.compose.vocabulary import PREFIX
from assistant.answering.compose.wording import sentence
from assistant.answering.rendering import on_date, since_date
from retrieval.fact import Fact, FactKind, Moment
from retrieval.folding import fold
from retrieval.terminology.concept import Concept

_ACTS: tuple[FactKind, ...] = ("procedure", "imaging", "device", "immunisation")
_OUT = ("above", "below")
_ASKED = {"topic:treatment": "treatment", "topic:laboratory": "results", "topic:history": "problems"}


def answer(record: Record) -> FactsAnswer | None:
    """What changed since the day that the question names; None where it names none.

    A period, the last stay (its exit) or the last consultation may be named. « Dans le traitement » narrows
    the answer.
    """
    day = _day(record)
    if day is None:
        return None
    whole = record._replace(asked=record.asked.model_copy(update={"period": None, "concepts": ()}))
    parts = {
        "stays": _stays(day, whole),
        "treatment": _treatment(day, whole),
        "problems": _problems(day, whole),
        "allergies": _allergies(day, whole),
        "acts": _acts(day, whole),
        "results": _results(day, whole),
    }
    wanted = {_ASKED[each.key] for each in record.asked.concepts if each.key in _ASKED} or set(parts)
    sentences = tuple(item for name, found in parts.items() if name in wanted for item in found)
    return FactsAnswer(sentences=sentences) if sentences else NOTHING


def _day(record: Record) -> str | None:
    period = record.asked.period
    if period is not None and period.from_date is not None:
        return period.from_date
    if "since_visit" in record.hints:
        return _last_visit(record)
    if "since_stay" in record.hints:
        over = [each for each in _all_stays(record) if each.end is not None]
        return order_of_day(over[-1].end) or None if over else None
    return None


def _last_visit(record: Record) -> str | None:
    seen = [
        order_of_day(each.effective)
        for each in record.compositions.values()
        if "consultation" in fold(f"{each.title} {each.kind}")
    ]
    return max((day for day in seen if "" < day < record.day), default=None)


def _all_stays(record: Record) -> tuple[Stay, ...]:
    return stays(record._replace(asked=record.asked.model_copy(update={"period": None})))


def _stays(day: str, record: Record) -> Iterator[FactSentence]:
    for stay in stays(record):
        if order_of_day(stay.start or stay.end) >= day:
            yield told_stay(stay, record)


def _treatment(day: str, record: Record) -> Iterator[FactSentence]:
    for course in courses(record.of_kind("medication"), record=record):
        begun = order_of_day(course.since)
        if course.state == "current" and begun >= day:
            yield _begun(course, record)
        elif course.state == "current":
            yield from _dose_changed(course, day, record)
        elif course.state == "planned" or order_of_day(course.stopped_on or course.latest.effective) >= day:
            yield told(course, record)


def _begun(course: Course, record: Record) -> FactSentence:
    text = sentence(
        "new_medication",
        record.language,
        drug=course.name,
        posology=posology(course, record),
        since=f", {words}" if (words := since_date(course.since, language=record.language)) else "",
    )
    return FactSentence(text, tuple({fact.id: fact for fact in (course.start, course.latest)}.values()))


def _dose_changed(course: Course, day: str, record: Record) -> Iterator[FactSentence]:
    """Both doses with their days, where the one in force on that day is another than today's."""
    # a statement may give the start of the whole treatment: what was written by then is what was in force
    written = [fact for fact in course.facts if order_of_day(fact.effective) <= day]
    before, after = past.in_force(written, day), course.latest
    if before is None or order_of_day(after.effective) < day:
        return
    former, present = posology_of(before, record), posology_of(after, record)
    if not former or not present or worded_dose(before) == worded_dose(after):
        return
    text = sentence(
        "dose_changed",
        record.language,
        drug=course.name,
        former=former.lstrip(" :"),
        former_date=on_date(before.effective, language=record.language),
        present=present.lstrip(" :"),
        present_date=on_date(after.effective, language=record.language),
    )
    yield FactSentence(text, (before, after))


def _problems(day: str, record: Record) -> Iterator[FactSentence]:
    present = [fact for fact in record.of_kind("problem") if fact.certainty == "present"]
    for group in problems.grouped(present):
        begun = problems.onset(group, record) or group.facts[0].effective
        if order_of_day(begun) >= day and order_of_day(group.facts[0].effective) >= day:
            yield _new("new_problem", group.facts[0], record)


def _allergies(day: str, record: Record) -> Iterator[FactSentence]:
    present = [fact for fact in record.of_kind("allergy") if fact.certainty == "present"]
    for group in problems.grouped(present):
        first = group.facts[0]
        if order_of_day(_begin(first) or first.effective) >= day:
            yield _new("new_allergy", first, record)


def _begin(fact: Fact) -> str | None:
    found = detail(fact, "start")
    return found.value.iso if found is not None and isinstance(found.value, Moment) else None


def _new(name: str, fact: Fact, record: Record) -> FactSentence:
    date = on_date(fact.effective, language=record.language)
    return FactSentence(sentence(name, record.language, label=fact.label, date=date), (fact,))


def _acts(day: str, record: Record) -> Iterator[FactSentence]:
    kept: dict[tuple[str, str], Fact] = {}
    for fact in record.of_kind(*_ACTS):
        when = order_of_day(events.happened(fact))
        if fact.certainty == "present" and not events.is_planned(fact) and day <= when <= record.day:
            kept.setdefault((fold(fact.label), when), fact)
    for fact in sorted(kept.values(), key=lambda each: order_of_day(events.happened(each))):
        yield events.told_event(fact, record)


def _results(day: str, record: Record) -> Iterator[FactSentence]:
    """Of each analyte, its latest result since then, where that is out of its own range."""
    seen: dict[str, Fact] = {}
    for fact in record.of_kind("laboratory"):
        if order_of_day(fact.effective) >= day:
            seen[_concept(fact, record).key] = fact
    for fact in seen.values():
        concept = _concept(fact, record)
        for point in measures.points(concept, record)[-1:]:
            if point.facts[0].id == fact.id and measures.against_range(fact) in _OUT:
                yield measures.told_point(concept, point, record)


def _concept(fact: Fact, record: Record) -> Concept:
    """The analyte of a result; one named by the source's own label where the lexicon knows none."""
    lexicon = record.lexicon
    coded = [key for code in fact.codes for key in sorted(lexicon.keys_of_code(code.code))]
    known = [lexicon.concept(key) for key in coded or sorted(lexicon.label_keys(fact.label))]
    named = Concept(key=f"{PREFIX}{fold(fact.label)}", kind="analyte", label=fact.label, words=(fact.label,))
    return next((each for each in known if each.kind == "analyte"), named)
