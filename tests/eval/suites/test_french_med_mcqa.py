"""S11: the paper's measures worked by hand, the loader, and what no output counts as."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from eval.cases.case import Output
from eval.cases.gold import ChoiceGold
from eval.errors import CaseFileError
from eval.suites.base import World
from eval.suites.french_med_mcqa import cases_of, exact_match, hamming, load, suite
from eval.synthetic.truth import Hospital

ROWS = [
    {
        "id": "0" * 64,
        "question": "Une seule ?",
        "answers": dict.fromkeys("abcde", "x"),
        "correct_answers": ["c"],
    },
    {
        "id": "1" * 64,
        "question": "Lesquelles ?",
        "answers": dict.fromkeys("abcde", "x"),
        "correct_answers": ["a", "d"],
    },
]
EMPTY = Hospital(name="Aucun", seed=1, today=date(2026, 3, 2), patients=())


@pytest.fixture
def bench() -> Path:
    folder = Path(__file__).resolve().parents[4] / "shared" / "bench"
    if not (folder / "frenchmedmcqa" / "dev.json").is_file():
        pytest.skip("the public sets are not beside this checkout (../shared/bench)")
    return folder


@pytest.mark.parametrize(
    ("chosen", "right", "exact", "score"),
    [
        ("bcd", "bcd", 1.0, 1.0),
        ("dcb", "bcd", 1.0, 1.0),
        ("bc", "bcd", 0.0, 2 / 3),  # 2 in both, 3 in either
        ("abcde", "bcd", 0.0, 3 / 5),
        ("ab", "cd", 0.0, 0.0),
        ("ab", "bc", 0.0, 1 / 3),  # b in both; a, b, c in either
        ("", "a", 0.0, 0.0),
    ],
)
def test_measures_worked_by_hand(chosen: str, right: str, exact: float, score: float) -> None:
    assert exact_match(tuple(chosen), tuple(right)) == exact
    assert hamming(tuple(chosen), tuple(right)) == pytest.approx(score)


def test_one_right_letter_is_asked_for_one_and_several_for_several() -> None:
    one, several = cases_of(ROWS, "rows")
    assert one.strata == {"answers": "single"}
    assert several.strata == {"answers": "multiple"}
    assert isinstance(several.gold, ChoiceGold)
    assert several.gold.right == ("a", "d")


@pytest.mark.parametrize("change", [{"correct_answers": []}, {"correct_answers": ["f"]}, {"answers": None}])
def test_a_row_of_another_shape_is_named(change: dict[str, object]) -> None:
    with pytest.raises(CaseFileError, match="rows, question 1"):
        list(cases_of([ROWS[0] | change], "rows"))


def test_scores_and_what_is_missing_counts_as_wrong() -> None:
    cases = tuple(cases_of(ROWS, "rows"))
    outputs = {
        cases[0].id: Output(case_id=cases[0].id, choices=("c",), error="timeout"),
        cases[1].id: Output(case_id=cases[1].id, choices=("a",)),
    }
    found = {(one.case_id, one.measure): one.value for one in suite().score(cases, outputs)}
    assert found == {
        (cases[0].id, "exact_match"): 0.0,
        (cases[0].id, "hamming"): 0.0,
        (cases[1].id, "exact_match"): 0.0,
        (cases[1].id, "hamming"): 0.5,
    }
    assert all(one.value == 0 for one in suite().score(cases, {}))


def test_without_the_folder_the_suite_says_what_it_needs() -> None:
    with pytest.raises(CaseFileError, match="FrenchMedMCQA"):
        suite().cases(World(hospital=EMPTY, seed=1), wanted=2)


def test_another_copy_is_refused(tmp_path: Path) -> None:
    (tmp_path / "frenchmedmcqa").mkdir()
    (tmp_path / "frenchmedmcqa" / "dev.json").write_text(json.dumps(ROWS), encoding="utf-8")
    with pytest.raises(CaseFileError, match="sha256"):
        load(tmp_path)


def test_the_validation_part_is_whole_and_draws_are_nested(bench: Path) -> None:
    cases = load(bench)
    assert len(cases) == 312
    assert sum(case.strata["answers"] == "single" for case in cases) == 164
    world = World(hospital=EMPTY, seed=1, bench=bench)
    few, many = suite().cases(world, wanted=20), suite().cases(world, wanted=400)
    assert len(many) == 312
    assert many[:20] == few
    assert sum(case.strata["answers"] == "single" for case in few) in (10, 11)
