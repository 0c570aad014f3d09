"""The schema of a story: one clinical trajectory, written by hand in TOML, played for many patients.

Times are months relative to the hospital's `today` (-14.5 is fourteen and a half months ago). Texts are lists
of wordings, one of which is chosen by seed; their marks and placeholders are described in `letters`.
"""

import tomllib
from decimal import Decimal
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from eval.synthetic.story_parts import (
    Event,
    StoryAllergy,
    StoryCulture,
    StoryDevice,
    StoryDose,
    StoryFamily,
    StoryImaging,
    StoryLab,
    StoryMedication,
    StoryNote,
    StoryPanel,
    StoryPending,
    StoryProblem,
    StoryProcedure,
    StoryStay,
    StoryTransfusion,
    StoryVaccine,
    StoryVisit,
    StoryVitals,
    Told,
    Wordings,
)
from eval.synthetic.truth_base import Value
from eval.synthetic.variants import resolved

__all__ = [
    "ORDER",
    "Analyte",
    "Event",
    "Story",
    "StoryAllergy",
    "StoryCulture",
    "StoryDevice",
    "StoryDose",
    "StoryFamily",
    "StoryImaging",
    "StoryLab",
    "StoryMedication",
    "StoryNote",
    "StoryPanel",
    "StoryPending",
    "StoryProblem",
    "StoryProcedure",
    "StoryStay",
    "StoryTransfusion",
    "StoryVaccine",
    "StoryVisit",
    "StoryVitals",
    "Told",
    "Wordings",
    "base_analytes",
    "load_analytes",
    "load_story",
    "load_templates",
    "raw_story",
    "read_toml",
]


class Story(Value):
    """One trajectory. `age` is the patient's age today, in years."""

    name: str
    sex: Literal["female", "male", "any"]
    age: tuple[int, int]
    months: int
    attending: str
    lifestyle: Wordings
    more_lifestyle: tuple[Wordings, ...] = ()
    vitals: StoryVitals
    lab: dict[str, StoryLab] = Field(default_factory=dict)
    panel: tuple[StoryPanel, ...]
    problem: tuple[StoryProblem, ...]
    allergy: tuple[StoryAllergy, ...]
    medication: tuple[StoryMedication, ...]
    visit: tuple[StoryVisit, ...]
    stay: tuple[StoryStay, ...] = ()
    imaging: tuple[StoryImaging, ...] = ()
    procedure: tuple[StoryProcedure, ...] = ()
    device: tuple[StoryDevice, ...] = ()
    vaccine: tuple[StoryVaccine, ...] = ()
    family: tuple[StoryFamily, ...] = ()
    note: tuple[StoryNote, ...] = ()
    pending: tuple[StoryPending, ...] = ()
    transfusion: tuple[StoryTransfusion, ...] = ()
    culture: tuple[StoryCulture, ...] = ()

    @model_validator(mode="after")
    def _keys_are_unique(self) -> "Story":
        happened: list[Told] = [*self.visit, *self.stay, *self.imaging, *self.procedure, *self.vaccine]
        happened += [*self.transfusion, *self.culture]
        true: list[Told] = [*self.problem, *self.allergy, *self.medication, *self.imaging, *self.procedure]
        true += [*self.device, *self.vaccine, *self.family, *self.note, *self.pending]
        true += [*self.transfusion, *self.culture]
        told, events = ([item.key for item in items] for items in (true, happened))
        for keys in (told, events):
            twice = sorted({key for key in keys if keys.count(key) > 1})
            if twice:
                raise ValueError(f"keys used twice in the story {self.name}: {', '.join(twice)}")
        return self


class Analyte(Value):
    """A laboratory analyte of `templates/analytes.toml`; bounds are adult, by sex or for children
    (under 16) where given."""

    label: str
    words: str
    loinc: str
    unit: str
    shown: str
    decimals: int
    low: Decimal | None = None
    high: Decimal | None = None
    low_child: Decimal | None = None
    high_child: Decimal | None = None
    low_female: Decimal | None = None
    high_female: Decimal | None = None
    panic: Decimal | None = None
    panic_low: Decimal | None = None
    typical: float
    typical_female: float | None = None
    spread: float


# The order in which stories are given to patients; new ones go at the end, so that old seeds keep theirs.
ORDER = (
    "heart_failure",
    "diabetes",
    "copd",
    "hip_prosthesis",
    "pregnancy",
    "rheumatoid_arthritis",
    "epilepsy",
    "kidney_transplant",
    "childhood_asthma",
    "colon_cancer",
)


def read_toml(source: Traversable | Path) -> dict[str, Any]:
    """A TOML file as plain values, decimals exact."""
    return tomllib.loads(source.read_text(encoding="utf-8"), parse_float=_decimal)


def _data(folder: str, name: str) -> dict[str, Any]:
    return read_toml(resources.files("eval.synthetic").joinpath(folder).joinpath(f"{name}.toml"))


def _decimal(literal: str) -> Decimal:
    return Decimal(literal)


def load_story(name: str) -> Story:
    """The story of that name as the demonstration plays it; ValidationError tells what is wrong with it."""
    return Story.model_validate(resolved(raw_story(name)))


def raw_story(name: str) -> dict[str, Any]:
    """The file of the story of that name, its `draw` table included."""
    return _data("stories", name)


def load_analytes() -> dict[str, Analyte]:
    """Every analyte by key: those of the stories, then those that only modules use."""
    return base_analytes() | _analytes("further_analytes")


def base_analytes() -> dict[str, Analyte]:
    """The analytes of the stories. Personal factors are drawn for each in turn, so this list never grows."""
    return _analytes("analytes")


def _analytes(name: str) -> dict[str, Analyte]:
    return {key: Analyte.model_validate(value) for key, value in _data("templates", name).items()}


def load_templates(name: str) -> dict[str, Any]:
    """A data file of `templates/`, as plain values."""
    return _data("templates", name)
