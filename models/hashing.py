"""``HashingEmbedder``: vectors without weights, from hashed words and character n-grams.

It ships with the product, for tests and for looking around before any weights are there: texts that share
words or stems are near, nothing more. Deterministic on every machine.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np

from .base import ModelInfo, Vectors

DIMENSIONS = 384
NGRAM = 4
WORD_WEIGHT = 2.0
MAX_CHARACTERS = 20_000
_WORD = re.compile(r"[a-z0-9]+(?:[.,][0-9]+)*")
_PREFIX = "hashing-v1 "


def features(text: str) -> Counter[str]:
    """The words and character n-grams of a text, without case or accents, with their counts."""
    plain = unicodedata.normalize("NFKD", text[:MAX_CHARACTERS].replace("œ", "oe").replace("Œ", "OE")).lower()
    words = _WORD.findall("".join(char for char in plain if not unicodedata.combining(char)))
    found: Counter[str] = Counter({f"w {word}": 0 for word in words})
    for word in words:
        found[f"w {word}"] += 1
        padded = f"<{word}>"
        found.update(f"g {padded[at : at + NGRAM]}" for at in range(max(1, len(padded) - NGRAM + 1)))
    return found


def embed(text: str) -> Vectors:
    """One vector of length 1; an empty text gives a fixed direction rather than a zero."""
    vector = np.zeros(DIMENSIONS, dtype=np.float64)
    for feature, count in features(text).items():
        code = zlib.crc32((_PREFIX + feature).encode())
        weight = WORD_WEIGHT if feature.startswith("w ") else 1.0
        vector[code % DIMENSIONS] += (1.0 if code >> 31 else -1.0) * weight * np.log1p(count)
    norm = float(np.linalg.norm(vector))
    if norm == 0.0:
        vector[0] = norm = 1.0
    return (vector / norm).astype(np.float32)


class HashingEmbedder:
    """An ``Embedder`` without weights."""

    @property
    def info(self) -> ModelInfo:
        """What runs: a stand-in."""
        return ModelInfo(
            name="hashing-v1",
            engine="hashing",
            context_tokens=MAX_CHARACTERS,
            licence="Apache-2.0",
            languages=("fr", "en"),
            status="fake",
        )

    @property
    def dimensions(self) -> int:
        """Length of every vector."""
        return DIMENSIONS

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """See ``Embedder.embed_queries``."""
        return self.embed_passages(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """See ``Embedder.embed_passages``."""
        if not texts:
            return np.zeros((0, DIMENSIONS), dtype=np.float32)
        return np.stack([embed(text) for text in texts])
