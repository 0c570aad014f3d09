"""Ingest passages a second against the bare encoder on the same passages, interleaved."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from eval.bench.result import Measure, measure
from eval.synthetic.command import build_demo
from models.base import Embedder
from retrieval.embedding import meaning_of
from retrieval.index.edge import open_edge_index
from retrieval.ingest import IngestOptions, ingest
from retrieval.outbox import signature_for
from retrieval.passage import Passage
from retrieval.records import open_store
from retrieval.scope import Scope

SEED = 1001

Encode = Callable[[Sequence[str]], object]


def bench_ingest(embedder: Embedder, bare: Encode, *, patients: int, rounds: int) -> Iterator[Measure]:
    """Yield documents/s and passages/s of a whole ingest, and their ratios to the encoder alone.

    `bare` is `SentenceTransformer.encode` over the same weights with the same threads; it sees the same
    texts with the same prefix, in one call, and is free to batch and sort as it likes. It runs twice: over
    all passages as they are written, and over the wordings that an ingest encodes (decision 016), which is
    the harder comparison. They alternate with the ingest, so that a machine whose speed drifts treats all
    alike.
    """
    whole, alone, ratios, harder = [], [], [], []
    documents: list[float] = []
    with tempfile.TemporaryDirectory(prefix="aparte-bench-") as name:
        folder = Path(name)
        build_demo(folder / "hospital", patients=patients, seed=SEED)
        for number in range(rounds):
            seconds, passages, read = _ingest_once(folder, number, embedder)
            as_written = _seconds(bare, [passage.text for passage in passages])
            wordings = _seconds(bare, sorted({meaning_of(passage) for passage in passages}))
            whole.append(len(passages) / seconds)
            alone.append(len(passages) / as_written)
            documents.append(read / seconds)
            ratios.append(as_written / seconds)
            harder.append(wordings / seconds)
    yield measure("ingest.documents_per_s", documents, unit="documents/s")
    yield measure("ingest.passages_per_s", whole, unit="passages/s")
    yield measure("ingest.bare_encoder_passages_per_s", alone, unit="passages/s")
    yield measure("ingest.ratio_to_bare_encoder", ratios, unit="ratio", at_least=0.85)
    yield measure("ingest.ratio_to_bare_encoder_on_wordings", harder, unit="ratio")


def _seconds(bare: Encode, texts: Sequence[str]) -> float:
    started = time.perf_counter()
    bare([f"passage: {text}" for text in texts])
    return time.perf_counter() - started


def _ingest_once(folder: Path, number: int, embedder: Embedder) -> tuple[float, list[Passage], int]:
    """Ingest the hospital into a fresh data folder: seconds, its passages, documents read."""
    data = folder / f"data-{number}"
    data.mkdir()
    store = open_store(data)
    index = open_edge_index(data / "index", signature=signature_for(embedder))
    try:
        options = IngestOptions(manifest=(folder / "hospital" / "manifest.csv",))
        started = time.perf_counter()
        report = ingest([folder / "hospital"], store=store, index=index, embedder=embedder, options=options)
        seconds = time.perf_counter() - started
        passages = [
            passage
            for patient in store.patients()
            for passage in store.passages(
                Scope(principal_id="bench", patient_id=patient.id, purpose="evaluation")
            )
        ]
        return seconds, passages, report.compositions
    finally:
        index.close()
        store.close()
