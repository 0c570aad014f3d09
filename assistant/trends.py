"""Trends: the measurements of one thing over time, from facts.

Values in several units are one series where arithmetic or the table of the analyte allows it
(`retrieval/terminology/conversions.py`), in the unit of the latest value, which so stands as recorded; a
converted point keeps what was recorded. Otherwise each unit is a series of its own. Results entered in
error, absent or about a relative are left out; preliminary ones stay and say so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import NamedTuple

from retrieval.fact import Fact, Quantity
from retrieval.frozen import Frozen
from retrieval.terminology.conversions import Measured, convert
from retrieval.terminology.systems import canonical_system
from retrieval.terminology.ucum import same_unit

MeasureOf = Callable[[Fact], Measured]


class Point(Frozen):
    """One measurement, in the unit of its trend. `low` and `high` bound the normal range of its source.

    `recorded` and `recorded_unit` are set where the value was converted: what the source says, shown first.
    `rule` is then `ucum` or the analyte whose entry of the table was used. `extracted`: read from prose.
    """

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
    recorded: Decimal | None = None
    recorded_unit: str = ""
    rule: str = ""
    extracted: bool = False


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
        if canonical_system(code.system) == "LOINC":
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


class _Series(NamedTuple):
    """Facts that are one series, in the unit of the latest; `own` is the code of the latest."""

    own: str
    unit: str
    measure: Measured
    facts: list[Fact]


def trends(
    facts: Iterable[Fact], *, code: str | None = None, measure_of: MeasureOf | None = None
) -> tuple[Trend, ...]:
    """All series, or those that a LOINC code or a label slug names; the longest first.

    `measure_of` says what a fact measures; without it, only units of one dimension are brought together.
    """
    groups: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        if _counts(fact) and isinstance(fact.value, Quantity):
            groups.setdefault((code_of(fact), fact.value.unit), []).append(fact)
    series = _joined(groups, measure_of or (lambda fact: Measured(label=fact.label)))
    found = [_trend(each) for each in series if code is None or _names(code, each)]
    return tuple(sorted(found, key=lambda trend: (-len(trend.points), trend.code, trend.unit)))


def _names(code: str, series: _Series) -> bool:
    return any(code in (code_of(fact), slug(fact.label)) for fact in series.facts)


def _joined(groups: dict[tuple[str, str], list[Fact]], measure_of: MeasureOf) -> list[_Series]:
    """Groups brought together where every value of one can be stated in the unit of a later one."""
    found: list[_Series] = []
    for (own, unit), facts in sorted(
        groups.items(), key=lambda item: (_latest(item[1]), item[0]), reverse=True
    ):
        ordered = sorted(facts, key=lambda fact: (fact.effective or "", fact.id))
        group = _Series(own, unit, measure_of(ordered[-1]), ordered)
        home = next((series for series in found if _joins(group, series)), None)
        if home is None:
            found.append(group)
        else:
            home.facts.extend(ordered)
    return found


def _latest(facts: list[Fact]) -> str:
    return max(fact.effective or "" for fact in facts)


def _joins(group: _Series, series: _Series) -> bool:
    """One code, or one analyte under two codes because the units differ (mass and amount)."""
    same = group.own == series.own
    analyte = len(group.measure.analytes) == 1 and group.measure.analytes == series.measure.analytes
    if not same and (not analyte or same_unit(group.unit, series.unit)):
        return False
    values = [fact.value for fact in group.facts if isinstance(fact.value, Quantity)]
    return all(convert(value, series.unit, group.measure) is not None for value in values)


def _trend(series: _Series) -> Trend:
    ordered = sorted(series.facts, key=lambda fact: (fact.effective or "", fact.id))
    return Trend(
        code=series.own,
        label=ordered[-1].label,
        unit=series.unit,
        kind=ordered[-1].kind,
        points=tuple(
            _point(fact, fact.value, series) for fact in ordered if isinstance(fact.value, Quantity)
        ),
    )


def _point(fact: Fact, value: Quantity, series: _Series) -> Point:
    limits = fact.reference_range
    stated = convert(value, series.unit, _as_measured(fact, series))
    changed = stated is not None and not same_unit(value.unit, series.unit)
    return Point(
        at=fact.effective or "",
        value=stated.magnitude if stated is not None else value.magnitude,
        comparator=value.comparator,
        low=_limit(limits.low if limits else None, fact, value, series),
        high=_limit(limits.high if limits else None, fact, value, series),
        interpretation=fact.interpretation,
        status=fact.status,
        fact_id=fact.id,
        record_id=fact.locator.record_id,
        version=fact.locator.version,
        start=fact.locator.start,
        end=fact.locator.end,
        recorded=value.magnitude if changed else None,
        recorded_unit=value.unit if changed else "",
        rule=stated.rule if changed and stated is not None else "",
        extracted=fact.extracted,
    )


def _as_measured(fact: Fact, series: _Series) -> Measured:
    codes = tuple(code.code for code in fact.codes)
    return series.measure.model_copy(update={"codes": codes, "label": fact.label})


def _limit(limit: Decimal | None, fact: Fact, value: Quantity, series: _Series) -> Decimal | None:
    if limit is None or same_unit(value.unit, series.unit):
        return limit
    stated = convert(Quantity(magnitude=limit, unit=value.unit), series.unit, _as_measured(fact, series))
    return None if stated is None else stated.magnitude
