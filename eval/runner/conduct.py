"""Conducting a run: facts first, then a sample through the model, in pieces that resume; then the scores."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from eval.cases.case import Capability, Case, Output
from eval.runner.accounts import accounts_of
from eval.runner.asking import Asker
from eval.runner.folder import (
    INSPECT,
    RESULTS,
    SAMPLE,
    STATE,
    RunPlan,
    RunState,
    SampleFile,
    held,
    read_value,
    write_value,
)
from eval.runner.pieces import Phase, PieceWriter, last_written, read_outputs
from eval.runner.planning import Planned, RunOptions, keep_plan, plan_run
from eval.runner.results import Results
from eval.runner.running import Runner, run_cases, run_plain
from eval.runner.sampling import Sample, draw, model_could_change
from eval.runner.scoring import empty_results, score_run
from eval.runner.targets import Targets
from eval.runner.workspace import Say
from eval.suites.base import Suite

FACTS_TIMEOUT_S = 120.0
_ORDER: dict[Phase, tuple[Capability, Capability]] = {
    "facts": ("ask", "sessions"),
    "model": ("sessions", "ask"),
}
"""In the second phase the other way round: what is open stays open."""


class _Work(NamedTuple):
    """What every step of a run needs."""

    run: Path
    plan: RunPlan
    cases: Mapping[str, tuple[Case, ...]]
    targets: Targets
    runner: Runner
    options: RunOptions
    say: Say


async def conduct(
    options: RunOptions, *, suites: Sequence[Suite], targets: Targets, say: Say = lambda _line: None
) -> Results:
    """Run or take up again the run of `options.out`, and score it. Does nothing twice.

    Stopped at any moment, it leaves a folder that the same call takes up again. Raises RunError when the
    folder was begun with something else, CaseFileError when cases are not right.
    """
    with held(options.out):
        planned = plan_run(options, suites, targets)
        plan = keep_plan(options.out, planned)
        with _sitting(options.out, plan) as state:
            if state.finished_at is None:
                await _ask_everything(_work(options, plan, planned, targets, say))
        return score_run(options.out, suites)


def _work(options: RunOptions, plan: RunPlan, planned: Planned, targets: Targets, say: Say) -> _Work:
    runner: Runner = run_plain
    if options.use_inspect:
        from eval.inspect_adapter import inspect_runner

        runner = inspect_runner(options.out / INSPECT)
    accounts = accounts_of(case for cases in planned.cases.values() for case in cases)
    targets.prepare(planned.hospital, accounts, say=say)
    return _Work(options.out, plan, planned.cases, targets, runner, options, say)


@contextmanager
def _sitting(run: Path, plan: RunPlan) -> Iterator[RunState]:
    """Count this sitting and its time; mark the run as ended when the block ends well."""
    former = read_value(run / STATE, RunState)
    if former is not None and former.finished_at is not None:
        yield former
        return
    state = RunState(started_at=_now(), sitting_at=time.time()) if former is None else _resumed(run, former)
    write_value(run / STATE, state)
    write_value(run / RESULTS, empty_results(plan, state))
    started = time.monotonic()
    finished_at = None
    try:
        yield state
        finished_at = _now()
    finally:
        seconds = round(state.seconds + time.monotonic() - started, 1)
        ended = {"finished_at": finished_at, "seconds": seconds, "sitting_at": None}
        write_value(run / STATE, state.model_copy(update=ended))


def _resumed(run: Path, former: RunState) -> RunState:
    """The next sitting. One that was killed lasted, as far as anybody knows, until its last piece."""
    lasted = max(0.0, last_written(run) - former.sitting_at) if former.sitting_at is not None else 0.0
    return former.model_copy(
        update={
            "resumed": former.resumed + 1,
            "seconds": round(former.seconds + lasted, 1),
            "sitting_at": time.time(),
        }
    )


async def _ask_everything(work: _Work) -> None:
    plan = work.plan
    everything = {suite: tuple(case.id for case in cases) for suite, cases in work.cases.items()}
    if plan.through_model is None:
        await _phase(work, "facts", everything)
        sample = Sample(pool={}, asked={}, left_out={})
    elif not plan.facts_first:
        sample = draw(work.cases, everything, limit=plan.through_model)
    else:
        await _phase(work, "facts", _without_model(work))
        sample = draw(work.cases, _pool(work), limit=plan.through_model)
    write_value(work.run / SAMPLE, SampleFile(**sample._asdict()))
    await _phase(work, "model", sample.asked)


def _without_model(work: _Work) -> dict[str, tuple[str, ...]]:
    """Cases that are asked without the model first: all that can be and are not known to need one."""
    capability = {row.suite: row.capability for row in work.plan.suites}
    return {
        suite: tuple(case.id for case in cases if case.needs_model is not True)
        for suite, cases in work.cases.items()
        if capability[suite] != "choose"
    }


def _pool(work: _Work) -> dict[str, tuple[str, ...]]:
    capability = {row.suite: row.capability for row in work.plan.suites}
    pool: dict[str, tuple[str, ...]] = {}
    for suite, cases in work.cases.items():
        outputs = read_outputs(work.run, suite, ("facts",))
        only_model = capability[suite] == "choose"
        pool[suite] = tuple(
            case.id for case in cases if only_model or model_could_change(case, outputs.get(case.id))
        )
    return pool


async def _phase(work: _Work, phase: Phase, wanted: Mapping[str, Sequence[str]]) -> None:
    """Ask, in one phase, what has no output in it yet."""
    for kind in _ORDER[phase]:
        waiting = {}
        for row in work.plan.suites:
            if (row.capability == "sessions") != (kind == "sessions") or row.suite not in wanted:
                continue
            ids = set(wanted[row.suite]) - set(read_outputs(work.run, row.suite, (phase,)))
            cases = [case for case in work.cases[row.suite] if case.id in ids]
            if cases:
                waiting[row.suite] = (row.capability, cases)
        if not waiting:
            continue
        async with work.targets.open(kind, phase) as target:
            for suite, (capability, cases) in waiting.items():
                timeout_s = FACTS_TIMEOUT_S if phase == "facts" else work.options.timeout_s
                asker = Asker(target, capability=capability, phase=phase, timeout_s=timeout_s)
                await _suite(work, suite, phase, cases, asker)


async def _suite(work: _Work, suite: str, phase: Phase, cases: Sequence[Case], asker: Asker) -> None:
    started = time.monotonic()
    writer = PieceWriter(work.run, suite, phase)
    counted = _Counted(
        lambda done, errors: work.say(f"{suite} {phase}: {done} of {len(cases)}, {errors} errors")
    )
    await run_cases(
        f"{suite}-{phase}",
        cases,
        asker.output_of,
        writer=writer,
        runner=work.runner,
        at_once=work.options.at_once,
        told=counted.add,
    )
    seconds = time.monotonic() - started
    work.say(f"{suite} {phase}: {len(cases)} asked, {counted.errors} errors, {seconds:.0f} s")


class _Counted:
    """Counts outputs, and tells from time to time how far it has come."""

    def __init__(self, told: Callable[[int, int], None], *, every_s: float = 30.0) -> None:
        self._told = told
        self._every_s = every_s
        self._last = time.monotonic()
        self.done = 0
        self.errors = 0

    def add(self, output: Output) -> None:
        """Count one."""
        self.done += 1
        self.errors += output.error is not None
        if time.monotonic() - self._last >= self._every_s:
            self._last = time.monotonic()
            self._told(self.done, self.errors)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
