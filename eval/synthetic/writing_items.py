"""What a document of the hospital states, whatever the format that it is written in: one value a statement.

`writing_reading.stated` makes these from a document; `fhir_*`, `cda_*` and `plain` write them. Moments are
ISO 8601 with the offset of the hospital's time zone; words are the French ones of the document.
"""

from decimal import Decimal
from typing import Literal, NamedTuple

from eval.synthetic.truth import Document, Identity

LabState = Literal["preliminary", "final", "amended", "entered_in_error"]


class Coding(NamedTuple):
    """Words, with the code of a code system where the hospital has one."""

    text: str
    system: str = ""
    code: str = ""


class Measure(NamedTuple):
    """A number with its UCUM unit."""

    value: Decimal
    unit: str


class Result(NamedTuple):
    """One result: a measure, or words (a germ, a category). `interpretation` is LL, L, N, H or HH."""

    name: Coding
    measure: Measure | None
    words: Coding | None
    low: Decimal | None
    high: Decimal | None
    interpretation: str
    state: LabState


class Panel(NamedTuple):
    """Results reported together."""

    title: str
    time: str
    state: LabState
    results: tuple[Result, ...]
    specimen: str
    comment: str


class Sign(NamedTuple):
    """A vital sign; `kind` is that of `truth.Vital`."""

    kind: str
    name: str
    measure: Measure
    time: str


class Diagnosis(NamedTuple):
    """A problem: present, suspected or absent."""

    name: Coding
    certainty: Literal["present", "absent", "suspected"]
    onset: str
    resolved: str


class Reaction(NamedTuple):
    """A risk of adverse reaction; `none_known` is the statement that there is none."""

    substance: str
    certainty: Literal["confirmed", "suspected", "refuted", "none_known"]
    allergy: bool
    manifestation: str
    severity: str


class Order(NamedTuple):
    """A prescription of one drug."""

    drug: Coding
    route: str
    directions: str
    amount: Decimal
    unit: str
    frequency: str
    as_needed: bool
    indication: str
    start: str


class Step(NamedTuple):
    """A treatment started, changed or stopped, or a vaccine given."""

    step: Literal["commenced", "changed", "stopped", "given"]
    words: str
    drug: Coding
    time: str
    reason: str
    comment: str


class Act(NamedTuple):
    """An act done or planned. `due` is for when it is planned."""

    name: Coding
    done: bool
    time: str
    due: str
    site: str
    reason: str
    told: str


class Examination(NamedTuple):
    """An imaging examination with its report."""

    name: str
    modality: str
    time: str
    findings: str
    conclusion: str


class Implant(NamedTuple):
    """An implanted device."""

    name: str
    model: str
    serial: str
    since: str
    site: str


class Relative(NamedTuple):
    """A condition of a relative."""

    relation: str
    condition: str
    deceased: bool


class Movement(NamedTuple):
    """An admission (with its mode) or a discharge (`since` is the time of the entry)."""

    entry: bool
    time: str
    ward: str
    mode: str
    since: str = ""


class Request(NamedTuple):
    """An examination asked for, whose result is awaited."""

    service: str
    comment: str


class Prose(NamedTuple):
    """Free text under a heading."""

    title: str
    text: str


Item = (
    Panel
    | Sign
    | Diagnosis
    | Reaction
    | Order
    | Step
    | Act
    | Examination
    | Implant
    | Relative
    | Movement
    | Request
    | Prose
)


class Written(NamedTuple):
    """A document about to be written in another format than its own."""

    identity: Identity
    document: Document
    time: str
    author: str
    ward: str
    facility: str
    stay: tuple[str, str] | None
    items: tuple[Item, ...]

    @property
    def state(self) -> LabState:
        """The state of the whole: that of its results where they all share one, else whether it is amended."""
        states = {item.state for item in self.items if isinstance(item, Panel)}
        if len(states) == 1 and len(self.items) == sum(isinstance(item, Panel) for item in self.items):
            only = states.pop()
            if only in ("preliminary", "entered_in_error"):
                return only
        return "amended" if self.document.version > 1 else "final"
