"""A case, what came back for it, and what was observed of it: the values that everything else passes on."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from eval.cases.gold import Gold
from eval.synthetic.truth import Value

Language = Literal["fr", "en"]
Capability = Literal["ask", "sessions", "choose", "draft", "chat", "identify"]
"""What a target can do. `sessions`: asks under several people's accounts. A suite whose capability no target
has yet stands in the report as not yet measurable."""


class Step(Value):
    """One thing that is asked of the target. `account` names a person of the run, by role (`physician`)."""

    text: str
    patient_id: str | None = None
    language: Language = "fr"
    account: str = "physician"
    use_model: bool = True


class Case(Value):
    """One case of a suite. The last step is the one that is scored; earlier ones prepare it (A then B).

    `patient_id` is the unit of the bootstrap: questions on one patient are not independent. `strata` are what
    gates and reports select by: `stratum` (structured, narrative, joined), `family`, `critical` (allergy,
    dose, anticoagulant, renal_function), `carrier`, `label`, ... `group` ties variants of one question
    (paraphrases of S10, a payload and its clean twin of S6). `held_out`: made from a template that is opened
    only for a report.
    """

    id: Annotated[str, Field(min_length=1, max_length=200)]
    suite: str
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    gold: Gold
    patient_id: str | None = None
    strata: dict[str, str] = Field(default_factory=dict)
    group: str | None = None
    held_out: bool = False
    needs_model: bool | None = None
    """Whether facts cannot answer this alone; None when that is not known. Tiers sample by it."""
    origin: str = ""

    @property
    def question(self) -> str:
        """The text of the step that is scored."""
        return self.steps[-1].text


class Output(Value):
    """What a target gave for one case: one JSON object of the contract for each step that was asked.

    `error` is a code (`timeout`, `http_503`, ...), never an exception's text; the case then counts as failed.
    `choices` is what a multiple-choice target chose; `found` what an identity guard found; `draft` a draft.
    """

    case_id: str
    answers: tuple[dict[str, Any], ...] = ()
    choices: tuple[str, ...] = ()
    found: tuple[dict[str, Any], ...] = ()
    draft: dict[str, Any] | None = None
    error: str | None = None
    seconds: float = 0.0

    @property
    def answer(self) -> dict[str, Any] | None:
        """The contract's JSON of the scored step, when there is one."""
        return self.answers[-1] if self.answers else None


class Observation(Value):
    """One measured thing. `value` is 0 or 1 for rates, any number for means; None when it was not scored.

    `measure` is the name that gates use, unique within its suite (`correct`, `leak`, `foreign`). A case may
    give several observations of one measure (one for each citation). `cluster` is the bootstrap's unit.
    An error of the target is a failed observation (value at its worst), never a missing one; `unscored` says
    why the scorer itself could not tell, and a gate that meets one fails.
    """

    suite: str
    case_id: str
    measure: str
    value: float | None
    cluster: str = ""
    strata: dict[str, str] = Field(default_factory=dict)
    weight: Annotated[float, Field(gt=0)] = 1.0
    """How many cases this one stands for: more than 1 for a case drawn from those that a model may word."""
    unscored: str | None = None
    note: str = ""
