"""What a gate is and what becomes of it: values, and the line that a terminal prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from eval.estimates import Side, Statistic
from eval.metrics.intervals import Estimate
from eval.suites.base import Tier
from eval.synthetic.truth import Value

GateClass = Literal["A", "B", "C", "D"]
State = Literal["pass", "fail", "insufficient_n", "not_yet_measurable", "printed"]
Fault = Literal[
    "not_finished", "binding_void", "missing_suite", "suite_failed", "not_yet_measurable",
    "case_file_changed", "not_asked", "no_observation", "unscored", "unusable", "too_few_cases", "sampled",
    "seen", "point_missed", "bound_missed", "bound_not_shown", "baseline_unusable", "worse_than_baseline",
]  # fmt: skip
WORST_FIRST: tuple[State, ...] = ("fail", "not_yet_measurable", "insufficient_n", "printed", "pass")
_Share = Annotated[float, Field(ge=0, le=1)]


class Gate(Value):
    """One target; the head of `gate.toml` says what each field means."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    id: Annotated[str, Field(pattern=r"^S\d+\.[a-z0-9_.]+$")]
    suite: Annotated[str, Field(pattern=r"^S\d+$")]
    title: Annotated[str, Field(min_length=1)]
    measure: Annotated[str, Field(min_length=1)]
    over: str | None = None
    where: dict[str, str] = Field(default_factory=dict)
    each: str | None = None
    statistic: Statistic
    side: Side
    point: _Share | None = None
    bound: _Share | None = None
    kind: Annotated[GateClass, Field(alias="class")]
    loss: _Share | None = None
    n: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _whole(self) -> Gate:
        if not self.id.startswith(f"{self.suite}."):
            raise ValueError(f"the id must begin with {self.suite}.")
        if (self.statistic == "ratio") != (self.over is not None):
            raise ValueError("a ratio, and nothing else, has `over`")
        if (self.statistic == "zero") != (self.kind == "A") or (self.kind == "A" and self.side != "most"):
            raise ValueError("class A is statistic `zero`, side `most`, and no other class is")
        if self.kind in {"B", "C"} and self.point is None and self.bound is None:
            raise ValueError("classes B and C need a point or a bound")
        if (self.kind == "C") != (self.loss is not None):
            raise ValueError("class C, and no other, has `loss`")
        return self


class Gates(Value):
    """Every target of one file, known by the sha256 of its bytes."""

    gates: Annotated[tuple[Gate, ...], Field(min_length=1)]
    sha256: str


class Verdict(Value):
    """What became of one gate. `part`: the worst label of a gate `each`; `fault`: why it did not pass."""

    gate: Gate
    state: State
    estimate: Estimate | None = None
    n: int = 0
    part: str = ""
    fault: Fault | None = None
    detail: str = ""

    @property
    def gating(self) -> bool:
        """Whether it can fail the run."""
        return self.gate.kind != "D"

    @property
    def line(self) -> str:
        """One line for a terminal."""
        return "  ".join(part for part in (*_head(self), _why(self)) if part)


class GateReport(Value):
    """The verdicts of one run, in the order of the gate file."""

    run: str
    tier: Tier
    target: str
    gates_sha256: str
    baseline: str | None
    verdicts: tuple[Verdict, ...]

    @property
    def passed(self) -> bool:
        """No gating verdict failed or is not yet measurable. Insufficient n is no failure before `full`."""
        return not any(item.gating and item.state in {"fail", "not_yet_measurable"} for item in self.verdicts)

    def count(self, state: State) -> int:
        """How many verdicts are in that state."""
        return sum(item.state == state for item in self.verdicts)


def _head(verdict: Verdict) -> Iterable[str]:
    gate = verdict.gate
    yield f"{verdict.state.replace('_', ' '):<18}"
    yield f"{gate.id:<22}"
    if verdict.estimate is not None:
        figure = verdict.estimate
        yield f"{figure.value:.4f} [{figure.low:.4f}, {figure.high:.4f}] n={verdict.n}"
    yield _target(gate)
    yield f"worst: {verdict.part}" if verdict.part else ""


def _target(gate: Gate) -> str:
    sign = ">=" if gate.side == "least" else "<="
    told: Mapping[str, Any] = {"point": gate.point, "bound": gate.bound}
    parts = [f"{name} {sign} {value}" for name, value in told.items() if value is not None]
    parts += [f"none of {gate.n}"] if gate.kind == "A" else []
    return f"({', '.join(parts)}; n {gate.n})" if parts else f"(no target; n {gate.n})"


def _why(verdict: Verdict) -> str:
    if verdict.fault is None:
        return ""
    told = verdict.fault.replace("_", " ")
    return f"{told}: {verdict.detail}" if verdict.detail else told
