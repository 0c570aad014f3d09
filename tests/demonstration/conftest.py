"""The whole demonstration hospital, once a session, with the shipped fake encoder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models.hashing import HashingEmbedder
from tests.demonstration.loaded import Loaded, load


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """All twelve patients."""
    loaded = load(tmp_path_factory.mktemp("demonstration"), HashingEmbedder(), patients=12)
    yield loaded
    loaded.services.index.close()
    loaded.store.close()
