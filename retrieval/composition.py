"""Composition: one version of one clinical document, and what a reader makes of its bytes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from retrieval.fact import Fact
from retrieval.frozen import Frozen

NO_TEXT_LAYER = "no_text_layer"
"""A warning with this word says that pages of the document could not be read: answers must name them."""

CompositionKind = Literal[
    "laboratory",
    "medication",
    "prescription",
    "encounter",
    "hospital_report",
    "letter",
    "imaging",
    "procedure",
    "nursing",
    "vital_signs",
    "problem_list",
    "allergy_list",
    "summary",
    "immunisation",
    "stay",
    "other",
]


class PatientIdentifier(Frozen):
    """An identifier of a patient (`system` INS, IPP ...) with its status where the source gives one."""

    system: str
    value: str
    status: str | None = None


class Patient(Frozen):
    """A person whose record is held. `id` is opaque and never an INS.

    `given_names` are all of them, the first birth given name first. `birth_place` is the INSEE code of the
    place of birth (five characters; a country's for those born abroad), else its name.
    """

    id: str
    name: str = ""
    family_name: str = ""
    birth_name: str = ""
    given_names: str = ""
    birth_date: str | None = None
    birth_place: str = ""
    sex: Literal["male", "female", "other", "unknown"] = "unknown"
    identity_status: str = "provisional"
    identifiers: tuple[PatientIdentifier, ...] = ()


class Composition(Frozen):
    """One version of one document.

    `version_number` orders the versions of a record where the source numbers them
    (openEHR `object::system::N`); otherwise `committed` does, otherwise the order of arrival.
    `patient_hint` is whose the source itself says the document is, None when it does not.
    """

    record_id: str
    version: str
    version_number: int | None = None
    system: str
    kind: CompositionKind
    title: str
    archetype: str = ""
    language: str = ""
    author: str = ""
    facility: str = ""
    effective: str | None = None
    effective_end: str | None = None
    committed: str | None = None
    status: Literal["final", "preliminary", "amended", "entered_in_error", "deleted"] = "final"
    patient_hint: str | None = None


class Block(Frozen):
    """A readable stretch of the rendered text: a section, an entry or a narrative.

    Blocks are in order and do not overlap; `heading` is the trail of headings above,
    `path` points into the raw record, `narrative` is true for free text, `page` is the page of a paginated
    source, from 1.
    """

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    heading: tuple[str, ...] = ()
    path: str
    narrative: bool = False
    page: int | None = None


class ReadDocument(Frozen):
    """All that a reader made of one version: immutable once stored.

    `text` is the rendered text; every offset counts Unicode code points in it.
    """

    composition: Composition
    raw: bytes
    media_type: str
    text: str
    text_version: str
    blocks: tuple[Block, ...]
    facts: tuple[Fact, ...]
    warnings: tuple[str, ...] = ()


class ReadPatient(Frozen):
    """Demographic data found in a source; `patient.id` may be empty when a manifest decides."""

    patient: Patient


class Rejection(Frozen):
    """Why a file, or a part of it, could not be read. `place` is a line, a path or empty."""

    file: str
    place: str = ""
    reason: str


ReadItem = ReadDocument | ReadPatient | Rejection
