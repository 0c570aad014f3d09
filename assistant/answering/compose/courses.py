"""Courses of treatment: the facts about one drug, put together into what is current, stopped or planned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from assistant.answering.compose.record import Record, detail, detail_text, order_of_day, time_of
from retrieval.fact import Detail, Fact, Moment
from retrieval.folding import fold
from retrieval.terminology.matching import named_drugs

State = Literal["current", "stopped", "ended", "planned", "suspended"]
_WAITING: dict[str | None, State] = {"planned": "planned", "suspended": "suspended"}
_STOPS = {"stopped", "completed"}


class Course(NamedTuple):
    """One drug of one patient. `facts` are oldest first; `stop` is the fact that ends it, if one does.

    `newest` is the statement of the newest document. `against` are statements of documents newer than the
    stop that still give the drug as taken: copied forward, or taken up again; shown as a conflict.
    """

    name: str
    facts: tuple[Fact, ...]
    state: State
    start: Fact
    latest: Fact
    stop: Fact | None
    newest: Fact
    against: tuple[Fact, ...] = ()

    @property
    def since(self) -> str | None:
        """When the present course began, as the earliest statement of it says."""
        return start_of(self.start)

    @property
    def stopped_on(self) -> str | None:
        """When it was stopped or ends; None while it goes on."""
        return stop_of(self.stop) if self.stop else None


def start_of(fact: Fact) -> str | None:
    """The start that a medication fact states, else when the fact held."""
    return _moment(fact, "start") or fact.effective


def stop_of(fact: Fact) -> str | None:
    """The stop that a medication fact states, else its end, else when the fact held."""
    return _moment(fact, "stop") or fact.effective_end or fact.effective


def _moment(fact: Fact, name: Literal["start", "stop"]) -> str | None:
    for item in fact.details:
        if item.name == name and isinstance(item.value, Moment):
            return item.value.iso
    return None


def courses(facts: Iterable[Fact], *, record: Record) -> tuple[Course, ...]:
    """Group medication facts by drug and settle the state of each today, in order of drug name."""
    groups: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.kind == "medication" and fact.certainty != "absent":
            groups.setdefault(drug_key(fact, record), []).append(fact)
    made = [_course(sorted(group, key=_order), record) for group in groups.values()]
    return tuple(sorted(made, key=lambda course: fold(course.name)))


def drug_key(fact: Fact, record: Record) -> str:
    """What makes facts be about one drug: the substances of the label, else the code, else the words."""
    named = named_drugs(record.lexicon.label_keys(fact.label))
    if named:
        return "+".join(sorted(named))
    coded = [code.code for code in fact.codes]
    by_code = [key for code in coded for key in sorted(record.lexicon.keys_of_code(code))]
    return by_code[0] if len(by_code) == 1 else fold(fact.label)


def _order(fact: Fact) -> tuple[str, str, bool]:
    # on one day, what is stopped in the morning and prescribed in the evening is told by the hour; without
    # hours the stop is read last, so that a stopped drug is never shown as current by mistake
    return (order_of_day(fact.effective), time_of(fact), fact.status in _STOPS)


def _course(facts: Sequence[Fact], record: Record) -> Course:
    stop = _last_stop(facts, record)
    running = facts[facts.index(stop) + 1 :] if stop else list(facts)
    running = [fact for fact in running if fact.status not in ("planned", "suspended")]
    last, every = facts[-1], tuple(facts)
    newest = max(facts, key=lambda fact: _written(fact, record))
    if stop is not None and not running:
        before = facts[: facts.index(stop)] or [stop]
        ended = stop.status not in _STOPS or stop.status == "completed"
        against = () if ended else _later(before, stop, record)
        state: State = "ended" if ended else "stopped"
        return Course(last.label, every, state, before[0], _telling(before), stop, newest, against)
    if last.status in _WAITING:
        return Course(last.label, every, _WAITING[last.status], last, last, None, newest)
    if not running:
        return Course(last.label, every, "planned", last, last, None, newest)
    first = min(running, key=lambda fact: order_of_day(start_of(fact)) or "~")
    newest = max(running, key=lambda fact: _written(fact, record))
    return Course(last.label, every, "current", first, _telling(running), None, newest)


def _written(fact: Fact, record: Record) -> str:
    """When the document that states a fact was written."""
    source = record.source(fact)
    return order_of_day((source.effective if source else None) or fact.effective)


def _later(before: Sequence[Fact], stop: Fact, record: Record) -> tuple[Fact, ...]:
    day = max(order_of_day(stop_of(stop)), order_of_day(stop.effective))
    return tuple(fact for fact in before if fact.status == "active" and _written(fact, record) > day)[-1:]


def _last_stop(facts: Sequence[Fact], record: Record) -> Fact | None:
    """The last fact that ends the course by today. An old end date is undone by a later prescription."""
    found: Fact | None = None
    for fact in facts:
        if fact.status in _STOPS or _ended(fact, record):
            found = fact
    return found


def _ended(fact: Fact, record: Record) -> bool:
    end = _moment(fact, "stop") or fact.effective_end
    return bool(end) and "" < order_of_day(end) < record.day


def _telling(facts: Sequence[Fact]) -> Fact:
    """The newest fact that states a dose; the newest at all where none does."""
    for fact in reversed(facts):
        if posology_details(fact):
            return fact
    return facts[-1]


def posology_details(fact: Fact) -> tuple[Detail, ...]:
    """The details that word dose, frequency, route and need, without repeating one inside another."""
    doses = sorted((d for d in fact.details if d.name == "dose"), key=lambda d: -len(d.text))
    kept: list[Detail] = list(doses[:1])
    if not kept:
        kept = [d for d in fact.details if d.name == "comment" and any(c.isdigit() for c in d.text)][:1]
    said = fold(" ".join(item.text for item in kept))
    for name in ("frequency", "duration"):
        kept += [d for d in fact.details if d.name == name and fold(d.text) not in said][:1]
    return tuple(kept)


def dose_since(course: Course) -> Fact | None:
    """The first statement of the dose in force, where another dose was in force before; else None."""
    wanted = worded_dose(course.latest)
    first: Fact | None = None
    changed = False
    for fact in course.facts:
        said = worded_dose(fact)
        if not said or fact.status in _STOPS or order_of_day(start_of(fact)) < order_of_day(course.since):
            continue
        if said != wanted:
            first, changed = None, True
        elif first is None:
            first = fact
    return first if changed else None


def worded_dose(fact: Fact) -> str:
    """Dose and frequency as stated, folded, to tell one from another; the route is left out, as some do."""
    return fold(" ".join(item.text for item in posology_details(fact)))


def stop_reason(course: Course) -> str:
    """Why it was stopped, as the stopping fact says; empty when it does not."""
    if course.stop is None:
        return ""
    reason = detail_text(course.stop, "reason_stopped")
    return reason or (detail_text(course.stop, "reason") if course.stop.status == "stopped" else "")


def indication(course: Course) -> tuple[str, Fact | None]:
    """Why it is given, and the newest fact that says so.

    What the source calls an indication goes first; the reason of a change of dose is none.
    """
    changed = _reasons_of_changes(course.facts)
    stated = [
        (found, fact)
        for fact in reversed(course.facts)
        if fact.status not in _STOPS and (found := detail(fact, "reason")) is not None
    ]
    named = [pair for pair in stated if "indication" in fold(pair[0].label)]
    others = [pair for pair in stated if fold(pair[0].text) not in changed]
    chosen = next(iter((*named, *others)), None)
    return (" ".join(chosen[0].text.split()), chosen[1]) if chosen else ("", None)


def _reasons_of_changes(facts: Sequence[Fact]) -> frozenset[str]:
    """The reasons that stand beside another dose than the one before, folded."""
    found: set[str] = set()
    before = ""
    for fact in facts:
        dose = worded_dose(fact)
        if before and dose and dose != before:
            found.add(fold(detail_text(fact, "reason")))
        before = dose or before
    return frozenset(found)
