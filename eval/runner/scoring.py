"""From the outputs of a run to `results.json`; asks nothing, and gives the same file every time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from eval.cases.case import Case, Observation, Output
from eval.cases.files import read_cases
from eval.errors import CaseFileError, RunError
from eval.runner.folder import (
    CASES,
    RESULTS,
    SAMPLE,
    STATE,
    RunPlan,
    RunState,
    SampleFile,
    SuitePlan,
    read_plan,
    read_value,
    write_value,
)
from eval.runner.pieces import count_pieces, read_outputs
from eval.runner.results import Results, SuiteResult, SuiteState
from eval.runner.sampling import Sample, weights
from eval.suites.base import Suite

_MADE_BY = ("code", "encoder", "index", "model_sha256")
"""Parts of an answer's provenance that are the same all through a run."""


class _Asked(NamedTuple):
    """The cases of a suite that count, and what came back for them."""

    cases: tuple[Case, ...]
    outputs: dict[str, Output]
    left_out: int
    weights: dict[str, float]


def empty_results(plan: RunPlan, state: RunState) -> Results:
    """Results of a run that has not ended: a gate fails on them."""
    return Results(
        id=plan.id,
        target=plan.target,
        tier=plan.tier,
        seed=plan.seed,
        started_at=state.started_at,
        resumed=state.resumed,
        seconds=state.seconds,
        settings=plan.settings,
        binding=plan.binding,
    )


def score_run(run: Path, suites: Sequence[Suite]) -> Results:
    """Score a run that has ended, write `results.json` and return it.

    Raises RunError when it has not ended. A suite whose cases were changed, whose scorer stops or which is
    no longer known is `failed`, and so is every suite when the service changed while it was asked.
    """
    plan, state = read_plan(run), read_value(run / STATE, RunState)
    if state is None or state.finished_at is None:
        raise RunError(f"the run in {run} has not ended: the command that began it takes it up again")
    sample = read_value(run / SAMPLE, SampleFile) or SampleFile(pool={}, asked={}, left_out={})
    known = {suite.id: suite for suite in suites}
    shifted = _shifted(run, plan)
    found = [_suite_result(run, row, known.get(row.suite), sample, shifted) for row in plan.suites]
    results = empty_results(plan, state).model_copy(
        update={"finished_at": state.finished_at, "pieces": count_pieces(run), "suites": tuple(found)}
    )
    write_value(run / RESULTS, results)
    return results


def _suite_result(
    run: Path, row: SuitePlan, suite: Suite | None, sample: SampleFile, shifted: str
) -> SuiteResult:
    base = SuiteResult(
        suite=row.suite, state="failed", cases=row.cases, case_file_sha256=row.case_file_sha256
    )
    if row.reason:
        return base.model_copy(update={"state": "not_yet_measurable", "reason": row.reason})
    if suite is None:
        return base.model_copy(update={"reason": "this version of the evaluation has no such suite"})
    try:
        asked = _asked(run, row, sample)
        observations = _weighted(suite.score(asked.cases, asked.outputs), asked.weights)
    except (CaseFileError, RunError) as error:
        return base.model_copy(update={"reason": str(error)})
    except Exception as error:  # noqa: BLE001 - a gate fails on it, the other suites are still scored
        return base.model_copy(update={"reason": f"its scorer stopped: {type(error).__name__}"})
    return base.model_copy(update=_figures(asked, observations, shifted))


def _figures(asked: _Asked, observations: Sequence[Observation], shifted: str) -> dict[str, object]:
    state: SuiteState = "failed" if shifted else "partial" if asked.left_out else "measured"
    reason = shifted
    if not shifted and asked.left_out:
        reason = (
            f"{asked.left_out} cases that a language model might word were not asked with it, "
            "and are in no observation; those that were asked stand for them, by weight"
        )
    return {
        "state": state,
        "reason": reason,
        "asked": len(asked.outputs),
        "errors": sum(output.error is not None for output in asked.outputs.values()),
        "seconds": round(sum(output.seconds for output in asked.outputs.values()), 3),
        "observations": tuple(observations),
    }


def _asked(run: Path, row: SuitePlan, sample: SampleFile) -> _Asked:
    source = row.answers_of or row.suite
    path = run / CASES / f"{source}.jsonl"
    cases = read_cases(path)
    if hashlib.sha256(path.read_bytes()).hexdigest() != row.case_file_sha256:
        raise CaseFileError(f"{path} was changed after the run: its sha256 is not the run's")
    out = set(sample.left_out.get(source, ()))
    kept = tuple(case for case in cases if case.id not in out)
    outputs = read_outputs(run, source, ("facts", "model"))
    there = {case.id: outputs[case.id] for case in kept if case.id in outputs}
    drawn = Sample(pool=sample.pool, asked=sample.asked, left_out=sample.left_out)
    return _Asked(kept, there, len(out), weights(source, cases, drawn))


def _weighted(observations: Sequence[Observation], by_case: Mapping[str, float]) -> list[Observation]:
    """Each observation with the weight of its case; one of a whole group has its group's."""
    return [
        item if item.case_id not in by_case else item.model_copy(update={"weight": by_case[item.case_id]})
        for item in observations
    ]


def _shifted(run: Path, plan: RunPlan) -> str:
    """A sentence when the answers of one run were made by two services; empty when all is well."""
    seen: dict[str, set[str]] = {name: set() for name in _MADE_BY}
    for row in plan.suites:
        for output in read_outputs(run, row.suite, ("facts", "model")).values():
            for answer in output.answers:
                made_by = answer.get("provenance")
                if isinstance(made_by, Mapping):
                    for name in _MADE_BY:
                        if made_by.get(name) is not None:
                            seen[name].add(str(made_by[name]))
    several = [name for name, values in seen.items() if len(values) > 1]
    return f"the service changed while it was asked: {', '.join(several)}" if several else ""
