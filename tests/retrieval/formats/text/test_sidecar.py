"""Metadata beside a file: what they may say, and how what is wrong is refused."""

from __future__ import annotations

import json

import pytest

from retrieval.errors import NotAccepted
from retrieval.formats.openehr.canonical_json import CanonicalJson
from retrieval.formats.sidecar import SourceMetadata, metadata_beside, read_sidecar
from retrieval.formats.text.plain import PlainText

FULL = {
    "patient_id": "p-1", "title": "Lettre de sortie", "kind": "letter", "date": "2025-03-12T10:00:00+01:00",
    "author": "Dr Roux", "facility": "CHU", "record_id": "1.2.3^7", "version": "2", "status": "amended",
    "language": "fr-FR", "system": "GED",
}  # fmt: skip


def test_every_field_is_read() -> None:
    assert read_sidecar(json.dumps(FULL).encode(), "x").model_dump() == FULL
    assert read_sidecar(b"{}", "x") == SourceMetadata()
    assert set(FULL) == set(SourceMetadata.model_fields)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("patient_id", "../x"),
        ("patient_id", 7),
        ("kind", "courrier"),
        ("date", "12/03/2025"),
        ("status", "deleted"),
        ("language", "français"),
        ("title", "x" * 301),
        ("record_id", "a\nb"),
        ("author", ["Dr Roux"]),
        ("Title", "x"),
    ],
)
def test_a_wrong_field_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(NotAccepted) as caught:
        read_sidecar(json.dumps({field: value}).encode(), "lettre.pdf.meta.json")
    assert "lettre.pdf.meta.json" in caught.value.reason
    assert caught.value.place == field
    assert str(value) not in caught.value.reason or field == "Title"


def test_an_ins_is_no_patient_id() -> None:
    key = 97 - int("1990599999999") % 97
    with pytest.raises(NotAccepted, match="never an INS"):
        read_sidecar(json.dumps({"patient_id": f"1990599999999{key:02d}"}).encode(), "x")


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"{", b"\xff\xfe", b"{" + b" " * 70_000 + b"}"])
def test_what_is_not_a_small_json_object_is_refused(data: bytes) -> None:
    with pytest.raises(NotAccepted, match=r"x\.meta\.json"):
        read_sidecar(data, "x.meta.json")


def test_two_patients_for_one_file_are_refused() -> None:
    data = b'{"patient_id": "p-1"}'
    assert metadata_beside(PlainText(), data, name="x", patient_id=None).patient_id == "p-1"
    assert metadata_beside(PlainText(), data, name="x", patient_id="p-1").patient_id == "p-1"
    assert metadata_beside(PlainText(), b"{}", name="x", patient_id="p-2").patient_id is None
    with pytest.raises(NotAccepted, match="another patient"):
        metadata_beside(PlainText(), data, name="x", patient_id="p-2")


def test_a_file_that_says_itself_what_it_is_takes_none() -> None:
    with pytest.raises(NotAccepted, match="says itself"):
        metadata_beside(CanonicalJson(), b"{}", name="x", patient_id=None)
