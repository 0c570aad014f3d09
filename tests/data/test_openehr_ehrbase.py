"""The reader on the public EHRbase examples: what must be read is read, what must not is refused."""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from retrieval.composition import ReadDocument, ReadItem, ReadPatient, Rejection
from retrieval.errors import InputError
from retrieval.formats.base import Source
from retrieval.formats.json_source import load as load_json
from retrieval.formats.openehr.canonical_json import CanonicalJson
from retrieval.formats.openehr.canonical_xml import CanonicalXml
from retrieval.formats.openehr.envelope import composition_in
from retrieval.formats.openehr.xml_source import load as load_xml
from tests.retrieval.formats.openehr.checks import check_document, check_paths, uncovered

pytestmark = pytest.mark.data
FOLDERS = ("openehr_ehrbase_sdk", "openehr_ehrbase_integration")
JSON, XML = CanonicalJson(validate=False), CanonicalXml()


class Case(NamedTuple):
    """One line of EXPECTED.tsv with its bytes."""

    file: str
    kind: str
    valid: str
    source: Source


class Outcome(NamedTuple):
    """What became of a file: its items, or the error."""

    items: list[ReadItem]
    error: str


@pytest.fixture(scope="module")
def cases(shared_data: Path) -> list[Case]:
    found = []
    for folder in FOLDERS:
        with (shared_data / folder / "EXPECTED.tsv").open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                data = (shared_data / folder / row["file"]).read_bytes()
                source = Source(name=row["file"], data=data, record_hint=f"{folder}/{row['file']}")
                found.append(Case(row["file"], row["kind"], row["valid"], source))
    return found


@pytest.fixture(scope="module")
def outcomes(cases: list[Case]) -> dict[str, Outcome]:
    return {case.source.record_hint: read(case.source) for case in cases}


def read(source: Source) -> Outcome:
    """Read as `--format auto` does; only InputError may come out."""
    reader = next((each for each in (JSON, XML) if each.recognises(source)), None)
    if reader is None:
        return Outcome([], "not recognised")
    try:
        return Outcome(list(reader.read(source)), "")
    except InputError as error:
        return Outcome([], str(error))


def documents(outcomes: dict[str, Outcome]) -> Iterator[ReadDocument]:
    for outcome in outcomes.values():
        yield from (item for item in outcome.items if isinstance(item, ReadDocument))


def tree_of(document: ReadDocument) -> dict[str, Any]:
    load = load_json if document.media_type == "application/json" else load_xml
    return composition_in(load(document.raw).tree)


def test_every_file_that_is_valid_is_read_and_every_invalid_one_is_refused(
    cases: list[Case], outcomes: dict[str, Outcome]
) -> None:
    wrong = []
    for case in cases:
        outcome = outcomes[case.source.record_hint]
        was_read = any(isinstance(item, ReadDocument) for item in outcome.items)
        canonical = case.kind.startswith("canonical")
        if (case.valid == "yes" and canonical and not was_read) or (case.valid == "no" and was_read):
            wrong.append((case.file, outcome.error))
    assert wrong == []
    read_well = sum(case.valid == "yes" and case.kind.startswith("canonical") for case in cases)
    assert read_well >= 198


def test_each_refusal_says_why(cases: list[Case], outcomes: dict[str, Outcome]) -> None:
    for case in cases:
        outcome = outcomes[case.source.record_hint]
        reasons = [item.reason for item in outcome.items if isinstance(item, Rejection)]
        assert outcome.error or outcome.items, case.file
        assert all(reason.strip() for reason in reasons)
        if case.kind == "flat" and "terminology" not in case.file:
            assert "FLAT" in outcome.error or "no `_type`" in outcome.error, (case.file, outcome.error)
        if case.kind == "template" and outcome.error != "not recognised":
            assert "template" in outcome.error or "not openEHR" in outcome.error
        if case.kind == "rm-folder":
            assert outcome.error == "a FOLDER, not a composition"


def test_well_formed_files_that_are_named_invalid_are_read(
    cases: list[Case], outcomes: dict[str, Outcome]
) -> None:
    """They break a template or a terminology, not the reference model: nothing of them may be lost."""
    named = [case for case in cases if case.valid == "by-name" and case.kind.startswith("canonical")]
    assert len(named) >= 13
    for case in named:
        assert any(isinstance(item, ReadDocument) for item in outcomes[case.source.record_hint].items), (
            case.file
        )


def test_contributions_versions_and_statuses_are_unwrapped(
    cases: list[Case], outcomes: dict[str, Outcome]
) -> None:
    count: Counter[tuple[str, str]] = Counter()
    for case in cases:
        for item in outcomes[case.source.record_hint].items:
            count[case.kind, type(item).__name__] += 1
    assert count["rm-contribution", "ReadDocument"] >= 60
    assert count["xml-version", "ReadDocument"] == 20
    assert count["rm-ehr_status", "ReadPatient"] == 20
    versions = [
        item
        for case in cases
        if case.kind == "xml-version"
        for item in outcomes[case.source.record_hint].items
    ]
    assert all(isinstance(item, ReadDocument) and item.composition.committed for item in versions)


def test_spans_quotes_and_blocks_of_every_document(outcomes: dict[str, Outcome]) -> None:
    number = 0
    for document in documents(outcomes):
        check_document(document)
        number += 1
    assert number >= 290


def test_every_path_of_every_fact_and_detail_finds_its_raw_value(outcomes: dict[str, Outcome]) -> None:
    paths = 0
    for document in documents(outcomes):
        if document.composition.status == "deleted":
            continue
        paths += check_paths(document, tree_of(document))
        for fact in document.facts[:2]:
            reader = JSON if document.media_type == "application/json" else XML
            assert reader.resolve(document.raw, fact.locator.path) is not None
    assert paths >= 2_000


def test_no_data_value_is_out_of_reach(outcomes: dict[str, Outcome]) -> None:
    ignored: Counter[str] = Counter()
    for document in documents(outcomes):
        if document.composition.status == "deleted":
            continue
        lost, passed_over = uncovered(document, tree_of(document))
        assert lost == [], (document.composition.title, lost[:5])
        ignored += passed_over
    assert sum(ignored.values()) < 2_000


def test_json_and_xml_of_the_same_kind_give_typed_facts(outcomes: dict[str, Outcome]) -> None:
    kinds = {
        media: Counter(
            fact.kind
            for document in documents(outcomes)
            if document.media_type == media
            for fact in document.facts
        )
        for media in ("application/json", "application/xml")
    }
    for kind in ("laboratory", "vital_sign", "problem", "allergy", "medication", "procedure"):
        assert kinds["application/json"][kind] > 0, kind
    for kind in ("laboratory", "allergy", "vital_sign", "procedure"):
        assert kinds["application/xml"][kind] > 0, kind


def test_a_laboratory_report_of_ehrbase(shared_data: Path) -> None:
    path = (
        shared_data / "openehr_ehrbase_sdk/validation/composition/IDCR-LabReportRAW1_with_normal_status.xml"
    )
    items = list(XML.read(Source(name=path.name, data=path.read_bytes())))
    assert isinstance(items[0], ReadDocument)
    urea = next(fact for fact in items[0].facts if fact.label == "Urea")
    assert urea.kind == "laboratory"
    assert urea.interpretation == "high"
    assert urea.status == "final"
    assert urea.locator.quote == "Urea : 6,7 mmol/l (2,5 à 6,6) [élevé]"
    assert urea.effective == "2015-07-22T00:11:02"
    creatinine = next(fact for fact in items[0].facts if fact.label == "Creatinine")
    assert creatinine.interpretation == "high"
    assert [(detail.name, detail.text) for detail in urea.details] == [
        ("comment", "may be technical artefact")
    ]


def test_reference_model_check_accepts_nine_in_ten(cases: list[Case]) -> None:
    reader = CanonicalJson()
    accepted = refused = 0
    for case in cases:
        if case.kind == "canonical-json" and case.valid == "yes":
            document = next(iter(reader.read(case.source)))
            assert isinstance(document, ReadDocument)
            if any(warning.startswith("reference model") for warning in document.warnings):
                refused += 1
            else:
                accepted += 1
    assert accepted >= 0.9 * (accepted + refused)


def test_a_hundred_documents_a_second_without_the_check(cases: list[Case]) -> None:
    sources = [case.source for case in cases if case.kind == "canonical-json" and case.valid == "yes"]
    start = time.process_time()
    for source in sources:
        list(JSON.read(source))
    assert len(sources) / (time.process_time() - start) > 100


def test_patients_of_the_envelopes(outcomes: dict[str, Outcome]) -> None:
    patients = [
        item for outcome in outcomes.values() for item in outcome.items if isinstance(item, ReadPatient)
    ]
    assert len([item for item in patients if item.patient.identifiers]) >= 10
