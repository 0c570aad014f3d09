"""What a question and its filters may be; and word lists that say each thing once."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from assistant.answering.question import MAX_QUESTION, cleaned, filters_from
from assistant.answering.verify.reading import words_of
from assistant.errors import BadRequest, QuestionTooLong


def test_a_question_is_one_line_of_bounded_length() -> None:
    assert cleaned(" Dernier\npotassium\u200b ? ") == "Dernier potassium ?"
    assert len(cleaned("a" * MAX_QUESTION)) == MAX_QUESTION
    with pytest.raises(QuestionTooLong):
        cleaned("a" * (MAX_QUESTION + 1))
    with pytest.raises(BadRequest):
        cleaned(" ? ")


def test_filters_are_taken_as_given() -> None:
    made = filters_from({"from": "2024-01-31", "to": "", "kinds": ["letter"], "sources": None})
    assert (made.from_date, made.to_date, made.kinds, made.sources) == ("2024-01-31", None, ("letter",), ())


@pytest.mark.parametrize(
    "given",
    [
        {"from": "2024-03zzz"},
        {"from": "2024-1-311"},
        {"to": "2024-02-30"},
        {"to": 20240230},
        {"from": "2024-03-02", "to": "2024-03-01"},
        {"kinds": "letter"},
        {"kinds": ["x" * 201]},
        {"sources": ["x"] * 51},
        {"sources": [1]},
        {"patient": "another"},
    ],
)
def test_a_filter_of_another_form_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        filters_from(given)


def test_an_unknown_filter_is_not_repeated_at_length() -> None:
    with pytest.raises(BadRequest) as caught:
        filters_from({"x" * 100_000: 1})
    assert len(str(caught.value)) < 200


def _lists(table: object, place: str) -> Iterator[tuple[str, list[str]]]:
    if isinstance(table, dict):
        for name, held in table.items():
            yield from _lists(held, f"{place}.{name}")
    elif isinstance(table, list) and table and isinstance(table[0], str):
        yield place, table
    elif isinstance(table, list):
        for number, held in enumerate(table):
            yield from _lists(held, f"{place}[{number}]")


@pytest.mark.parametrize(
    "path", ["verify/words.toml", "understand/patterns.toml", "extractive.toml", "safety.toml"]
)
def test_no_list_says_a_word_twice(path: str) -> None:
    text = files("assistant.answering").joinpath(path).read_text(encoding="utf-8")
    for place, words in _lists(tomllib.loads(text), ""):
        assert [word for word, count in Counter(words).items() if count > 1] == [], place


def test_synonyms_are_in_one_group_and_neutral_words_are_words() -> None:
    text = files("assistant.answering").joinpath("verify/words.toml").read_text(encoding="utf-8")
    support = tomllib.loads(text)["support"]
    grouped = Counter(word for group in support["same"] for word in group)
    assert [word for word, count in grouped.items() if count > 1] == []
    # a word that the reader of texts never yields would be there for nothing
    assert [word for word in support["neutral"] if len(word) > 1 and not _read(word)] == []


def _read(word: str) -> bool:
    return word == "sous" or [each.text for each in words_of(word)] == [word]
