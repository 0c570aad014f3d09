"""How the hospital of an evaluation differs from that of the demonstration."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from eval.synthetic.truth_base import Value


class HospitalOptions(Value):
    """What `generate` adds to the hand-written stories. The defaults add nothing: the demonstration's hospital.

    `modules`: how many mini-trajectories each patient plays beside the story, at least and at most.
    `vary`: doses, findings and results are drawn anew for each patient, where templates allow it.
    `noise`: abbreviations, tables, treatments copied forward, contradictions, neighbours' results.
    `homonyms`: one pair of homonyms with close birth dates in every ten patients, beside the first pair.
    `templates`: folders with further stories, modules and wordings (docs/evaluation/templates.md).
    `open_held_out`: whether held-out modules and wordings are used: for a report, never while tuning.
    """

    modules: tuple[Annotated[int, Field(ge=0, le=6)], Annotated[int, Field(ge=0, le=6)]] = (0, 0)
    vary: bool = False
    noise: bool = False
    homonyms: bool = False
    templates: tuple[Path, ...] = ()
    open_held_out: bool = False

    @model_validator(mode="after")
    def _least_first(self) -> "HospitalOptions":
        if self.modules[0] > self.modules[1]:
            raise ValueError(f"modules: at least {self.modules[0]} is more than at most {self.modules[1]}")
        return self

    @property
    def plain(self) -> bool:
        """Whether this is the demonstration's hospital."""
        return self == HospitalOptions()


def evaluation_options(
    *, templates: tuple[Path, ...] = (), open_held_out: bool = False, noise: bool = True
) -> HospitalOptions:
    """The options of the suites: one story and two to four modules a patient, everything varied."""
    return HospitalOptions(
        modules=(2, 4),
        vary=True,
        noise=noise,
        homonyms=True,
        templates=templates,
        open_held_out=open_held_out,
    )
