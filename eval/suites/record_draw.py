"""Drawing cases: shares by stratum kept at every length, spread over families, kinds and patients, by hash.

The draw is an order of all candidates; a smaller number is the beginning of a larger one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Place(NamedTuple):
    """Where a candidate stands: what its share is kept by, and what the draw is spread over."""

    id: str
    bucket: str
    family: str
    kind: str
    patient: str


def digest(text: str) -> str:
    """What ties are broken by."""
    return sha256(text.encode()).hexdigest()


def draw(
    candidates: Iterable[T],
    wanted: int,
    *,
    place: Callable[[T], Place],
    shares: Mapping[str, float],
    weights: Mapping[str, int] | None = None,
) -> tuple[T, ...]:
    """The first `wanted` of the order: always from the bucket that is furthest behind its share.

    A bucket that is used up leaves its share to the others. Inside a bucket the family that was asked least
    for its weight (1 unless told) comes first.
    """
    weighed = weights or {}
    waiting: defaultdict[str, list[tuple[str, Place, T]]] = defaultdict(list)
    for item in candidates:
        where = place(item)
        waiting[where.bucket].append((digest(where.id), where, item))
    kept = {bucket: _trimmed(items) for bucket, items in waiting.items() if shares.get(bucket)}
    used: Counter[tuple[str, str]] = Counter()
    taken: Counter[str] = Counter()
    found: list[T] = []
    while len(found) < wanted and any(kept.values()):
        open_ones = [bucket for bucket in shares if kept.get(bucket)]
        bucket = max(open_ones, key=lambda name: (shares[name] * (len(found) + 1) - taken[name], name))
        best = min(kept[bucket], key=lambda entry: _spread(entry, used, weighed))
        kept[bucket].remove(best)
        taken[bucket] += 1
        _, where, item = best
        used.update(
            [("patient", where.patient), (f"{bucket} family", where.family), (f"{bucket} kind", where.kind)]
        )
        found.append(item)
    return tuple(found)


_EACH = 60


def _trimmed(items: Sequence[tuple[str, Place, T]]) -> list[tuple[str, Place, T]]:
    """At most `_EACH` candidates of one kind in one bucket, by hash, whatever number is wanted."""
    seen: Counter[str] = Counter()
    kept = []
    for entry in sorted(items, key=lambda entry: entry[0]):
        seen[entry[1].kind] += 1
        if seen[entry[1].kind] <= _EACH:
            kept.append(entry)
    return kept


def _spread(
    entry: tuple[str, Place, T], used: Counter[tuple[str, str]], weights: Mapping[str, int]
) -> tuple[float, int, int, str]:
    """Least asked family first, then kind, then patient; ties by hash."""
    chance, where, _ = entry
    bucket = where.bucket
    return (
        used[f"{bucket} family", where.family] / weights.get(where.family, 1),
        used[f"{bucket} kind", where.kind],
        used["patient", where.patient],
        chance,
    )
