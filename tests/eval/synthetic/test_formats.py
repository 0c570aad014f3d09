"""The same truth as FHIR, CDA and plain text: complete, well formed, the same bytes each time."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from eval.synthetic import writing_items as it
from eval.synthetic.cda import clinical_document
from eval.synthetic.fhir import bundle
from eval.synthetic.generate import generate
from eval.synthetic.options import evaluation_options
from eval.synthetic.plain import metadata, text
from eval.synthetic.plain_words import number
from eval.synthetic.truth import Document, Hospital, Lab, Patient, Vital
from eval.synthetic.write import WrittenAs, write
from eval.synthetic.writing_reading import written

CDA = "{urn:hl7-org:v3}"
FORMATS: tuple[WrittenAs, ...] = ("openehr", "fhir", "cda", "text")


@pytest.fixture(scope="module")
def hospital() -> Hospital:
    return generate(7, 4)


@pytest.fixture(scope="module")
def small() -> Hospital:
    return generate(7, 1)


def documents(hospital: Hospital) -> Iterator[tuple[Patient, Document]]:
    for patient in hospital.patients:
        for document in patient.documents:
            yield patient, document


def resources(patient: Patient, document: Document) -> list[dict[str, Any]]:
    node = json.loads(bundle(written(patient, document)), parse_float=Decimal)
    return [entry["resource"] for entry in node["entry"]]


def test_every_statement_of_every_hospital_has_a_place_in_each_format() -> None:
    varied = generate(11, 2, options=evaluation_options())
    for patient, document in (*documents(generate(7, 10)), *documents(varied)):
        stated = written(patient, document)
        assert stated.items, document.key
        assert text(stated)
        assert bundle(stated)
        assert clinical_document(stated)


def test_an_archetype_that_is_not_known_is_an_error_and_not_a_loss(hospital: Hospital) -> None:
    patient = hospital.patients[0]
    document = patient.documents[0]
    changed = document.raw.replace("laboratory_test_result", "unheard_of")
    with pytest.raises(KeyError):
        written(patient, document.model_copy(update={"raw": changed}))


def measured(patient: Patient, document: Document) -> set[tuple[str, Decimal]]:
    """Every measure that the truth says this document states, with its unit."""
    truths: list[Lab | Vital] = [*patient.labs, *patient.vitals]
    return {
        (truth.unit, truth.value.normalize())
        for truth in truths
        for place in truth.stated
        if place.document == document.key and place.structured
    }


def test_every_measure_of_the_truth_is_a_quantity_in_fhir_and_cda_and_stands_in_the_text(
    hospital: Hospital,
) -> None:
    counted = 0
    for patient, document in documents(hospital):
        wanted = measured(patient, document)
        if not wanted:
            continue
        stated = written(patient, document)
        fhir = {
            (quantity["code"], Decimal(quantity["value"]).normalize())
            for resource in resources(patient, document)
            if resource["resourceType"] == "Observation"
            for quantity in [
                resource.get("valueQuantity"),
                *(part["valueQuantity"] for part in resource.get("component", [])),
            ]
            if quantity
        }
        root = etree.fromstring(clinical_document(stated).encode())
        cda = {
            (value.get("unit"), Decimal(value.get("value")).normalize())
            for value in root.iter(f"{CDA}value")
            if value.get("value") and value.get("{http://www.w3.org/2001/XMLSchema-instance}type") == "PQ"
        }
        assert wanted <= fhir, document.key
        assert wanted <= cda, document.key
        plain = text(stated)
        for truth in (*patient.labs, *patient.vitals):
            if any(place.document == document.key and place.structured for place in truth.stated):
                assert f"{number(truth.value)}" in plain, (document.key, truth.key)
        counted += len(wanted)
    assert counted > 500


def test_what_is_structured_stays_structured(hospital: Hospital) -> None:
    kinds = {
        it.Diagnosis: ("Condition", "act"),
        it.Reaction: ("AllergyIntolerance", "act"),
        it.Order: ("MedicationRequest", "substanceAdministration"),
        it.Implant: ("DeviceUseStatement", "supply"),
        it.Relative: ("FamilyMemberHistory", "organizer"),
        it.Movement: ("Encounter", "encounter"),
        it.Request: ("ServiceRequest", "observation"),
    }
    seen = set()
    for patient, document in documents(hospital):
        stated = written(patient, document)
        for kind, (resource_type, tag) in kinds.items():
            wanted = sum(isinstance(item, kind) for item in stated.items)
            if wanted:
                seen.add(kind)
                found = [
                    item for item in resources(patient, document) if item["resourceType"] == resource_type
                ]
                assert len(found) == wanted, document.key
                root = etree.fromstring(clinical_document(stated).encode())
                assert len([*root.iterfind(f".//{CDA}entry/{CDA}{tag}")]) >= wanted, document.key
    assert seen == set(kinds)


def test_bundles_are_whole_and_without_empty_values(hospital: Hospital) -> None:
    for patient, document in documents(hospital):
        node = json.loads(bundle(written(patient, document)))
        urls = {entry["fullUrl"] for entry in node["entry"]}
        assert len(urls) == len(node["entry"])
        assert node["entry"][0]["resource"]["resourceType"] == "Composition"
        assert {place for key, place in leaves(node) if key == "reference"} <= urls
        assert not [key for key, value in leaves(node) if value in ("", "*", None)]


def leaves(node: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        assert node, key
        for name, value in node.items():
            yield from leaves(value, name)
    elif isinstance(node, list):
        assert node, key
        for value in node:
            yield from leaves(value, key)
    else:
        yield key, node


def test_cda_entries_point_into_their_narrative(hospital: Hospital) -> None:
    pointed = 0
    for patient, document in documents(hospital):
        root = etree.fromstring(clinical_document(written(patient, document)).encode())
        ids = [element.get("ID") for element in root.iter() if element.get("ID")]
        assert len(ids) == len(set(ids))
        for reference in root.iter(f"{CDA}reference"):
            assert reference.get("value", "")[1:] in ids
            pointed += 1
    assert pointed > 1000


def test_versions_are_those_of_one_record(hospital: Hospital) -> None:
    amended = [(p, d) for p, d in documents(hospital) if d.version == 2]
    assert amended
    for patient, document in amended:
        first = next(d for d in patient.documents if d.uid == document.uid and d.version == 1)
        one, two = (resources(patient, each)[0] for each in (first, document))
        assert one["identifier"] == two["identifier"]
        assert two["relatesTo"][0]["code"] == "replaces"
        former = json.loads(bundle(written(patient, first)))["identifier"]
        assert two["relatesTo"][0]["targetIdentifier"] == former
        roots = [
            etree.fromstring(clinical_document(written(patient, each)).encode()) for each in (first, document)
        ]
        assert len({root.find(f"{CDA}setId").get("root") for root in roots}) == 1
        assert roots[1].find(f".//{CDA}parentDocument/{CDA}id").get("root") == roots[0].find(f"{CDA}id").get(
            "root"
        )
        beside = [json.loads(metadata(written(patient, each))) for each in (first, document)]
        assert [(item["record_id"], item["version"]) for item in beside] == [
            (first.uid, "1"),
            (first.uid, "2"),
        ]


def test_a_result_entered_in_error_says_so_in_each_format(hospital: Hospital) -> None:
    mistaken = [
        lab for patient in hospital.patients for lab in patient.labs if lab.status == "entered_in_error"
    ]
    assert mistaken
    for patient, document in documents(hospital):
        stated = written(patient, document)
        states = [r.state for item in stated.items if isinstance(item, it.Panel) for r in item.results]
        if "entered_in_error" in states:
            assert stated.state == "entered_in_error"
            assert "saisi par erreur" in text(stated)
            assert resources(patient, document)[0]["status"] == "entered-in-error"
            assert 'statusCode code="nullified"' in clinical_document(stated)


def test_no_national_number_leaves_where_it_may_not(hospital: Hospital) -> None:
    for patient, document in documents(hospital):
        stated = written(patient, document)
        ins = patient.identity.ins
        assert ins not in text(stated)
        assert ins not in metadata(stated)
        assert (ins in clinical_document(stated)) == (patient.identity.ins_status == "qualified")


@pytest.mark.parametrize("written_as", FORMATS)
def test_the_folder_is_the_same_each_time(tmp_path: Path, small: Hospital, written_as: WrittenAs) -> None:
    write(small, tmp_path / "one", format=written_as)
    manifest = write(generate(7, 1), tmp_path / "two", format=written_as)
    one, two = (
        {
            str(path.relative_to(tmp_path / name)): path.read_bytes()
            for path in (tmp_path / name).rglob("*")
            if path.is_file()
        }
        for name in ("one", "two")
    )
    assert one == two
    with manifest.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    held = {name for name in one if name != "manifest.csv" and not name.endswith(".meta.json")}
    assert {row["path"] for row in rows} == held
    stated = sum(len(patient.documents) for patient in small.patients)
    assert len(rows) == stated + (len(small.patients) if written_as == "openehr" else 0)


def test_another_format_in_the_same_folder_replaces_the_former(tmp_path: Path, small: Hospital) -> None:
    for written_as in ("text", "cda"):
        write(small, tmp_path, format=written_as)  # type: ignore[arg-type]
    endings = {path.suffix for path in tmp_path.rglob("*") if path.is_file()}
    assert endings == {".csv", ".xml"}
