"""`python -m eval.bench.one_format NAME DOCUMENTS`: ingest reports of one format, print figures as JSON."""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

from assistant.model_settings import model_settings
from assistant.settings import force_offline, load_settings
from eval.bench.format_sources import source_of
from eval.bench.formats import write_sources
from models.base import Embedder
from models.build import open_embedder
from retrieval.formats.base import Source, load_format
from retrieval.index.edge import open_edge_index
from retrieval.ingest import IngestOptions, ingest
from retrieval.outbox import signature_for
from retrieval.records import open_store


def one_format(name: str, documents: int, embedder: Embedder) -> dict[str, float]:
    """Documents/s of a whole ingest, ms a document of the reader alone, and peak memory in MB.

    `peak_beyond_encoder_mb` is what the peak adds to the process with the encoder loaded and used once.
    """
    embedder.embed_passages(["passage"])
    before = _peak_mb()
    with tempfile.TemporaryDirectory(prefix="aparte-bench-") as temporary:
        folder = Path(temporary)
        manifest = write_sources(folder / "in", name, documents)
        reader_ms = _reader_ms(name, documents)
        (folder / "data").mkdir()
        store = open_store(folder / "data")
        index = open_edge_index(folder / "data" / "index", signature=signature_for(embedder))
        try:
            started = time.perf_counter()
            options = IngestOptions(format=name, manifest=(manifest,))
            report = ingest([folder / "in"], store=store, index=index, embedder=embedder, options=options)
            seconds = time.perf_counter() - started
        finally:
            index.close()
            store.close()
    read = report.read + report.replaced
    if read < documents or report.rejected:
        raise RuntimeError(f"{name}: {read} of {documents} documents were read")
    peak = _peak_mb()
    return {
        "documents_per_s": read / seconds,
        "read_ms": reader_ms,
        "peak_mb": peak,
        "peak_beyond_encoder_mb": peak - before,
    }


def _reader_ms(name: str, documents: int) -> float:
    reader = load_format(name)
    sources = [Source(name=file, data=data) for file, data in (source_of(name, n) for n in range(documents))]
    started = time.perf_counter()
    for source in sources:
        list(reader.read(source))
    return (time.perf_counter() - started) / documents * 1000


def _peak_mb() -> float:
    """The highest resident memory of this process so far; Linux counts in kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure the format that the command line names, with the encoder that the settings name."""
    name, documents = sys.argv[1], int(sys.argv[2])
    force_offline()
    embedder = open_embedder(model_settings(load_settings(allow_test_models=True)))
    print(json.dumps(one_format(name, documents, embedder)))


if __name__ == "__main__":
    main()
