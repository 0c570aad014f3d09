"""A draw by hash with shares by bucket, where nothing else is to be spread: cheap, and nested at every
length.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from eval.cases.case import Case
from eval.suites.record_draw import digest


def interleaved(
    cases: Iterable[Case], wanted: int, *, stratum: str, shares: Mapping[str, float]
) -> tuple[Case, ...]:
    """The first `wanted` cases of the order: always from the stratum furthest behind its share, inside by
    hash.
    """
    waiting: defaultdict[str, list[Case]] = defaultdict(list)
    for case in sorted(cases, key=lambda case: digest(case.id), reverse=True):
        waiting[case.strata[stratum]].append(case)
    taken: Counter[str] = Counter()
    found: list[Case] = []
    while len(found) < wanted and (left := [name for name in shares if waiting[name]]):
        name = max(left, key=lambda one: (shares[one] * (len(found) + 1) - taken[one], one))
        taken[name] += 1
        found.append(waiting[name].pop())
    return tuple(found)
