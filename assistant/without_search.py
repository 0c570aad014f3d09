"""What stands in for the encoder and the index where they cannot be used: every search says why.

Facts, timelines, documents and word scans go on; an answer that needed the search says that it failed, and
never that nothing was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from models.base import ModelInfo, Vectors
from models.errors import ModelUnavailable
from retrieval.errors import IndexUnavailable
from retrieval.index.base import Hit, IndexPoint, IndexSignature, Vector
from retrieval.scope import Filters, Scope


class NoEncoder:
    """An `Embedder` that cannot embed."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    @property
    def info(self) -> ModelInfo:
        """Nothing runs."""
        return ModelInfo(name="none", engine="none", context_tokens=1, status="fake")

    @property
    def dimensions(self) -> int:
        """Of no vector."""
        return 1

    def embed_queries(self, texts: Sequence[str]) -> Vectors:  # noqa: ARG002
        """Raises ModelUnavailable."""
        raise ModelUnavailable(self._reason)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:  # noqa: ARG002
        """Raises ModelUnavailable."""
        raise ModelUnavailable(self._reason)


class NoIndex:
    """A `VectorIndex` that raises IndexUnavailable, with the reason, whatever it is asked."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    @property
    def signature(self) -> IndexSignature:
        """Of no index."""
        return IndexSignature(encoder="none", dimensions=1)

    def put(self, points: Sequence[IndexPoint]) -> None:  # noqa: ARG002
        """Raises IndexUnavailable."""
        self._refuse()

    def retire(self, record_id: str, version: str | None, *, keep: str | None = None) -> None:  # noqa: ARG002
        """Raises IndexUnavailable."""
        self._refuse()

    def search(
        self,
        scope: Scope,  # noqa: ARG002
        *,
        vector: Vector,  # noqa: ARG002
        text: str,  # noqa: ARG002
        limit: int,  # noqa: ARG002
        filters: Filters,  # noqa: ARG002
    ) -> tuple[Hit, ...]:
        """Raises IndexUnavailable."""
        self._refuse()

    def count(self) -> int:
        """Raises IndexUnavailable."""
        self._refuse()

    def clear(self) -> None:
        """Raises IndexUnavailable."""
        self._refuse()

    def close(self) -> None:
        """There is nothing to close."""

    def _refuse(self) -> NoReturn:
        raise IndexUnavailable(self._reason)
