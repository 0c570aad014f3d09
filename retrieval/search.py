"""Search in one Scope: by meaning and by words, checked against the store before anything is shown."""

from __future__ import annotations

from models.base import Embedder
from models.errors import ModelError
from retrieval.embedding import PassageVectors
from retrieval.errors import IndexUnavailable
from retrieval.frozen import Frozen
from retrieval.index.base import VectorIndex
from retrieval.index.memory import MemoryIndex, fused
from retrieval.outbox import index_points
from retrieval.passage import Passage
from retrieval.records import NO_FILTERS, RecordStore
from retrieval.scope import Filters, Scope
from retrieval.store.values import DatedPassage

MAX_QUESTION = 2_000
"""Characters of a question that are searched for; an encoder reads no more."""
MAX_WAITING = 400
"""Passages waiting for the index that a search will look at by itself."""
SPARE = 2
"""The index is asked for this many times the limit, since hits of replaced versions fall out."""


class ScoredPassage(Frozen):
    """A passage that was found; the score orders the passages of one search and means nothing else."""

    passage: Passage
    score: float


def search(
    scope: Scope,
    question: str,
    *,
    store: RecordStore,
    index: VectorIndex,
    embedder: Embedder,
    limit: int = 12,
    filters: Filters = NO_FILTERS,
) -> tuple[ScoredPassage, ...]:
    """Return the best passages of the Scope's patient for a question, best first; none for a blank one.

    Passages that wait to be indexed are searched too. Only passages of current versions come back.

    Raises IndexUnavailable when the search cannot be complete (an empty result means that nothing is there to
    find), UnknownRecord when the patient is not held.
    """
    words = question.strip()[:MAX_QUESTION]
    waiting = store.unindexed_passages(scope, filters=filters)
    if not words or store.count_documents(scope, filters=filters) == 0:
        return ()
    if len(waiting) > MAX_WAITING:
        raise IndexUnavailable("this patient's documents are still being indexed: try again in a few minutes")
    try:
        vector = embedder.embed_queries([words])[0]
        late = _index_of(waiting, index, embedder)
    except ModelError as error:
        raise IndexUnavailable(
            "the encoder that search needs cannot be used; `aparte doctor` says why"
        ) from error
    wide = limit * SPARE
    orders = [
        [hit.passage_id for hit in each.search(scope, vector=vector, text=words, limit=wide, filters=filters)]
        for each in ((index, late) if late is not None else (index,))
    ]
    ranked = fused(orders)
    found = {
        passage.id: passage for passage in store.passages(scope, filters=filters, ids=[n for n, _ in ranked])
    }
    if not found and store.passages(scope, filters=filters):
        raise IndexUnavailable("the search index does not hold this patient's record: run `aparte reindex`")
    kept = [ScoredPassage(passage=found[name], score=score) for name, score in ranked if name in found]
    return tuple(kept[:limit])


def _index_of(
    waiting: tuple[DatedPassage, ...], index: VectorIndex, embedder: Embedder
) -> MemoryIndex | None:
    if not waiting:
        return None
    late = MemoryIndex(index.signature)
    late.put(index_points(waiting, PassageVectors(embedder)))
    return late
