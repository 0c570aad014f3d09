"""Real openEHR files, from bytes to search: exact citations, one patient at a time, twice is once."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.hashing import HashingEmbedder
from retrieval.index.memory import MemoryIndex
from retrieval.ingest import IngestOptions, ingest
from retrieval.records import RecordStore
from retrieval.scan import scan
from retrieval.search import search
from tests.retrieval.documents import scope

DATA = Path(__file__).parents[3] / "shared" / "data"
MANIFEST = DATA / "openehr_ehrbase_sdk" / "manifest.csv"

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not MANIFEST.is_file(), reason="the shared test data is not beside the repository"),
]


def test_a_folder_of_real_compositions(store: RecordStore, index: MemoryIndex) -> None:
    embedder = HashingEmbedder()
    options = IngestOptions(manifest=(MANIFEST,))
    report = ingest([], store=store, index=index, embedder=embedder, options=options)
    assert report.read >= 60
    assert report.facts > 500
    before = store.statistics()
    again = ingest([], store=store, index=index, embedder=embedder, options=options)
    assert (again.read, again.replaced, again.unchanged) == (0, 0, report.read + report.unchanged)
    assert (store.statistics(), index.count()) == (before, before.passages)
    seen: set[str] = set()
    for patient in store.patients():
        who = scope(patient.id)
        records = {each.record_id for each in store.compositions(who, include_withdrawn=True)}
        assert not records & seen
        seen |= records
        texts = {name: store.document(who, name).text for name in records}
        covered: dict[str, set[int]] = {name: set() for name in records}
        for passage in store.passages(who):
            place = passage.locator
            assert texts[place.record_id][place.start : place.end] == place.quote
            covered[place.record_id].update(range(place.start, place.end))
        for fact in store.facts(who):
            assert texts[fact.locator.record_id][fact.locator.start : fact.locator.end] == fact.locator.quote
        for name, text in texts.items():
            assert all(char.isspace() for place, char in enumerate(text) if place not in covered[name])
        if any(texts.values()):
            found = search(who, "composition", store=store, index=index, embedder=embedder)
            assert found
            assert {each.passage.locator.record_id for each in found} <= records
    assert len(seen) == before.records


def test_the_scan_agrees_with_a_plain_search_of_the_text(store: RecordStore, index: MemoryIndex) -> None:
    options = IngestOptions(manifest=(MANIFEST,))
    ingest([], store=store, index=index, embedder=HashingEmbedder(), options=options)
    total = 0
    for patient in store.patients():
        who = scope(patient.id)
        result = scan(who, ["test"], store=store)
        texts = [store.document(who, each.record_id).text.lower() for each in store.compositions(who)]
        plain = sum("test" in text for text in texts)
        assert len({hit.locator.record_id for hit in result.hits}) <= plain
        assert all(hit.locator.quote.lower() in {"test", "tests", "teste", "testes"} for hit in result.hits)
        total += len(result.hits)
    assert total > 10
