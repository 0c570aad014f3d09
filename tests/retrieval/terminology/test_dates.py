"""Dates: as precise as written, exact offsets, relative words from an anchor."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.terminology.dates import (
    date_supports,
    day_range,
    find_dates,
    find_times,
    format_date,
    mention_of,
)

ANCHOR = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12/03/2024", ["2024-03-12"]),
        ("12.03.24", ["2024-03-12"]),
        ("12-03-2024", ["2024-03-12"]),
        ("2024-03-12", ["2024-03-12"]),
        ("2024-03-12T10:15:00+01:00", ["2024-03-12"]),
        ("12 mars 2024", ["2024-03-12"]),
        ("1er août 2023", ["2023-08-01"]),
        ("1er aout 2023", ["2023-08-01"]),
        ("March 12, 2024", ["2024-03-12"]),
        ("12 March 2024", ["2024-03-12"]),
        ("mars 2024", ["2024-03"]),
        ("03/2024", ["2024-03"]),
        ("2024-03", ["2024-03"]),
        ("infarctus en 2012", ["2012"]),
        ("(2015)", ["2015"]),
        ("depuis 2015", ["2015"]),
        ("31/02/2024", []),
        ("12/13/2024", []),
        ("TA 140/85", []),
        ("en 2000 mg", []),
        ("BNP 1950 ng/L", []),
        ("du 01/02/2024 au 05/02/2024", ["2024-02-01", "2024-02-05"]),
    ],
)
def test_what_is_read(text, expected):
    found = find_dates(text)
    assert [item.iso for item in found] == expected
    assert all(text[item.start : item.end] == item.text for item in found)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("hier", date(2026, 2, 28), date(2026, 2, 28)),
        ("avant-hier", date(2026, 2, 27), date(2026, 2, 27)),
        ("aujourd’hui", ANCHOR, ANCHOR),
        ("il y a 3 jours", date(2026, 2, 26), date(2026, 2, 26)),
        ("il y a trois mois", date(2025, 12, 1), date(2025, 12, 31)),
        ("il y a 2 ans", date(2024, 1, 1), date(2024, 12, 31)),
        ("le mois dernier", date(2026, 2, 1), date(2026, 2, 28)),
        ("last year", date(2025, 1, 1), date(2025, 12, 31)),
        ("3 months ago", date(2025, 12, 1), date(2025, 12, 31)),
        ("dans 2 mois", date(2026, 5, 1), date(2026, 5, 31)),
        ("il y a 1 semaine", date(2026, 2, 19), date(2026, 2, 25)),
    ],
)
def test_relative_words_count_from_the_anchor(text, first, last):
    (mention,) = find_dates(text, anchor=ANCHOR)
    assert (mention.first, mention.last, mention.relative) == (first, last, True)
    assert find_dates(text) == ()


@pytest.mark.parametrize(
    ("source", "stated", "supported"),
    [
        ("2024-03-12", "2024-03-12", True),
        ("2024-03-12", "2024-03", True),
        ("2024-03-12", "2024", True),
        ("2024-03", "2024-03-12", False),
        ("2024-03-12", "2024-03-13", False),
        ("2024-03-12", "2023-03-12", False),
    ],
)
def test_a_statement_may_be_vaguer_than_its_source_never_sharper(source, stated, supported):
    assert date_supports(mention_of(source), mention_of(stated)) is supported


@given(
    st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)),
    st.sampled_from([(False, "fr"), (True, "fr"), (True, "en")]),
)
def test_a_written_date_reads_back(day, style):
    words, language = style
    for iso in (day.isoformat(), day.isoformat()[:7]):
        written = format_date(iso, words=words, language=language)
        text = f"le {written}."
        (mention,) = find_dates(text)
        assert mention.iso == iso
        assert text[mention.start : mention.end] == mention.text == written


@given(st.text(alphabet="0123456789/.- marsil y ahiern", max_size=40))
def test_offsets_are_exact_and_do_not_overlap(text):
    found = find_dates(text, anchor=ANCHOR)
    assert all(text[item.start : item.end] == item.text for item in found)
    assert all(left.end <= right.start for left, right in itertools.pairwise(found))


@given(
    st.dates(min_value=date(1950, 1, 1), max_value=date(2050, 1, 1)), st.integers(min_value=1, max_value=60)
)
def test_days_ago_is_exact(anchor, count):
    (mention,) = find_dates(f"il y a {count} jours", anchor=anchor)
    assert mention.first == mention.last == anchor - timedelta(days=count)


def test_partial_days():
    assert day_range("2024-02") == (date(2024, 2, 1), date(2024, 2, 29))
    assert day_range("2024-02-10T08:00:00Z") == (date(2024, 2, 10), date(2024, 2, 10))
    assert day_range("hier") is None
    assert day_range("2024-13") is None


def test_clock_times():
    assert [
        (item.text, item.hour, item.minute) for item in find_times("à 14h30 puis 8:05, ratio 1:128, 12/03")
    ] == [
        ("14h30", 14, 30),
        ("8:05", 8, 5),
    ]
