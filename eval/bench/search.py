"""Search inside one patient, with the whole index at 1,000 and at 30,000 passages: it must stay flat."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

import numpy as np

from eval.bench.result import Measure, measure, percentile
from retrieval.index.base import IndexPoint, IndexSignature, Vector, VectorIndex
from retrieval.index.edge import open_edge_index
from retrieval.scope import Filters, Scope

SIZES = (1_000, 30_000)
PER_PATIENT = 250
DIMENSIONS = 384
QUERIES = 200
WORDS = tuple(
    """potassium créatinine hémoglobine insuffisance cardiaque furosémide apixaban dyspnée œdèmes échographie
    scanner thoracique douleur fièvre antibiotique prothèse hanche diabète metformine consultation sortie
    """.split()  # noqa: SIM905 - a list of words reads better than a list of strings
)


def bench_search(*, rounds: int) -> Iterator[Measure]:
    """Yield p50 and p95 in milliseconds at both sizes, and the ratio of the p95.

    Vectors are seeded and random, texts are drawn from clinical words; each patient has the same number
    of passages whatever the size of the whole. The sizes alternate query by query.
    """
    with tempfile.TemporaryDirectory(prefix="aparte-bench-") as name:
        signature = IndexSignature(encoder="seeded", dimensions=DIMENSIONS)
        indexes = {
            size: _filled(open_edge_index(Path(name) / str(size), signature=signature), size)
            for size in SIZES
        }
        slow: dict[int, list[float]] = {size: [] for size in SIZES}
        middle: dict[int, list[float]] = {size: [] for size in SIZES}
        for number in range(rounds):
            times = _one_round(indexes, np.random.default_rng(number))
            for size in SIZES:
                slow[size].append(percentile(times[size], 0.95))
                middle[size].append(percentile(times[size], 0.50))
        for index in indexes.values():
            index.close()
    for size in SIZES:
        yield measure(f"search.p50_ms_at_{size}", middle[size], unit="ms")
        yield measure(f"search.p95_ms_at_{size}", slow[size], unit="ms")
    growth = [large / small for small, large in zip(slow[SIZES[0]], slow[SIZES[1]], strict=True)]
    yield measure("search.p95_growth_1000_to_30000", growth, unit="ratio", at_most=1.5)


def _filled(index: VectorIndex, size: int) -> VectorIndex:
    random = np.random.default_rng(size)
    words = cycle(WORDS)
    for start in range(0, size, 1_000):
        vectors = _unit(random.standard_normal((1_000, DIMENSIONS)).astype(np.float32))
        index.put(
            [
                IndexPoint(
                    passage_id=f"p{number}",
                    patient_id=f"patient-{number // PER_PATIENT}",
                    record_id=f"r{number // 5}",
                    version="1",
                    kind="laboratory",
                    first_day="2025-01-01",
                    last_day="2025-01-01",
                    system="bench",
                    text=" ".join(next(words) for _ in range(12)),
                    vector=vectors[number - start],
                )
                for number in range(start, start + 1_000)
            ]
        )
    return index


def _one_round(indexes: dict[int, VectorIndex], random: np.random.Generator) -> dict[int, list[float]]:
    times: dict[int, list[float]] = {size: [] for size in indexes}
    for _ in range(QUERIES):
        vector = _unit(random.standard_normal((1, DIMENSIONS)).astype(np.float32))[0]
        text = " ".join(random.choice(WORDS, size=3))
        for size, index in indexes.items():
            patient = f"patient-{int(random.integers(size // PER_PATIENT))}"
            scope = Scope(principal_id="bench", patient_id=patient, purpose="evaluation")
            started = time.perf_counter()
            hits: Sequence[object] = index.search(
                scope, vector=vector, text=text, limit=12, filters=Filters()
            )
            times[size].append((time.perf_counter() - started) * 1000)
            if not hits:
                raise RuntimeError(f"the index of {size} passages found nothing for {patient}")
    return times


def _unit(vectors: Vector) -> Vector:
    lengths: Vector = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / lengths
