"""The schema of a story: one clinical trajectory, written by hand in TOML, played for many patients.

Times are months relative to the hospital's `today` (-14.5 is fourteen and a half months ago). Texts are lists
of wordings, one of which is chosen by seed; their marks and placeholders are described in `letters`.
"""

import tomllib
from decimal import Decimal
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from eval.synthetic.truth import Value

Wordings = tuple[str, ...]


class Told(Value):
    """Something of a story; `key` is its name there."""

    key: str


class Event(Told):
    """Something that happens at a month of the story."""

    at: float


class StoryProblem(Told):
    """A problem; `at` is its onset in months before today, absent when unknown."""

    label: str
    short: str
    code: str | None = None
    at: float | None = None
    resolved: float | None = None
    certainty: Literal["present", "absent", "suspected"] = "present"


class StoryAllergy(Told):
    """An allergy; without `reaction`, a note of the story may leave the reaction to prose alone."""

    substance: str
    kind: Literal["allergy", "intolerance"] = "allergy"
    reaction: str | None = None
    severity: Literal["mild", "moderate", "severe"] | None = None
    certainty: Literal["confirmed", "suspected", "refuted", "none_known"] = "confirmed"
    at: float | None = None


class StoryDose(Value):
    """A dose from `at` on."""

    at: float
    amount: Decimal
    frequency: str
    reason: str | None = None


class StoryMedication(Told):
    """A drug course. `stop_words` are short forms of the reason; `reason_hidden` leaves it to prose alone."""

    dci: str
    brand: str
    atc: str
    unit: str = "mg"
    route: str = "orale"
    indication: str
    as_needed: bool = False
    doses: tuple[StoryDose, ...]
    stop: float | None = None
    stop_reason: str | None = None
    stop_words: Wordings = ()
    reason_hidden: bool = False


class StoryLab(Value):
    """The trajectory of one analyte: (month, value) points, joined by straight lines."""

    points: tuple[tuple[float, float], ...]
    spread: float | None = None


class StoryPanel(Value):
    """A laboratory report every so many months between two times, in stays and before visits if asked."""

    title: str
    analytes: tuple[str, ...]
    every: float | None = None
    since: float | None = None
    until: float | None = None
    at: tuple[float, ...] = ()
    in_stays: bool = False
    before_visits: bool = False


class StoryVisit(Event):
    """A consultation with its letter."""

    specialty: str
    interview: Wordings
    examination: Wordings
    conclusion: Wordings
    nurse: Wordings = ()


class StoryStay(Event):
    """A hospital stay with its letter, its nurses' notes and its daily readings."""

    days: int
    ward: str
    mode: Literal["urgences", "programmée"] = "urgences"
    reason: str
    diagnosis: str
    history: Wordings
    examination: Wordings
    course: Wordings
    follow_up: Wordings
    nurse: tuple[Wordings, ...] = ()


class StoryImaging(Event):
    """An imaging examination with its findings in prose."""

    label: str
    modality: str
    sided: bool = False
    findings: Wordings
    conclusion: str


class StoryProcedure(Event):
    """An operation; `report` is its narrative, `at` after today means planned."""

    label: str
    code: str | None = None
    sided: bool = False
    report: Wordings = ()
    ward: str = "Bloc opératoire"


class StoryDevice(Event):
    """An implanted device."""

    label: str
    model: str
    sided: bool = False


class StoryVaccine(Event):
    """A vaccine dose."""

    label: str
    atc: str


class StoryFamily(Told):
    """A condition in the family; `words` are its prose wordings."""

    relation: str
    condition: str
    deceased: bool = False
    words: Wordings


class StoryNote(Told):
    """A truth that only prose states. A text states it with the mark `[[key|words]]`."""

    topic: str
    values: Annotated[tuple[str, ...], Field(min_length=1)]
    at: float | None = None
    questions: tuple[str, ...] = ()


class StoryPending(Event):
    """An examination whose result is awaited."""

    label: str


class StoryVitals(Value):
    """Trajectories of vital signs by month, like `StoryLab`."""

    systolic: tuple[tuple[float, float], ...] = ((0, 128),)
    diastolic: tuple[tuple[float, float], ...] = ((0, 74),)
    pulse: tuple[tuple[float, float], ...] = ((0, 74),)
    temperature: tuple[tuple[float, float], ...] = ((0, 36.8),)
    weight: tuple[tuple[float, float], ...]
    height: float
    spo2: tuple[tuple[float, float], ...] = ((0, 97),)


class Story(Value):
    """One trajectory. `age` is the patient's age today, in years."""

    name: str
    sex: Literal["female", "male", "any"]
    age: tuple[int, int]
    months: int
    attending: str
    lifestyle: Wordings
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

    @model_validator(mode="after")
    def _keys_are_unique(self) -> "Story":
        happened: list[Told] = [*self.visit, *self.stay, *self.imaging, *self.procedure, *self.vaccine]
        true: list[Told] = [*self.problem, *self.allergy, *self.medication, *self.imaging, *self.procedure]
        true += [*self.device, *self.vaccine, *self.family, *self.note, *self.pending]
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


def _data(folder: str, name: str) -> dict[str, Any]:
    source = resources.files("eval.synthetic").joinpath(folder).joinpath(f"{name}.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"), parse_float=_decimal)


def _decimal(literal: str) -> Decimal:
    return Decimal(literal)


def load_story(name: str) -> Story:
    """The story of that name; pydantic's ValidationError tells what is wrong with it."""
    return Story.model_validate(_data("stories", name))


def load_analytes() -> dict[str, Analyte]:
    """Every analyte by key."""
    return {key: Analyte.model_validate(value) for key, value in _data("templates", "analytes").items()}


def load_templates(name: str) -> dict[str, Any]:
    """A data file of `templates/`, as plain values."""
    return _data("templates", name)
