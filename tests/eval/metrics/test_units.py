"""Units as printed in France, and conversion."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from importlib.resources import files

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from eval.metrics.units import convert, measure, printed_unit, same_dimension, ucum_of

D = Decimal
UNITS = (
    "mmol/L", "umol/L", "g/L", "g/dL", "mg/L", "ug/L", "ng/L", "10*9/L", "10*3/uL", "U/L", "[IU]/L", "k[IU]/L",
    "m[IU]/L", "mm[Hg]", "kPa", "%", "1", "mL/min/{1.73_m2}", "g/(24.h)", "mg/d", "fL", "kg", "cm", "mg/m2", "µg",
    "bouffée", "UI", "MU", "G/L", "comprimés", "sachet", "d", "wk", "a", "mo", "/min",
)  # fmt: skip


@pytest.mark.parametrize(
    ("printed", "ucum"),
    [
        ("mmol/L", "mmol/L"), ("G/L", "10*9/L"), ("g/l", "g/L"), ("g/24 h", "g/(24.h)"), ("UI/L", "[IU]/L"),
        ("mL/min/1,73 m²", "mL/min/{1.73_m2}"), ("mL/min/1,73m2", "mL/min/{1.73_m2}"), ("mUI/L", "m[IU]/L"),
        ("MUI", "M[IU]"), ("mm Hg", "mm[Hg]"), ("MG", "mg"), ("mg par jour", "mg/d"), ("mg/jour", "mg/d"),
        ("bpm", "/min"), ("/min", "/min"), ("fois par jour", "/d"), ("x 10⁹/L", "10*9/L"), ("10^9/L", "10*9/L"),
        ("°C", "Cel"), ("kUI/L", "k[IU]/L"), ("µmol/L", "umol/L"), ("μmol/L", "umol/L"), ("pour cent", "%"),
        ("semaines d’aménorrhée", "{amenorrhoea_week}"), ("/mm3", "/uL"), ("G", "g"),
    ],
)  # fmt: skip
def test_printed_units(printed: str, ucum: str) -> None:
    assert ucum_of(printed) == ucum


@pytest.mark.parametrize("text", ["sa", "M", "Dr", "le", "mmol/Lx", "", "grand", "mgs"])
def test_words_that_are_no_unit(text: str) -> None:
    assert ucum_of(text) is None


def test_conversions_by_hand() -> None:
    assert convert(D("13.2"), "g/dL", "g/L") == D("132")
    assert convert(D("4.8"), "mmol/L", "umol/L") == D("4800")
    assert convert(D("150000"), "/mm3", "G/L") == D("150")
    assert convert(D("1.2"), "g/24 h", "g/(24.h)") == D("1.2")
    assert convert(D(1), "g/(24.h)", "mg/d") == D(1000)
    assert convert(D(40), "U/L", "UI/L") == D(40)
    assert convert(D(2), "wk", "d") == D(14)
    assert convert(D(100), "µg", "mg") == D("0.1")
    assert convert(D(10), "kPa", "mm[Hg]") == pytest.approx(D("75.006"), abs=D("0.001"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("mg", "mL"), ("mmol/L", "g/L"), ("mL/min", "mL/min/{1.73_m2}"), ("mg", "mg/d"), ("{tablet}", "mg"),
        ("mo", "d"), ("nonsense", "mg"), ("G/L", "g/L"), ("", "mg"), ("mm[Hg]", "%"),
    ],
)  # fmt: skip
def test_what_does_not_convert(first: str, second: str) -> None:
    assert convert(D(1), first, second) is None
    assert not same_dimension(second, first)


def test_an_unknown_unit_is_only_itself() -> None:
    assert convert(D(3), "gommettes", "gommettes") == D(3)
    assert measure("gommettes") is None
    assert measure("g" * 500) is None


@given(st.decimals(D("0.001"), D(100000), places=3), st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_conversion_is_invertible(value: Decimal, first: str, second: str) -> None:
    there = convert(value, first, second)
    assume(there is not None)
    assert there is not None
    back = convert(there, second, first)
    assert back is not None
    assert abs(back - value) <= abs(value) * D("1e-20")


@given(st.text(max_size=30), st.integers(0, 30))
def test_reading_a_unit_never_fails_and_moves_on(text: str, start: int) -> None:
    found = printed_unit(text, min(start, len(text)))
    assert found is None or found.end > min(start, len(text))


@given(st.text(alphabet="mgL/.(){}[]1023*%hd ", max_size=20))
def test_any_string_measures_something_or_nothing(text: str) -> None:
    measure(text)


def test_every_analyte_of_the_synthetic_hospital_is_read_as_printed() -> None:
    """`shown` and the UCUM `unit` of each analyte are the same unit to the scorers."""
    source = files("eval.synthetic") / "templates" / "analytes.toml"
    rows = tomllib.loads(source.read_text(encoding="utf-8")).values()
    pairs = [(row["shown"], row["unit"]) for row in rows if isinstance(row, dict) and "unit" in row]
    assert len(pairs) > 20
    assert [pair for pair in pairs if convert(D(7), *pair) != D(7)] == []
