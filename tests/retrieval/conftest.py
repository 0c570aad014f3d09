"""A store, an index in memory and a fake encoder for the tests of retrieval."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.hashing import HashingEmbedder
from retrieval.index.memory import MemoryIndex
from retrieval.outbox import signature_for
from retrieval.records import RecordStore, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RecordStore]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def embedder() -> HashingEmbedder:
    return HashingEmbedder()


@pytest.fixture
def index(embedder: HashingEmbedder) -> MemoryIndex:
    return MemoryIndex(signature_for(embedder))
