"""Every document is a valid openEHR composition, and says literally what the truth says it says."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as hyp
from oehrpy import from_canonical

from eval.synthetic import openehr as rm
from eval.synthetic.command import build_demo
from eval.synthetic.generate import generate
from eval.synthetic.truth import Hospital, Note
from eval.synthetic.write import write

_KEYS = {"_type", "name", "archetype_node_id"}


@pytest.fixture(scope="module")
def hospital() -> Hospital:
    return generate(7, 12)


@pytest.fixture(scope="module")
def nodes(hospital: Hospital) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (patient.identity.patient_id, document.key): json.loads(document.raw)
        for patient in hospital.patients
        for document in patient.documents
    }


def test_oehrpy_accepts_every_composition_and_person(hospital: Hospital) -> None:
    refused = []
    for patient in hospital.patients:
        for raw in (patient.person, *(document.raw for document in patient.documents)):
            try:
                from_canonical(json.loads(raw))
            except ValueError as error:
                refused.append(str(error)[:200])
    assert refused == []


def test_compositions_carry_what_canonical_json_asks_for(
    nodes: dict[tuple[str, str], dict[str, Any]],
) -> None:
    for node in nodes.values():
        assert node["_type"] == "COMPOSITION"
        assert node["archetype_node_id"] == node["archetype_details"]["archetype_id"]["value"]
        assert node["language"]["code_string"] == "fr"
        assert node["territory"]["code_string"] == "FR"
        assert node["uid"]["value"].split("::")[1:] in ([rm.SYSTEM, "1"], [rm.SYSTEM, "2"])
        assert node["composer"]["name"]
        assert node["content"]
        _well_formed(node)


def _well_formed(node: Any) -> None:
    if isinstance(node, dict):
        assert "_type" in node, node
        if "archetype_node_id" in node:
            assert set(node) >= _KEYS
            assert node["name"]["value"]
            named = node["archetype_node_id"]
            assert ("archetype_details" in node) == named.startswith("openEHR-")
        for child in node.values():
            _well_formed(child)
    elif isinstance(node, list):
        for child in node:
            _well_formed(child)


def test_every_truth_is_stated_literally_at_its_path(
    hospital: Hospital, nodes: dict[tuple[str, str], dict[str, Any]]
) -> None:
    count = 0
    for patient in hospital.patients:
        keys = [truth.key for truth in patient.truths()]
        assert len(keys) == len(set(keys))
        for truth in patient.truths():
            assert truth.stated, truth.key
            for statement in truth.stated:
                value = rm.at_path(nodes[patient.identity.patient_id, statement.document], statement.path)
                assert statement.quote in rm.literal(value), (truth.key, statement)
                count += 1
    assert count > 5_000


def test_quantities_say_what_the_truth_says(
    hospital: Hospital, nodes: dict[tuple[str, str], dict[str, Any]]
) -> None:
    for patient in hospital.patients:
        for lab in patient.labs:
            data = [statement for statement in lab.stated if statement.structured]
            assert len(data) == 1, lab.key
            value = rm.at_path(nodes[patient.identity.patient_id, data[0].document], data[0].path)
            assert (value["magnitude"], value["units"]) == (float(lab.value), lab.unit)
            assert value["normal_status"]["code_string"] == lab.interpretation
            if lab.high is not None:
                assert (lab.value > lab.high) == lab.interpretation.startswith("H")


def test_notes_stand_in_prose_alone(hospital: Hospital) -> None:
    for patient in hospital.patients:
        for note in patient.notes:
            assert isinstance(note, Note)
            assert not any(statement.structured for statement in note.stated)
            quotes = " ".join(statement.quote for statement in note.stated).lower()
            assert any(value.lower() in quotes for value in note.values), (note.key, quotes)


def test_uids_are_unique_but_for_versions(hospital: Hospital) -> None:
    every = [
        (document.uid, document.version) for patient in hospital.patients for document in patient.documents
    ]
    assert len(every) == len(set(every))
    keys: dict[str, set[str]] = {}
    for patient in hospital.patients:
        for document in patient.documents:
            keys.setdefault(document.uid, set()).add(
                f"{patient.identity.patient_id} {document.key.rpartition('.v')[0]}"
            )
    assert all(len(found) == 1 for found in keys.values())


def test_person_paths_are_as_documented(hospital: Hospital) -> None:
    for patient in hospital.patients:
        who, node = patient.identity, json.loads(patient.person)
        assert node["_type"] == "PERSON"
        assert node["archetype_node_id"] == "openEHR-DEMOGRAPHIC-PERSON.person.v0"
        items = node["details"]["items"]
        one = {
            item["name"]["value"]: item["value"] for item in items if item["name"]["value"] != "identifier"
        }
        assert one["family_name"]["value"] == who.family_name
        assert one["birth_name"]["value"] == who.birth_name
        assert one["given_names"]["value"] == " ".join(who.given_names)
        assert one["birth_date"] == {"_type": "DV_DATE", "value": who.birth_date.isoformat()}
        assert one["sex"]["defining_code"]["code_string"] == who.sex
        assert one["identity_status"]["defining_code"]["code_string"] == who.status
        identifiers = {
            item["value"]["type"]: item["value"] for item in items if item["name"]["value"] == "identifier"
        }
        assert identifiers[f"INS-TEST-{who.ins_status}"]["id"] == who.ins
        assert identifiers["IPP"]["id"] == who.ipp
        assert identifiers["PATIENT_ID"]["id"] == who.patient_id


def test_written_folder_is_complete_and_repeatable(tmp_path: Path) -> None:
    hospital = build_demo(tmp_path, patients=2, seed=7)
    with (tmp_path / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert set(rows[0]) == {"path", "patient_id"}
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.json")}
    assert written == {row["path"] for row in rows}
    assert len(rows) == sum(len(patient.documents) + 1 for patient in hospital.patients)
    for row in rows:
        assert row["path"].startswith(row["patient_id"] + "/")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    write(hospital, tmp_path)
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}


def test_a_smaller_hospital_replaces_a_larger_one(tmp_path: Path) -> None:
    write(generate(7, 2), tmp_path)
    kept = tmp_path / "note-du-service.txt"
    kept.write_text("à garder", encoding="utf-8")
    smaller = generate(7, 1)
    write(smaller, tmp_path)
    folders = [path.name for path in tmp_path.iterdir() if path.is_dir()]
    assert folders == [smaller.patients[0].identity.patient_id]
    assert kept.read_text(encoding="utf-8") == "à garder"


def test_a_manifest_cannot_make_write_delete_outside_its_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_text("{}", encoding="utf-8")
    folder = tmp_path / "hospital"
    folder.mkdir()
    (folder / "manifest.csv").write_text("path,patient_id\n../outside.json,pat-00000000\n", encoding="utf-8")
    write(generate(7, 1), folder)
    assert outside.exists()


@given(hyp.lists(hyp.sampled_from(["Sodium", "Potassium", "L’urée", "D'autre"]), min_size=1, max_size=6))
def test_each_path_finds_the_value_it_was_made_for(names: list[str]) -> None:
    items = [rm.element("at0001", name, rm.text(f"{number}")) for number, name in enumerate(names)]
    node = rm.locatable("SECTION", "at0000", "Essai", items=items)
    found = dict(rm.paths(node))
    assert len(found) == len(names)
    for path, value in found.items():
        assert rm.at_path(node, path) is value


@pytest.mark.parametrize(
    "path", ["/content[at0001]/value", "/items[at0001][3]/value", "/items[at0001 and name/value='x']/value"]
)
def test_a_path_to_nowhere_is_refused(path: str) -> None:
    node = rm.locatable("SECTION", "at0000", "Essai", items=[rm.element("at0001", "Seul", rm.text("valeur"))])
    with pytest.raises(KeyError):
        rm.at_path(node, path)
