"""Fact: one typed statement of a record, with the place that states it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from retrieval.frozen import Frozen
from retrieval.locator import Locator

FactKind = Literal[
    "problem",
    "allergy",
    "medication",
    "laboratory",
    "vital_sign",
    "procedure",
    "imaging",
    "immunisation",
    "device",
    "stay",
    "family_history",
    "social_history",
    "plan",
    "narrative",
    "generic",
]
Certainty = Literal["present", "absent", "unknown", "suspected"]
Subject = Literal["patient", "family", "other"]


class Code(Frozen):
    """A code of a code system, e.g. LOINC `2823-3`; `system` as the source names it."""

    system: str
    code: str
    display: str = ""


class Quantity(Frozen):
    """A measured value; `unit` is UCUM as recorded. `magnitude` keeps the digits of the source."""

    type: Literal["quantity"] = "quantity"
    magnitude: Decimal
    unit: str = ""
    comparator: Literal["<", "<=", ">", ">=", "~"] | None = None


class Coded(Frozen):
    """A coded term with the words the source shows."""

    type: Literal["coded"] = "coded"
    text: str
    code: Code | None = None


class Text(Frozen):
    """Free text, exactly as in the source."""

    type: Literal["text"] = "text"
    text: str


class Boolean(Frozen):
    """Yes or no."""

    type: Literal["boolean"] = "boolean"
    value: bool


class Moment(Frozen):
    """A date, time or date-time, ISO 8601, possibly partial (`2024`, `2024-03`)."""

    type: Literal["moment"] = "moment"
    iso: str


class Duration(Frozen):
    """An ISO 8601 duration such as `P3D`."""

    type: Literal["duration"] = "duration"
    iso: str


class Ratio(Frozen):
    """A proportion or ratio, e.g. a titre 1:128 or an FiO2 of 21/100 (`denominator` 100)."""

    type: Literal["ratio"] = "ratio"
    numerator: Decimal
    denominator: Decimal


class Interval(Frozen):
    """An interval of quantities or moments; an absent bound is open."""

    type: Literal["interval"] = "interval"
    low: str | None = None
    high: str | None = None
    unit: str = ""


class Ordinal(Frozen):
    """A score item: its rank and its words."""

    type: Literal["ordinal"] = "ordinal"
    rank: Decimal
    text: str


class Identifier(Frozen):
    """An identifier that stands inside a document (not a patient identity)."""

    type: Literal["identifier"] = "identifier"
    id: str
    issuer: str = ""


class Media(Frozen):
    """Multimedia or encapsulated data, by reference: what it is, never its bytes."""

    type: Literal["media"] = "media"
    media_type: str
    uri: str = ""
    size_bytes: int | None = None


class Missing(Frozen):
    """The source says that there is no value, and why (null flavour)."""

    type: Literal["missing"] = "missing"
    reason: str


Value = Annotated[
    Quantity
    | Coded
    | Text
    | Boolean
    | Moment
    | Duration
    | Ratio
    | Interval
    | Ordinal
    | Identifier
    | Media
    | Missing,
    Field(discriminator="type"),
]


class ReferenceRange(Frozen):
    """Limits of the normal range, in the unit of the value; `text` as the source words it."""

    low: Decimal | None = None
    high: Decimal | None = None
    text: str = ""


DetailName = Literal[
    "dose",
    "route",
    "frequency",
    "duration",
    "as_needed",
    "start",
    "stop",
    "reason",
    "reason_stopped",
    "reaction",
    "severity",
    "criticality",
    "body_site",
    "laterality",
    "specimen",
    "comment",
    "brand",
    "ward",
    "author",
    "other",
]


class Detail(Frozen):
    """A part of a fact that has its own place in the text (a dose, a reason, a reaction)."""

    name: DetailName
    label: str
    text: str
    value: Value | None = None
    path: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Fact(Frozen):
    """One typed statement with its Locator.

    `label` is what the statement is about (analyte, drug, problem ...) in the source's words;
    `effective` is when it held (ISO 8601, possibly partial), `status` the source's status of it:
    for laboratory results `final`, `preliminary`, `amended`, `entered_in_error`; for medications
    `active`, `stopped`, `planned`, `suspended`, `completed`; for problems `active`, `resolved`.
    """

    id: str
    kind: FactKind
    label: str
    codes: tuple[Code, ...] = ()
    value: Value
    effective: str | None = None
    effective_end: str | None = None
    status: str | None = None
    certainty: Certainty = "present"
    subject: Subject = "patient"
    interpretation: Literal["low", "high", "critical_low", "critical_high", "abnormal", "normal"] | None = (
        None
    )
    reference_range: ReferenceRange | None = None
    details: tuple[Detail, ...] = ()
    heading: tuple[str, ...] = ()
    extracted: bool = False
    locator: Locator
