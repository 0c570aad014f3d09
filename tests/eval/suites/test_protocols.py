"""S17: the shelf, its questions, cited answers and doses without source."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from eval.cases.case import Case, Output
from eval.cases.gold import NumberGold, RecordGold, TermGold
from eval.metrics.numbers import numbers_in
from eval.metrics.value_match import label, says
from eval.suites.base import World
from eval.suites.protocols import gold_value, is_dose, questions, shelf, suite, uncited_doses
from eval.synthetic.truth import Hospital

WORLD = World(hospital=Hospital(name="Aucun", seed=1, today=date(2026, 3, 2), patients=()), seed=1)


def answer(
    text: str, quote: str, *, record: str = "prot-morphine", citations: tuple[str, ...] = ("E1",)
) -> dict[str, Any]:
    return {
        "status": "answered",
        "mode": "model",
        "sentences": [{"text": text, "citations": list(citations)}],
        "evidence": [{"id": "E1", "locator": {"record_id": f"{record}::1", "quote": quote}}],
    }


def gold_of(case: Case) -> RecordGold:
    assert isinstance(case.gold, RecordGold)
    return case.gold


def test_the_shelf_is_marked_as_invented() -> None:
    protocols = shelf()
    assert len(protocols) >= 15
    assert all(one.text.startswith("Document fictif") for one in protocols)
    assert len({one.id for one in protocols}) == len(protocols)


def test_every_gold_value_is_said_by_the_words_it_is_taken_from() -> None:
    texts = {one.id: one.text for one in shelf()}
    for case in questions():
        gold = gold_of(case)
        [span] = gold.spans
        assert span.words in texts[span.record_id], case.id
        for value in gold.all_of:
            assert says(span.words, value), (case.id, label(value))


def test_there_are_150_questions_with_enough_doses() -> None:
    cases = suite().cases(WORLD, wanted=150)
    assert len(cases) == 150
    assert len({case.id for case in cases}) == 150
    assert suite().cases(WORLD, wanted=20) == cases[:20]
    doses = [one for case in questions() for one in numbers_in(gold_of(case).spans[0].words) if is_dose(one)]
    assert len(doses) >= 220
    assert len({case.question for case in questions()}) == len(questions())


def test_gold_values_are_typed() -> None:
    assert gold_value("4 000 UI") == NumberGold(value=4000, unit="[IU]")
    assert gold_value("deux|2") == TermGold(forms=("deux", "2"))
    assert gold_value("anesthésiste") == TermGold(forms=("anesthésiste",))


@pytest.mark.parametrize(
    ("written", "dose"),
    [
        ("0,5 mg", True),
        ("30 mg/kg", True),
        ("2 UI/h", True),
        ("2 comprimés", True),
        ("1 000 mL", True),
        ("15 minutes", False),
        ("65 mmHg", False),
        ("10/min", False),
        ("80 %", False),
    ],
)
def test_what_a_dose_is(written: str, dose: bool) -> None:
    [mention] = numbers_in(written)
    assert is_dose(mention) is dose


CASE = next(case for case in questions() if case.question.startswith("Quel bolus de morphine et"))
RIGHT = "Bolus de 3 mg toutes les 5 minutes"


def values(given: dict[str, Any] | None) -> dict[str, list[float | None]]:
    outputs = {} if given is None else {CASE.id: Output(case_id=CASE.id, answers=(given,))}
    found: dict[str, list[float | None]] = {}
    for one in suite().score([CASE], outputs):
        found.setdefault(one.measure, []).append(one.value)
    return found


def test_a_right_and_cited_answer() -> None:
    assert values(answer("Injecter 3 mg toutes les 5 minutes.", RIGHT)) == {
        "correct": [1.0],
        "uncited_dose": [0.0],
    }


def test_the_same_dose_in_another_unit_is_cited_too() -> None:
    assert values(answer("Injecter 3 000 µg toutes les 5 minutes.", RIGHT)) == {
        "correct": [1.0],
        "uncited_dose": [0.0],
    }


@pytest.mark.parametrize(
    ("given", "correct", "uncited"),
    [
        (answer("Injecter 3 mg toutes les 5 minutes.", RIGHT, citations=()), 0.0, 1.0),
        (answer("Injecter 3 mg toutes les 5 minutes.", RIGHT, citations=("E9",)), 0.0, 1.0),
        (answer("Injecter 3 mg toutes les 5 minutes.", RIGHT, record="prot-sepsis"), 0.0, 0.0),
        (answer("Injecter 5 mg toutes les 3 minutes.", RIGHT), 0.0, 1.0),
        (answer("Injecter 30 mg toutes les 5 minutes.", RIGHT), 0.0, 1.0),
    ],
)
def test_wrong_or_uncited_answers(given: dict[str, Any], correct: float, uncited: float) -> None:
    assert values(given) == {"correct": [correct], "uncited_dose": [uncited]}


def test_no_answer_is_wrong_and_its_doses_are_unscored() -> None:
    found = suite().score([CASE], {})
    assert [(one.measure, one.value, one.unscored is None) for one in found] == [
        ("correct", 0.0, True),
        ("uncited_dose", None, False),
    ]


def test_an_abstention_states_no_dose() -> None:
    assert values({"status": "abstained", "reason": "not_in_record", "sentences": [], "evidence": []}) == {
        "correct": [0.0]
    }


def test_every_dose_of_a_sentence_is_looked_at() -> None:
    given = answer("Diluer 10 mg dans 9 mL, puis 4 mg.", "1 ampoule de 10 mg dans 9 mL de chlorure de sodium")
    assert list(uncited_doses(given)) == [("10 mg", False), ("9 mL", False), ("4 mg", True)]
