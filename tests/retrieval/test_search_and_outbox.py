"""Search over a store and an index, and the outbox that keeps them together."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import ModelUnavailable
from models.hashing import HashingEmbedder
from retrieval import search as search_module
from retrieval.errors import IndexUnavailable, UnknownRecord
from retrieval.index.base import IndexPoint
from retrieval.index.edge import open_edge_index
from retrieval.index.memory import MemoryIndex
from retrieval.outbox import apply_outbox, out_of_step, reindex, signature_for
from retrieval.passages import passages_of
from retrieval.records import RecordStore, open_store
from retrieval.scope import Filters, Scope
from retrieval.search import search
from tests.retrieval.documents import document, scope

EMBEDDER = HashingEmbedder()


def put(store: RecordStore, record_id: str, text: str, *, patient: str = "p1", **more: object) -> str:
    read = document(record_id, text, **more)  # type: ignore[arg-type]
    return store.put(read, patient_id=patient, passages=passages_of(read))


def ask(
    store: RecordStore, index: MemoryIndex, question: str, *, who: Scope | None = None, **more: object
) -> list[str]:
    found = search(who or scope("p1"), question, store=store, index=index, embedder=EMBEDDER, **more)  # type: ignore[arg-type]
    return [each.passage.locator.quote for each in found]


def held(index: MemoryIndex) -> dict[str, tuple[str, str]]:
    return {name: (point.record_id, point.version) for name, point in index._points.items()}


def test_search_finds_what_stands_in_the_record(store: RecordStore, index: MemoryIndex) -> None:
    put(store, "r1", "Kaliémie à 5,4 mmol/L")
    put(store, "r2", "Allergie à la pénicilline")
    put(store, "r3", "Kaliémie à 9,9 mmol/L", patient="p2")
    done = apply_outbox(store, index, EMBEDDER)
    assert (done.records, done.passages, index.count()) == (3, 3, 3)
    assert ask(store, index, "kaliemie")[0] == "Kaliémie à 5,4 mmol/L"
    assert set(ask(store, index, "kaliemie")) == {"Kaliémie à 5,4 mmol/L", "Allergie à la pénicilline"}
    assert ask(store, index, "kaliemie", limit=1) == ["Kaliémie à 5,4 mmol/L"]
    assert ask(store, index, "  ") == []
    assert ask(store, index, "kaliemie", who=scope("p1", masked=("r1",))) == ["Allergie à la pénicilline"]
    assert ask(store, index, "kaliemie", filters=Filters(to_date="2020-01-01")) == []
    with pytest.raises(UnknownRecord):
        ask(store, index, "kaliemie", who=scope("nobody"))


def test_what_waits_for_the_index_is_found_too(store: RecordStore, index: MemoryIndex) -> None:
    put(store, "r1", "Kaliémie à 5,4 mmol/L", version="1", number=1)
    apply_outbox(store, index, EMBEDDER)
    put(store, "r1", "Kaliémie à 4,5 mmol/L", version="2", number=2)
    put(store, "r2", "Natrémie à 140")
    assert ask(store, index, "kaliémie") == ["Kaliémie à 4,5 mmol/L", "Natrémie à 140"]
    assert store.statistics().pending == 2
    apply_outbox(store, index, EMBEDDER)
    assert ask(store, index, "kaliémie") == ["Kaliémie à 4,5 mmol/L", "Natrémie à 140"]


def test_too_much_waiting_is_said(
    store: RecordStore, index: MemoryIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_module, "MAX_WAITING", 1)
    put(store, "r1", "un")
    put(store, "r2", "deux")
    with pytest.raises(IndexUnavailable, match="still being indexed"):
        ask(store, index, "un")


def test_a_lost_index_is_an_error_not_an_empty_answer(store: RecordStore, index: MemoryIndex) -> None:
    put(store, "r1", "Kaliémie")
    apply_outbox(store, index, EMBEDDER)
    assert not out_of_step(store, index)
    index.clear()
    assert out_of_step(store, index)
    with pytest.raises(IndexUnavailable, match="reindex"):
        ask(store, index, "kaliémie")
    reindex(store, index, EMBEDDER)
    assert ask(store, index, "kaliémie") == ["Kaliémie"]
    index.close()
    with pytest.raises(IndexUnavailable):
        ask(store, index, "kaliémie")


def test_an_encoder_that_is_down_is_an_error(store: RecordStore, index: MemoryIndex) -> None:
    class Down(HashingEmbedder):
        def embed_queries(self, texts: Sequence[str]) -> object:  # type: ignore[override]
            raise ModelUnavailable("down")

    put(store, "r1", "Kaliémie")
    with pytest.raises(IndexUnavailable, match="encoder"):
        search(scope("p1"), "kaliémie", store=store, index=index, embedder=Down())


def test_deletion_and_purge_empty_the_index(store: RecordStore, index: MemoryIndex) -> None:
    put(store, "r1", "Kaliémie", version="1", number=1)
    apply_outbox(store, index, EMBEDDER)
    put(store, "r1", "Kaliémie bis", version="2", number=2)
    apply_outbox(store, index, EMBEDDER)
    put(store, "r2", "Natrémie")
    put(store, "r3", "Autre", patient="p2")
    apply_outbox(store, index, EMBEDDER)
    store.delete_record("r1")
    assert ask(store, index, "kaliémie") == ["Natrémie"]
    apply_outbox(store, index, EMBEDDER)
    assert {record for record, _ in held(index).values()} == {"r2", "r3"}
    store.purge_patient("p1")
    apply_outbox(store, index, EMBEDDER)
    assert {record for record, _ in held(index).values()} == {"r3"}
    assert store.statistics().pending == 0


def test_withdrawn_documents_leave_the_index(store: RecordStore, index: MemoryIndex) -> None:
    put(store, "r1", "Kaliémie", version="1", number=1)
    apply_outbox(store, index, EMBEDDER)
    put(store, "r1", "Kaliémie", version="2", number=2, status="entered_in_error")
    apply_outbox(store, index, EMBEDDER)
    assert index.count() == 0


def test_deleted_then_read_again_is_found_whatever_the_batch(store: RecordStore, index: MemoryIndex) -> None:
    put(store, "r1", "Kaliémie")
    store.delete_record("r1")
    put(store, "r1", "Kaliémie")
    store.renew_index_work()
    store.delete_record("r1")
    put(store, "r1", "Kaliémie enfin")
    apply_outbox(store, index, EMBEDDER, batch=2)
    assert next(point.text for point in index._points.values()).endswith("Kaliémie enfin")
    assert index.count() == 1


def test_progress_is_told(store: RecordStore, index: MemoryIndex) -> None:
    for number in range(5):
        put(store, f"r{number}", f"texte {number}")
    told: list[tuple[int, int]] = []
    apply_outbox(store, index, EMBEDDER, batch=2, progress=lambda done, total: told.append((done, total)))
    assert told == [(2, 5), (4, 5), (5, 5)]


class Crash(Exception):
    pass


class Fragile:
    """Calls through to another object, and fails before or after the n-th call that writes."""

    def __init__(self, inner: object, names: Sequence[str], budget: list[int]) -> None:
        self._inner, self._names, self._budget = inner, names, budget

    def __getattr__(self, name: str) -> object:
        found = getattr(self._inner, name)
        if name not in self._names:
            return found

        def call(*args: object, **named: object) -> object:
            self._budget[0] -= 1
            if self._budget[0] == 0:
                raise Crash
            done = found(*args, **named)
            self._budget[0] -= 1
            if self._budget[0] == 0:
                raise Crash
            return done

        return call


def fill(store: RecordStore) -> None:
    put(store, "r1", "un", version="1", number=1)
    put(store, "r2", "deux")
    put(store, "r1", "un nouveau", version="2", number=2)
    store.delete_record("r2")
    put(store, "r3", "trois", patient="p2")
    store.renew_index_work()
    put(store, "r3", "trois nouveau", patient="p2", version="2", number=2)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(crash_at=st.integers(1, 30), batch=st.sampled_from([1, 2, 10]))
def test_a_crash_between_any_two_steps_loses_nothing(
    tmp_path_factory: pytest.TempPathFactory, crash_at: int, batch: int
) -> None:
    store = open_store(tmp_path_factory.mktemp("crash"))
    index = MemoryIndex(signature_for(EMBEDDER))
    stale = document("r2", "deux")
    try:
        index.put([_point(stale.composition.record_id)])
        fill(store)
        budget = [crash_at]
        shaky = Fragile(index, ["put", "retire", "clear"], budget)
        shaky_store = Fragile(store, ["index_work", "index_work_done", "wanted_in_index"], budget)
        with contextlib.suppress(Crash):
            apply_outbox(shaky_store, shaky, EMBEDDER, batch=batch)  # type: ignore[arg-type]
        for patient in ("p1", "p2"):
            texts = ask(store, index, "un deux trois", who=scope(patient))
            assert texts == (["un nouveau"] if patient == "p1" else ["trois nouveau"])
        apply_outbox(store, index, EMBEDDER, batch=batch)
        wanted = store.wanted_in_index(["r1", "r2", "r3"])
        expected = {item.passage.id for items in wanted.values() for item in items}
        assert set(held(index)) == expected
        assert store.statistics().pending == 0
    finally:
        store.close()


def _point(record_id: str) -> IndexPoint:
    return IndexPoint(
        passage_id=f"stale {record_id}",
        patient_id="p1",
        record_id=record_id,
        version="0",
        kind="letter",
        first_day=None,
        last_day=None,
        system="tests",
        text="deux",
        vector=EMBEDDER.embed_passages(["deux"])[0],
    )


def test_the_whole_way_on_the_embedded_engine(store: RecordStore, tmp_path: Path) -> None:
    signature = signature_for(EMBEDDER)
    make: Callable[..., object] = open_edge_index
    index = open_edge_index(tmp_path / "index", signature=signature)
    put(store, "r1", "Kaliémie à 5,4 mmol/L", version="1", number=1)
    put(store, "r2", "Allergie à la pénicilline")
    apply_outbox(store, index, EMBEDDER)
    put(store, "r1", "Kaliémie à 4,5 mmol/L", version="2", number=2)
    apply_outbox(store, index, EMBEDDER)
    index.close()
    index = make(tmp_path / "index", signature=signature)  # type: ignore[assignment]
    found = search(scope("p1"), "kaliemies ?", store=store, index=index, embedder=EMBEDDER)
    assert [each.passage.locator.quote for each in found] == [
        "Kaliémie à 4,5 mmol/L",
        "Allergie à la pénicilline",
    ]
    store.delete_record("r1")
    apply_outbox(store, index, EMBEDDER)
    assert index.count() == 1
    reindex(store, index, EMBEDDER)
    assert index.count() == 1
    index.close()
