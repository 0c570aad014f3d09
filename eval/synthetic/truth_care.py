"""Truths of the evaluation's hospital: transfusions, microbiology, and the values that are there to mislead."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from eval.synthetic.truth_base import Truth, Value

Category = Literal["S", "I", "R"]


class Transfusion(Truth):
    """Labile blood products given on one day; `reaction` is None when it was well tolerated."""

    product: str
    units: Annotated[int, Field(ge=1)]
    on: date
    reason: str
    reaction: str | None


class Susceptibility(Value):
    """One line of an antibiogram: sensitive, susceptible at increased exposure, or resistant."""

    antibiotic: str
    loinc: str
    category: Category


class Microbiology(Truth):
    """One culture: specimen, what grew (None when sterile), how much, and the antibiogram.

    `mechanism` is a resistance that matters to others (« producteur de BLSE »).
    """

    label: str
    specimen: str
    loinc: str
    time: datetime
    germ: str | None
    count: str | None
    mechanism: str | None
    antibiogram: tuple[Susceptibility, ...]


DistractorKind = Literal[
    "neighbour_result",
    "copied_treatment",
    "contradiction",
    "superseded_result",
    "mistaken_result",
    "preliminary_result",
    "stopped_drug",
    "former_dose",
    "family_condition",
    "absent_problem",
    "planned_act",
    "injection",
]


class Distractor(Value):
    """A value that stands in the record and is not the answer: what it is, and why it is wrong.

    `truth` is the key of the truth it competes with, when there is one; `document` where it stands (a
    `Document.key`), `quote` its literal words there.
    """

    kind: DistractorKind
    value: str
    about: str
    why: str
    truth: str | None = None
    document: str | None = None
    quote: str | None = None
