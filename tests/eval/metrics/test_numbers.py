"""Numbers in French texts."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.numbers import numbers_in

CASES: tuple[tuple[str, list[tuple[str, str]]], ...] = (
    ("Kaliémie : 4,8 mmol/L le 19/10/2025 (3,5–5,0)", [("4.8", "mmol/L"), ("3.5", ""), ("5.0", "")]),
    ("PA 128/74 mmHg, FC 72/min", [("128", "mm[Hg]"), ("74", "mm[Hg]"), ("72", "/min")]),
    ("PA 128/74", [("128", ""), ("74", "")]),
    ("SpO2 97 %, T 38,5 °C", [("97", "%"), ("38.5", "Cel")]),
    ("Plaquettes 150 10^9/L puis 150 G/L", [("150", "10*9/L"), ("150", "10*9/L")]),
    ("1 250 000/mm3 et 12 500 UI", [("1250000", "/uL"), ("12500", "[IU]")]),
    ("1\u202f250\u00a0mg", [("1250", "mg")]),
    ("EVA 7/10", [("7", "")]),
    ("Glasgow 15/15, MMS 24/30", [("15", ""), ("24", "")]),
    ("1/2 comprimé, ½ cp, 1½ cp", [("0.5", "{tablet}"), ("0.5", "{tablet}"), ("1.5", "{tablet}")]),
    ("un demi-comprimé", [("0.5", "{tablet}")]),
    ("500 mg 3 fois par jour, 500 mg x 3/j", [("500", "mg"), ("3", "/d"), ("500", "mg"), ("3", "/d")]),
    ("x2/j", [("2", "/d")]),
    ("HbA1c 7,2 %", [("7.2", "%")]),
    ("J45.0, CIM-10, COVID-19, [E1], [E1, E2], J-3, vitamine B12", []),
    ("01 23 45 67 89, +33 6 12 34 56 78", []),
    ("1 85 04 75 123 456 78, IPP 123456789", []),
    ("14h30, 14 h 30, 08:15", []),
    ("1er, 2e jour, 3ème cure", []),
    ("12 mars 2025, mars 2025, en 2024, le 3 mars", []),
    ("DFG 45 mL/min/1,73 m²", [("45", "mL/min/{1.73_m2}")]),
    ("z-score -2,5 DS", [("-2.5", "{SD}")]),
    ("vingt-deux comprimés", [("22", "{tablet}")]),
    ("quatre-vingt-dix-neuf ans, soixante et onze ans", [("99", "a"), ("71", "a")]),
    ("une fois par jour, un patient, une toux", [("1", "/d")]),
    ("les deux reins", [("2", "")]),
    ("de 3,5 à 5,0 mmol/L", [("3.5", "mmol/L"), ("5.0", "mmol/L")]),
    ("500mg/8h", [("500", "mg/(8.h)")]),
    ("< 0,5 µg/L", [("0.5", "ug/L")]),
    ("1. Kaliémie 4\n2) Sodium 140 mmol/L", [("4", ""), ("140", "mmol/L")]),
    ("INR 2.5", [("2.5", "")]),
    ("39 SA, 20 PA, toutes les 6 h", [("39", "{amenorrhoea_week}"), ("20", "{pack_year}"), ("6", "h")]),
    ("FEVG à 35 pour cent", [("35", "%")]),
)  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_forms(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(str(one.value), one.unit) for one in numbers_in(text)] == expected


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("deux", 2), ("dix-sept", 17), ("vingt et un", 21), ("vingt-et-un", 21), ("trente-neuf", 39),
        ("soixante-dix", 70), ("soixante et onze", 71), ("soixante-dix-neuf", 79), ("quatre-vingts", 80),
        ("quatre-vingt-un", 81), ("quatre-vingt-onze", 91), ("nonante-cinq", 95), ("cent", 100), ("zéro", 0),
    ],
)  # fmt: skip
def test_number_words(words: str, value: int) -> None:
    (found,) = numbers_in(f"environ {words} mg")
    assert (found.value, found.unit, found.word) == (Decimal(value), "mg", True)


@given(st.text(max_size=80))
def test_any_text_is_read_in_order_without_overlap(text: str) -> None:
    found = numbers_in(text)
    assert all(0 <= one.start < one.end <= one.unit_end <= len(text) for one in found)
    assert all(one.end <= two.start for one, two in pairwise(found))


@given(st.decimals(0, 99999, places=2), st.sampled_from(["mg", "mmol/L", "G/L", "%", "mmHg"]))
def test_the_literal_stands_where_the_mention_says(value: Decimal, unit: str) -> None:
    literal = str(value).replace(".", ",")
    text = f"Le dosage est de {literal}\u00a0{unit} ce matin."
    (found,) = numbers_in(text)
    assert text[found.start : found.end] == literal
    assert text[found.start : found.unit_end] == f"{literal}\u00a0{unit}"
    assert found.value == value


@given(st.integers(1000, 9_999_999), st.sampled_from(" \u00a0\u202f"))
def test_thousands_spaces(value: int, space: str) -> None:
    written = f"{value:,}".replace(",", space)
    (found,) = numbers_in(f"soit {written} UI")
    assert found.value == value
