"""What the documents of a source are: whose, of what kind, from which bytes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from eval.bench.letters import pdf_of
from retrieval.composition import NO_TEXT_LAYER, Patient, PatientIdentifier
from retrieval.errors import UnknownRecord
from retrieval.formats.base import FORMATS, Source, load_format
from retrieval.formats.fhir.paths import follow
from tests.retrieval.formats.fhir import shapes as fhir
from tests.retrieval.formats.fhir.checks import JSON, XML, Read, check_document, read, tree_of


def both(node: fhir.Node) -> tuple[Read, Read]:
    """The same source in JSON and in XML, every document checked."""
    found = read(fhir.to_json(node)), read(fhir.to_xml(node), "dossier.xml")
    for each in (*found[0].documents, *found[1].documents):
        check_document(each)
    return found


def test_a_document_is_the_same_in_json_and_in_xml() -> None:
    in_json, in_xml = both(fhir.example())
    assert in_json.document.text == in_xml.document.text
    assert in_json.patients == in_xml.patients
    assert [fact.locator.path for fact in in_json.document.facts] == [
        "Bundle.entry[2].resource.valueQuantity",
        "Bundle.entry[3].resource.code",
        "Bundle.entry[4].resource.medicationCodeableConcept",
    ]
    assert [fact.kind for fact in in_xml.document.facts] == ["laboratory", "allergy", "medication"]
    assert tree_of(in_json.document)["entry"][0]["resource"]["title"] == "Synthèse médicale"


def test_a_document_bundle_is_one_record_with_its_sections() -> None:
    document = both(fhir.example())[0].document
    composition = document.composition
    assert composition.record_id == "0b6f0e66-1111-4222-8333-444455556666"
    assert (composition.kind, composition.title, composition.status) == (
        "summary",
        "Synthèse médicale",
        "final",
    )
    assert (composition.author, composition.facility) == ("Dr Ève Roche", "Clinique du Parc")
    assert composition.effective == "2024-01-31T11:00:00+01:00"
    assert composition.patient_hint == "p-001"
    assert ("Synthèse médicale", "Contenu") in {block.heading for block in document.blocks}
    assert "État 🩺 stable." in document.text
    (prose,) = (block for block in document.blocks if block.narrative)
    assert document.text[prose.start : prose.end] == "Vu ce jour.\nÉtat 🩺 stable."


def test_the_order_of_the_text_is_that_of_the_sections_then_the_rest() -> None:
    spare = fhir.potassium(code=fhir.concept("2951-2", "Sodium", fhir.LOINC), id="spare")
    node = fhir.example()
    node["entry"].append({"resource": spare})
    text = both(node)[0].document.text
    assert text.index("Potassium") < text.index("paracétamol") < text.index("Sodium")


def test_sections_below_sections_keep_their_trail() -> None:
    inner = {"title": "Cœur", "text": fhir.narrative("<p>Souffle.</p>")}
    document = both(fhir.letter(sections=[{"title": "Examen", "section": [inner]}]))[0].document
    assert ("Synthèse médicale", "Examen", "Cœur") in {block.heading for block in document.blocks}


def test_who_the_patient_is() -> None:
    (found,) = both(fhir.patient())[0].patients
    assert found.patient == Patient(
        id="p-001",
        name="ODILE MARTEL",
        family_name="MARTEL",
        birth_name="DURANT",
        given_names="ODILE MARIE",
        birth_date="1960-01-15",
        sex="female",
        identifiers=(
            PatientIdentifier(system="INS", value="160012A00123445"),
            PatientIdentifier(system="urn:oid:1.2.3.4.5", value="IPP-42"),
        ),
    )
    assert not read(fhir.to_json(fhir.patient())).documents


def test_an_ins_never_becomes_the_name_of_a_patient() -> None:
    (found,) = read(fhir.to_json(fhir.patient(id="255081416802538"))).patients
    assert found.patient.id == "1.2.3.4.5|IPP-42"


@pytest.mark.parametrize("kind", ["collection", "searchset", "batch", "transaction", "history"])
def test_other_bundles_give_a_record_for_each_resource(kind: str) -> None:
    node = fhir.bundle(fhir.patient(), fhir.potassium(), fhir.order(), kind=kind)
    in_json, in_xml = both(node)
    assert [each.composition.kind for each in in_json.documents] == ["laboratory", "prescription"]
    assert {each.composition.patient_hint for each in in_json.documents} == {"p-001"}
    assert [each.text for each in in_json.documents] == [each.text for each in in_xml.documents]
    raw = json.loads(in_json.documents[0].raw)
    assert raw["resourceType"] == "Observation"
    assert JSON.resolve(in_json.documents[0].raw, "Observation.valueQuantity.value") is not None
    assert XML.resolve(in_xml.documents[0].raw, "Observation.valueQuantity.value") == "5.4"


def test_lines_of_a_bulk_export_are_one_source_with_several_patients() -> None:
    other = fhir.potassium(id="o2", subject={"reference": "Patient/p-002"})
    nodes = [fhir.patient(), fhir.potassium(performer=[{"reference": "Practitioner/d"}]), other]
    nodes.append({"resourceType": "Practitioner", "id": "d", "name": [{"text": "Dr Roux"}]})
    lines = [json.dumps(each).encode() for each in nodes]
    found = read(
        b"\n".join([*lines, b'{"resourceType": "Observation"', b'{"a": 1}', b""]), "Observation.ndjson"
    )
    assert [each.composition.patient_hint for each in found.documents] == ["p-001", "p-002"]
    assert found.documents[0].composition.author == "Dr Roux"
    assert found.documents[1].raw == lines[2]
    assert [each.place for each in found.rejected] == ["line 5", "line 6"]
    assert "1 Practitioner not read: a name for references" in found.documents[0].warnings


def test_an_array_of_resources_is_read() -> None:
    found = read(fhir.to_json([fhir.potassium(), 3, {"a": 1}]))
    assert len(found.documents) == 1
    assert [each.place for each in found.rejected] == ["1", "2"]


def test_a_resource_of_a_server_is_the_same_record_in_every_export() -> None:
    versions = [fhir.potassium(meta={"versionId": number}) for number in ("1", "2")]
    one, two = (read(fhir.to_json(each), f"{place}.json").document for place, each in enumerate(versions))
    assert one.composition.record_id == two.composition.record_id
    assert (one.composition.version_number, two.composition.version_number) == (1, 2)
    bare = [read(fhir.to_json(fhir.potassium()), name).document.composition for name in ("a.json", "b.json")]
    assert bare[0].record_id != bare[1].record_id


def test_patients_that_are_contained_are_known_by_their_numbers_alone() -> None:
    inside = fhir.patient(id="pat")
    found = read(fhir.to_json(fhir.potassium(subject={"reference": "#pat"}, contained=[inside])))
    assert found.document.composition.patient_hint == "1.2.3.4.5|IPP-42"
    assert [each.patient.id for each in found.patients] == ["1.2.3.4.5|IPP-42"]
    nameless = {"resourceType": "Patient", "id": "pat"}
    found = read(fhir.to_json(fhir.potassium(subject={"reference": "#pat"}, contained=[nameless])))
    assert found.document.composition.patient_hint is None


@pytest.mark.parametrize(
    ("subject", "hint"),
    [
        ({"reference": "Patient/9"}, "9"),
        ({"reference": "https://chu.example/fhir/Patient/9/_history/3"}, "9"),
        (
            {"reference": "urn:uuid:0b6f0e66-1111-4222-8333-444455556666"},
            "0b6f0e66-1111-4222-8333-444455556666",
        ),
        ({"identifier": {"system": "urn:oid:1.2", "value": "IPP-7"}}, "1.2|IPP-7"),
        ({"reference": "Group/9"}, None),
        ({"display": "M. Martel"}, None),
    ],
)
def test_whose_a_lone_resource_is(subject: fhir.Node, hint: str | None) -> None:
    document = both(fhir.potassium(subject=subject))[0].document
    assert document.composition.patient_hint == hint


def test_a_medication_is_whose_its_prescription_is() -> None:
    drug = {
        "resourceType": "Medication",
        "id": "m",
        "code": {"text": "amoxicilline"},
        "batch": {"lotNumber": "007"},
    }
    order = fhir.order(medicationReference={"reference": "Medication/m"})
    del order["medicationCodeableConcept"]
    found = both(fhir.bundle(order, drug))[0]
    assert [each.composition.patient_hint for each in found.documents] == ["p-001", "p-001"]
    assert found.documents[0].facts[0].label == "amoxicilline"
    assert "Numéro de lot : 007" in found.documents[1].text
    other = {**order, "id": "o2", "subject": {"reference": "Patient/p-002"}}
    shared = both(fhir.bundle(order, other, drug))[0]
    assert len(shared.documents) == 2
    assert any("1 Medication not read" in warning for warning in shared.documents[0].warnings)
    plain = both(fhir.bundle(order, {key: drug[key] for key in ("resourceType", "id", "code")}))[0]
    assert len(plain.documents) == 1


def test_references_are_followed_or_warned_of() -> None:
    nurse = {"resourceType": "Practitioner", "id": "n", "name": [{"family": "Roux", "given": ["Léa"]}]}
    lost = {"reference": "Practitioner/none"}
    result = fhir.potassium(performer=[{"reference": "Practitioner/n"}, lost])
    document = both(fhir.bundle(nurse, result))[0].documents[0]
    assert "Réalisé par : Léa Roux" in document.text
    assert "Réalisé par : Practitioner/none" in document.text
    assert "a reference leads to nothing in this source: Observation.performer[1]" in document.warnings
    around = fhir.potassium(hasMember=[{"reference": "Observation/observation-1"}])
    assert both(around)[0].document.facts


def test_a_reference_with_a_number_sign_may_stand_beside() -> None:
    nurse = {"resourceType": "Practitioner", "id": "n", "name": [{"text": "Léa Roux"}]}
    document = both(fhir.bundle(nurse, fhir.potassium(performer=[{"reference": "#n"}])))[0].documents[0]
    assert "Réalisé par : Léa Roux" in document.text
    assert any("leads out of its resource" in warning for warning in document.warnings)


def test_attachments_are_read_page_by_page_or_named() -> None:
    def attached(media: str, content: bytes) -> fhir.Node:
        return {"attachment": {"contentType": media, "data": base64.b64encode(content).decode()}}

    contents = [attached("application/pdf", pdf_of([("Compte rendu",), ("Page deux",)]))]
    contents += [attached("text/plain", "œdème".encode()), attached("image/png", b"\x89PNG")]
    node = fhir.resource("DocumentReference", status="current", type={"text": "Lettre"}, content=contents)
    document = both(node)[0].document
    assert "Page deux" in document.text
    assert "œdème" in document.text
    assert {block.page for block in document.blocks} == {None, 1, 2}
    assert "image/png, 4 octets, contenu non lu" in document.text
    assert [NO_TEXT_LAYER in warning for warning in document.warnings] == [True]


def test_a_binary_is_whose_the_document_is_that_names_it() -> None:
    content = [{"attachment": {"contentType": "text/plain", "url": "Binary/b"}}]
    letter = fhir.resource("DocumentReference", status="current", type={"text": "Lettre"}, content=content)
    data = base64.b64encode(b"Vu en consultation").decode()
    binary = {"resourceType": "Binary", "id": "b", "contentType": "text/plain", "data": data}
    found = both(fhir.bundle(letter, binary))[0]
    assert [each.composition.patient_hint for each in found.documents] == ["p-001", "p-001"]
    assert "Vu en consultation" in found.documents[1].text
    assert not found.documents[0].warnings


def test_a_generated_narrative_is_no_prose_to_read_facts_from() -> None:
    text = fhir.narrative("<p>Potassium 5,4</p>", "generated")
    document = both(fhir.potassium(text=text))[0].document
    assert "Potassium 5,4" in document.text
    assert not any(block.narrative for block in document.blocks)


def test_a_narrative_shows_no_script_and_nothing_hidden() -> None:
    hidden = '<p>Vu.</p><script>x()</script><p style="display: none">secret</p><table><tr><td>a</td><td>b</td></tr></table>'
    text = both(fhir.potassium(text=fhir.narrative(hidden)))[0].document.text
    assert "Vu.\na | b" in text
    assert "x()" not in text
    assert "secret" not in text


def test_what_is_not_a_document_is_counted_with_its_reason() -> None:
    claim = {"resourceType": "Claim", "id": "c", "patient": {"reference": "Patient/p-001"}}
    found = both(fhir.bundle(claim, fhir.potassium()))[0]
    assert found.document.warnings == ("1 Claim not read: billing",)
    alone = both(fhir.bundle(claim))[0]
    assert [each.reason for each in alone.rejected] == ["no document of a patient: 1 Claim not read: billing"]


def test_entries_without_a_resource_are_counted() -> None:
    node = fhir.bundle(fhir.potassium(), kind="transaction")
    node["entry"] += [{"response": {"status": "200"}}]
    assert both(node)[0].document.warnings[0] == "1 entries without a resource"
    assert [each.reason for each in both(fhir.bundle())[0].rejected] == [
        "no document of a patient: an empty Bundle"
    ]


UUID = "0b2f6e0e-1c5d-4d3a-9d5e-3a1f7d6c9b10"


@pytest.mark.parametrize(
    ("full_url", "resource_id", "version", "entry"),
    [
        (f"urn:uuid:{UUID}", UUID, "", {"request": {"method": "DELETE", "url": f"Observation/{UUID}"}}),
        (
            "https://fhir.chu.example/Observation/k7",
            "k7",
            "",
            {
                "fullUrl": "https://fhir.chu.example/Observation/k7",
                "request": {"method": "DELETE", "url": "Observation/k7"},
            },
        ),
        ("", "k7", "3", {"request": {"method": "DELETE", "url": "Observation/k7"}}),
    ],
)
def test_a_deletion_names_the_record_that_it_deletes(
    full_url: str, resource_id: str, version: str, entry: dict[str, Any]
) -> None:
    resource = fhir.potassium() | {"id": resource_id}
    if version:
        resource["meta"] = {"versionId": version}
    written = fhir.bundle(resource, kind="transaction")
    written["entry"][-1].pop("fullUrl", None)
    if full_url:
        written["entry"][-1]["fullUrl"] = full_url
    gone = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    for first, second in zip(both(written), both(gone), strict=True):
        deleted = second.document
        assert (deleted.composition.status, deleted.text, deleted.facts) == ("deleted", "", ())
        assert deleted.composition.record_id == first.document.composition.record_id


def test_a_deletion_by_search_is_refused() -> None:
    entry = {"request": {"method": "DELETE", "url": "Observation?patient=9"}}
    for found in both({"resourceType": "Bundle", "type": "transaction", "entry": [entry]}):
        assert [each.reason.partition(" that")[0] for each in found.rejected] == ["a deletion"]


@pytest.mark.parametrize(
    "path",
    [
        "Observation.value",
        "Patient.id",
        "Observation.code.coding[9]",
        "Observation.code[0]",
        "Observation..x",
        "",
    ],
)
def test_a_path_to_nothing_is_unknown(path: str) -> None:
    with pytest.raises(UnknownRecord):
        follow(fhir.potassium(), path)


def test_the_formats_are_found_without_being_named() -> None:
    for data, name in (
        (fhir.to_json(fhir.example()), "fhir-json"),
        (fhir.to_xml(fhir.example()), "fhir-xml"),
    ):
        source = Source(name="sans-nom", data=data)
        assert next(each for each in FORMATS if load_format(each).recognises(source)) == name
