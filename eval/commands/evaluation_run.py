"""What `aparte eval` does, once its words are read. Every error is one line for the person who typed it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import typer

from assistant.settings import Settings, force_offline, load_settings
from eval.errors import EvaluationError
from eval.mutants.targets import MutantTargets, is_known
from eval.runner.accounts import read_sign_ins
from eval.runner.binding import code_parts
from eval.runner.conduct import conduct
from eval.runner.folder import WORKSPACE, purge, read_plan, read_results
from eval.runner.planning import RunOptions
from eval.runner.registered import known_suites, load_suites
from eval.runner.results import Results
from eval.runner.scoring import score_run
from eval.runner.targets import LocalTargets, RemoteTargets, Targets
from eval.verdicts import GateReport

IN_PROCESS = "in-process"


class Asked(NamedTuple):
    """What is evaluated, and of what: names of suites, target, model, where the hospital is kept."""

    suites: tuple[str, ...]
    target: str
    accounts: Path | None
    model: str | None
    workspace: Path | None


def run_evaluation(options: RunOptions, asked: Asked, *, json_output: bool) -> None:
    """Run, or take up again, and print what was found. Exit 1 with one line when it cannot go on."""
    with _told():
        force_offline()
        suites = load_suites(asked.suites)
        targets = _targets(options, asked)

        async def whole() -> Results:
            return await conduct(options, suites=suites, targets=targets, say=_say)

        try:
            results = anyio.run(whole)
        except KeyboardInterrupt:
            _say(f"stopped; the same command goes on where it stopped ({options.out})")
            raise
        _show(results, json_output=json_output)


def run_score(directory: Path, *, json_output: bool) -> None:
    """Score again and print."""
    with _told():
        names = tuple(row.suite for row in read_plan(directory).suites)
        _show(score_run(directory, known_suites(names)), json_output=json_output)


def run_gate(
    directory: Path, *, baseline: Path | None, gates: Path | None, never: bool, json_output: bool
) -> bool:
    """Print a line for each gate, then PASS or FAIL alone; whether all hold.

    `never`: only class A, in suites that were asked; at least one such gate has to be there. A run of other
    code than what is installed here does not hold: what it measured is not what would run.
    """
    with _told():
        from eval.gate import evaluate, load_gates

        results = read_results(directory)
        former = read_results(baseline) if baseline else None
        found = evaluate(results, load_gates(gates), baseline=former)
        if never:
            found = _what_may_never_be_seen(found)
        void = _changed_code(results)
        passed = found.passed and not void
        if json_output:
            print(json.dumps(found.model_dump(mode="json") | {"passed": passed, "void": void}))
            return passed
        for verdict in found.verdicts:
            print(verdict.line)
        if void:
            print(f"binding: changed since this run: {', '.join(void)}; run it again")
        print("PASS" if passed else "FAIL")
        return passed


def _what_may_never_be_seen(report: GateReport) -> GateReport:
    kept = [each for each in report.verdicts if each.gate.kind == "A" and each.state != "not_yet_measurable"]
    if not kept:
        raise EvaluationError("this run asked no suite that has a gate of class A")
    return report.model_copy(update={"verdicts": tuple(kept)})


def run_report(directory: Path, *, out: Path) -> None:
    """Write the page."""
    with _told():
        from eval.reporting.html import write_report

        write_report(directory, out)
        _say(f"report: {out}")


def run_purge(directory: Path, *, keep_results: bool) -> None:
    """Erase."""
    with _told():
        purge(directory, keep_results=keep_results)
        _say(f"erased: {directory}" + (" (results.json stays)" if keep_results else ""))


def _targets(options: RunOptions, asked: Asked) -> Targets:
    if is_known(asked.target):
        return MutantTargets(asked.target, options.out)
    if asked.target != IN_PROCESS:
        if asked.accounts is None:
            raise typer.BadParameter("an address needs --accounts: whose sign-ins ask the questions")
        return RemoteTargets(asked.target, read_sign_ins(asked.accounts))
    folder = asked.workspace or options.out / WORKSPACE
    return LocalTargets(_settings(asked.model), folder.resolve(), at_once=options.at_once)


def _settings(model: str | None) -> Settings:
    if model == "none":
        return load_settings(engine="none")
    return load_settings(model=model)


def _changed_code(results: Results) -> list[str]:
    now = code_parts()
    bound = {name: value for name, value in results.binding.parts.items() if name.startswith("code:")}
    return sorted(name for name, value in bound.items() if now.get(name) != value)


def _show(results: Results, *, json_output: bool) -> None:
    if json_output:
        print(json.dumps(_summary(results), ensure_ascii=False))
        return
    for suite in results.suites:
        print(f"{suite.suite:4} {suite.state:18} {suite.asked:4} of {suite.cases:4}", end="")
        print(f"  {suite.errors} errors  {suite.reason}".rstrip())
        for name, (count, mean) in _means(suite.observations).items():
            print(f"       {name:22} {mean:.3f}  (n {count})")


def _summary(results: Results) -> dict[str, Any]:
    """Results without their observations, which stand in `results.json`."""
    whole = results.model_dump(mode="json")
    for row, suite in zip(whole["suites"], results.suites, strict=True):
        row["observations"] = len(suite.observations)
        row["means"] = {name: mean for name, (_, mean) in _means(suite.observations).items()}
    return whole


def _means(observations: Any) -> dict[str, tuple[int, float]]:
    found: dict[str, list[float]] = {}
    for seen in observations:
        if seen.value is not None:
            found.setdefault(seen.measure, []).append(seen.value)
    return {name: (len(values), sum(values) / len(values)) for name, values in sorted(found.items())}


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except EvaluationError as error:
        _say(str(error))
        raise typer.Exit(1) from error


def _say(line: str) -> None:
    print(f"eval: {line}", file=sys.stderr, flush=True)
