"""What a run leaves: `results.json`. Gate and report read it, and the case and output files beside it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from eval.cases.case import Observation
from eval.suites.base import Tier
from eval.synthetic.truth import Value

SuiteState = Literal["measured", "partial", "not_yet_measurable", "failed"]


class Binding(Value):
    """All that can change an answer, each part by its hash; `whole` is the hash of the parts by name."""

    whole: str
    parts: dict[str, str]


class SuiteResult(Value):
    """One suite in one run."""

    suite: str
    state: SuiteState
    reason: str = ""
    """Why it is not measured, in a sentence."""
    cases: int = 0
    """Cases of the tier."""
    asked: int = 0
    """Cases with an output, errors included."""
    errors: int = 0
    case_file_sha256: str = ""
    seconds: float = 0.0
    observations: tuple[Observation, ...] = ()


class Results(Value):
    """One run. `schema_version` changes with this shape; a secret seed is recorded as `None`."""

    schema_version: Literal[1] = 1
    id: str
    target: str
    tier: Tier
    seed: int | None
    started_at: str
    finished_at: str | None = None
    """None while pieces are missing: a gate fails on it."""
    pieces: int = 0
    resumed: int = 0
    """How many times the run was taken up again."""
    seconds: float = 0.0
    settings: dict[str, str] = Field(default_factory=dict)
    binding: Binding
    suites: tuple[SuiteResult, ...] = ()

    def suite(self, name: str) -> SuiteResult | None:
        """The result of that suite, if it is there."""
        return next((item for item in self.suites if item.suite == name), None)
