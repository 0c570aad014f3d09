"""Over all demonstration records: every quote is the text at its span, every path leads to the raw value."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from eval.synthetic.questions import questions
from retrieval.fact import Coded, Fact, Moment, Quantity, Text
from retrieval.formats.openehr.canonical_json import CanonicalJson
from retrieval.locator import sha256_text
from tests.demonstration.loaded import Loaded, ask, drawn, scope_of


def _agrees(raw: Any, fact: Fact) -> bool:
    """Whether the raw data value says what the fact says."""
    assert isinstance(raw, dict), type(raw)
    if fact.extracted:  # a statement of prose: its words stand in the raw text
        return " ".join(fact.locator.quote.split()) in " ".join(str(raw["value"]).split())
    value = fact.value
    if isinstance(value, Quantity):
        return Decimal(str(raw["magnitude"])) == value.magnitude
    if isinstance(value, Coded | Text):
        return str(raw["value"]) == value.text
    if isinstance(value, Moment):
        return str(raw["value"]) == value.iso
    return raw.get("_type") is not None


def test_every_fact_of_every_record_resolves(demonstration: Loaded) -> None:
    reader, seen = CanonicalJson(), 0
    for patient in demonstration.store.patients():
        scope = scope_of(patient.id)
        for fact in demonstration.store.facts(scope):
            place = fact.locator
            document = demonstration.store.document(scope, place.record_id, version=place.version)
            assert document.text[place.start : place.end] == place.quote
            assert sha256_text(place.quote) == place.sha256
            assert _agrees(reader.resolve(document.raw, place.path), fact), (fact.label, place.path)
            for detail in fact.details:
                assert reader.resolve(document.raw, detail.path) is not None
                assert document.text[detail.start : detail.end].strip()
            seen += 1
    assert seen > 5_000


def test_every_passage_of_every_record_is_its_text(demonstration: Loaded) -> None:
    for patient in demonstration.store.patients():
        scope = scope_of(patient.id)
        for passage in demonstration.store.passages(scope):
            place = passage.locator
            document = demonstration.store.document(scope, place.record_id, version=place.version)
            assert document.text[place.start : place.end] == place.quote


@pytest.mark.anyio
async def test_every_citation_of_every_answer_resolves(demonstration: Loaded) -> None:
    reader, cited = CanonicalJson(), 0
    for question in drawn(questions(demonstration.hospital), 8):
        answer = await ask(demonstration, question, use_model=False)
        scope = scope_of(question.patient_id)
        labels = {item["id"] for item in answer["evidence"]}
        for sentence in answer["sentences"]:
            assert set(sentence["citations"]) <= labels
            assert not [name for name, passed in sentence["checks"].items() if passed is False]
        for item in answer["evidence"]:
            place = item["locator"]
            document = demonstration.store.document(scope, place["record_id"], version=place["version"])
            assert document.text_version == place["text_version"]
            assert document.text[place["start"] : place["end"]] == place["quote"]
            assert sha256_text(place["quote"]) == place["sha256"]
            assert reader.resolve(document.raw, place["path"]) is not None
            cited += 1
    assert cited > 100
