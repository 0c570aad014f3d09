"""Writing values for a reader: exact characters, digits of the source."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering import rendering
from retrieval.fact import (
    Boolean,
    Coded,
    Duration,
    Identifier,
    Interval,
    Media,
    Missing,
    Moment,
    Ordinal,
    Quantity,
    Ratio,
    ReferenceRange,
    Text,
)
from retrieval.terminology.units import canonical, find_quantities


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Quantity(magnitude=Decimal("5.40"), unit="mmol/L"), "5,40\u00a0mmol/L"),
        (Quantity(magnitude=Decimal(76), unit="umol/L"), "76\u00a0µmol/L"),
        (Quantity(magnitude=Decimal("2.1"), unit="1"), "2,1"),
        (Quantity(magnitude=Decimal("0.5"), unit="ug/L", comparator="<"), "<\u00a00,5\u00a0µg/L"),
        (
            Quantity(magnitude=Decimal(60), unit="mL/min/{1.73_m2}", comparator=">="),
            "≥\u00a060\u00a0mL/min/1,73\u00a0m²",
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
        (Interval(low="60", unit="mL/min"), "≥\u00a060\u00a0mL/min"),
        (Interval(high="5.0", unit="mmol/L"), "≤\u00a05,0\u00a0mmol/L"),
        (Interval(low="2024-03-12", high="2024-03-20"), "du 12/03/2024 au 20/03/2024"),
        (Interval(low="2024-03-12"), "depuis le 12/03/2024"),
        (Interval(high="2024-03"), "jusqu’en mars 2024"),
        (Interval(low="P3D", high="P5D"), "3\u00a0jours à 5\u00a0jours"),
        (Interval(), ""),
        (Ratio(numerator=Decimal("0.5"), denominator=Decimal(1)), "0,5"),
        (Ordinal(rank=Decimal(2), text=""), "2"),
        (Ordinal(rank=Decimal(4), text="Spontanée"), "Spontanée"),
        (Identifier(id="A1"), "A1"),
        (Media(media_type="image/png"), "pièce jointe (image/png)"),
        (Missing(reason="unknown"), "inconnu"),
        (Missing(reason="no information"), "pas d’information"),
        (Missing(reason="prélèvement coagulé"), "non renseigné (prélèvement coagulé)"),
        (Missing(reason=""), "non renseigné"),
        (Quantity(magnitude=Decimal("7.41"), unit="[pH]"), "7,41"),
        (Quantity(magnitude=Decimal("2.1"), unit="u[IU]/mL"), "2,1\u00a0µUI/mL"),
    ],
)
def test_values(value: rendering.Value, shown: str) -> None:
    assert rendering.value_text(value) == shown


def test_english_has_decimal_points() -> None:
    limits = Interval(low="3.5", high="5.0", unit="mmol/L")
    assert rendering.value_text(limits, language="en") == "3.5–5.0\u00a0mmol/L"
    assert (
        rendering.quantity(Quantity(magnitude=Decimal("5.4"), unit="mmol/L"), language="en")
        == "5.4\u00a0mmol/L"
    )


@pytest.mark.parametrize(
    ("iso", "on", "since"),
    [
        ("2024-03-12T08:00:00+01:00", "le 12/03/2024", "depuis le 12/03/2024"),
        ("2024-03", "en mars 2024", "depuis mars 2024"),
        ("2024-08", "en août 2024", "depuis août 2024"),
        ("2024", "en 2024", "depuis 2024"),
        (None, "à une date non précisée", ""),
        ("n'importe quoi", "à une date non précisée", ""),
    ],
)
def test_dates(iso: str | None, on: str, since: str) -> None:
    assert (rendering.on_date(iso), rendering.since_date(iso)) == (on, since)


def test_spans() -> None:
    assert rendering.span_text("2024-09-27T09:30", "2024-10-06") == "du 27/09/2024 au 06/10/2024"
    assert rendering.span_text("2024-09", "2025") == "de septembre 2024 à 2025"
    assert rendering.span_text("2024-09-27", None) == "depuis le 27/09/2024"
    assert rendering.span_text("2024-09-27", "2024-09-27") == "le 27/09/2024"
    assert rendering.span_text(None, None) == ""


def test_typography() -> None:
    assert rendering.typography("Oui : « ça va » ; vraiment ? l'INR à 10:30") == (
        "Oui\u202f: «\u202fça va\u202f»\u202f; vraiment\u202f? l’INR à 10:30"
    )
    assert rendering.typography("Yes: it's  fine", language="en") == "Yes: it's fine"


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
    assert rendering.reference_text(limits) == shown


def test_names() -> None:
    assert rendering.of_name("Asthme") == "d’asthme"
    assert rendering.of_name("Diabète") == "de diabète"
    assert rendering.of_name("HTA") == "d’HTA"
    assert rendering.of_name("Hypertension artérielle") == "d’hypertension artérielle"
    assert rendering.of_name("Hernie inguinale") == "de hernie inguinale"
    assert rendering.of_name("Œdème") == "d’œdème"
    assert rendering.capital("pH artériel") == "pH artériel"
    assert rendering.capital("kaliémie") == "Kaliémie"
    assert rendering.join_list(["a", "b", "c"]) == "a, b et c"


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**6), max_value=10**6, places=3))
def test_digits_are_those_of_the_source(magnitude: Decimal) -> None:
    shown = rendering.quantity(Quantity(magnitude=magnitude, unit="mmol/L"))
    number = shown.removesuffix("\u00a0mmol/L")
    assert Decimal(number.replace(",", ".")) == magnitude
    assert number.replace(",", ".") == format(magnitude, "f")


UNITS = [
    "mmol/L",
    "umol/L",
    "ug/L",
    "10*9/L",
    "mm[Hg]",
    "mL/min/{1.73_m2}",
    "u[IU]/mL",
    "Cel",
    "kg/m2",
    "/min",
    "%",
    "g/d",
]


@given(
    st.decimals(min_value=0, max_value=9_000, places=1),
    st.sampled_from(UNITS),
    st.sampled_from([None, "<", "<=", ">", ">="]),
    st.sampled_from(["fr", "en"]),
)
def test_a_written_quantity_is_read_back_by_the_checks(
    magnitude: Decimal, unit: str, comparator: Any, language: Any
) -> None:
    value = Quantity(magnitude=magnitude, unit=unit, comparator=comparator)
    (read,) = find_quantities(f"Mesure\u202f: {rendering.quantity(value, language=language)}\u202f; suite")
    assert read.number.values == (magnitude,)
    assert read.number.comparator == comparator
    assert read.unit is not None
    assert read.unit.code == canonical(unit)


def test_a_written_interval_is_read_back_as_a_range() -> None:
    shown = rendering.value_text(Interval(low="3.5", high="5.0", unit="mmol/L"))
    (read,) = find_quantities(shown)
    assert (read.number.form, read.number.values) == ("range", (Decimal("3.5"), Decimal("5.0")))
    assert read.unit is not None
    assert read.unit.code == "mmol/L"


@given(st.text(alphabet="ab 12.,", max_size=60), st.integers(min_value=8, max_value=40))
def test_a_shortened_text_never_ends_in_a_cut_number(text: str, size: int) -> None:
    cut = rendering.shortened(text, size)
    assert len(cut) <= size
    if len(text) > size:
        assert cut.endswith("…")
        assert not cut.removesuffix("\u00a0…")[-1:].isdigit()
    else:
        assert cut == text


@given(st.text(max_size=80))
def test_typography_changes_no_letter_or_digit(text: str) -> None:
    kept = [character for character in text if character.isalnum()]
    assert [character for character in rendering.typography(text) if character.isalnum()] == kept
