"""Units: canonical codes, no conversion, exact offsets."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.terminology.units import (
    _table,
    canonical,
    display,
    find_quantities,
    is_unit,
    same_quantity,
    unit_at,
)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("mmol/L", "mmol/L"),
        ("mmol/l", "mmol/L"),
        ("µg", "ug"),
        ("μg", "ug"),
        ("mcg", "ug"),
        ("G/L", "10*9/L"),
        ("g/L", "g/L"),
        ("g/l", "g/L"),
        ("T/L", "10*12/L"),
        ("UI", "[IU]"),
        ("UI/L", "[IU]/L"),
        ("U/L", "U/L"),
        ("mmHg", "mm[Hg]"),
        ("mm Hg", "mm[Hg]"),
        ("°C", "Cel"),
        ("bpm", "/min"),
        ("battements/min", "/min"),
        ("cp", "{tablet}"),
        ("gouttes", "[drp]"),
        ("mg/j", "mg/d"),
        ("mg par jour", "mg/d"),
        ("mL/min/1,73m²", "mL/min/{1.73_m2}"),
        ("x10^9/L", "10*9/L"),
        ("jours", "d"),
    ],
)
def test_canonical_codes(written, code):
    assert canonical(written) == code
    assert is_unit(written)


def test_an_unknown_unit_is_itself():
    assert canonical(" furlong ") == "furlong"
    assert not is_unit("furlong")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Potassium 5,4 mmol/L (3,5-5,0)", [("5,4", "mmol/L"), ("3,5-5,0", None)]),
        ("5mg", [("5", "mg")]),
        ("5 malades", [("5", None)]),
        ("3 mois", [("3", "mo")]),
        ("TA 140/85 mmHg", [("140/85", "mm[Hg]")]),
        ("DFG 54 mL/min/1,73m²", [("54", "mL/min/{1.73_m2}")]),
        ("DFG 54 mL/min/1,73 m²", [("54", "mL/min/{1.73_m2}")]),
        ("plaquettes 250 x 10^9/L", [("250", "10*9/L")]),
        ("1 cp/j", [("1", "{tablet}")]),
        ("1 cp x 3/j", [("1", "{tablet}"), ("3", "/d")]),
        ("le 12/03/2024 à 14h30", []),
        ("12.500 UI/j", [("12.500", "[IU]/d")]),
        ("94 %", [("94", "%")]),
        ("94%.", [("94", "%")]),
        ("37,2°", [("37,2", "Cel")]),
        ("5 mg/", [("5", None)]),
    ],
)
def test_quantities(text, expected):
    found = find_quantities(text)
    assert [(item.number.text, item.unit.code if item.unit else None) for item in found] == expected
    for item in found:
        assert item.unit is None or text[item.unit.start : item.unit.end] == item.unit.text


def test_same_quantity_never_converts():
    (grams,) = find_quantities("1 g")
    (milligrams,) = find_quantities("1000 mg")
    (bare,) = find_quantities("1")
    assert not same_quantity(grams, milligrams)
    assert same_quantity(grams, bare)


def _writings():
    table = _table()
    return sorted(set(table.exact) | set(table.folded))


@given(
    st.sampled_from(_writings()),
    st.decimals(min_value=0, max_value=999, places=1),
    st.sampled_from(["", " ", "\u202f"]),
)
def test_every_writing_reads_back_after_a_number(written, value, space):
    space = " " if written[0].isdigit() else space  # 5 10^9/L needs its space
    text = f"{str(value).replace('.', ',')}{space}{written}"
    mention = unit_at(text, len(str(value)))
    assert mention is not None
    assert text[mention.start : mention.end] == written
    assert mention.code == canonical(written)
    assert find_quantities(f"{text} le matin")[0].number.values == (Decimal(value),)


def test_every_shown_unit_reads_back_as_itself():
    for code, shown in _table().shown.items():
        assert display(code) == shown
        assert shown == "" or canonical(shown) == code
