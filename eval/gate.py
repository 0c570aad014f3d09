"""The gate: from what was observed to a verdict for each target of `gate.toml`. It fails closed.

Pure: same results, same gates, same verdicts. A gate of class A, B or C fails whenever its figure could not
be made: the run has not ended, its binding does not hold, the suite is missing, failed or not yet measurable,
its case file is not the recorded one or the baseline's, cases are missing, an observation is unscored.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path

from pydantic import ValidationError

from eval.cases.case import Observation
from eval.errors import GateError
from eval.estimates import UnusableObservations, bound_can_be_shown, chosen, estimate, keeps, paired
from eval.metrics.intervals import Estimate, paired_difference
from eval.runner.results import Binding, Results, SuiteResult
from eval.suites.base import Tier
from eval.verdicts import WORST_FIRST, Fault, Gate, GateReport, Gates, State, Verdict

__all__ = ["Gate", "GateReport", "Gates", "Verdict", "binding_holds", "evaluate", "load_gates"]

MAX_BYTES = 1024 * 1024


def load_gates(path: Path | None = None) -> Gates:
    """The gates of a file; the shipped ones without a path. Raises GateError with the gate and the field."""
    place = str(path) if path else "gate.toml"
    try:
        source = path or resources.files("eval").joinpath("gate.toml")
        data = source.read_bytes()
        told = tomllib.loads(data[:MAX_BYTES].decode("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise GateError(f"{place}: cannot be read as TOML; see eval/gate.toml") from error
    if len(data) > MAX_BYTES:
        raise GateError(f"{place}: more than {MAX_BYTES} bytes")
    try:
        found = Gates.model_validate(
            {"gates": told.pop("gate", ()), "sha256": hashlib.sha256(data).hexdigest(), **told}
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise GateError(f"{place}, {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    ids = [gate.id for gate in found.gates]
    if len(set(ids)) != len(ids):
        raise GateError(f"{place}: two gates have the same id")
    return found


def evaluate(results: Results, gates: Gates, *, baseline: Results | None = None) -> GateReport:
    """A verdict for every gate. `baseline` is the run of the last release, for class C and the case files."""
    return GateReport(
        run=results.id,
        tier=results.tier,
        target=results.target,
        gates_sha256=gates.sha256,
        baseline=baseline.id if baseline else None,
        verdicts=tuple(_verdict(gate, results, baseline) for gate in gates.gates),
    )


def binding_holds(binding: Binding) -> bool:
    """Whether `whole` is the hash of the parts, and there are any: eval.runner.binding makes it so."""
    text = json.dumps(binding.parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return bool(binding.parts) and hashlib.sha256(text.encode()).hexdigest() == binding.whole


def _verdict(gate: Gate, results: Results, baseline: Results | None) -> Verdict:
    stopped = _whole_run(gate, results) or _suite(gate, results, baseline)
    if stopped is None:
        found = results.suite(gate.suite)
        assert found is not None
        stopped = min(_parts(gate, found, results.tier, baseline), key=_badness)
    if gate.kind == "D":
        return stopped.model_copy(update={"state": "printed"})
    return stopped


def _failed(gate: Gate, fault: Fault, detail: str = "") -> Verdict:
    return Verdict(gate=gate, state="fail", fault=fault, detail=detail)


def _whole_run(gate: Gate, results: Results) -> Verdict | None:
    if results.finished_at is None:
        return _failed(gate, "not_finished")
    if not binding_holds(results.binding):
        return _failed(gate, "binding_void")
    return None


def _suite(gate: Gate, results: Results, baseline: Results | None) -> Verdict | None:
    """Why the suite gives no figure at all, if it does not."""
    there = [item for item in results.suites if item.suite == gate.suite]
    if len(there) != 1:
        return _failed(gate, "missing_suite", "twice" if there else "")
    suite = there[0]
    if suite.state == "not_yet_measurable":
        return _failed(gate, "not_yet_measurable", suite.reason).model_copy(
            update={"state": "not_yet_measurable"}
        )
    if suite.state == "failed":
        return _failed(gate, "suite_failed", suite.reason)
    if _case_file_changed(suite, results, baseline):
        return _failed(gate, "case_file_changed")
    missing = suite.cases - suite.asked
    if suite.state == "measured" and missing:
        return _failed(gate, "not_asked", str(missing))
    return None


def _case_file_changed(suite: SuiteResult, results: Results, baseline: Results | None) -> bool:
    known = [results.binding.parts.get(f"cases:{suite.suite}")]
    before = baseline.suite(suite.suite) if baseline else None
    if before is not None and before.state in {"measured", "partial"}:
        known.append(before.case_file_sha256)
    return not suite.case_file_sha256 or any(sha256 != suite.case_file_sha256 for sha256 in known)


def _parts(gate: Gate, suite: SuiteResult, tier: Tier, baseline: Results | None) -> Iterable[Verdict]:
    """The verdict, or with `each` one for every label that was observed."""
    every = [item for item in suite.observations if item.measure in {gate.measure, gate.over}]
    if not any(item.measure == gate.measure for item in every):
        return [_failed(gate, "no_observation")]
    unscored = next((item for item in every if item.value is None or item.unscored), None)
    if unscored is not None:
        return [_failed(gate, "unscored", f"{unscored.case_id}: {unscored.unscored or 'no value'}")]
    observed = chosen(every, gate.measure, gate.where)
    if gate.each is None:
        return [_one(gate, suite, observed, tier=tier, baseline=baseline)]
    labels = sorted({item.strata.get(gate.each, "") for item in observed})
    if not labels or "" in labels:
        return [_failed(gate, "unusable", f"an observation has no {gate.each}")]
    split = {label: [item for item in observed if item.strata[gate.each] == label] for label in labels}
    return [
        _one(gate, suite, split[label], tier=tier, baseline=baseline).model_copy(update={"part": label})
        for label in labels
    ]


def _one(
    gate: Gate, suite: SuiteResult, observed: Sequence[Observation], *, tier: Tier, baseline: Results | None
) -> Verdict:
    n = len(observed)
    if not n:
        found = Verdict(gate=gate, state="insufficient_n", fault="too_few_cases")
        return found if tier == "smoke" else found.model_copy(update={"state": "fail"})
    over = chosen(suite.observations, gate.over, {}) if gate.over else ()
    try:
        figure = estimate(gate.statistic, observed, over)
    except UnusableObservations as error:
        return _failed(gate, "unusable", str(error)).model_copy(update={"n": n})
    state, fault, detail = _judged(gate, figure, tier=tier, sampled=suite.state == "partial")
    if state != "fail" and gate.kind == "C" and baseline is not None:
        state, fault, detail = _compared(gate, observed, baseline) or (state, fault, detail)
    return Verdict(gate=gate, state=state, estimate=figure, n=n, fault=fault, detail=detail)


_Judged = tuple[State, Fault | None, str]


def _judged(gate: Gate, figure: Estimate, *, tier: Tier, sampled: bool) -> _Judged:
    """The figure against its targets. Too few observations excuse nothing that can be seen already."""
    if gate.kind == "A" and figure.value > 0:
        return "fail", "seen", ""
    wanted = gate.point if gate.point is not None else gate.bound
    if wanted is not None and not keeps(gate.side, figure.value, wanted):
        return "fail", "point_missed", ""
    if figure.n < gate.n:
        return _too_few(tier, sampled=sampled)
    return _bounded(gate, figure, tier=tier)


def _too_few(tier: Tier, *, sampled: bool) -> _Judged:
    if tier == "smoke":
        return "insufficient_n", "too_few_cases", ""
    if tier == "gate" and sampled:
        return "insufficient_n", "sampled", ""
    return "fail", "too_few_cases", ""


def _bounded(gate: Gate, figure: Estimate, *, tier: Tier) -> _Judged:
    """`n` is as it should be, and may still be too small for a service that just keeps the point."""
    end = figure.low if gate.side == "least" else figure.high
    if gate.bound is None or keeps(gate.side, end, gate.bound):
        return "pass", None, ""
    shown = gate.statistic != "rate" or bound_can_be_shown(
        gate.side, figure.n, bound=gate.bound, point=gate.point
    )
    if tier != "full" and not shown:
        return "insufficient_n", "bound_not_shown", ""
    return "fail", "bound_missed", ""


def _compared(gate: Gate, observed: Sequence[Observation], baseline: Results) -> _Judged | None:
    """Class C: worse than the last release by `loss` or more, at the lower bound of the paired difference."""
    before = baseline.suite(gate.suite)
    assert gate.loss is not None
    try:
        if before is None or before.state not in {"measured", "partial"} or baseline.finished_at is None:
            raise UnusableObservations("the baseline has no figures of this suite")
        both = paired(chosen(before.observations, gate.measure, gate.where), observed).pairs
    except UnusableObservations as error:
        return "fail", "baseline_unusable", str(error)
    turned = -1.0 if gate.side == "most" else 1.0
    change = paired_difference([(cluster, turned * old, turned * new) for cluster, old, new in both])
    if change.low > -gate.loss:
        return None
    return "fail", "worse_than_baseline", f"{change.low:+.3f}"


def _badness(verdict: Verdict) -> tuple[int, float]:
    """Worst first: by state, then by the figure."""
    value = verdict.estimate.value if verdict.estimate else 0.0
    return WORST_FIRST.index(verdict.state), value if verdict.gate.side == "least" else -value
