"""The sample through the model: fixed, stratified, within its limit, whole groups whole."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.cases.case import Case, Output
from eval.runner.binding import bind, changed, code_parts, sha256_of
from eval.runner.sampling import draw, model_could_change, weights
from eval.runner.tiers import tier_plan
from eval.suites.base import World
from eval.synthetic.generate import generate
from tests.eval.runner.fakes import FakeSuite

WORLD = World(hospital=generate(1003, 1), seed=1003)


def cases(name: str, count: int, *, grouped: int = 0) -> tuple[Case, ...]:
    """Cases of the fake suite."""
    return FakeSuite(name, grouped=grouped).cases(WORLD, wanted=count)


@given(st.integers(0, 120), st.integers(0, 90), st.integers(1, 150))
def test_the_limit_holds_and_cells_share_it_by_size(first: int, second: int, limit: int) -> None:
    suites = {"S1": cases("S1", first), "S3": cases("S3", second)}
    pool = {name: tuple(case.id for case in items) for name, items in suites.items()}
    sample = draw(suites, pool, limit=limit)
    asked = sum(map(len, sample.asked.values()))
    assert asked == min(limit, first + second)
    for name, items in suites.items():
        assert set(sample.asked[name]) | set(sample.left_out[name]) == {case.id for case in items}
        assert not set(sample.asked[name]) & set(sample.left_out[name])
        if first + second > limit:
            assert abs(len(sample.asked[name]) - limit * len(items) / (first + second)) <= 3
    assert draw(suites, pool, limit=limit) == sample


def test_a_larger_limit_keeps_what_a_smaller_one_drew() -> None:
    suites = {"S1": cases("S1", 90)}
    pool = {"S1": tuple(case.id for case in suites["S1"])}
    drawn = [set(draw(suites, pool, limit=limit).asked["S1"]) for limit in (9, 30, 60)]
    assert drawn[0] < drawn[1] < drawn[2]


def test_without_a_limit_everything_goes() -> None:
    suites = {"S1": cases("S1", 40)}
    pool = {"S1": tuple(case.id for case in suites["S1"][:33])}
    sample = draw(suites, pool, limit=0)
    assert sample.asked["S1"] == pool["S1"]
    assert sample.left_out["S1"] == ()


def test_groups_of_paraphrases_stay_or_leave_whole() -> None:
    suites = {"S10": cases("S10", 60, grouped=6)}
    pool = {"S10": tuple(case.id for case in suites["S10"] if int(case.id[-3:]) % 6 in {1, 4})}
    sample = draw(suites, pool, limit=7)
    assert len(sample.asked["S10"]) == 6
    group = {case.id: case.group for case in suites["S10"]}
    asked, out = ({group[item] for item in ids} for ids in (sample.asked["S10"], sample.left_out["S10"]))
    assert len(asked) == 3
    assert not asked & out
    assert len(sample.left_out["S10"]) == 7 * 6, (
        "the companions of a variant that was not asked leave with it"
    )


def test_what_a_group_cannot_use_goes_to_others() -> None:
    suites = {"S1": cases("S1", 9), "S10": cases("S10", 6, grouped=6)}
    pool = {name: tuple(case.id for case in items) for name, items in suites.items()}
    sample = draw(suites, pool, limit=8)
    assert (len(sample.asked["S1"]), len(sample.asked["S10"])) == (8, 0)


OPEN = [
    ({"status": "abstained", "reason": "not_verified"}, True),
    ({"status": "abstained", "reason": "not_in_record"}, True),
    ({"status": "abstained", "reason": "out_of_scope_advice"}, False),
    ({"status": "refused", "reason": "write_request"}, False),
    ({"status": "answered"}, False),
    ({"status": "answered", "model_wanted": True}, True),
    ({"status": "abstained", "reason": "not_verified", "model_wanted": False}, False),
    ({"status": "error", "reason": "model_unavailable"}, True),
    ({"status": "error", "reason": "retrieval_failed"}, False),
]


@pytest.mark.parametrize(("answer", "is_open"), OPEN)
def test_what_a_model_could_change(answer: dict[str, Any], is_open: bool) -> None:
    case = next(case for case in cases("S1", 3) if case.strata["stratum"] == "narrative")
    output = Output(case_id=case.id, answers=(answer,))
    assert model_could_change(case, output) is is_open
    assert model_could_change(case.model_copy(update={"needs_model": False}), output) is False
    assert model_could_change(case.model_copy(update={"needs_model": True}), None) is True
    assert model_could_change(case, Output(case_id=case.id, error="timeout")) is False


def test_absence_among_data_is_certain_without_a_model() -> None:
    case = next(case for case in cases("S1", 3) if case.strata["stratum"] == "structured")
    told = Output(case_id=case.id, answers=({"status": "abstained", "reason": "not_in_record"},))
    assert not model_could_change(case, told)


def test_the_tiers_keep_what_was_promised() -> None:
    smoke, gate, full = (tier_plan(tier) for tier in ("smoke", "gate", "full"))  # type: ignore[arg-type]
    assert sum(smoke.wanted.values()) <= 60
    assert (smoke.through_model, gate.through_model, gate.smaller_model, full.through_model) == (
        10,
        250,
        60,
        0,
    )
    table = {
        "S1": 400,
        "S3": 300,
        "S4": 600,
        "S5": 300,
        "S6": 300,
        "S7": 150,
        "S8": 80,
        "S9": 300,
        "S10": 360,
        "S17": 150,
    }
    assert all(gate.wanted[name] >= promised for name, promised in table.items())
    assert all(full.cases_of(name) >= gate.cases_of(name) for name in gate.wanted)


def test_a_binding_names_the_parts_that_changed() -> None:
    one, other = bind({"a": "1", "b": "2"}), bind({"b": "3", "a": "1", "c": "4"})
    assert changed(one, other) == ("b", "c")
    assert one.whole != other.whole
    assert one == bind({"b": "2", "a": "1"})
    assert sha256_of({"x": 1, "y": [2]}) == sha256_of({"y": [2], "x": 1})


def test_the_code_parts_are_those_of_the_rule() -> None:
    assert set(code_parts()) == {
        "code:retrieval", "code:answering", "code:prompts", "code:models", "code:targets", "libraries",
    }  # fmt: skip


@given(st.integers(1, 120), st.integers(1, 100), st.integers(1, 60))
def test_drawn_cases_stand_for_all_that_were_open(count: int, open_of_hundred: int, limit: int) -> None:
    """Facts close some (weight 1, not named); the drawn ones stand for all the others of their cell."""
    items = cases("S1", count)
    pool = {"S1": tuple(case.id for place, case in enumerate(items) if place * 37 % 100 < open_of_hundred)}
    sample = draw({"S1": items}, pool, limit=limit)
    stands_for = weights("S1", items, sample)
    assert set(stands_for) == set(sample.asked["S1"])
    cells = {case.strata.get("stratum", "") for case in items if case.id in stands_for}
    represented = [
        case for case in items if case.id in pool["S1"] and case.strata.get("stratum", "") in cells
    ]
    assert sum(stands_for.values()) == pytest.approx(len(represented))


def test_a_drawn_group_stands_for_groups() -> None:
    items = cases("S10", 36, grouped=6)
    pool = {"S10": tuple(case.id for case in items[::6])}
    sample = draw({"S10": items}, pool, limit=2)
    stands_for = weights("S10", items, sample)
    taken = {case.group for case in items if case.id in sample.asked["S10"]}
    assert len(taken) == 2
    assert {case.group for case in items if case.id in stands_for} == taken
    assert set(stands_for.values()) == {3.0}
