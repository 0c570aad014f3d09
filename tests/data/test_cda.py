"""The reader on public CI-SIS examples: all are read, nothing is lost in silence, every locator resolves."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from retrieval.composition import NO_TEXT_LAYER
from retrieval.formats.base import FORMATS, Source, load_format
from retrieval.passages import passages_of
from tests.retrieval.formats.cda.checks import (
    READER,
    Read,
    check_document,
    read,
    tree_of,
    unaccounted,
    with_marks,
)

pytestmark = pytest.mark.data
FILES = 15


@pytest.fixture(scope="module")
def sources(shared_data: Path) -> dict[str, bytes]:
    folder = shared_data / "cda_ans_ci_sis"
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.xml"))}


@pytest.fixture(scope="module")
def readings(sources: dict[str, bytes]) -> dict[str, Read]:
    return {name: read(data, name) for name, data in sources.items()}


def test_every_file_is_read_with_its_patient(readings: dict[str, Read]) -> None:
    assert len(readings) == FILES
    for name, found in readings.items():
        (patient,) = found.patients
        assert found.document.composition.patient_hint == patient.patient.id, name
        assert passages_of(found.document), name


def test_the_format_is_found_without_being_named(sources: dict[str, bytes]) -> None:
    for name, data in sources.items():
        source = Source(name=name, data=data)
        first = next(each for each in FORMATS if load_format(each).recognises(source))
        assert first == "cda", name


def test_every_locator_detail_and_block_resolves(readings: dict[str, Read]) -> None:
    followed = sum(check_document(found.document) for found in readings.values())
    assert followed > 700


def test_nothing_is_lost_in_silence(readings: dict[str, Read]) -> None:
    ignored: Counter[str] = Counter()
    lost = []
    for name, found in readings.items():
        missing, left = unaccounted(found.document, tree_of(found.document.raw))
        lost += [f"{name}: {each}" for each in missing]
        ignored += left
    assert lost == []
    assert ignored.total() > 0


def test_each_word_and_number_of_the_source_comes_through(sources: dict[str, bytes]) -> None:
    """Every text, name and measured number is replaced by one that stands nowhere else, and looked for."""
    lost, looked_for = [], 0
    for name, data in sources.items():
        marked, marks = with_marks(data)
        document = read(marked, name).document
        said = "\n".join(each.model_dump_json() for each in (*document.facts, document.composition))
        patient = "\n".join(each.patient.model_dump_json() for each in read(marked, name).patients)
        looked_for += len(marks)
        lost += [
            f"{name}: {place}"
            for mark, place in marks.items()
            if mark not in document.text and mark.replace(",", ".") not in said + patient
        ]
    assert lost == []
    assert looked_for > 3_000


def test_facts_are_of_the_kinds_that_the_documents_hold(readings: dict[str, Read]) -> None:
    kinds = Counter(fact.kind for found in readings.values() for fact in found.document.facts)
    assert kinds["laboratory"] >= 59
    assert kinds["medication"] >= 20
    assert kinds["problem"] >= 30
    assert kinds["allergy"] >= 5
    assert kinds["immunisation"] >= 3
    assert kinds["procedure"] >= 20
    assert kinds["family_history"] >= 2
    assert kinds["plan"] >= 10


def test_results_of_a_laboratory_report(readings: dict[str, Read]) -> None:
    facts = readings["BIO-CR-BIO_2024.01_TSH_1.xml"].document.facts
    tsh, t4 = (fact for fact in facts if fact.kind == "laboratory")
    assert [str(tsh.value.magnitude), tsh.value.unit] == ["1.950", "m[IU]/L"]  # type: ignore[union-attr]
    assert tsh.codes[0].code == "3016-3"
    assert tsh.effective == "2014-04-02T14:55:21+02:00"
    assert tsh.status == "final"
    assert tsh.interpretation == "normal"
    assert t4.interpretation == "low"
    assert t4.reference_range is not None
    assert [str(t4.reference_range.low), str(t4.reference_range.high)] == ["9.30", "17.00"]
    assert "7,67 pg/mL" in t4.locator.quote


def test_a_letter_that_denies_allergies_does_not_state_one(readings: dict[str, Read]) -> None:
    facts = readings["LDL-SES_2022.01.xml"].document.facts
    (allergy,) = (fact for fact in facts if fact.kind == "allergy")
    assert allergy.certainty == "absent"
    assert "Aucune allergie" in allergy.locator.quote


def test_treatments_of_a_summary(readings: dict[str, Read]) -> None:
    facts = readings["VSM_1.4_2022.01.xml"].document.facts
    plavix, coumadine = (fact for fact in facts if fact.kind == "medication")
    assert plavix.label == "PLAVIX 75 mg, comprimé pelliculé"
    assert plavix.status == coumadine.status == "active"
    said = {detail.name: detail.text for detail in coumadine.details}
    assert said["frequency"] == "toutes les 6 heures"
    assert said["reason"].startswith("Accident ischémique cérébral transitoire")
    assert said["start"] == "11/08/2019"


def test_the_pages_of_a_document_without_structure_are_named_unread(readings: dict[str, Read]) -> None:
    document = readings["DOC_NON_STRUCTURE_CDA-R2-N1.xml"].document
    assert sum(NO_TEXT_LAYER in warning for warning in document.warnings) == 2
    assert "Page 1 : sans texte lisible, non lue" in document.text
    assert {block.page for block in document.blocks} >= {1, 2}


def test_a_stylesheet_around_a_document_is_not_read(readings: dict[str, Read]) -> None:
    document = readings["BIO-CR-BIO_2021.01_Auto-Presentable.xml"].document
    assert "xsl:" not in document.text
    assert READER.resolve(document.raw, "/ClinicalDocument/title")
