"""An ingest that says where it is, line by line, for tests that kill it. Run as a script."""

from __future__ import annotations

import sys
from pathlib import Path

from models.hashing import HashingEmbedder
from retrieval.index.edge import open_edge_index
from retrieval.ingest import IngestProgress, ingest
from retrieval.outbox import signature_for
from retrieval.records import open_store
from tests.retrieval.documents import LineFormat


def told(step: IngestProgress) -> None:
    sys.stdout.write(f"{step.stage} {step.done}\n")
    sys.stdout.flush()


def main(data: Path, folder: Path) -> None:
    embedder = HashingEmbedder()
    store = open_store(data)
    index = open_edge_index(data / "index", signature=signature_for(embedder))
    ingest(
        [folder], store=store, index=index, embedder=embedder, formats={"lines": LineFormat()}, progress=told
    )
    index.close()
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
