"""UCUM through `ucumvert` and `pint`: which codes are units, which say the same, how one becomes another.

Only units of one dimension are converted, and never what arithmetic alone cannot decide: mass to amount
(`conversions.py` has the table), international and other arbitrary units, milliequivalents, osmoles, drops,
and bare numbers (`%`, `mmol/mol`). UCUM ignores what stands in braces; here `mL/min` is not
`mL/min/{1.73_m2}`. The library is loaded at the first unit that the table `units.toml` cannot settle (0.7 s).
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from threading import Lock
from typing import Any

from retrieval.terminology.units import canonical

_DIGITS = 12
"""Significant digits of a factor: those of the definitions, without the dust of binary arithmetic."""
_LONGEST = 60
_READING = Lock()
_ANNOTATION = re.compile(r"\{[^{}]*\}")
_NOTHING_BUT_ANNOTATION = re.compile(r"(\{[^{}]*\})+\Z")
_ARBITRARY = re.compile(r"(?:\[[^\[\]]*\]|(?<![A-Za-z])[munpdk]?(?:eq|osm)(?![a-z]))")
_PHYSICAL = frozenset(
    {
        "[Hg]",
        "[H2O]",
        "[degF]",
        "[lb_av]",
        "[oz_av]",
        "[in_i]",
        "[ft_i]",
        "[yd_i]",
        "[mi_i]",
        "[Cal]",
        "[psi]",
    }
)
"""Bracketed units with a size of their own; every other one (`[IU]`, `[arb'U]`, `[drp]`) is a convention."""
_ALONE = frozenset({"Cel", "[degF]", "K"})
"""Temperatures have an offset: converted alone, never inside another unit."""


def is_valid(code: str) -> bool:
    """Whether `code` is a UCUM unit (case-sensitive); an annotation in braces alone counts as one."""
    return _NOTHING_BUT_ANNOTATION.match(code) is not None or _unit(code) is not None


def same_unit(left: str, right: str) -> bool:
    """Whether two units, as recorded, measure alike: `mmol/l` and `mmol/L`, `G/L` and `10*3/uL`."""
    first, second = canonical(left), canonical(right)
    return first == second or _factor(first, second) == 1


def comparable(left: str, right: str) -> bool:
    """Whether a value in one unit can be stated in the other by arithmetic alone."""
    return left == right or convert(Decimal(1), left, right) is not None


def convert(value: Decimal, unit: str, wanted: str) -> Decimal | None:
    """`value` in another unit of the same dimension, to 12 significant digits; None when that is not safe.

    Units are taken as recorded. The caller rounds to what was measured.
    """
    first, second = canonical(unit), canonical(wanted)
    if first == second:
        return value
    if {first, second} <= _ALONE:
        return _temperature(value, first, second)
    factor = _factor(first, second)
    return None if factor is None else _clean(value * factor)


@lru_cache(maxsize=1024)
def _factor(unit: str, wanted: str) -> Decimal | None:
    """How many `wanted` one `unit` is, both canonical; None when they are not to be converted."""
    if {unit, wanted} & _ALONE or _conventions(unit) != _conventions(wanted):
        return None
    first, second = _unit(unit), _unit(wanted)
    if first is None or second is None or first.dimensionality != second.dimensionality:
        return None
    if not first.dimensionality and not _conventions(unit) and {unit, wanted} != {"%", "1"}:
        return None
    with _READING:
        ratio = first.to(second.units).magnitude / second.magnitude
    return _clean(Decimal(repr(float(ratio))))


def _temperature(value: Decimal, unit: str, wanted: str) -> Decimal:
    """ITS-90: 0 degrees Celsius are 273.15 K and 32 degrees Fahrenheit."""
    celsius = {
        "Cel": value,
        "K": value - Decimal("273.15"),
        "[degF]": (value - 32) * 5 / 9,
    }[unit]
    shown = {"Cel": celsius, "K": celsius + Decimal("273.15"), "[degF]": celsius * 9 / 5 + 32}[wanted]
    return _clean(shown)


def _conventions(unit: str) -> tuple[str, ...]:
    """What must be the same on both sides: annotations, arbitrary units, equivalents and osmoles."""
    bare = _ANNOTATION.sub("", unit)
    arbitrary = [
        part.lstrip("munpdk") if not part.startswith("[") else part for part in _ARBITRARY.findall(bare)
    ]
    kept = [part for part in arbitrary if part not in _PHYSICAL]
    return tuple(sorted([*_ANNOTATION.findall(unit), *kept]))


@lru_cache(maxsize=1024)
def _unit(code: str) -> Any | None:
    """The library's quantity of a code, or None where it is no UCUM unit."""
    if not code or len(code) > _LONGEST or not code.isascii():
        return None
    registry, refused = _registry()
    with _READING:
        try:
            found = registry.from_ucum(code)
        except refused:
            return None
    return found if hasattr(found, "dimensionality") else None


@lru_cache(maxsize=1)
def _registry() -> tuple[Any, tuple[type[Exception], ...]]:
    """The registry, and what it raises for a text that is no unit."""
    from lark.exceptions import LarkError
    from pint.errors import PintError
    from ucumvert import PintUcumRegistry

    return PintUcumRegistry(), (LarkError, PintError, ValueError)


def _clean(value: Decimal) -> Decimal:
    rounded = Decimal(f"{value:.{_DIGITS}g}").normalize()
    return Decimal(f"{rounded:f}")
