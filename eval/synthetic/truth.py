"""What is true of a synthetic patient, typed, and where each truth is written.

Everything else is derived from these values: documents state them, questions take their gold from them.
Dates are civil dates in the hospital's own time zone; quantities are `Decimal`, in the UCUM unit beside them.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from eval.synthetic.truth_base import Identity, IdentityStatus, Sex, Statement, Truth, Value
from eval.synthetic.truth_care import Distractor, Microbiology, Susceptibility, Transfusion

__all__ = [
    "Allergy",
    "Device",
    "Distractor",
    "Document",
    "Dose",
    "FamilyHistory",
    "Hospital",
    "Identity",
    "IdentityStatus",
    "Imaging",
    "Immunisation",
    "Interpretation",
    "Lab",
    "LabStatus",
    "Medication",
    "Microbiology",
    "Note",
    "Patient",
    "Pending",
    "Problem",
    "Procedure",
    "Sex",
    "Side",
    "Statement",
    "Stay",
    "Susceptibility",
    "Transfusion",
    "Truth",
    "Value",
    "Vital",
]

LabStatus = Literal["preliminary", "final", "amended", "entered_in_error"]
Interpretation = Literal["LL", "L", "N", "H", "HH"]
Side = Literal["droite", "gauche"]


class Problem(Truth):
    """A diagnosis or an antecedent, present, absent or only suspected; ICD-10 code where it has one."""

    label: str
    short: str
    code: str | None
    onset: date | None
    resolved: date | None
    certainty: Literal["present", "absent", "suspected"]


class Allergy(Truth):
    """A reaction to a substance, or the explicit statement that none is known (`none_known`)."""

    substance: str
    kind: Literal["allergy", "intolerance"]
    reaction: str | None
    severity: Literal["mild", "moderate", "severe"] | None
    certainty: Literal["confirmed", "suspected", "refuted", "none_known"]
    since: date | None


class Dose(Value):
    """One dose regimen of a medication, from `start` until the next one or the stop.

    `amount` is what is taken each time, in `unit`; `frequency` is the French wording of the rhythm.
    """

    start: date
    amount: Decimal
    unit: str
    frequency: str
    reason: str | None


class Medication(Truth):
    """One course of one drug, with every dose it went through and, if stopped, when and why.

    `stop_words` are acceptable short forms of the reason.
    """

    dci: str
    brand: str
    atc: str
    route: str
    indication: str
    as_needed: bool
    doses: Annotated[tuple[Dose, ...], Field(min_length=1)]
    stopped_on: date | None
    stop_reason: str | None
    stop_words: tuple[str, ...] = ()

    @property
    def started_on(self) -> date:
        """The day of the first dose."""
        return self.doses[0].start

    def dose_on(self, day: date) -> Dose | None:
        """The regimen in force on `day`, or None before the start and from the day of the stop."""
        if self.stopped_on is not None and day >= self.stopped_on:
            return None
        current = [dose for dose in self.doses if dose.start <= day]
        return current[-1] if current else None


class Lab(Truth):
    """One result of one analyte. `superseded` marks the version that an amendment replaced."""

    analyte: str
    label: str
    loinc: str
    unit: str
    value: Decimal
    low: Decimal | None
    high: Decimal | None
    time: datetime
    status: LabStatus
    interpretation: Interpretation
    superseded: bool = False


class Vital(Truth):
    """One vital sign at one time."""

    kind: Literal["systolic", "diastolic", "pulse", "temperature", "weight", "height", "spo2"]
    label: str
    unit: str
    value: Decimal
    time: datetime


class Procedure(Truth):
    """An operation or act, done or only planned."""

    label: str
    code: str | None
    on: date
    side: Side | None
    state: Literal["done", "planned"]


class Imaging(Truth):
    """An imaging examination with its conclusion."""

    label: str
    modality: str
    on: date
    side: Side | None
    conclusion: str


class Stay(Truth):
    """A hospital stay."""

    ward: str
    admitted: datetime
    discharged: datetime
    mode: Literal["urgences", "programmée"]
    reason: str
    diagnosis: str


class Device(Truth):
    """An implanted device."""

    label: str
    model: str
    serial: str
    on: date
    side: Side | None


class Immunisation(Truth):
    """A vaccine dose given."""

    label: str
    atc: str
    on: date


class FamilyHistory(Truth):
    """A condition of a relative, never of the patient."""

    relation: str
    condition: str
    deceased: bool


class Note(Truth):
    """A truth that only prose carries: ejection fraction, tobacco, home, a reason, a planned date.

    `values` are the acceptable short forms of the answer.
    """

    topic: str
    values: Annotated[tuple[str, ...], Field(min_length=1)]
    on: date | None
    questions: tuple[str, ...] = ()


class Pending(Truth):
    """A result that was asked for and has not come back."""

    label: str
    requested: date


class Document(Value):
    """One version of one record as the hospital's system holds it. `raw` is canonical openEHR JSON."""

    key: str
    uid: str
    version: int
    kind: str
    title: str
    time: datetime
    raw: str


class Patient(Value):
    """One patient: identity, truths, the documents that state them, and what stands there to mislead.

    `story` and `modules` are the ids of the templates that the patient plays.
    """

    identity: Identity
    story: str
    modules: tuple[str, ...] = ()
    person: str
    problems: tuple[Problem, ...]
    allergies: tuple[Allergy, ...]
    medications: tuple[Medication, ...]
    labs: tuple[Lab, ...]
    vitals: tuple[Vital, ...]
    procedures: tuple[Procedure, ...]
    imaging: tuple[Imaging, ...]
    stays: tuple[Stay, ...]
    devices: tuple[Device, ...]
    immunisations: tuple[Immunisation, ...]
    family: tuple[FamilyHistory, ...]
    notes: tuple[Note, ...]
    pending: tuple[Pending, ...]
    transfusions: tuple[Transfusion, ...] = ()
    microbiology: tuple[Microbiology, ...] = ()
    documents: tuple[Document, ...]
    distractors: tuple[Distractor, ...] = ()

    def truths(self) -> tuple[Truth, ...]:
        """Every truth of this patient, in a fixed order."""
        return (
            *self.problems,
            *self.allergies,
            *self.medications,
            *self.labs,
            *self.vitals,
            *self.procedures,
            *self.imaging,
            *self.stays,
            *self.devices,
            *self.immunisations,
            *self.family,
            *self.notes,
            *self.pending,
            *self.transfusions,
            *self.microbiology,
        )

    def document(self, key: str) -> Document:
        """The document of that key; KeyError when there is none."""
        for document in self.documents:
            if document.key == key:
                return document
        raise KeyError(key)


class Hospital(Value):
    """The whole synthetic hospital, as of `today`."""

    name: str
    seed: int
    today: date
    patients: tuple[Patient, ...]
