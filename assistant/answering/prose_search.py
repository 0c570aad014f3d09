"""Prose that holds the question's own words: every narrative passage of the record is looked at.

Vectors and the index's words rank all passages together, where structured entries outnumber prose; a question
that facts do not close is asked of prose first. Weights are inverse document frequencies over its prose.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from assistant.answering.understanding import Understanding
from assistant.answering.verify.support import stem, with_synonyms
from retrieval.folding import fold
from retrieval.passage import Passage
from retrieval.terminology.lexicon import Lexicon

MOST = 4
_BEGINNING = frozenset({"since", "first"})
_ENOUGH = 0.5
"""The share of the question's weight that a passage must hold."""


class _Group(NamedTuple):
    """What stands for one thing that is asked: any of these words."""

    pattern: re.Pattern[str]
    weight: float


def prose_passages(
    understanding: Understanding,
    passages: Iterable[Passage],
    *,
    lexicon: Lexicon,
    words: Sequence[str],
    limit: int = MOST,
) -> tuple[Passage, ...]:
    """The narrative passages that hold most of what is asked, best first.

    `passages` come newest first, and so do equals; the oldest goes first where a beginning is asked. `words`
    are the question's content words outside its concepts. Empty when nothing asked is rare enough to tell
    one passage from another.
    """
    told = [(passage, fold(passage.text)) for passage in passages if passage.narrative]
    if _BEGINNING.intersection(understanding.intents):
        told.reverse()  # the store gives the newest first; when a thing began is told by the oldest
    groups = _groups(understanding, lexicon, words, [text for _, text in told])
    whole = sum(group.weight for group in groups)
    if not whole:
        return ()
    scored = [(sum(g.weight for g in groups if g.pattern.search(text)), passage) for passage, text in told]
    kept = [pair for pair in scored if pair[0] >= whole * _ENOUGH]
    kept.sort(key=lambda pair: -pair[0])
    return tuple(passage for _, passage in kept[:limit])


def _groups(
    understanding: Understanding, lexicon: Lexicon, words: Sequence[str], texts: Sequence[str]
) -> list[_Group]:
    named = [lexicon.search_words((concept,)) for concept in understanding.concepts]
    forms = [[fold(word) for word in each] for each in named if each]
    forms += [[stem(word) for word in with_synonyms((term,))] for term in words]
    groups = []
    for each in forms:
        pattern = re.compile("|".join(rf"(?<!\w){re.escape(form)}" for form in each))
        held = sum(pattern.search(text) is not None for text in texts)
        if held:
            groups.append(_Group(pattern, math.log((1 + len(texts)) / held)))
    return groups
