"""Candidates: the sentences of the evidence that may answer, the nearest to the question first.

They are what a model reads. A sentence that names nobody's state (letter heads, signatures), that commands
its reader, or that does not tell the aspect that is asked, is no candidate.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from assistant.answering.aspects import asked_aspects, tells
from assistant.answering.extractive import LONGEST_QUOTE, SHORTEST_QUOTE
from assistant.answering.line_parts import part_about
from assistant.answering.understanding import Understanding
from assistant.answering.verify.reading import tainted
from models.base import Embedder
from models.errors import ModelError
from retrieval.clinical_text import split_sentences
from retrieval.evidence import EvidenceItem
from retrieval.folding import fold
from retrieval.terminology.lexicon import Lexicon

MOST = 9
"""Sentences that a model reads: a prompt is computed at 40 to 65 tokens a second on two cores, and the
sentence that answers was among the nine nearest for 21 of 27 questions (decision 017)."""


class Candidate(NamedTuple):
    """A sentence (`line`) of an evidence item, the sentence `before` it and the heading it stands under."""

    line: str
    item: EvidenceItem
    heading: str = ""
    before: str = ""


def candidates(
    understanding: Understanding,
    items: Sequence[EvidenceItem],
    *,
    embedder: Embedder,
    lexicon: Lexicon,
    most: int = MOST,
) -> tuple[Candidate, ...]:
    """Return at most `most` sentences of the passages among `items`, the nearest in meaning first.

    Without an encoder that works they keep the order of the evidence.
    """
    aspects = asked_aspects(understanding.question)
    telling = [
        each
        for each in _distinct(items)
        if tells(part_about(each.line, understanding, lexicon=lexicon), aspects)
    ]
    if len(telling) <= 1:
        return tuple(telling)
    try:
        question = embedder.embed_queries([understanding.question])[0]
        near = embedder.embed_passages([f"{_place(each)}\n{each.line}" for each in telling]) @ question
    except ModelError:
        return tuple(telling[:most])
    return tuple(telling[rank] for rank in np.argsort(-near, kind="stable")[:most])


def _distinct(items: Sequence[EvidenceItem]) -> Iterator[Candidate]:
    """Each sentence once: the evidence has the newest copy of what is copied from letter to letter first."""
    seen: set[str] = set()
    for item in items:
        for each in _sentences(item):
            key = fold(each.line)
            if key not in seen:
                seen.add(key)
                yield each


def _sentences(item: EvidenceItem) -> Iterator[Candidate]:
    if item.passage is None or tainted(item.locator.quote):
        return
    heading = item.passage.heading[-1] if item.passage.heading else ""
    if fold(heading) in _skipped():
        return
    text, before = item.locator.quote, ""
    for start, end in split_sentences(text):
        line = " ".join(text[start:end].split())
        if (
            SHORTEST_QUOTE <= len(line) <= LONGEST_QUOTE
            and not line.endswith(":")
            and fold(line) != fold(heading)
        ):
            yield Candidate(line, item, heading, before)
        before = line


def _place(candidate: Candidate) -> str:
    return " > ".join(part for part in (candidate.item.title, candidate.heading) if part)


@lru_cache(maxsize=1)
def _skipped() -> frozenset[str]:
    data = tomllib.loads(files("assistant.answering").joinpath("reader.toml").read_text(encoding="utf-8"))
    return frozenset(fold(title) for title in data["headings"]["skipped"])
