"""An encoder that is known at once and loaded when something is embedded.

Loading brings in torch and takes seconds; a question that facts answer needs none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assistant.once import Once
from models.base import Embedder, ModelInfo, Vectors
from models.errors import ModelRefused


class LateEncoder:
    """An `Embedder` over the one that `load` opens at first use; `info` and `dimensions` are that one's."""

    def __init__(self, info: ModelInfo, dimensions: int, load: Callable[[], Embedder]) -> None:
        self._info = info
        self._dimensions = dimensions
        self._loaded = Once(load)

    @property
    def info(self) -> ModelInfo:
        """What runs, or will."""
        return self._info

    @property
    def dimensions(self) -> int:
        """Length of every vector."""
        return self._dimensions

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed_queries`."""
        return self._encoder().embed_queries(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed_passages`."""
        return self._encoder().embed_passages(texts)

    def _encoder(self) -> Embedder:
        loaded = self._loaded.get()
        if loaded.dimensions != self._dimensions or loaded.info.sha256 != self._info.sha256:
            raise ModelRefused("the encoder's files changed since the service started; start it again")
        return loaded
