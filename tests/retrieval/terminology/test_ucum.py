"""Units through the UCUM library: what is a unit, what measures alike, what is never converted."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.terminology.ucum import comparable, convert, is_valid, same_unit

TABLE = tomllib.loads(files("retrieval.terminology").joinpath("units.toml").read_text(encoding="utf-8"))
CODES = [code for name, group in TABLE.items() if name != "display" for code in group]
NOT_KNOWN = {"[pH]", "[CH]"}
"""`[pH]` is UCUM and unknown to the library; `[CH]` is what records write for UCUM's `[Ch]`."""


def test_every_unit_of_the_table_is_ucum_but_two() -> None:
    assert {code for code in CODES if not is_valid(code)} == NOT_KNOWN


@pytest.mark.parametrize(
    "text",
    ["", "Comprimé", "mmHg", "..mol/l", "no_units_constraint", "mmol/L" * 20, "°C", "{x", "(((", "1e999"],
)
def test_what_is_no_unit(text: str) -> None:
    assert not is_valid(text)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("mmol/l", "mmol/L"), ("10*9/L", "G/L"), ("G/L", "10*3/uL"), ("µg/mL", "mg/L"), ("ng/L", "pg/mL"),
        ("mmHg", "mm[Hg]"), ("mUI/L", "u[IU]/mL"), ("/mm3", "/uL"),
    ],
)  # fmt: skip
def test_units_that_measure_alike(left: str, right: str) -> None:
    assert same_unit(left, right)
    assert same_unit(right, left)
    assert convert(Decimal("4.10"), left, right) in (Decimal("4.10"), Decimal("4.1"))


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "stated"),
    [
        ("1.2", "g/L", "mg/dL", "120"),
        ("4500", "/mm3", "G/L", "4.5"),
        ("100", "mm[Hg]", "kPa", "13.3322387415"),
        ("37.0", "Cel", "[degF]", "98.6"),
        ("98.6", "[degF]", "°C", "37"),
        ("310.15", "K", "Cel", "37"),
        ("97", "%", "1", "0.97"),
        ("150", "[lb_av]", "kg", "68.0388555"),
        ("60", "U/L", "ukat/L", "1"),
    ],
)
def test_conversions_by_arithmetic(value: str, unit: str, wanted: str, stated: str) -> None:
    assert convert(Decimal(value), unit, wanted) == Decimal(stated)


@pytest.mark.parametrize(
    ("unit", "wanted"),
    [
        ("mmol/L", "g/L"),  # needs the analyte
        ("[IU]/L", "U/L"),  # international units are those of one product
        ("[IU]/mL", "/mL"),
        ("[IU]", "mg"),
        ("meq/L", "mmol/L"),  # needs the charge
        ("mosm/kg", "mmol/kg"),
        ("%", "mmol/mol"),  # HbA1c is affine
        ("mL/min", "mL/min/{1.73_m2}"),
        ("{copies}/mL", "/mL"),
        ("[drp]", "mL"),
        ("{tablet}", "mg"),
        ("mg", "mg/d"),
        ("Cel", "Cel/min"),
        ("Comprimé", "{tablet}"[:-1]),
    ],
)
def test_what_arithmetic_may_not_decide(unit: str, wanted: str) -> None:
    assert not comparable(unit, wanted)
    assert not comparable(wanted, unit)
    assert not same_unit(unit, wanted)


@given(
    st.sampled_from(CODES), st.sampled_from(CODES), st.decimals(min_value="0.001", max_value=10**6, places=3)
)
def test_there_and_back(unit: str, wanted: str, value: Decimal) -> None:
    stated = convert(value, unit, wanted)
    if stated is not None:
        back = convert(stated, wanted, unit)
        assert back is not None
        assert abs(back - value) <= abs(value) * Decimal("1e-9")


@given(st.text(max_size=12))
def test_any_text_is_a_unit_or_not(text: str) -> None:
    assert convert(Decimal(1), text, text) == 1
    assert is_valid(text) in (True, False)
    assert convert(Decimal(1), text, "mmol/L") is None or comparable(text, "mmol/L")
