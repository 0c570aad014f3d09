"""Hostile sources: refused with a reason, or read in bounded time and space."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.composition import ReadDocument
from retrieval.errors import InputError, NotAccepted, NotWellFormed, TooLarge, UnknownRecord, UnsafeInput
from retrieval.formats.base import Source
from retrieval.formats.fhir.narrative import text_of
from retrieval.formats.fhir.paths import follow
from tests.retrieval.formats.fhir import shapes as fhir
from tests.retrieval.formats.fhir.checks import JSON, XML, check_document, read

BOMB = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("head", [BOMB, b"<!DOCTYPE a>", b'<!DOCTYPE a SYSTEM "file:///etc/passwd">'])
def test_entities_and_document_types_are_refused(head: bytes) -> None:
    with pytest.raises(UnsafeInput):
        list(XML.read(Source(name="x.xml", data=head + fhir.to_xml(fhir.potassium()).partition(b"?>")[2])))


def test_a_narrative_with_entities_is_read_without_them() -> None:
    text = text_of(BOMB.decode() + "<div>&b; Vu.</div>")
    assert text.endswith("&b; Vu.")
    assert "haha" not in text


def test_a_file_over_the_limit_is_refused_before_it_is_parsed() -> None:
    for reader in (JSON, XML):
        with pytest.raises(TooLarge):
            list(reader.read(Source(name="x", data=b" " * 100_000_000)))


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", NotWellFormed),
        (b"{}", NotAccepted),
        (b"[]", NotAccepted),
        (b"3", NotAccepted),
        (b'"Patient"', NotAccepted),
        (b'{"resourceType": 3}', None),
        (b'{"resourceType": {}}', NotAccepted),
        (b'{"resourceType": "Observation"', NotWellFormed),
        (b'{"resourceType": "Observation", "valueInteger": 1e9999}', TooLarge),
        (b'{"resourceType": "Observation", "valueDecimal": NaN}', NotWellFormed),
        (b'{"resourceType": "Observation", "id": "a", "id": "b"}', NotAccepted),
        ('{"resourceType": "é"}'.encode("latin-1"), NotWellFormed),
    ],
)
def test_what_is_no_resource_is_refused_with_a_reason(data: bytes, error: type[InputError] | None) -> None:
    with contextlib.nullcontext() if error is None else pytest.raises(error):
        list(JSON.read(Source(name="x.json", data=data)))


@pytest.mark.parametrize(
    "data", [b"<a/>", b'<Observation xmlns="urn:other"/>', b"<Observation", b"", b"bonjour"]
)
def test_what_is_no_resource_in_xml_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        list(XML.read(Source(name="x.xml", data=data)))


@pytest.mark.parametrize("depth", [60, 150, 5_000, 100_000])
def test_deep_nesting_is_refused_or_read(depth: int) -> None:
    deep = b'{"extension":[' * depth + b"{}" + b"]}" * depth
    data = b'{"resourceType":"Observation","extension":[' + deep + b"]}"
    with contextlib.suppress(TooLarge):
        assert [each.reason for each in read(data).rejected]
    within = "<extension>" * depth + "</extension>" * depth
    with contextlib.suppress(InputError):
        list(
            XML.read(
                Source(
                    name="x", data=f'<Observation xmlns="http://hl7.org/fhir">{within}</Observation>'.encode()
                )
            )
        )


def test_bundles_in_bundles_are_bounded() -> None:
    node = fhir.potassium()
    for _ in range(6):
        node = fhir.bundle(node)
    assert read(fhir.to_json(node)).document.facts
    for _ in range(6):
        node = fhir.bundle(node)
    with pytest.raises(TooLarge):
        read(fhir.to_json(node))


def test_a_section_in_itself_ends() -> None:
    section: fhir.Node = {"title": "S"}
    for _ in range(40):
        section = {"title": "S", "section": [section]}
    document = read(fhir.to_json(fhir.letter(sections=[section]))).document
    assert any("sections nested deeper" in warning for warning in document.warnings)


def test_names_that_lead_to_each_other_end() -> None:
    roles = [
        {
            "resourceType": "PractitionerRole",
            "id": str(place),
            "practitioner": {"reference": f"PractitionerRole/{1 - place}"},
        }
        for place in (0, 1)
    ]
    result = fhir.potassium(performer=[{"reference": "PractitionerRole/0"}])
    check_document(read(fhir.to_json(fhir.bundle(result, *roles))).documents[0])


def test_a_bad_part_is_rejected_and_the_others_are_read() -> None:
    deep: Any = {}
    for _ in range(60):
        deep = {"part": deep, "note": "x"}
    found = read(fhir.to_json(fhir.bundle(fhir.potassium(deep=deep), fhir.order())))
    assert [each.composition.kind for each in found.documents] == ["prescription"]
    assert [each.place for each in found.rejected] == ["entry.0.resource"]


def test_many_entries_are_read() -> None:
    nodes = [fhir.potassium(id=str(number)) for number in range(3_000)]
    assert len(read(fhir.to_json(fhir.bundle(*nodes))).documents) == 3_000


ANY = st.recursive(
    st.sampled_from(["", "x", "5,4", "true", "#a", "Patient/p-001", "2024-13-45", "é 🩺\u0000", "active", 0, -1, 1.5, 10**30, True, None]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["coding", "code", "text", "value", "unit", "low", "high", "start", "end", "reference", "display",
                         "extension", "url", "valueString", "_value", "div", "status", "contentType", "data", "repeat",
                         "frequency", "when", "system", "id", "numerator", "denominator", "period", "resource"]),
        inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
KEYS = st.sampled_from(
    ["status", "code", "category", "valueQuantity", "valueCodeableConcept", "valueRange", "valueRatio", "component",
     "referenceRange", "interpretation", "dataAbsentReason", "effectiveDateTime", "effectivePeriod", "subject",
     "text", "extension", "contained", "dosageInstruction", "medicationReference", "section", "entry", "meta",
     "identifier", "name", "deceasedBoolean", "verificationStatus", "content", "hasMember", "note", "_status", "period"]
)  # fmt: skip
KINDS = st.sampled_from(
    ["Observation", "Condition", "MedicationRequest", "Patient", "Composition", "AllergyIntolerance", "Encounter",
     "DocumentReference", "FamilyMemberHistory", "Binary", "Zzz"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(kind=KINDS, members=st.dictionaries(KEYS, ANY, max_size=6), document=st.booleans())
def test_wrong_types_anywhere_are_read_and_point_where_they_say(
    kind: str, members: dict[str, Any], document: bool
) -> None:
    resource = {"resourceType": kind, "id": "r", **members}
    node = fhir.letter(resource) if document else resource
    with contextlib.suppress(InputError):
        for item in JSON.read(Source(name="x.json", data=json.dumps(node).encode())):
            if isinstance(item, ReadDocument):
                check_document(item)


@settings(max_examples=200, deadline=None)
@given(path=st.text(alphabet="Observation.code[]0129valueQy'(*|", max_size=50))
def test_any_path_is_a_value_or_unknown(path: str) -> None:
    with contextlib.suppress(UnknownRecord):
        assert follow(fhir.potassium(), f"Observation.{path}") is not None


@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, 5_000), byte=st.integers(0, 255), cut=st.integers(0, 5_000), xml=st.booleans())
def test_damaged_bytes_are_refused_or_read(at: int, byte: int, cut: int, *, xml: bool) -> None:
    data = bytearray((fhir.to_xml if xml else fhir.to_json)(fhir.example()))
    data[at % len(data)] = byte
    damaged = bytes(data[: len(data) - (cut % len(data) if cut % 3 == 0 else 0)])
    with contextlib.suppress(InputError):
        for item in (XML if xml else JSON).read(Source(name="x", data=damaged)):
            if isinstance(item, ReadDocument):
                check_document(item)
