"""The contract of a search index, and the values it exchanges.

An index holds for each passage two vectors (meaning, words) and the fields to filter by; no text. It is never
the truth: the record store says what is current, and the index can be made again from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from retrieval.frozen import Frozen
from retrieval.scope import Filters, Scope

SCHEMA = 2
"""Raised with every change of the fields or of what vectors are made from. An index of another schema is made
again."""

Vector = npt.NDArray[np.float32]


class IndexSignature(Frozen):
    """What an index was built with: two indexes with different signatures cannot be mixed.

    `encoder_sha256` is None where the encoder's weights have no digest (a fake, a remote one).
    """

    encoder: str
    dimensions: int
    encoder_sha256: str | None = None
    schema_version: int = SCHEMA


@dataclass(frozen=True, slots=True)
class IndexPoint:
    """One passage as the index takes it.

    `version` names the version and its rendering, `first_day` and `last_day` are the days that the document
    is about (`YYYY-MM-DD`; None: undated), `text` is what the word vector is made from and is not kept,
    `vector` is float32 of the signature's dimensions and of length 1.
    """

    passage_id: str
    patient_id: str
    record_id: str
    version: str
    kind: str
    first_day: str | None
    last_day: str | None
    system: str
    text: str
    vector: Vector


class Hit(Frozen):
    """A passage that was found; the score orders hits of one search and means nothing else."""

    passage_id: str
    score: float


class VectorIndex(Protocol):
    """A search index. Writes are durable when they return; every method raises IndexUnavailable when it
    cannot be done, and never returns less in silence. Safe to use from several threads."""

    @property
    def signature(self) -> IndexSignature:
        """What it was built with."""
        ...

    def put(self, points: Sequence[IndexPoint]) -> None:
        """Add passages; one that is there under the same id is replaced."""
        ...

    def retire(self, record_id: str, version: str | None, *, keep: str | None = None) -> None:
        """Remove the passages of one version of a record (None: of all versions), but those of `keep`."""
        ...

    def search(
        self, scope: Scope, *, vector: Vector, text: str, limit: int, filters: Filters
    ) -> tuple[Hit, ...]:
        """The best passages of the Scope's patient by meaning (`vector`) and by words (`text`), best first.

        Masked records are left out, `filters` hold, and other patients have no part in the ranking.
        """
        ...

    def count(self) -> int:
        """How many passages are held."""
        ...

    def clear(self) -> None:
        """Remove everything."""
        ...

    def close(self) -> None:
        """Release files and memory; may be called twice."""
        ...
