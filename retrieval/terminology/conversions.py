"""Conversion of a measured value: by arithmetic (`ucum.py`), else through the table of the analyte.

The table is `conversions.toml`. An analyte without an entry is not converted. What was recorded is never
replaced: a `Converted` keeps it, and whoever shows one shows the recorded value first.
"""

from __future__ import annotations

import tomllib
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from importlib.resources import files

from pydantic import Field

from retrieval.fact import Fact, Quantity
from retrieval.folding import fold
from retrieval.frozen import Frozen
from retrieval.terminology import ucum
from retrieval.terminology.lexicon import Lexicon
from retrieval.terminology.systems import canonical_system

_LEAST_DIGITS = 2
_MASS = ("g/L", "g/kg", "g", "g/d", "g/(24.h)")
_AMOUNT = ("mol/L", "mol/kg", "mol", "mol/d", "mol/(24.h)")
_EQUIVALENT = ("eq/L", "eq/kg", "eq", "eq/d", "eq/(24.h)")


class _Rule(Frozen):
    """An entry of the table, for one analyte."""

    analyte: str
    source: str = Field(min_length=1)
    reviewed: bool
    loinc: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @abstractmethod
    def states(self, value: Decimal, unit: str, wanted: str) -> Decimal | None:
        """The value in the wanted unit, not rounded, or None when the rule says nothing of these units."""

    def special(self) -> bool:
        return bool(self.loinc or self.words)

    def fits(self, codes: Iterable[str], label: str) -> bool:
        """Whether the rule is for a result with these codes and this label."""
        if not self.special():
            return True
        folded = f" {fold(label)} "
        return bool(set(codes) & set(self.loinc)) or any(f" {fold(word)} " in folded for word in self.words)


class _Molar(_Rule):
    molar_mass: Decimal = Field(gt=0)
    formula: str = ""

    def states(self, value: Decimal, unit: str, wanted: str) -> Decimal | None:
        return _through(value, unit, wanted, left=_MASS, right=_AMOUNT, divisor=self.molar_mass)


class _Valence(_Rule):
    valence: Decimal = Field(gt=0)

    def states(self, value: Decimal, unit: str, wanted: str) -> Decimal | None:
        return _through(value, unit, wanted, left=_EQUIVALENT, right=_AMOUNT, divisor=self.valence)


class _Linear(_Rule):
    from_unit: str = Field(alias="from")
    to: str
    slope: Decimal
    intercept: Decimal

    def states(self, value: Decimal, unit: str, wanted: str) -> Decimal | None:
        forward = ucum.convert(value, unit, self.from_unit)
        if forward is not None:
            return ucum.convert(self.slope * forward + self.intercept, self.to, wanted)
        back = ucum.convert(value, unit, self.to)
        if back is None:
            return None
        return ucum.convert((back - self.intercept) / self.slope, self.from_unit, wanted)


class Converted(Frozen):
    """A value in another unit, and what was recorded.

    `rule` is `ucum` or the analyte whose entry was used; `reviewed` whether a biologist has checked it.
    """

    magnitude: Decimal
    unit: str
    recorded: Quantity
    rule: str
    reviewed: bool


class Measured(Frozen):
    """What a value is a measure of: keys of the analyte, codes (LOINC) and the label in the source."""

    analytes: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    label: str = ""


def measured_by(fact: Fact, lexicon: Lexicon) -> Measured:
    """What a laboratory result or a vital sign measures: by LOINC codes, else by the words of its label."""
    codes = tuple(code.code for code in fact.codes if canonical_system(code.system) == "LOINC")
    coded = frozenset[str]().union(*(lexicon.keys_of_code(code) for code in codes))
    keys = coded or lexicon.label_keys(fact.label)
    analytes = tuple(sorted(key for key in keys if key.startswith(("analyte:", "vital:"))))
    return Measured(analytes=analytes, codes=codes, label=fact.label)


def convert(value: Quantity, wanted: str, measured: Measured) -> Converted | None:
    """State a recorded value in the unit `wanted`; None when neither arithmetic nor the table allows it.

    Rounded to as many significant digits as were recorded, at least two; the comparator is the recorded one.
    """
    plain = ucum.convert(value.magnitude, value.unit, wanted)
    if plain is not None:
        return _converted(value, wanted, plain, rule="ucum", reviewed=True)
    for rule in _rules_for(measured):
        stated = rule.states(value.magnitude, value.unit, wanted)
        if stated is not None:
            return _converted(value, wanted, stated, rule=rule.analyte, reviewed=rule.reviewed)
    return None


def _converted(value: Quantity, wanted: str, stated: Decimal, *, rule: str, reviewed: bool) -> Converted:
    same = ucum.same_unit(value.unit, wanted)
    magnitude = value.magnitude if same else rounded(stated, like=value.magnitude)
    return Converted(magnitude=magnitude, unit=wanted, recorded=value, rule=rule, reviewed=reviewed)


def rounded(value: Decimal, *, like: Decimal) -> Decimal:
    """`value` with as many significant digits as `like`, at least two."""
    digits = max(_LEAST_DIGITS, len(like.as_tuple().digits))
    return Decimal(f"{Context(prec=digits, rounding=ROUND_HALF_EVEN).plus(value):f}")


def _through(
    value: Decimal, unit: str, wanted: str, *, left: Iterable[str], right: Iterable[str], divisor: Decimal
) -> Decimal | None:
    """From `left` (grams, equivalents) to `right` (moles) by a division, or back by a product."""
    for first, second in zip(left, right, strict=True):
        found = ucum.convert(value, unit, first)
        if found is not None:
            return ucum.convert(found / divisor, second, wanted)
        found = ucum.convert(value, unit, second)
        if found is not None:
            return ucum.convert(found * divisor, first, wanted)
    return None


def _rules_for(measured: Measured) -> Iterator[_Rule]:
    """The special rules that fit, else the general ones; two analytes at once are no analyte."""
    keys = {key.removeprefix("analyte:") for key in measured.analytes}
    if len(keys) != 1:
        return
    fitting = [
        rule for rule in _table() if rule.analyte in keys and rule.fits(measured.codes, measured.label)
    ]
    special = {type(rule) for rule in fitting if rule.special()}
    yield from (rule for rule in fitting if rule.special() or type(rule) not in special)


@lru_cache(maxsize=1)
def _table() -> tuple[_Rule, ...]:
    text = files("retrieval.terminology").joinpath("conversions.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text, parse_float=Decimal)
    return (
        *(_Molar.model_validate(row) for row in data["molar"]),
        *(_Valence.model_validate(row) for row in data["valence"]),
        *(_Linear.model_validate(row) for row in data["linear"]),
    )


def analytes_converted() -> frozenset[str]:
    """Keys of the analytes that the table has an entry for."""
    return frozenset(f"analyte:{rule.analyte}" for rule in _table())
