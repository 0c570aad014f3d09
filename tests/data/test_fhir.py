"""The reader on public FHIR sets: all are read, nothing is lost in silence, every locator resolves."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from retrieval.formats.base import FORMATS, Source, load_format
from retrieval.formats.fhir import posology
from retrieval.formats.fhir.paths import nodes_under
from retrieval.formats.json_source import load
from retrieval.formats.tree import Node, nodes_of, value_at
from retrieval.passages import passages_of
from tests.retrieval.formats.fhir import shapes as fhir
from tests.retrieval.formats.fhir.checks import (
    Leaf,
    Read,
    check_document,
    leaves,
    read,
    rule_of,
    shapes_of,
    tree_of,
    unaccounted,
)

pytestmark = pytest.mark.data
POSOLOGY = Path(__file__).with_name("fhir_posology.csv")


class Counted(NamedTuple):
    """What a folder gives."""

    files: int
    patients: int
    documents: int
    facts: int
    rejected: int


FOLDERS = {
    "fhir_fr_eprescription_ans": Counted(45, 2, 60, 60, 0),
    "fhir_ips_examples": Counted(40, 7, 33, 64, 5),
    "fhir_pysynthea_generated": Counted(15, 15, 15, 2281, 0),
    "fhir_synthea_smart_r4": Counted(62, 60, 6075, 6162, 2),
}


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in (".json", ".xml"))


@pytest.fixture(scope="module")
def readings(shared_data: Path) -> dict[str, dict[str, Read]]:
    return {
        name: {path.name: read(path.read_bytes(), path.name) for path in files_of(shared_data / name)}
        for name in FOLDERS
    }


def all_of(readings: dict[str, dict[str, Read]]) -> Iterator[tuple[str, Read]]:
    for folder in readings.values():
        yield from folder.items()


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_is_read(readings: dict[str, dict[str, Read]], folder: str) -> None:
    found = list(readings[folder].values())
    assert FOLDERS[folder] == Counted(
        len(found),
        sum(len(each.patients) for each in found),
        sum(len(each.documents) for each in found),
        sum(len(document.facts) for each in found for document in each.documents),
        sum(len(each.rejected) for each in found),
    )


def test_only_what_is_no_document_of_a_patient_is_refused(readings: dict[str, dict[str, Read]]) -> None:
    reasons = [each.reason for _, found in all_of(readings) for each in found.rejected]
    assert all(reason.endswith("not read: a name for references") for reason in reasons)


def test_the_format_is_found_without_being_named(shared_data: Path) -> None:
    for path in (path for name in FOLDERS for path in files_of(shared_data / name)):
        source = Source(name=path.name, data=path.read_bytes())
        first = next(each for each in FORMATS if load_format(each).recognises(source))
        assert first == f"fhir-{path.suffix[1:]}", path.name


def test_every_locator_detail_and_block_resolves(readings: dict[str, dict[str, Read]]) -> None:
    documents = [document for _, found in all_of(readings) for document in found.documents]
    assert sum(check_document(document) for document in documents) > 40_000
    assert all(passages_of(document) for document in documents[:300])


def test_nothing_is_lost_in_silence(readings: dict[str, dict[str, Read]]) -> None:
    lost: Counter[str] = Counter()
    ignored: Counter[str] = Counter()
    for _, found in _every_tenth_of_the_large_set(readings):
        for document in found.documents:
            missing, left = unaccounted(document, tree_of(document))
            lost.update(missing)
            ignored += left
    assert lost == {}
    assert ignored.total() > 0


def _every_tenth_of_the_large_set(readings: dict[str, dict[str, Read]]) -> Iterator[tuple[str, Read]]:
    for folder, files in readings.items():
        yield from list(files.items())[:: 10 if FOLDERS[folder].documents > 1_000 else 1]


def test_nearly_every_document_says_whose_it_is(readings: dict[str, dict[str, Read]]) -> None:
    nobody = [
        document.composition.archetype
        for _, found in all_of(readings)
        for document in found.documents
        if not document.composition.patient_hint
    ]
    assert Counter(nobody) == {"Medication": 3, "Device": 1}


def test_facts_are_of_the_kinds_that_the_records_hold(readings: dict[str, dict[str, Read]]) -> None:
    found = all_of(readings)
    kinds = Counter[str](
        fact.kind for _, each in found for document in each.documents for fact in document.facts
    )
    least = {"laboratory": 1_800, "vital_sign": 2_900, "problem": 570, "medication": 270, "allergy": 49}
    least |= {"stay": 980, "procedure": 730, "immunisation": 590, "plan": 110, "device": 3, "imaging": 20}
    assert {kind: number for kind, number in least.items() if kinds[kind] < number} == {}


def dosages(shared_data: Path) -> Iterator[tuple[str, int, Node, str]]:
    """File, place in the file, Dosage and its sentence, of the French prescriptions."""
    for path in files_of(shared_data / "fhir_fr_eprescription_ans"):
        place = 0
        for entry in nodes_of(load(path.read_bytes()).tree.get("entry")):
            for at in posology.in_order(nodes_under(entry["resource"], "dosageInstruction", "R")):
                place += 1
                name = path.stem.removeprefix("Bundle-")
                yield name, place, at.value, posology.sentence(posology.parts_of(at.value, at.path))


def test_the_sentences_of_french_prescriptions(shared_data: Path) -> None:
    """Each was read beside its structure; docs/formats.md lists the doubts."""
    with POSOLOGY.open(encoding="utf-8", newline="") as lines:
        expected = {(row["file"], int(row["place"])): row["sentence"] for row in csv.DictReader(lines)}
    found = {(name, place): sentence for name, place, _, sentence in dosages(shared_data)}
    assert found == expected
    assert len({name for name, _ in found}) == 45
    assert len(found) == 53


def test_each_word_and_number_of_a_dosage_is_in_its_sentence(shared_data: Path) -> None:
    lost = [
        f"{name} {place}: {leaf.path} = {leaf.value}"
        for name, place, dosage, sentence in dosages(shared_data)
        for leaf in leaves({"resourceType": "MedicationRequest", "dosageInstruction": [dosage]})
        if not _is_code(leaf) and not rule_of(leaf)
        if not any(shape and _stands(shape, sentence) for shape in shapes_of(leaf))
    ]
    assert lost == []


def _is_code(leaf: Leaf) -> bool:
    """A code whose words are said, and the order of the steps, which has a label."""
    words = any(value_at(leaf.above[-1], name) for name in ("unit", "display"))
    return leaf.names[-1] == "sequence" or (leaf.names[-1] == "code" and (words or "coding" in leaf.names))


def _stands(shape: str, sentence: str) -> bool:
    """Whether it stands there as a whole: `1` is not in `12`, a word may be a part of another."""
    return re.search(rf"(?<![\d,]){re.escape(shape.lower())}(?![\d])", sentence.lower()) is not None


def test_json_and_xml_of_the_real_records_say_the_same(shared_data: Path) -> None:
    for folder in ("fhir_fr_eprescription_ans", "fhir_ips_examples"):
        for path in files_of(shared_data / folder):
            if path.suffix == ".json":
                written = fhir.to_xml(load(path.read_bytes()).tree)
                texts = [document.text for document in read(written, "x.xml").documents]
                assert texts == [document.text for document in read(path.read_bytes()).documents], path.name
