"""Dates in French and ISO."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.dates import agrees, dates_in

MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]


@pytest.mark.parametrize(
    ("text", "isos"),
    [
        ("le 12/03/2025", ["2025-03-12"]),
        ("le 12.03.25, le 12-03-2025", ["2025-03-12", "2025-03-12"]),
        ("12 mars 2025", ["2025-03-12"]),
        ("1er mars 2025", ["2025-03-01"]),
        ("1er\u00a0août 2024", ["2024-08-01"]),
        ("en mars 2025", ["2025-03"]),
        ("03/2025", ["2025-03"]),
        ("2025-03-12T10:05:00+01:00", ["2025-03-12"]),
        ("2025-03", ["2025-03"]),
        ("en 2024, depuis 2019 (2017)", ["2024", "2019", "2017"]),
        ("du 01/02/2019 au 02/03/2026", ["2019-02-01", "2026-03-02"]),
        ("March 12, 2025 and 12 March 2025", ["2025-03-12", "2025-03-12"]),
        ("DEPUIS LE 12 MARS 2025", ["2025-03-12"]),
        ("31/02/2025", []),
        ("128/74 mmHg", []),
        ("2000 mL, dose 2000 UI, en 2000 mL", []),
        ("sortie le 5", []),
        ("né le 3/4/58", ["1958-04-03"]),
    ],
)
def test_forms(text: str, isos: list[str]) -> None:
    assert [found.iso for found in dates_in(text)] == isos


def test_relative_days_need_today() -> None:
    today = date(2026, 1, 5)
    assert dates_in("hier, et le 12 mars") == ()
    assert [one.iso for one in dates_in("hier, et le 12 mars", today=today)] == ["2026-01-04", "2025-03-12"]
    assert [one.iso for one in dates_in("avant-hier et le 04/01", today=today)] == [
        "2026-01-03",
        "2026-01-04",
    ]


def test_agreement_goes_one_way() -> None:
    assert agrees("2025-03-12", "2025-03")
    assert agrees("2025-03", "2025-03")
    assert not agrees("2025-03", "2025-03-12")
    assert not agrees("2025-03-12", "2025-03-1")


@given(st.dates(date(1950, 1, 1), date(2049, 12, 31)))
def test_every_day_in_every_form(day: date) -> None:
    forms = (
        day.isoformat(), f"{day:%d/%m/%Y}", f"{day:%d/%m/%y}", f"{day.day} {MONTHS[day.month - 1]} {day.year}",
        f"{day:%d.%m.%Y}",
    )  # fmt: skip
    for form in forms:
        text = f"Vu le {form}, suivi."
        (found,) = dates_in(text)
        assert found.iso == day.isoformat()
        assert text[found.start : found.end] == form


@given(st.text(max_size=80))
def test_any_text_is_read_in_order_without_overlap(text: str) -> None:
    found = dates_in(text)
    assert all(one.end <= two.start for one, two in pairwise(found))


def test_a_huge_text_is_refused() -> None:
    with pytest.raises(ValueError, match="200000"):
        dates_in("1" * 200_001)
