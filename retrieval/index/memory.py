"""An exact index in memory: a fake for tests, and the way to search passages that wait to be indexed.

Words are weighed by BM25 over the patient's own passages, meaning by cosine, and the two orders are fused
by reciprocal rank as in the real index.
"""

from __future__ import annotations

import math
import re
import threading
from collections import Counter
from collections.abc import Sequence

import numpy as np

from retrieval.errors import IndexUnavailable
from retrieval.folding import fold
from retrieval.index.base import Hit, IndexPoint, IndexSignature, Vector
from retrieval.scope import Filters, Scope

RANK_CONSTANT = 60
_WORD = re.compile(r"\w+")
_STOP_WORDS = (
    "a au aux ce ces cette d dans de des du elle en est et il ils l la le les leur n ne ou par pas pour "
    "qu que qui s sa se ses son sont sur un une y quel quelle the of and is in"
)
_STOP = frozenset(_STOP_WORDS.split())


def _words(text: str) -> list[str]:
    words = (word for word in _WORD.findall(fold(text)) if word not in _STOP)
    return [word.rstrip("sx") if len(word) > 3 else word for word in words]


def fused(orders: Sequence[Sequence[str]], *, constant: int = RANK_CONSTANT) -> list[tuple[str, float]]:
    """Fuse several orders of ids by reciprocal rank; best first, equal scores in order of id."""
    scores: dict[str, float] = {}
    for order in orders:
        for rank, name in enumerate(order):
            scores[name] = scores.get(name, 0.0) + 1.0 / (constant + rank + 1)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


class MemoryIndex:
    """Everything in one dictionary; nothing is kept when the process ends."""

    def __init__(self, signature: IndexSignature) -> None:
        self._signature = signature
        self._points: dict[str, IndexPoint] = {}
        self._words: dict[str, Counter[str]] = {}
        self._lock = threading.RLock()
        self._closed = False

    @property
    def signature(self) -> IndexSignature:
        """What it was built with."""
        return self._signature

    def put(self, points: Sequence[IndexPoint]) -> None:
        """Add or replace passages."""
        self._check_open()
        if any(point.vector.shape != (self._signature.dimensions,) for point in points):
            raise IndexUnavailable("a vector is not of the index's dimensions: another encoder made it")
        with self._lock:
            for point in points:
                self._points[point.passage_id] = point
                self._words[point.passage_id] = Counter(_words(point.text))

    def retire(self, record_id: str, version: str | None, *, keep: str | None = None) -> None:
        """Remove one version of a record, or all of them, but those of `keep`."""
        self._check_open()
        with self._lock:
            for name, point in list(self._points.items()):
                chosen = point.record_id == record_id and version in {None, point.version}
                if chosen and (keep is None or point.version != keep):
                    del self._points[name], self._words[name]

    def search(
        self, scope: Scope, *, vector: Vector, text: str, limit: int, filters: Filters
    ) -> tuple[Hit, ...]:
        """Search exactly among the Scope's own passages."""
        self._check_open()
        with self._lock:
            points = [point for point in self._points.values() if _visible(point, scope, filters)]
            if not points:
                return ()
            matrix = np.stack([point.vector for point in points])
            near = zip((matrix @ vector).tolist(), points, strict=True)
            order = sorted(near, key=lambda pair: (-pair[0], pair[1].passage_id))
            by_meaning = [point.passage_id for _, point in order[: limit * 4]]
            theirs = [name for name, point in self._points.items() if point.patient_id == scope.patient_id]
            by_words = self._by_words([point.passage_id for point in points], theirs, _words(text))[
                : limit * 4
            ]
        return tuple(
            Hit(passage_id=name, score=score) for name, score in fused([by_meaning, by_words])[:limit]
        )

    def _by_words(self, names: list[str], corpus: list[str], words: list[str]) -> list[str]:
        frequency = {word: sum(word in self._words[name] for name in corpus) for word in set(words)}
        average = sum(self._words[name].total() for name in corpus) / len(corpus) or 1.0
        scores: dict[str, float] = {}
        for name in names:
            counts = self._words[name]
            norm = 1.2 * (0.25 + 0.75 * counts.total() / average)
            for word, count in frequency.items():
                rarity = math.log(1 + (len(corpus) - count + 0.5) / (count + 0.5))
                weight = counts[word] * 2.2 / (counts[word] + norm) if counts[word] else 0.0
                scores[name] = scores.get(name, 0.0) + rarity * weight
        return sorted((name for name in scores if scores[name] > 0), key=lambda name: (-scores[name], name))

    def count(self) -> int:
        """How many passages are held."""
        self._check_open()
        return len(self._points)

    def clear(self) -> None:
        """Remove everything."""
        self._check_open()
        with self._lock:
            self._points.clear()
            self._words.clear()

    def close(self) -> None:
        """Forget everything; later calls raise IndexUnavailable."""
        self._closed = True

    def _check_open(self) -> None:
        if self._closed:
            raise IndexUnavailable("the search index is closed")


def _visible(point: IndexPoint, scope: Scope, filters: Filters) -> bool:
    if point.patient_id != scope.patient_id or point.record_id in scope.masked_records:
        return False
    if filters.kinds and point.kind not in filters.kinds:
        return False
    if filters.sources and point.system not in filters.sources:
        return False
    if filters.from_date is not None and (point.last_day is None or point.last_day < filters.from_date):
        return False
    return filters.to_date is None or (point.first_day is not None and point.first_day <= filters.to_date)
