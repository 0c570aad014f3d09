"""Which passages an open question is answered from: prose with its words, then what the index finds. Sync."""

from __future__ import annotations

from typing import NamedTuple

from assistant.answering.extractive import asked_words
from assistant.answering.prose_search import prose_passages
from assistant.answering.understanding import Understanding
from models.base import Embedder
from retrieval.errors import IndexUnavailable
from retrieval.index.base import VectorIndex
from retrieval.passage import Passage
from retrieval.records import RecordStore
from retrieval.scope import Filters, Scope
from retrieval.search import search
from retrieval.terminology.lexicon import Lexicon

SEARCHED = 40
"""Passages asked of the index. Structured entries outnumber prose, and facts have answered from them already:
prose is taken first, in the order of the search (decision 017)."""
PROSE, ENTRIES = 10, 4
"""Of what the index finds: passages of prose, then of structured entries."""


class Sources(NamedTuple):
    """Where to look, and with what."""

    store: RecordStore
    vectors: VectorIndex
    embedder: Embedder
    lexicon: Lexicon


def passages_for(
    scope: Scope, understanding: Understanding, sources: Sources, filters: Filters
) -> tuple[tuple[Passage, ...], bool]:
    """The passages in the order of their worth, and whether the index could not be used.

    Without an index the prose that holds the question's words is still found. Raises UnknownRecord and
    StoreError.
    """
    narrowed = _narrowed(filters, understanding)
    held = sources.store.passages(scope, filters=narrowed)
    words = asked_words(understanding)
    told = prose_passages(understanding, held, lexicon=sources.lexicon, words=words)
    first = {passage.id for passage in told}
    found, failed = _searched(scope, understanding, sources, narrowed)
    return (*told, *(passage for passage in found if passage.id not in first)), failed


def _searched(
    scope: Scope, understanding: Understanding, sources: Sources, filters: Filters
) -> tuple[tuple[Passage, ...], bool]:
    try:
        found = search(
            scope,
            understanding.question,
            store=sources.store,
            index=sources.vectors,
            embedder=sources.embedder,
            limit=SEARCHED,
            filters=filters,
        )
    except IndexUnavailable:
        return (), True
    passages = [scored.passage for scored in found]
    prose = [each for each in passages if each.narrative][:PROSE]
    return (*prose, *[each for each in passages if not each.narrative][:ENTRIES]), False


def _narrowed(filters: Filters, understanding: Understanding) -> Filters:
    """The period of the question narrows the search where the request does not."""
    period = understanding.period
    if period is None or filters.from_date or filters.to_date:
        return filters
    return filters.model_copy(update={"from_date": period.from_date, "to_date": period.to_date})
