"""Typed look-ups over facts that were read in one Scope: by code or label, in order of time, the latest."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from retrieval.fact import Fact
from retrieval.folding import fold
from retrieval.moments import Span, order_of, span_of


def by_code(facts: Sequence[Fact], codes: Collection[str]) -> tuple[Fact, ...]:
    """Facts that bear one of `codes`, whatever the code system, in the order given."""
    chosen = frozenset(codes)
    return tuple(fact for fact in facts if any(code.code in chosen for code in fact.codes))


def by_label(facts: Sequence[Fact], labels: Collection[str]) -> tuple[Fact, ...]:
    """Facts whose label is one of `labels`, without regard to case and accents, in the order given."""
    chosen = frozenset(fold(label).strip() for label in labels)
    return tuple(fact for fact in facts if fold(fact.label).strip() in chosen)


def series(
    facts: Sequence[Fact], *, codes: Collection[str] = (), labels: Collection[str] = ()
) -> tuple[Fact, ...]:
    """Facts of one thing, by code or by label, oldest first; undated ones come before all others."""
    chosen = {fact.id: fact for fact in (*by_code(facts, codes), *by_label(facts, labels))}
    return in_order(tuple(chosen.values()))


def in_order(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Facts oldest first by the rule of `retrieval.moments`; those of one moment keep their order."""
    return tuple(sorted(facts, key=lambda fact: order_of(fact.effective)))


def latest(facts: Sequence[Fact]) -> Fact | None:
    """The fact that stands last in order of time, None where there is none with a date.

    Of two with the same moment it is the first given; `rivals` says what else could claim to be the latest.
    """
    dated = [fact for fact in facts if order_of(fact.effective)]
    return max(dated, key=lambda fact: order_of(fact.effective)) if dated else None


def rivals(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Other facts that may be as late as the latest: of the same moment, partly dated, or undated.

    `2024` may be later than `2024-03-01`: an answer that gives "the latest" names these too.
    """
    last = latest(facts)
    span = span_of(last.effective) if last is not None else None
    if last is None or span is None:
        return tuple(facts)
    return tuple(fact for fact in facts if fact.id != last.id and _may_be_as_late(fact, span))


def _may_be_as_late(fact: Fact, last: Span) -> bool:
    span = span_of(fact.effective)
    if span is None or span.begins >= last.begins:
        return True
    # an exact moment is earlier or it is not; a day or less exact may end after the latest begins
    return span.precision <= 3 and span.last_day >= last.first_day
