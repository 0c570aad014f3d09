"""The facts of one record, filtered to what may be said and put in order: what the rules read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal, NamedTuple

from assistant.answering.compose import vocabulary
from assistant.answering.understanding import Period, Understanding
from retrieval.composition import Composition
from retrieval.fact import Detail, DetailName, Fact, FactKind, Missing
from retrieval.moments import order_of, span_of
from retrieval.terminology.concept import Concept
from retrieval.terminology.entries import Gender
from retrieval.terminology.lexicon import Lexicon

_WITHDRAWN = {"entered_in_error", "deleted"}


class Record(NamedTuple):
    """Everything a rule needs. `facts` are current, valid statements, oldest first."""

    asked: Understanding
    facts: tuple[Fact, ...]
    compositions: dict[tuple[str, str], Composition]
    lexicon: Lexicon
    today: date
    hints: frozenset[str]

    @property
    def language(self) -> Literal["fr", "en"]:
        """Language of the answer."""
        return self.asked.language

    def about(self, concept: Concept, *, kinds: Iterable[FactKind] = ()) -> tuple[Fact, ...]:
        """Facts about `concept` and the subject that is asked (patient or family), oldest first."""
        wanted = frozenset(kinds)
        family = self.asked.subject == "family"
        return tuple(
            fact
            for fact in self.facts
            if (not wanted or fact.kind in wanted)
            and is_family(fact) == family
            and self._matches(concept, fact)
        )

    def _matches(self, concept: Concept, fact: Fact) -> bool:
        if concept.key.startswith(vocabulary.PREFIX):
            return vocabulary.names(concept, fact)
        return self.lexicon.matches(concept, fact)

    def gender(self, concept: Concept) -> Gender:
        """Grammatical gender of the concept's label, masculine where the lexicon has no such entry."""
        try:
            return self.lexicon.entry(concept.key).gender
        except KeyError:
            return "m"

    def of_kind(self, *kinds: FactKind) -> tuple[Fact, ...]:
        """All the patient's own facts of these kinds, oldest first."""
        return tuple(
            f for f in self.facts if f.kind in kinds and (not is_family(f) or "family_history" in kinds)
        )

    def source(self, fact: Fact) -> Composition | None:
        """The document that states a fact."""
        return self.compositions.get((fact.locator.system, fact.locator.record_id)) or self.compositions.get(
            ("", fact.locator.record_id)
        )

    def within(self, facts: Sequence[Fact]) -> tuple[Fact, ...]:
        """Those of `facts` inside the period of the question; all of them when it names no days."""
        return in_period(facts, self.asked.period)

    @property
    def day(self) -> str:
        """The day of the question, ISO 8601."""
        return self.today.isoformat()


def is_family(fact: Fact) -> bool:
    """Whether a fact is of a relative."""
    return fact.subject == "family" or fact.kind == "family_history"


def covers(iso: str | None, *, first: str | None, last: str | None) -> bool:
    """Whether a moment touches the days `first`..`last` (both included, either may be open).

    With a bound given, a moment that is absent or unreadable is outside.
    """
    if first is None and last is None:
        return True
    span = span_of(iso)
    return (
        span is not None
        and (last is None or span.first_day <= last)
        and (first is None or span.last_day >= first)
    )


def in_period(facts: Sequence[Fact], period: Period | None) -> tuple[Fact, ...]:
    """Facts whose effective time touches the period."""
    if period is None or (period.from_date is None and period.to_date is None):
        return tuple(facts)
    return tuple(f for f in facts if covers(f.effective, first=period.from_date, last=period.to_date))


def time_of(fact: Fact) -> str:
    """A text that sorts facts by when they held; undated facts sort first."""
    return order_of(fact.effective)


def order_of_day(iso: str | None) -> str:
    """The first day that a moment covers, or an empty text."""
    span = span_of(iso)
    return span.first_day if span else ""


def detail(fact: Fact, *names: DetailName) -> Detail | None:
    """The first detail of these names, in the order of the names."""
    for name in names:
        for item in fact.details:
            if item.name == name:
                return item
    return None


def detail_text(fact: Fact, *names: DetailName) -> str:
    """The words of the first detail of these names, in one line; empty when there is none."""
    found = detail(fact, *names)
    return " ".join(found.text.split()) if found else ""


def has_value(fact: Fact) -> bool:
    """Whether a result is there: neither missing nor denied."""
    return not isinstance(fact.value, Missing) and fact.certainty != "absent"


def make_record(
    asked: Understanding,
    *,
    facts: Sequence[Fact],
    compositions: Sequence[Composition],
    lexicon: Lexicon,
    today: date,
    hints: frozenset[str],
) -> Record:
    """Keep current and valid facts only: none entered in error, none of a replaced version of its record."""
    current = _current(compositions)
    kept = [fact for fact in facts if fact.status != "entered_in_error" and _is_current(fact, current)]
    kept.sort(key=lambda fact: (time_of(fact), fact.locator.record_id, fact.locator.start))
    return Record(
        asked=asked, facts=tuple(kept), compositions=current, lexicon=lexicon, today=today, hints=hints
    )


def _current(compositions: Sequence[Composition]) -> dict[tuple[str, str], Composition]:
    newest: dict[tuple[str, str], Composition] = {}
    for item in compositions:
        key = ("", item.record_id)
        held = newest.get(key)
        if held is None or _version(item) >= _version(held):
            newest[key] = item
    return newest


def _version(item: Composition) -> tuple[int, str]:
    return (item.version_number or 0, order_of(item.committed))


def _is_current(fact: Fact, current: dict[tuple[str, str], Composition]) -> bool:
    held = current.get(("", fact.locator.record_id))
    if held is None:
        return True
    return held.version == fact.locator.version and held.status not in _WITHDRAWN
