"""Numbers: exact values, exact offsets, equality modulo writing."""

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.terminology.numbers import find_numbers, format_number, same_number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5,4", [("plain", ["5.4"])]),
        ("5.4 puis 6", [("plain", ["5.4"]), ("plain", ["6"])]),
        ("1 200", [("plain", ["1200"])]),
        ("1\u202f200,5", [("plain", ["1200.5"])]),
        ("12 1200", [("plain", ["12"]), ("plain", ["1200"])]),
        ("1/2 cp", [("fraction", ["0.5"])]),
        ("½ cp", [("fraction", ["0.5"])]),
        ("3,5-5,0", [("range", ["3.5", "5.0"])]),
        ("3,5 à 5,0", [("range", ["3.5", "5.0"])]),
        ("140/85", [("pair", ["140", "85"])]),
        ("1-0-1", [("schedule", ["1", "0", "1"])]),
        ("< 5", [("plain", ["5"])]),
        ("-2,5", [("plain", ["-2.5"])]),
        ("HbA1c, B12, SpO2, CHA2DS2-VASc", []),
        ("x3/j", [("plain", ["3"])]),
        ("deux comprimés", [("word", ["2"])]),
        ("le patient a un frère", []),
        ("5,4.", [("plain", ["5.4"])]),
        ("(5,4)", [("plain", ["5.4"])]),
    ],
)
def test_what_is_read(text, expected):
    found = find_numbers(text)
    assert [(item.form, [str(value) for value in item.values]) for item in found] == expected
    assert all(text[item.start : item.end] == item.text for item in found)


def one(text):
    (mention,) = find_numbers(text)
    return mention


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("5,4", "5.4", True),
        ("5,4", "5,40", True),
        ("5,4", "54", False),
        ("5,4", "0,54", False),
        ("1 200", "1200", True),
        ("1\u202f200", "1 200", True),
        ("< 5", "<5", True),
        ("≤ 5", "<= 5", True),
        ("< 5", "5", False),
        ("12.500", "12,5", False),
        ("12.500", "12 500", False),
        ("12.500", "12,500", True),
        ("12.500", "12.500", True),
        ("140/85", "140 / 85", True),
        ("140/85", "85/140", False),
        ("½", "1/2", True),
        ("0,500", "0,5", True),
    ],
)
def test_equality_modulo_writing(left, right, same):
    assert same_number(one(left), one(right)) is same
    assert same_number(one(right), one(left)) is same


VALUES = st.decimals(min_value=Decimal("0.0"), max_value=Decimal(9_999_999), places=2, allow_nan=False)


@given(VALUES, st.sampled_from(["fr", "en"]), st.booleans(), st.sampled_from(["", "Potassium : ", "à ", "("]))
def test_a_written_number_reads_back_with_exact_offsets(value, language, grouped, before):
    written = format_number(value, language=language, grouped=grouped)
    text = f"{before}{written} mmol/L"
    mention = find_numbers(text)[0]
    assert mention.values == (value,)
    assert text[mention.start : mention.end] == mention.text == written


@given(st.text(alphabet="0123456789,. /-<>abgmL\u202f½", max_size=40))
def test_offsets_are_exact_and_do_not_overlap_whatever_the_text(text):
    found = find_numbers(text)
    assert all(text[item.start : item.end] == item.text for item in found)
    assert all(left.end <= right.start for left, right in itertools.pairwise(found))


def test_spans_to_skip_are_left_alone():
    assert [item.text for item in find_numbers("12/03/2024 : 5", skip=((0, 10),))] == ["5"]
