"""The registry: every suite by its id, loaded when asked for, errors that say what to do."""

from __future__ import annotations

import pytest

from eval.errors import EvaluationError
from eval.suites.registry import load_suite, load_suites, suite_ids
from eval.synthetic.held_out import held_out
from eval.synthetic.story import load_analytes, load_templates


def test_the_suites_on_one_record() -> None:
    for suite_id in ("S1", "S2", "S3", "S4", "S10"):
        assert load_suite(suite_id).id == suite_id
        assert load_suite(suite_id).capability == "ask"
    assert [suite.id for suite in load_suites(("S4", "S1"))] == ["S4", "S1"]


def test_all_suites_are_registered() -> None:
    assert suite_ids() == (*(f"S{n}" for n in range(1, 12)), "S17", "S18")


def test_an_unknown_suite_is_named() -> None:
    with pytest.raises(EvaluationError, match="there is no suite S99"):
        load_suite("S99")


def test_every_kind_has_two_open_wordings_and_some_are_held_out() -> None:
    told = load_templates("record_questions")
    held = total = 0
    for kind, wordings in told["ask"].items():
        closed = [held_out(f"question/{kind}/{number}") for number in range(len(wordings))]
        assert closed.count(False) >= 2, kind
        held, total = held + sum(closed), total + len(closed)
        assert len(set(wordings)) == len(wordings) >= 3
    for kind, wordings in told["premise"].items():
        assert not all(held_out(f"question/premise.{kind}/{number}") for number in range(len(wordings))), kind
    assert 0.2 < held / total < 0.4


def test_every_analyte_has_a_name() -> None:
    assert set(load_templates("record_questions")["names"]) == set(load_analytes())
