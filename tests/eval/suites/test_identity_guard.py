"""S18: marks, impossible identifiers, halves, and what counts as found."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest

from eval.cases.case import Output
from eval.cases.gold import Entity, IdentityGold
from eval.suites.base import World
from eval.suites.identity_guard import found_of, identifying, ordinary, suite
from eval.suites.identity_texts import LABELS, held_half, lines, marked, nir_key
from eval.synthetic.truth import Hospital

EMPTY = Hospital(name="Aucun", seed=1, today=date(2026, 3, 2), patients=())
OPEN = World(hospital=EMPTY, seed=1, open_held_out=True)
CLOSED = World(hospital=EMPTY, seed=1)


def test_marks_become_offsets() -> None:
    text, entities = marked("Vu [name|Mme Rose], née le [birth_date|01/02/1940].")
    assert text == "Vu Mme Rose, née le 01/02/1940."
    assert [(one.label, text[one.start : one.end]) for one in entities] == [
        ("name", "Mme Rose"),
        ("birth_date", "01/02/1940"),
    ]
    with pytest.raises(ValueError, match="labels are"):
        marked("[nom|Rose]")


def test_there_are_enough_lines_of_every_label_in_each_half() -> None:
    made = lines()
    assert len(made) >= 400
    assert len({line.id for line in made}) == len(made)
    assert 0.4 <= sum(line.held for line in made) / len(made) <= 0.6
    for held in (False, True):
        counts = Counter(one.label for line in made if line.held == held for one in line.entities)
        assert set(counts) == set(LABELS)
        assert min(counts.values()) >= 50, counts


def test_every_entity_is_words_and_no_mark_is_left() -> None:
    for line in lines():
        assert "{" not in line.text
        assert "[" not in line.text
        for one in line.entities:
            assert any(c.isalnum() for c in line.text[one.start : one.end])


def test_identifiers_are_impossible() -> None:
    for line in lines():
        for one in line.entities:
            words = line.text[one.start : one.end]
            if one.label == "nir":
                digits = re.sub(r"\D", "", words)
                assert len(digits) == 15
                assert int(digits[13:]) != nir_key(digits[:13])
            if one.label == "phone":
                national = "0" + re.sub(r"\D", "", words).removeprefix("33").removeprefix("0")
                assert national[:6] in {"019900", "026191", "035301", "046571", "053649", "063998"}
            if one.label == "mail":
                assert words.lower().endswith((".example", ".test"))


def test_the_halves_share_neither_template_nor_name() -> None:
    made = lines()
    assert not {one.template for one in made if one.held} & {one.template for one in made if not one.held}
    assert held_half("x") == held_half("x")


def test_tuning_never_sees_the_held_out_half() -> None:
    closed, opened = suite().cases(CLOSED, wanted=2000), suite().cases(OPEN, wanted=2000)
    assert not any(case.held_out for case in closed)
    assert any(case.held_out for case in opened)
    assert len(opened) > 1.5 * len(closed)
    assert suite().cases(OPEN, wanted=50) == opened[:50]


def test_ordinary_texts_are_enough_and_say_no_identifier() -> None:
    texts = [case.question for case in ordinary()]
    assert len(texts) == len(set(texts))
    assert len(texts) >= 150
    assert sum(not case.held_out for case in ordinary()) >= 100
    assert sum(case.held_out for case in ordinary()) >= 75
    assert not any("@" in text for text in texts)


TEXT = "Vu Jean Petit, tél. 01 99 00 12 34, ce jour."
GOLD = (Entity(label="name", start=3, end=13), Entity(label="phone", start=20, end=34))


@pytest.mark.parametrize(
    ("found", "seen"),
    [
        ([{"label": "person", "start": 3, "end": 13}, {"start": 20, "end": 34}], (True, True)),
        ([{"start": 3, "end": 7}], (False, False)),
        ([{"start": 3, "end": 7}, {"start": 8, "end": 13}], (True, False)),
        ([{"start": 0, "end": 13}], (True, False)),  # eleven letters, nine of them the name's
        ([{"start": 0, "end": 500}], (False, False)),
        ([{"start": "3", "end": 13}, {"end": 13}], (False, False)),
    ],
)
def test_what_counts_as_found(found: list[dict[str, object]], seen: tuple[bool, bool]) -> None:
    assert found_of(TEXT, GOLD, found) == seen


def test_reporting_a_whole_text_that_mostly_says_other_things_finds_nothing() -> None:
    case = next(case for case in identifying() if case.origin == "bio-2")
    assert isinstance(case.gold, IdentityGold)
    assert not any(found_of(case.question, case.gold.entities, [{"start": 0, "end": len(case.question)}]))


def test_an_oracle_finds_all_and_an_error_finds_nothing() -> None:
    cases = suite().cases(OPEN, wanted=300)
    oracle = {
        case.id: Output(case_id=case.id, found=tuple(one.model_dump() for one in case.gold.entities))
        for case in cases
        if isinstance(case.gold, IdentityGold)
    }
    right = suite().score(cases, oracle)
    assert {one.value for one in right if one.measure == "found"} == {1.0}
    assert {one.value for one in right if one.measure == "false_alarm"} == {0.0}
    wrong = suite().score(cases, {})
    assert {one.value for one in wrong if one.measure == "found"} == {0.0}
    assert {one.value for one in wrong if one.measure == "false_alarm"} == {1.0}


def test_each_stretch_in_an_ordinary_text_is_an_alarm() -> None:
    case = next(case for case in ordinary() if "Crohn" in case.question)
    at = case.question.index("Crohn")
    found = ({"label": "name", "start": at, "end": at + 5}, {"label": "name", "start": 0, "end": 5})
    [one] = suite().score([case], {case.id: Output(case_id=case.id, found=found)})
    assert one.value == 2.0
    assert "Crohn" in one.note
