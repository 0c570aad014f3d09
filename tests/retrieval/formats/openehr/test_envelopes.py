"""Versions, contributions, arrays, lines, patients: what is around a composition."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any

import pytest

from retrieval.composition import ReadDocument, ReadItem, ReadPatient, Rejection
from retrieval.formats.base import Source
from retrieval.formats.json_slices import slices
from retrieval.formats.openehr.canonical_json import CanonicalJson
from retrieval.formats.openehr.canonical_xml import CanonicalXml
from tests.retrieval.formats.openehr import shapes as rm

JSON = CanonicalJson(validate=False)


def read(data: bytes | object, name: str = "essai.json", **source: Any) -> list[ReadItem]:
    raw = data if isinstance(data, bytes) else rm.to_json(data)
    return list(JSON.read(Source(name=name, data=raw, **source)))


def documents(items: list[ReadItem]) -> list[ReadDocument]:
    return [item for item in items if isinstance(item, ReadDocument)]


def version(number: int = 3, data: rm.Node | None = None, change: str = "251", state: str = "532") -> rm.Node:
    node: rm.Node = {
        "_type": "ORIGINAL_VERSION",
        "uid": {"_type": "OBJECT_VERSION_ID", "value": f"6e48d2dc::systeme.fr::{number}"},
        "commit_audit": {
            "_type": "AUDIT_DETAILS",
            "system_id": "systeme.fr",
            "time_committed": rm.moment("20260228T101500+0100"),
            "change_type": rm.coded("x", change, "openehr"),
            "committer": {"_type": "PARTY_IDENTIFIED", "name": "X"},
        },
        "lifecycle_state": rm.coded("x", state, "openehr"),
    }
    return node if data is None else node | {"data": data}


def test_ids_from_the_uid() -> None:
    found = rm.read_json(rm.composition()).composition
    assert found.record_id == "8849182c-82ad-4088-a07f-48ead4180515"
    assert found.version == "8849182c-82ad-4088-a07f-48ead4180515::dossier.example::2"
    assert (found.version_number, found.system) == (2, "dossier.example")


@pytest.mark.parametrize("uid", [None, "__A_REMPLACER__::x::1", "", "a b::c::1"])
def test_ids_without_a_usable_uid(uid: str | None) -> None:
    tree = rm.composition(uid=None if uid is None else {"_type": "OBJECT_VERSION_ID", "value": uid})
    data = rm.to_json(tree)
    one = rm.read_json(data, system="dpi", record_hint="a/1.json").composition
    other = rm.read_json(data, system="dpi", record_hint="a/2.json").composition
    assert one.record_id == hashlib.sha256(b"dpi|a/1.json|").hexdigest() != other.record_id
    assert one.version == hashlib.sha256(data).hexdigest() == other.version
    assert (one.version_number, one.system) == (None, "dpi")


def test_a_bare_object_id_is_the_record_and_the_content_the_version() -> None:
    tree = rm.composition(uid={"_type": "HIER_OBJECT_ID", "value": "abc-1"})
    found = rm.read_json(tree).composition
    assert found.record_id == "abc-1"
    assert found.version == hashlib.sha256(rm.to_json(tree)).hexdigest()


def test_a_version_gives_its_uid_and_time() -> None:
    for tree in (
        version(data=rm.composition()),
        {"_type": "IMPORTED_VERSION", "item": version(data=rm.composition())},
    ):
        document = documents(read(tree))[0]
        assert document.composition.version == "6e48d2dc::systeme.fr::3"
        assert document.composition.committed == "2026-02-28T10:15:00+01:00"
        assert JSON.resolve(document.raw, "/composer/name") == "Dr Anne Lemoine"


@pytest.mark.parametrize(
    ("change", "state", "status"),
    [("249", "532", "final"), ("250", "532", "amended"), ("249", "553", "preliminary")],
)
def test_the_status_of_a_version(change: str, state: str, status: str) -> None:
    assert (
        documents(read(version(data=rm.composition(), change=change, state=state)))[0].composition.status
        == status
    )


def test_a_deleted_version_is_a_document_without_text() -> None:
    gone = version(change="523")
    del gone["uid"]
    gone["preceding_version_uid"] = {"value": "6e48d2dc::systeme.fr::3"}
    document = documents(read(gone))[0]
    assert (document.composition.status, document.text, document.facts) == ("deleted", "", ())
    assert (document.composition.record_id, document.composition.version_number) == ("6e48d2dc", 4)


@pytest.mark.parametrize(
    ("results", "status"),
    [
        (["Final"], "final"),
        (["Préliminaire"], "preliminary"),
        (["Final", "Modifié"], "amended"),
        (["Saisi par erreur"], "entered_in_error"),
        (["Final", "Préliminaire"], "final"),
    ],
)
def test_the_status_of_a_laboratory_report(results: list[str], status: str) -> None:
    content = [rm.laboratory(rm.analyte("X", rm.quantity(1)), status=words) for words in results]
    assert rm.read_json(rm.composition(*content)).composition.status == status


def test_each_part_of_an_array_keeps_its_own_bytes() -> None:
    trees = [rm.composition(title=f"Titre {number} é\n, ]}}", uid=None) for number in range(3)]
    data = json.dumps(trees, indent=2, ensure_ascii=False).encode()
    found = documents(read(data))
    assert [document.composition.title for document in found] == [tree["name"]["value"] for tree in trees]
    assert [json.loads(document.raw) for document in found] == trees
    assert all(document.raw in data for document in found)
    assert len({document.composition.record_id for document in found}) == 3
    for document, tree in zip(found, trees, strict=True):
        assert JSON.resolve(document.raw, "/name") == tree["name"]


def test_an_ehr_envelope_says_whose_it_is() -> None:
    subject = {
        "external_ref": {
            "_type": "PARTY_REF",
            "namespace": "IPP",
            "type": "PERSON",
            "id": {"_type": "GENERIC_ID", "value": "P1", "scheme": "ipp"},
        }
    }
    envelope = {
        "ehr_id": {"value": "ehr-1"},
        "ehr_status": {"_type": "EHR_STATUS", "subject": {"_type": "PARTY_SELF"} | subject},
        "compositions": [rm.composition(), version(data=rm.composition()), {"_type": "FOLDER"}],
    }
    items = read(envelope)
    assert [document.composition.patient_hint for document in documents(items)] == ["ehr-1", "ehr-1"]
    patient = next(item.patient for item in items if isinstance(item, ReadPatient))
    assert (patient.id, patient.identifiers[0].system, patient.identifiers[0].value) == ("ehr-1", "IPP", "P1")
    assert [item.place for item in items if isinstance(item, Rejection)] == ["compositions[3]"]
    without = {key: value for key, value in envelope.items() if key != "ehr_id"}
    assert documents(read(without))[0].composition.patient_hint == "P1"


def test_a_contribution_takes_the_subject_of_its_status() -> None:
    status = {
        "_type": "EHR_STATUS",
        "subject": {"_type": "PARTY_SELF", "external_ref": {"namespace": "x", "id": {"value": "P9"}}},
    }
    items = read(
        {"_type": "CONTRIBUTION", "versions": [version(data=status), version(data=rm.composition())]}
    )
    assert documents(items)[0].composition.patient_hint == "P9"


def test_a_national_number_never_becomes_an_id() -> None:
    number = "154047511422790"
    for namespace in ("INS-NIR", "urn:oid:1.2.250.1.213.1.4.8", "autre"):
        status = {
            "_type": "EHR_STATUS",
            "subject": {"external_ref": {"namespace": namespace, "id": {"value": number}}},
        }
        patient = next(item.patient for item in read(status) if isinstance(item, ReadPatient))
        assert patient.id.startswith("pat-")
        assert number not in patient.id
        assert patient.identifiers[0].value == number
        hinted = documents(read({"ehr_status": status, "compositions": [rm.composition()]}))[0]
        assert hinted.composition.patient_hint == patient.id


def test_the_subject_of_an_entry_is_a_hint() -> None:
    party = {
        "_type": "PARTY_SELF",
        "external_ref": {"id": {"value": "P7"}, "namespace": "x", "type": "PERSON"},
    }
    assert (
        rm.read_json(rm.composition(rm.evaluation("essai.v1", "A", subject=party))).composition.patient_hint
        == "P7"
    )
    other = party | {"external_ref": {"id": {"value": "P8"}}}
    mixed = rm.composition(
        rm.evaluation("essai.v1", "A", subject=party), rm.evaluation("essai.v1", "B", subject=other)
    )
    assert rm.read_json(mixed).composition.patient_hint is None


def test_lines_are_read_one_by_one() -> None:
    good = rm.to_json(rm.composition(uid=None))
    lines = b"\n".join([good, b"", good, b'{"_type": "FOLDER"}', b'{"coup', good])
    for name in ("export.ndjson", "export.json"):
        items = read(lines, name=name)
        assert len(documents(items)) == 3
        assert len({document.composition.record_id for document in documents(items)}) == 3
        refusals = [(item.place, item.reason) for item in items if isinstance(item, Rejection)]
        assert refusals[0] == ("line 4", "a FOLDER, not a composition")
        assert refusals[1][0].startswith("line 5, column")


def test_a_person() -> None:
    items = [
        rm.element("at0001", "family_name", rm.text("DURAND")),
        rm.element("at0002", "birth_name", rm.text("PETIT")),
        rm.element("at0003", "given_names", rm.text("Jeanne Marie")),
        rm.element("at0004", "birth_date", {"_type": "DV_DATE", "value": "1950-02-03"}),
        rm.element("at0005", "sex", rm.coded("féminin", "female")),
        rm.element(
            "at0006", "identifier", {"_type": "DV_IDENTIFIER", "id": "250021", "type": "INS-NIR-qualified"}
        ),
        rm.element(
            "at0006", "identifier", {"_type": "DV_IDENTIFIER", "id": "IPP7", "type": "IPP", "issuer": "CH"}
        ),
        rm.element("at0006", "identifier", {"_type": "DV_IDENTIFIER", "id": "pat-1", "type": "PATIENT_ID"}),
        rm.element("at0007", "identity_status", rm.coded("identité qualifiée", "qualified")),
    ]
    person = rm.locatable(
        "PERSON",
        "openEHR-DEMOGRAPHIC-PERSON.person.v0",
        "Patient",
        uid={"value": "u-1"},
        details=rm.tree(*items),
    )
    for found in (
        read(person),
        list(CanonicalXml().read(Source(name="p.xml", data=rm.to_xml(person, "person")))),
    ):
        assert isinstance(found[0], ReadPatient)
        patient = found[0].patient
        assert (patient.id, patient.name, patient.birth_name) == ("pat-1", "DURAND Jeanne Marie", "PETIT")
        assert (patient.birth_date, patient.sex, patient.identity_status) == (
            "1950-02-03",
            "female",
            "qualified",
        )
        assert [(held.system, held.value, held.status) for held in patient.identifiers[:2]] == [
            ("INS-NIR", "250021", "qualified"),
            ("IPP", "IPP7", None),
        ]


def test_xml_versions() -> None:
    single = rm.to_xml(version(data=rm.composition()), "version")
    assert rm.read_xml(single).composition.version_number == 3
    inner = "".join(
        rm.to_xml(version(number, rm.composition(title=f"T{number}")), "version").decode().partition("\n")[2]
        for number in (1, 2)
    )
    items = list(CanonicalXml().read(Source(name="v.xml", data=f"<versions>{inner}</versions>".encode())))
    found = documents(items)
    assert [document.composition.version_number for document in found] == [1, 2]
    for document in found:
        title = CanonicalXml().resolve(document.raw, "/name/value")
        assert title == document.composition.title


@pytest.mark.parametrize(
    ("title", "archetype", "content", "kind"),
    [
        ("Bilan", "report-result.v1", [], "laboratory"),
        ("Lettre de liaison à la sortie", "report.v1", [], "letter"),
        ("Compte rendu d’hospitalisation", "report.v1", [], "hospital_report"),
        ("Confirmation infirmière", "report.v1", [], "nursing"),
        ("Échographie abdominale", "report.v1", [], "imaging"),
        ("X", "problem_list.v1", [], "problem_list"),
        ("X", "encounter.v1", [], "encounter"),
        ("X", "report.v1", [rm.laboratory()], "laboratory"),
        ("X", "encounter.v1", [rm.observation("pulse.v2", "Pouls")], "vital_signs"),
        (
            "X",
            "encounter.v1",
            [rm.observation("pulse.v2", "Pouls"), rm.evaluation("story.v1", "Y")],
            "encounter",
        ),
        ("X", "report.v1", [], "other"),
    ],
)
def test_kinds(title: str, archetype: str, content: list[rm.Node], kind: str) -> None:
    assert rm.read_json(rm.composition(*content, title=title, archetype=archetype)).composition.kind == kind


def test_a_persistent_list_without_context_takes_the_latest_time_of_its_entries() -> None:
    document = rm.read_json(rm.composition(rm.laboratory(), context=None))
    assert document.composition.effective == "2026-02-27T08:00:00+01:00"
    assert rm.read_json(rm.composition(context=None)).composition.effective is None


def test_recognition() -> None:
    fhir = Source(name="a.json", data=b'{"resourceType": "Bundle"}')
    cda = Source(name="a.xml", data=b'<ClinicalDocument xmlns="urn:hl7-org:v3"/>')
    xml = CanonicalXml()
    assert not JSON.recognises(fhir)
    assert not xml.recognises(cda)
    assert JSON.recognises(Source(name="x", data=rm.to_json(rm.composition())))
    assert xml.recognises(Source(name="x", data=rm.to_xml(rm.composition())))
    assert not JSON.recognises(Source(name="x.xml", data=rm.to_xml(rm.composition())))
    assert not xml.recognises(Source(name="x.json", data=rm.to_json(rm.composition())))
    assert JSON.recognises(Source(name="vide.json", data=b""))
    assert not JSON.recognises(Source(name="note.txt", data=b"Bonjour"))


def test_an_envelope_of_two_patients_gives_nothing_to_either() -> None:
    def status(name: str) -> rm.Node:
        reference = {"_type": "PARTY_REF", "namespace": "dpi", "id": {"_type": "GENERIC_ID", "value": name}}
        return {"_type": "EHR_STATUS", "subject": {"_type": "PARTY_SELF", "external_ref": reference}}

    one, other = status("patient-a"), status("patient-b")
    items = read({"versions": [version(1, one), version(2, rm.composition()), version(3, other)]})
    assert [item.patient.id for item in items if isinstance(item, ReadPatient)] == ["patient-a", "patient-b"]
    assert [item.composition.patient_hint for item in documents(items)] == [None]
    items = read({"versions": [version(1, one), version(2, rm.composition())]})
    assert [item.composition.patient_hint for item in documents(items)] == ["patient-a"]


def calls_made(reader: CanonicalJson | CanonicalXml, source: Source) -> int:
    """How many Python and C functions a reading calls: time, without a clock."""
    count = 0

    def note(_frame: object, event: str, _what: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        list(reader.read(source))
    finally:
        sys.setprofile(None)
    return count


def test_many_parts_take_work_in_proportion() -> None:
    def json_of(count: int) -> Source:
        return Source(name="a.json", data=b"[" + b",".join([b"{}"] * count) + b"]")

    def xml_of(count: int) -> Source:
        return Source(name="a.xml", data=b"<versions>" + b"<version/>" * count + b"</versions>")

    assert len(list(JSON.read(json_of(300)))) == len(list(CanonicalXml().read(xml_of(300)))) == 300
    for reader, few, many in (
        (JSON, json_of(300), json_of(1_200)),
        (CanonicalXml(), xml_of(300), xml_of(1_200)),
    ):
        assert calls_made(reader, many) < 6 * calls_made(reader, few)


def test_slices_look_at_each_path_once_a_level() -> None:
    class Counted(tuple[str | int, ...]):
        looked = 0

        def __getitem__(self, place: Any) -> Any:
            Counted.looked += 1
            return super().__getitem__(place)

    text = json.dumps({"versions": [{"n": number} for number in range(500)]})
    found = slices(text, [Counted(("versions", number)) for number in range(500)])
    assert [json.loads(raw)["n"] for raw in found.values()] == list(range(500))
    assert Counted.looked < 5_000


def test_without_a_context_the_latest_entry_is_the_latest_instant() -> None:
    entries = [
        rm.observation(
            "pulse.v2", "Pouls", rm.event(rm.element("at0004", "F", rm.quantity(70, "/min")), time=time)
        )
        for time in ("2026-02-27T10:00:00+01:00", "2026-02-27T09:30:00Z")
    ]
    found = rm.read_json(rm.composition(*entries, context=None)).composition
    assert found.effective == "2026-02-27T09:30:00Z"


def test_a_national_number_of_a_person_gives_the_id_of_its_status() -> None:
    number = "154047511422790"
    person = {
        "_type": "PERSON",
        "uid": {"value": number},
        "archetype_node_id": "openEHR-DEMOGRAPHIC-PERSON.p.v1",
    }
    status = {
        "_type": "EHR_STATUS",
        "subject": {"external_ref": {"namespace": "INS", "id": {"value": number}}},
    }
    ids = [item.patient.id for item in read([person, status]) if isinstance(item, ReadPatient)]
    assert len(ids) == 2
    assert len(set(ids)) == 1
