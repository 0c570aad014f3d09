"""Writing values for a reader: exact characters, digits of the source."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering import french
from retrieval.fact import (
    Boolean,
    Coded,
    Duration,
    Interval,
    Missing,
    Moment,
    Quantity,
    Ratio,
    ReferenceRange,
    Text,
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Quantity(magnitude=Decimal("5.40"), unit="mmol/L"), "5,40\u00a0mmol/L"),
        (Quantity(magnitude=Decimal(76), unit="umol/L"), "76\u00a0µmol/L"),
        (Quantity(magnitude=Decimal("2.1"), unit="1"), "2,1"),
        (Quantity(magnitude=Decimal("0.5"), unit="ug/L", comparator="<"), "<\u00a00,5\u00a0µg/L"),
        (
            Quantity(magnitude=Decimal(60), unit="mL/min/{1.73_m2}", comparator=">="),
            "≥\u00a060\u00a0mL/min/1,73 m²",
        ),
        (Quantity(magnitude=Decimal(250), unit="10*9/L"), "250\u00a0G/L"),
        (Ratio(numerator=Decimal(96), denominator=Decimal(100)), "96\u00a0%"),
        (Ratio(numerator=Decimal(1), denominator=Decimal(128)), "1/128"),
        (Boolean(value=True), "oui"),
        (Coded(text="Final"), "Final"),
        (Text(text="a\n b"), "a b"),
        (Moment(iso="2024-03-12T10:00"), "12/03/2024"),
        (Duration(iso="P1Y2M"), "1\u00a0an et 2\u00a0mois"),
        (Interval(low="3.5", high="5.0", unit="mmol/L"), "3,5–5,0\u00a0mmol/L"),
        (Missing(reason="inconnu"), "inconnu"),
    ],
)
def test_values(value: french.Value, shown: str) -> None:
    assert french.value_text(value) == shown


def test_english_has_decimal_points() -> None:
    assert (
        french.quantity(Quantity(magnitude=Decimal("5.4"), unit="mmol/L"), language="en") == "5.4\u00a0mmol/L"
    )


@pytest.mark.parametrize(
    ("iso", "on", "since", "of"),
    [
        ("2024-03-12T08:00:00+01:00", "le 12/03/2024", "depuis le 12/03/2024", "du 12/03/2024"),
        ("2024-03", "en mars 2024", "depuis mars 2024", "de mars 2024"),
        ("2024-08", "en août 2024", "depuis août 2024", "d’août 2024"),
        ("2024", "en 2024", "depuis 2024", "de 2024"),
        (None, "à une date non précisée", "", ""),
        ("n'importe quoi", "à une date non précisée", "", ""),
    ],
)
def test_dates(iso: str | None, on: str, since: str, of: str) -> None:
    assert (french.on_date(iso), french.since_date(iso), french.of_date(iso)) == (on, since, of)


def test_spans() -> None:
    assert french.span_text("2024-09-27T09:30", "2024-10-06") == "du 27/09/2024 au 06/10/2024"
    assert french.span_text("2024-09", "2025") == "de septembre 2024 à 2025"
    assert french.span_text("2024-09-27", None) == "depuis le 27/09/2024"
    assert french.span_text("2024-09-27", "2024-09-27") == "le 27/09/2024"
    assert french.span_text(None, None) == ""


def test_typography() -> None:
    assert french.typography("Oui : « ça va » ; vraiment ? l'INR à 10:30") == (
        "Oui\u202f: «\u202fça va\u202f»\u202f; vraiment\u202f? l’INR à 10:30"
    )
    assert french.typography("Yes: it's  fine", language="en") == "Yes: it's fine"


@pytest.mark.parametrize(
    ("limits", "shown"),
    [
        (ReferenceRange(low=Decimal("3.5"), high=Decimal("5.0")), "valeurs usuelles 3,5–5,0"),
        (ReferenceRange(low=Decimal(60)), "valeurs usuelles ≥\u00a060"),
        (ReferenceRange(high=Decimal(5)), "valeurs usuelles ≤\u00a05"),
        (ReferenceRange(text="négatif"), "valeurs usuelles négatif"),
        (ReferenceRange(), ""),
        (None, ""),
    ],
)
def test_reference_ranges(limits: ReferenceRange | None, shown: str) -> None:
    assert french.reference_text(limits) == shown


def test_names() -> None:
    assert french.of_name("Asthme") == "d’asthme"
    assert french.of_name("Diabète") == "de diabète"
    assert french.of_name("HTA") == "de HTA"
    assert french.capital("pH artériel") == "pH artériel"
    assert french.capital("kaliémie") == "Kaliémie"
    assert french.join_list(["a", "b", "c"]) == "a, b et c"


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**6), max_value=10**6, places=3))
def test_digits_are_those_of_the_source(magnitude: Decimal) -> None:
    shown = french.quantity(Quantity(magnitude=magnitude, unit="mmol/L"))
    number = shown.removesuffix("\u00a0mmol/L")
    assert Decimal(number.replace(",", ".")) == magnitude
    assert number.replace(",", ".") == format(magnitude, "f")


@given(st.text(max_size=80))
def test_typography_changes_no_letter_or_digit(text: str) -> None:
    kept = [character for character in text if character.isalnum()]
    assert [character for character in french.typography(text) if character.isalnum()] == kept
