"""The gate: one test for every way in which it must fail closed, and the arithmetic of its verdicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.cases.case import Observation
from eval.errors import GateError
from eval.estimates import UnusableObservations, bound_can_be_shown, estimate, paired
from eval.gate import Gates, Verdict, binding_holds, evaluate, load_gates
from eval.metrics.intervals import clopper_pearson
from eval.runner.binding import bind
from eval.runner.results import Results, SuiteResult

SHA = "a" * 64


def gates(**fields: Any) -> Gates:
    told = {
        "id": "S1.x", "suite": "S1", "title": "Essai", "measure": "m", "statistic": "rate", "side": "most",
        "bound": 0.05, "class": "B", "n": 300,
    }  # fmt: skip
    gate = {key: value for key, value in (told | fields).items() if value is not None}
    return Gates.model_validate({"gates": [gate], "sha256": "0" * 64})


def seen(values: list[float | None], *, measure: str = "m", **strata: str) -> tuple[Observation, ...]:
    return tuple(
        Observation(
            suite="S1",
            case_id=f"c{number}",
            measure=measure,
            value=value,
            cluster=f"p{number % 60}",
            strata=strata,
        )
        for number, value in enumerate(values)
    )


def some(bad: int, n: int = 300, **strata: str) -> tuple[Observation, ...]:
    return seen([1.0] * bad + [0.0] * (n - bad), **strata)


def run(
    observations: tuple[Observation, ...], *, suite: dict[str, Any] | None = None, **fields: Any
) -> Results:
    told = {
        "suite": "S1", "state": "measured", "cases": 300, "asked": 300, "case_file_sha256": SHA,
        "observations": observations,
    }  # fmt: skip
    made = SuiteResult.model_validate(told | (suite or {}))
    whole = {
        "id": "r", "target": "t", "tier": "gate", "seed": 1000, "started_at": "2026-03-02T10:00:00+00:00",
        "finished_at": "2026-03-02T11:00:00+00:00", "binding": bind({"cases:S1": SHA, "code": "1"}),
        "suites": (made,),
    }  # fmt: skip
    return Results.model_validate(whole | fields)


def only(results: Results, told: Gates, *, baseline: Results | None = None) -> Verdict:
    report = evaluate(results, told, baseline=baseline)
    assert report.passed == (report.verdicts[0].state in {"pass", "insufficient_n", "printed"})
    return report.verdicts[0]


def test_a_good_run_passes() -> None:
    found = only(run(some(8)), gates())
    assert (found.state, found.fault, found.n) == ("pass", None, 300)
    assert found.estimate is not None
    assert found.estimate.high < 0.05


def test_the_notes_allowances_are_the_bounds() -> None:
    assert only(run(some(8)), gates()).state == "pass"
    assert only(run(some(9)), gates()).fault == "bound_missed"
    assert only(run(some(1)), gates(bound=0.02)).state == "pass"
    assert only(run(some(2)), gates(bound=0.02)).fault == "bound_missed"
    assert only(run(some(0)), gates(bound=0.01)).state == "pass"
    assert only(run(some(1)), gates(bound=0.01)).fault == "bound_missed"


FAULTS: dict[str, tuple[Results, str]] = {
    "run not finished": (run(some(0), finished_at=None), "not_finished"),
    "binding void": (run(some(0), binding=bind({"cases:S1": SHA}).model_copy(update={"whole": "0" * 64})), "binding_void"),
    "binding empty": (run(some(0), binding=bind({})), "binding_void"),
    "suite missing": (run(some(0), suites=()), "missing_suite"),
    "suite twice": (run(some(0), suites=run(some(0)).suites * 2), "missing_suite"),
    "scorer stopped": (run(some(0), suite={"state": "failed", "reason": "its scorer stopped"}), "suite_failed"),
    "not yet measurable": (run((), suite={"state": "not_yet_measurable", "reason": "no drafts"}), "not_yet_measurable"),
    "case file is not the recorded one": (run(some(0), suite={"case_file_sha256": "b" * 64}), "case_file_changed"),
    "case file not recorded": (run(some(0), binding=bind({"code": "1"})), "case_file_changed"),
    "case file without hash": (run(some(0), suite={"case_file_sha256": ""}), "case_file_changed"),
    "cases without output": (run(some(0), suite={"asked": 299}), "not_asked"),
    "nothing observed": (run(()), "no_observation"),
    "another measure only": (run(some(0, measure="other")), "no_observation"),
    "unscored": (run((*some(0), *seen([None]))), "unscored"),
    "unscored with a value": (run((*some(0), seen([0.0])[0].model_copy(update={"unscored": "unclear"}))), "unscored"),
    "not a rate": (run((*some(0), *seen([0.5]))), "unusable"),
    "not a number": (run((*some(0), *seen([float("nan")]))), "unusable"),
    "too few cases": (run(some(0, 299), suite={"cases": 299, "asked": 299}), "too_few_cases"),
    "bound missed": (run(some(9)), "bound_missed"),
    "errors of the target": (run(some(30), suite={"errors": 30}), "point_missed"),
    "full tier, sampled": (run(some(0, 290), tier="full", suite={"state": "partial"}), "too_few_cases"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_it_fails_closed(name: str) -> None:
    results, fault = FAULTS[name]
    found = only(results, gates())
    assert found.fault == fault
    assert found.state == ("not_yet_measurable" if fault == "not_yet_measurable" else "fail")
    assert fault.replace("_", " ") in found.line
    assert not evaluate(results, gates()).passed


def test_an_unscored_observation_outside_the_strata_fails_too() -> None:
    odd = seen([None], stratum="joined")
    told = gates(where={"stratum": "narrative"})
    assert only(run((*some(0, stratum="narrative"), *odd)), told).fault == "unscored"


def test_a_case_file_other_than_the_baselines_fails() -> None:
    before = run(some(0), suite={"case_file_sha256": "b" * 64}, binding=bind({"cases:S1": "b" * 64}))
    assert only(run(some(0)), gates(), baseline=before).fault == "case_file_changed"
    assert only(run(some(0)), gates(), baseline=run(some(0))).state == "pass"


def test_class_a_sees_one_and_fails_and_wants_its_n() -> None:
    told = gates(**{"class": "A", "statistic": "zero", "bound": None})
    assert only(run(some(1)), told).fault == "seen"
    assert only(run(some(1, 40), tier="smoke"), told).fault == "seen"
    assert only(run(some(0)), told).state == "pass"
    assert only(run(some(0, 299), suite={"cases": 299, "asked": 299}), told).fault == "too_few_cases"
    assert only(run(some(0, 40), tier="smoke"), told).state == "insufficient_n"


def test_insufficient_n_before_full_only_while_the_point_holds() -> None:
    told = gates(side="least", point=0.90, bound=0.85, n=60)
    just = seen([1.0] * 54 + [0.0] * 6)
    assert not bound_can_be_shown("least", 60, bound=0.85, point=0.90)
    found = only(run(just), told)
    assert (found.state, found.fault) == ("insufficient_n", "bound_not_shown")
    assert only(run(just, tier="full"), told).fault == "bound_missed"
    assert only(run(seen([1.0] * 53 + [0.0] * 7)), told).fault == "point_missed"
    assert only(run(seen([1.0] * 60)), told).state == "pass"


def test_a_sampled_suite_is_insufficient_in_gate_and_a_short_one_fails() -> None:
    sampled = {"state": "partial", "cases": 300, "asked": 250}
    assert only(run(some(0, 250), suite=sampled), gates()).fault == "sampled"
    assert only(run(some(20, 250), suite=sampled), gates()).fault == "point_missed"
    assert only(run(some(0, 250), suite=sampled | {"state": "measured"}), gates()).fault == "not_asked"


def test_class_d_is_printed_whatever_it_is() -> None:
    told = gates(**{"class": "D"})
    assert only(run(some(300)), told).state == "printed"
    missing = only(run(some(0), suites=()), told)
    assert (missing.state, missing.fault) == ("printed", "missing_suite")


def test_class_c_compares_with_the_last_release() -> None:
    told = gates(**{"class": "C", "statistic": "mean", "point": 0.10, "bound": None, "loss": 0.03})
    before, worse = run(some(0)), run(some(27))
    assert only(worse, told).state == "pass"
    assert only(worse, told, baseline=before).fault == "worse_than_baseline"
    assert only(before, told, baseline=worse).state == "pass"
    assert only(run(some(0)), told, baseline=run(some(0, 299))).fault == "baseline_unusable"
    assert only(run(some(0)), told, baseline=run(some(0), finished_at=None)).fault == "baseline_unusable"
    assert only(run(some(0)), told, baseline=run(some(0), suites=())).fault == "baseline_unusable"
    assert only(run(some(31)), told, baseline=before).fault == "point_missed"


def test_each_is_as_good_as_its_worst_label() -> None:
    told = gates(each="label", side="least", bound=0.90, n=100)
    good, bad = seen([1.0] * 150, label="name"), seen([1.0] * 120 + [0.0] * 30, label="phone")
    found = only(run((*good, *bad)), told)
    assert (found.part, found.fault, found.n) == ("phone", "point_missed", 150)
    assert only(run((*good, *good)), told).state == "pass"
    assert only(run((*good, *seen([1.0]))), told).fault == "unusable"
    few = seen([1.0] * 10, label="phone")
    assert only(run((*good, *few)), told).fault == "too_few_cases"


def test_a_ratio_is_of_means() -> None:
    told = gates(statistic="ratio", over="clean", side="least", bound=None, point=0.90)
    attacked = seen([1.0] * 270 + [0.0] * 30)
    clean = seen([1.0] * 60, measure="clean")
    found = only(run((*attacked, *clean)), told)
    assert found.estimate is not None
    assert (found.state, round(found.estimate.value, 3)) == ("pass", 0.9)
    assert only(run(attacked), told).fault == "unusable"
    assert only(run((*attacked, *seen([0.0] * 60, measure="clean"))), told).fault == "unusable"


def test_the_shipped_file_holds_every_target_of_the_specification() -> None:
    told = load_gates()
    assert {gate.suite for gate in told.gates} == {f"S{n}" for n in (*range(1, 12), 17, 18)}
    for gate in told.gates:
        if gate.kind == "A":
            assert gate.n >= 300
        if gate.kind == "B" and gate.id not in {"S7.refused", "S6.utility"}:
            assert gate.bound is not None, gate.id
            assert gate.statistic != "rate" or bound_can_be_shown(
                gate.side, gate.n, bound=gate.bound, point=None
            ), gate.id


BROKEN = {
    "not toml": "[[gate",
    "no gate": "",
    "unknown field": '[[gate]]\nid = "S1.x"\nbad = 1\n',
    "unknown table": "[gates]\nx = 1\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_gate_file_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "gate.toml"
    path.write_text(BROKEN[name], encoding="utf-8")
    with pytest.raises(GateError, match=r"gate\.toml"):
        load_gates(path)
    with pytest.raises(GateError, match=r"missing\.toml"):
        load_gates(tmp_path / "missing.toml")


@pytest.mark.parametrize(
    "fields",
    [
        {"class": "A"},
        {"class": "B", "bound": None},
        {"class": "C"},
        {"statistic": "ratio"},
        {"over": "clean"},
        {"id": "S2.x"},
        {"bound": 1.5},
        {"n": 0},
    ],
)
def test_a_gate_that_means_nothing_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="gates"):
        gates(**fields)


def test_the_binding_is_that_of_the_runner() -> None:
    assert binding_holds(bind({"a": "é", "b": "2"}))
    assert not binding_holds(bind({"a": "1"}).model_copy(update={"parts": {"a": "2"}}))


@given(bad=st.integers(0, 320), n=st.integers(1, 320), tier=st.sampled_from(["smoke", "gate", "full"]))
@settings(max_examples=150, deadline=None)
def test_a_pass_always_shows_its_bound(bad: int, n: int, tier: str) -> None:
    bad = min(bad, n)
    results = run(some(bad, n), tier=tier, suite={"cases": n, "asked": n})
    found = only(results, gates(n=200))
    if found.state == "pass":
        assert n >= 200
        assert clopper_pearson(bad, n).high <= 0.05
    if tier == "full":
        assert found.state in {"pass", "fail"}
    if bad / n > 0.05:
        assert found.state == "fail"
    assert found == only(results, gates(n=200))


def test_estimates_refuse_what_they_cannot_use() -> None:
    with pytest.raises(UnusableObservations):
        estimate("mean", ())
    with pytest.raises(UnusableObservations):
        paired(some(0, 3), some(0, 4))
    assert estimate("mean", some(30)).value == pytest.approx(0.1)
