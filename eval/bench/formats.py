"""Documents a second and peak memory of each format with the real encoder; cost of ingest as a record grows.

Each format is read by a process of its own, so that its peak of memory is its own. The documents are invented
and the same in every format: five results and a paragraph.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from eval.bench.format_sources import SOURCES, source_of
from eval.bench.result import Measure, measure
from models.hashing import HashingEmbedder
from retrieval.formats.base import FORMATS
from retrieval.index.edge import open_edge_index
from retrieval.ingest import IngestOptions, ingest
from retrieval.outbox import signature_for
from retrieval.records import open_store

FLAT = 1.25
"""A document of the last third may cost this much more than one of the first third."""
WARMING = 5
"""Documents read before the first third."""
PATIENTS = 20


def bench_formats(*, documents: int, growth: Sequence[int]) -> Iterator[Measure]:
    """Yield the figures of each registered format, then the cost of growth for each size of `growth`."""
    for name in SOURCES:
        if name in FORMATS:
            yield from _one_format(name, documents)
    for size in growth:
        yield from _growth(size)


def _one_format(name: str, documents: int) -> Iterator[Measure]:
    command = [sys.executable, "-m", "eval.bench.one_format", name, str(documents)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)  # noqa: S603 - our own words, no shell
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    units = {"documents_per_s": "documents/s", "read_ms": "ms/document"}
    for key, value in found.items():
        yield measure(f"formats.{name}.{key}", [value], unit=units.get(key, "MB"))


class _Third(NamedTuple):
    """What a third of a growing record cost: wall seconds and processor seconds."""

    wall: float
    processor: float


def _growth(size: int) -> Iterator[Measure]:
    """Ingest `size` text files in three runs: ms a document, and the last run against the first.

    Each run does its own index work. Processor time leaves out waiting for the disk, and other programs.
    """
    with tempfile.TemporaryDirectory(prefix="aparte-bench-") as name:
        thirds = _thirds(Path(name), size // 3)
    wall = [third.wall for third in thirds]
    ratio = thirds[-1].processor / thirds[0].processor
    yield measure(f"formats.growth_{size}.ms_per_document", [sum(wall) / (size // 3 * 3) * 1000], unit="ms")
    yield measure(f"formats.growth_{size}.last_to_first", [wall[-1] / wall[0]], unit="ratio", at_most=FLAT)
    yield measure(f"formats.growth_{size}.last_to_first_processor", [ratio], unit="ratio", at_most=FLAT)


def _thirds(folder: Path, third: int) -> list[_Third]:
    (folder / "data").mkdir()
    store, embedder = open_store(folder / "data"), HashingEmbedder()
    index = open_edge_index(folder / "data" / "index", signature=signature_for(embedder))
    found = []
    try:
        for run in range(-1, 3):
            first = run * third if run >= 0 else 3 * third
            amount = third if run >= 0 else WARMING
            source = folder / f"in{run}"
            options = IngestOptions(manifest=(write_sources(source, "text", amount, first=first),))
            started, busy = time.perf_counter(), time.process_time()
            report = ingest([source], store=store, index=index, embedder=embedder, options=options)
            found.append(_Third(time.perf_counter() - started, time.process_time() - busy))
            if report.read != amount:
                raise RuntimeError(f"{report.read} of {amount} documents were read")
    finally:
        index.close()
        store.close()
    return found[1:]  # the first run loads what the others find loaded


def write_sources(folder: Path, name: str, documents: int, *, first: int = 0) -> Path:
    """Write reports from `first` on, in folders of 1,000, for `PATIENTS` in turn; returns the manifest."""
    rows = ["path,patient_id"]
    for number in range(first, first + documents):
        file, data = source_of(name, number)
        path = folder / f"{number // 1000:03d}" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        rows.append(f"{path.relative_to(folder)},p-{number % PATIENTS:03d}")
    manifest = folder / "manifest.csv"
    manifest.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return manifest
