"""What stands beside a file that cannot say it itself: `letter.pdf.meta.json` beside `letter.pdf`.

A JSON object with any of the fields of `SourceMetadata`, nothing else:
`{"patient_id": "p-001", "title": "Lettre de sortie", "kind": "letter", "date": "2025-03-12"}`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, ValidationError, field_validator

from retrieval.composition import CompositionKind
from retrieval.errors import InputError, NotAccepted
from retrieval.formats.json_source import load
from retrieval.frozen import Frozen
from retrieval.identity import PATIENT_ID_RULE, is_patient_id
from retrieval.moments import span_of

SUFFIX = ".meta.json"
MAX_BYTES = 64 * 1024
_RULES = {
    "patient_id": PATIENT_ID_RULE,
    "kind": "one of " + ", ".join(CompositionKind.__args__),  # type: ignore[attr-defined]
    "date": "a date or a time in ISO 8601, such as 2025-03-12",
    "status": "one of final, preliminary, amended, entered_in_error",
    "language": "a language code such as fr or fr-FR",
}


class SourceMetadata(Frozen):
    """What a file is, where the file cannot say so: whose, what, of when, by whom, under which id."""

    patient_id: str | None = None
    title: str = Field(default="", max_length=300)
    kind: CompositionKind | None = None
    date: str | None = Field(default=None, max_length=40)
    author: str = Field(default="", max_length=300)
    facility: str = Field(default="", max_length=300)
    record_id: str = Field(default="", max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
    version: str = Field(default="", max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")
    status: Literal["final", "preliminary", "amended", "entered_in_error"] = "final"
    language: str = Field(default="", pattern=r"^([a-z]{2,3}(-[A-Za-z0-9]{2,8})*)?$")
    system: str = Field(default="", max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")

    @field_validator("patient_id")
    @classmethod
    def _may_name_a_patient(cls, value: str | None) -> str | None:
        if value is not None and not is_patient_id(value):
            raise ValueError("not a patient id")
        return value

    @field_validator("date")
    @classmethod
    def _is_a_date(cls, value: str | None) -> str | None:
        if value is not None and span_of(value) is None:
            raise ValueError("not a date")
        return value


def metadata_beside(reader: object, data: bytes, *, name: str, patient_id: str | None) -> SourceMetadata:
    """The metadata of a file that `reader` reads and that was given to `patient_id`, if to anyone.

    Raises InputError also when the reader takes its metadata from the file itself, and when the two disagree
    about the patient.
    """
    if not getattr(reader, "takes_metadata", False):
        raise NotAccepted(f"the file says itself what it is: take the metadata file {name} away")
    metadata = read_sidecar(data, name)
    if patient_id is not None and metadata.patient_id not in {None, patient_id}:
        reason = f"the metadata file {name} gives it to another patient than the manifest or --patient"
        raise NotAccepted(reason, place="patient_id")
    return metadata


def read_sidecar(data: bytes, name: str) -> SourceMetadata:
    """Read the metadata file called `name`. Raises InputError that names the file and the field."""
    if len(data) > MAX_BYTES:
        raise NotAccepted(f"the metadata file {name} is over {MAX_BYTES // 1024} KB")
    try:
        tree = load(data).tree
    except InputError as error:
        raise NotAccepted(f"the metadata file {name} is not JSON", place=error.place) from None
    if not isinstance(tree, dict):
        raise NotAccepted(f"the metadata file {name} is not a JSON object")
    unknown = sorted(set(tree) - set(SourceMetadata.model_fields))
    if unknown:
        known = ", ".join(SourceMetadata.model_fields)
        raise NotAccepted(
            f"the metadata file {name} has a field that is not one of {known}", place=unknown[0][:80]
        )
    try:
        return SourceMetadata.model_validate(tree, strict=True)
    except ValidationError as error:
        field = str(error.errors(include_input=False, include_context=False)[0]["loc"][0])
        rule = _RULES.get(field, "a text without control characters, not too long")
        raise NotAccepted(
            f"the metadata file {name}: the field {field} must be {rule}", place=field
        ) from None
