"""Numbers of an answer against the truth of its patient."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.cases.gold import DateGold, DrugGold, NumberGold, TermGold
from eval.metrics.numeric_fidelity import fidelity, text_fidelity

K = NumberGold(value=Decimal("4.8"), unit="mmol/L")
DOSE = NumberGold(value=Decimal(5), unit="mg")
DAY = DateGold(iso="2025-10-19")
KNOWN = (
    DAY, NumberGold(value=Decimal(72), unit="kg"), DrugGold(dci="salbutamol", brands=("Ventoline 100 µg/dose",)),
    TermGold(forms=("NYHA 2",)), DateGold(iso="2019"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "wrong", "tenfold"),
    [
        ("Kaliémie : 4,8 mmol/L le 19/10/2025 (valeurs usuelles 3,5–5,0).", (), ()),
        ("Kaliémie : 48 mmol/L le 19/10/2025.", ("48 mmol/L",), ("48 mmol/L",)),
        ("Kaliémie : 0,48 mmol/L.", ("0,48 mmol/L",), ("0,48 mmol/L",)),
        ("Kaliémie : 4,9 mmol/L.", ("4,9 mmol/L",), ()),
        ("Kaliémie : 4,8 g/L.", ("4,8 g/L",), ()),
        ("Kaliémie : 4,8 µmol/L.", ("4,8 µmol/L",), ("4,8 µmol/L",)),
        ("Kaliémie : 4,8 mol/L.", ("4,8 mol/L",), ("4,8 mol/L",)),
        ("Kaliémie : 48.", ("48",), ("48",)),
        ("Dose : 5 g.", ("5 g",), ("5 g",)),
        ("Dose : 0,5 mg.", ("0,5 mg",), ("0,5 mg",)),
        ("Dose : 5 000 µg.", (), ()),
        ("Poids : 72 kg.", (), ()),
        ("Poids : 7,2 kg.", ("7,2 kg",), ()),
        ("Kaliémie le 18/10/2025 : 4,8.", ("18/10/2025",), ()),
        ("En octobre 2025 ; depuis le 03/04/2019.", (), ()),
        ("Ventoline 100 µg/dose, NYHA 2.", (), ()),
        ("3 résultats, deux documents, 41 documents lisibles.", (), ()),
        ("Les deux reins.", (), ()),
        ("Deux comprimés.", ("Deux comprimés",), ()),
        ("3 saignements.", ("3",), ()),
    ],
)
def test_by_hand(text: str, wrong: tuple[str, ...], tenfold: tuple[str, ...]) -> None:
    found = fidelity({"sentences": [{"text": text}]}, about=(K, DOSE), known=KNOWN)
    assert (found.wrong, found.tenfold) == (wrong, tenfold)


def test_usual_ranges_are_checked_when_they_are_known() -> None:
    ranges = (
        NumberGold(value=Decimal("3.5"), unit="mmol/L"),
        NumberGold(value=Decimal("5.0"), unit="mmol/L"),
    )
    text = "4,8 mmol/L (valeurs usuelles 3,5–5,0 mmol/L)"
    assert text_fidelity(text, about=(K,), known=(), ranges=ranges).wrong == ()
    assert text_fidelity(text.replace("3,5", "35"), about=(K,), known=(), ranges=ranges).wrong == ("35",)


def test_what_is_true_elsewhere_is_no_tenfold_error() -> None:
    other = NumberGold(value=Decimal(50), unit="mg")
    assert text_fidelity("50 mg", about=(DOSE,), known=(other,)).tenfold == ()
    assert text_fidelity("50 mg", about=(DOSE,), known=()).tenfold == ("50 mg",)


@given(st.decimals("0.1", "999", places=1), st.sampled_from([10, 100, 1000]), st.booleans())
def test_every_power_of_ten_is_caught(value: Decimal, factor: int, up: bool) -> None:
    gold = NumberGold(value=value, unit="mg")
    said = value * factor if up else value / factor
    text = f"Dose : {said:f} mg".replace(".", ",")
    found = text_fidelity(text, about=(gold,), known=())
    assert len(found.wrong) == len(found.tenfold) == 1
    assert text_fidelity(text, about=(), known=()).tenfold == ()


@given(st.text(max_size=60))
def test_wrong_numbers_are_checked_numbers(text: str) -> None:
    found = text_fidelity(text, about=(K,), known=KNOWN)
    assert set(found.tenfold) <= set(found.wrong) <= set(found.numbers)
