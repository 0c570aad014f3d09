"""Partial ISO dates: what they cover and how they are put in order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.moments import order_of, span_of


@pytest.mark.parametrize(
    ("iso", "first", "last"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("20240301", "2024-03-01", "2024-03-01"),
        ("2024-03-01T10:00:00+01:00", "2024-03-01", "2024-03-01"),
        ("2024-03-01T10:00:00.123456Z", "2024-03-01", "2024-03-01"),
        ("20240301T100000,5+0100", "2024-03-01", "2024-03-01"),
        ("2024-03-01 10:00", "2024-03-01", "2024-03-01"),
    ],
)
def test_days(iso: str, first: str, last: str) -> None:
    span = span_of(iso)
    assert span is not None
    assert (span.first_day, span.last_day) == (first, last)


@pytest.mark.parametrize("iso", [None, "", "hier", "2024-13", "2024-02-30", "01/03/2024", "2024-03-01T25:00"])
def test_what_is_not_a_date(iso: str | None) -> None:
    assert span_of(iso) is None
    assert order_of(iso) == ""


def test_order_mixes_precisions_and_offsets() -> None:
    in_order = [
        None,
        "2023-12-31T23:30:00+01:00",
        "2024",
        "2024-01",
        "2024-01-01",
        "2024-03-01T10:00:00+02:00",
        "2024-03-01T10:00:00+01:00",
        "2024-03-01T09:30:00Z",
        "2024-03-01T10:45:00",
        "2024-07-01T12:00:00",
        "2024-07-01T10:30:00Z",
    ]
    mixed = in_order[::-1]
    assert sorted(mixed, key=order_of) == in_order


@given(st.datetimes(), st.datetimes())
def test_order_agrees_with_time(one: object, other: object) -> None:
    first, second = sorted((one, other))  # type: ignore[type-var]
    assert order_of(f"{first.isoformat()}Z") <= order_of(f"{second.isoformat()}Z")  # type: ignore[attr-defined]


@given(st.text(max_size=30))
def test_never_raises(text: str) -> None:
    span_of(text)
