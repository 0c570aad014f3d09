"""``SentenceTransformerEmbedder``: a sentence-transformers folder on this disk. Only this file imports it.

Nothing is looked up on a hub: offline mode is set before the library is imported, only local files are
read, and no code of the folder is run.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .base import ModelInfo, Vectors
from .errors import EngineMissing, ModelError, ModelUnavailable

BATCH = 16
BULK = 2 * BATCH
"""From so many passages in one call on, all the threads that bulk work may have are used."""
MAX_TEXT_CHARACTERS = 20_000
"""Beyond this a text is cut before it is tokenised: no encoder of ours reads further anyway."""
_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


def _load(folder: Path, threads: int) -> Any:
    os.environ.update(_OFFLINE)
    try:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging
    except ImportError as error:
        raise EngineMissing(
            "the libraries of the encoder are not installed.",
            hint="Install them with: pip install sentence-transformers torch (README: the CPU build)",
        ) from error
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(threads)
    try:
        return SentenceTransformer(
            str(folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise ModelUnavailable(
            "the encoder's folder cannot be loaded; aparte models verify says more"
        ) from error


def _use_threads(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)


def prompts_of(folder: Path) -> tuple[str, str]:
    """The words that the folder's settings put before a query and before a passage; empty if none."""
    try:
        settings = json.loads((folder / "config_sentence_transformers.json").read_text("utf-8"))
        prompts = settings.get("prompts") or {}
    except (OSError, ValueError, AttributeError):
        return "", ""
    return str(prompts.get("query", "")), str(prompts.get("passage", prompts.get("document", "")))


class SentenceTransformerEmbedder:
    """An ``Embedder`` over a local sentence-transformers folder. Loads at once; one encoding at a time.

    ``threads``: of torch, in this whole process. One leaves the other cores to the language model.
    ``bulk_threads``: while many passages are encoded, as an ingest does; 0 is as many as ``threads``.
    ``bfloat16``: multiply in bfloat16, on a processor that does it in hardware (decision 008).
    """

    def __init__(
        self,
        folder: Path,
        *,
        info: ModelInfo,
        threads: int = 1,
        bulk_threads: int = 0,
        bfloat16: bool = False,
    ) -> None:
        self._info = info
        self._query, self._passage = prompts_of(folder)
        if not (self._query or self._passage) and "e5" in info.name.lower():
            # The publisher's own e5 folders do not name their prefixes; without them e5 is much worse.
            self._query, self._passage = "query: ", "passage: "
        self._lock = threading.Lock()
        self._threads, self._bulk_threads = threads, max(threads, bulk_threads)
        self._bfloat16 = bfloat16
        self._model = _load(folder, threads)
        self._dimensions = int(self._model.get_embedding_dimension())

    @property
    def info(self) -> ModelInfo:
        """What runs."""
        return self._info

    @property
    def dimensions(self) -> int:
        """Length of every vector."""
        return self._dimensions

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """See ``Embedder.embed_queries``."""
        return self._embed(texts, self._query)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """See ``Embedder.embed_passages``."""
        if len(texts) < BULK or self._bulk_threads == self._threads:
            return self._embed(texts, self._passage)
        _use_threads(self._bulk_threads)
        try:
            return self._embed(texts, self._passage)
        finally:
            _use_threads(self._threads)

    def _embed(self, texts: Sequence[str], prefix: str) -> Vectors:
        """Encode in batches of similar length: padding costs as much as words."""
        vectors = np.zeros((len(texts), self._dimensions), dtype=np.float32)
        ready = [prefix + text[:MAX_TEXT_CHARACTERS] for text in texts]
        order = sorted(range(len(ready)), key=lambda rank: len(ready[rank]), reverse=True)
        for start in range(0, len(order), BATCH):
            ranks = order[start : start + BATCH]
            vectors[ranks] = self._encode([ready[rank] for rank in ranks])
        return vectors

    def _encode(self, texts: list[str]) -> Vectors:
        import torch

        try:
            with self._lock, torch.autocast("cpu", dtype=torch.bfloat16, enabled=self._bfloat16):
                found = self._model.encode(
                    texts, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False, prompt=""
                )
        except (RuntimeError, ValueError, MemoryError) as error:
            raise ModelUnavailable("the encoder failed on a text") from error
        vectors = np.asarray(found, dtype=np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(vectors).all() or (norms == 0).any():
            raise ModelError("the encoder produced something that is not a vector")
        unit: Vectors = vectors / norms
        return unit
