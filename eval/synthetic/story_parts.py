"""The pieces of a story or module: problems, drugs, stays, letters and the rest, as a TOML file writes them."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from eval.synthetic.truth_base import Value
from eval.synthetic.truth_care import Category

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
    """The trajectory of one analyte: (month, value) points, joined by straight lines.

    Without points it is the usual value. `delta` is added to it: what an event of a module does to a result.
    """

    points: tuple[tuple[float, float], ...] = ()
    delta: tuple[tuple[float, float], ...] = ()
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
    """A consultation with its letter; `author` signs it, by default the story's attending physician."""

    specialty: str
    author: str | None = None
    interview: Wordings
    examination: Wordings
    conclusion: Wordings
    nurse: Wordings = ()


class StoryStay(Event):
    """A hospital stay with its letter, its nurses' notes and its daily readings."""

    days: int
    ward: str
    author: str | None = None
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

    @field_validator("values", mode="before")
    @classmethod
    def _numbers_are_words(cls, values: Any) -> Any:
        """A drawn number that stands alone is a word here, with its decimal comma."""
        told = values if isinstance(values, list | tuple) else [values]
        return [f"{one}".replace(".", ",") if isinstance(one, int | Decimal) else one for one in told]


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


class StoryTransfusion(Event):
    """Blood products given; without `reaction` it was well tolerated."""

    product: str
    units: Annotated[int, Field(ge=1)]
    reason: str
    reaction: str | None = None


class StoryCulture(Event):
    """A culture with its antibiogram, (antibiotic, LOINC code, category); without `germ` it is sterile."""

    label: str
    specimen: str
    loinc: str
    germ: str | None = None
    count: str | None = None
    mechanism: str | None = None
    antibiogram: tuple[tuple[str, str, Category], ...] = ()
