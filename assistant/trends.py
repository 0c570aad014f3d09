"""Trends: the measurements of one thing over time, from facts, one series for each unit.

Nothing is converted: two units are two series. Results entered in error, absent or about a relative are left
out; preliminary ones stay and say so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal

from retrieval.fact import Fact, Quantity
from retrieval.frozen import Frozen

LOINC = ("loinc", "http://loinc.org", "2.16.840.1.113883.6.1")


class Point(Frozen):
    """One measurement. `low` and `high` bound the normal range that its own source gave."""

    at: str
    value: Decimal
    comparator: str | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    interpretation: str | None = None
    status: str | None = None
    fact_id: str
    record_id: str
    version: str
    start: int
    end: int


class Trend(Frozen):
    """The measurements of one thing in one unit, oldest first. `code` finds it again."""

    code: str
    label: str
    unit: str
    kind: str
    points: tuple[Point, ...]


def slug(label: str) -> str:
    """A label as it stands in an address: folded, with hyphens."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def code_of(fact: Fact) -> str:
    """The LOINC code of a measurement, else the slug of its label."""
    for code in fact.codes:
        if code.system.lower() in LOINC:
            return code.code
    return slug(fact.label)


def _counts(fact: Fact) -> bool:
    return (
        isinstance(fact.value, Quantity)
        and fact.effective is not None
        and fact.status != "entered_in_error"
        and fact.certainty == "present"
        and fact.subject == "patient"
    )


def trends(facts: Iterable[Fact], *, code: str | None = None) -> tuple[Trend, ...]:
    """All series, or those that a LOINC code or a label slug names; the longest first."""
    groups: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        if not _counts(fact) or not isinstance(fact.value, Quantity):
            continue
        own = code_of(fact)
        if code is None or code in (own, slug(fact.label)):
            groups.setdefault((own, fact.value.unit), []).append(fact)
    found = [_trend(own, unit, group) for (own, unit), group in groups.items()]
    return tuple(sorted(found, key=lambda trend: (-len(trend.points), trend.code, trend.unit)))


def _trend(code: str, unit: str, facts: list[Fact]) -> Trend:
    ordered = sorted(facts, key=lambda fact: (fact.effective or "", fact.id))
    return Trend(
        code=code,
        label=ordered[-1].label,
        unit=unit,
        kind=ordered[-1].kind,
        points=tuple(_point(fact, fact.value) for fact in ordered if isinstance(fact.value, Quantity)),
    )


def _point(fact: Fact, value: Quantity) -> Point:
    limits = fact.reference_range
    return Point(
        at=fact.effective or "",
        value=value.magnitude,
        comparator=value.comparator,
        low=limits.low if limits else None,
        high=limits.high if limits else None,
        interpretation=fact.interpretation,
        status=fact.status,
        fact_id=fact.id,
        record_id=fact.locator.record_id,
        version=fact.locator.version,
        start=fact.locator.start,
        end=fact.locator.end,
    )
