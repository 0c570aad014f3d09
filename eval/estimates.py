"""From observations to the figure of one gate, with its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

import numpy as np

from eval.cases.case import Observation
from eval.metrics.intervals import Estimate, bootstrap_by_cluster, clopper_pearson, korn_graubard

Statistic = Literal["rate", "mean", "ratio", "zero"]
Side = Literal["least", "most"]
ANY = "*"
DRAWS = 2000
LEVEL = 0.95
SLACK = 1e-9
"""Floating point only: a mean of 0.95 may be stored as 0.9499999999999999."""
_Pairs = Sequence[tuple[str, float]]
_Weighted = tuple[_Pairs, Sequence[float]]


class UnusableObservations(ValueError):
    """The observations are not what the statistic is made of; the text says what is wrong with them."""


def chosen(
    observations: Sequence[Observation], measure: str, where: Mapping[str, str]
) -> tuple[Observation, ...]:
    """The observations of a measure in the strata of `where`; `*` stands for any value that is there."""
    return tuple(item for item in observations if item.measure == measure and _matches(item.strata, where))


def estimate(
    statistic: Statistic, observed: Sequence[Observation], over: Sequence[Observation] = ()
) -> Estimate:
    """The figure with one-sided 95 % bounds on either side.

    Raises UnusableObservations when there is nothing to make it from, when a value is missing or not finite,
    or when a rate is made of anything but 0 and 1.
    """
    pairs, weights = _pairs(observed), [item.weight for item in observed]
    if statistic == "mean":
        return bootstrap_by_cluster(pairs, weights=weights, level=LEVEL, draws=DRAWS)
    if statistic == "ratio":
        return _ratio((pairs, weights), (_pairs(over), [item.weight for item in over]))
    if any(value not in {0.0, 1.0} for _, value in pairs):
        raise UnusableObservations("a rate is made of 0 and 1 alone")
    if len(set(weights)) > 1:
        return korn_graubard([value for _, value in pairs], weights, level=LEVEL)
    return clopper_pearson(sum(value == 1 for _, value in pairs), len(pairs), level=LEVEL)


def bound_can_be_shown(side: Side, n: int, *, bound: float, point: float | None) -> bool:
    """Whether `n` yes-or-no observations show the bound for a service that just keeps the point.

    Without a point: for one without any fault. False means that `n` is too small, whatever the service does.
    """
    if n == 0:
        return False
    if side == "least":
        hits = n if point is None else math.ceil(Fraction(str(point)) * n)
        return clopper_pearson(hits, n, level=LEVEL).low >= bound - SLACK
    hits = 0 if point is None else math.floor(Fraction(str(point)) * n)
    return clopper_pearson(hits, n, level=LEVEL).high <= bound + SLACK


def keeps(side: Side, value: float, target: float) -> bool:
    """Whether a value is on the right side of a target."""
    return value >= target - SLACK if side == "least" else value <= target + SLACK


class Paired(NamedTuple):
    """What is compared with an earlier run: cluster, the value then, the value now."""

    pairs: tuple[tuple[str, float, float], ...]


def paired(before: Sequence[Observation], now: Sequence[Observation]) -> Paired:
    """The same observations of two runs, by case and place. UnusableObservations when they differ."""
    first, second = _by_case(before), _by_case(now)
    if not first or first.keys() != second.keys():
        raise UnusableObservations("the two runs did not observe the same cases")
    found: list[tuple[str, float, float]] = []
    for case, then in sorted(first.items()):
        later = second[case]
        if len(then) != len(later):
            raise UnusableObservations(f"{case} was not observed as often in the two runs")
        found += [(cluster, old, new) for (cluster, old), (_, new) in zip(then, later, strict=True)]
    return Paired(tuple(found))


def _by_case(observations: Sequence[Observation]) -> dict[str, list[tuple[str, float]]]:
    found: dict[str, list[tuple[str, float]]] = {}
    for item, pair in zip(observations, _pairs(observations) if observations else (), strict=True):
        found.setdefault(item.case_id, []).append(pair)
    return found


def _matches(strata: Mapping[str, str], where: Mapping[str, str]) -> bool:
    return all(key in strata and (value == ANY or strata[key] == value) for key, value in where.items())


def _pairs(observations: Sequence[Observation]) -> list[tuple[str, float]]:
    if not observations:
        raise UnusableObservations("nothing was observed")
    found = []
    for item in observations:
        if item.value is None or not math.isfinite(item.value):
            raise UnusableObservations(f"{item.case_id} has no value")
        found.append((item.cluster or item.case_id, item.value))
    return found


def _ratio(first: _Weighted, second: _Weighted) -> Estimate:
    """Mean over mean; draws of whole clusters of both together. A draw whose divisor is 0 counts as 0."""
    pairs, over = first[0], second[0]
    if not sum(value for _, value in over):
        raise UnusableObservations("what it is compared with is 0")
    names = sorted({cluster for cluster, _ in (*pairs, *over)})
    place = {name: number for number, name in enumerate(names)}
    sums = np.zeros((4, len(names)))
    for row, (values, weights) in ((0, first), (2, second)):
        for (cluster, value), weight in zip(values, weights, strict=True):
            sums[row, place[cluster]] += value * weight
            sums[row + 1, place[cluster]] += weight
    value = float(_quotient(sums.sum(axis=1, keepdims=True))[0])
    method = "ratio of means, bootstrap by cluster, one-sided 95%"
    if len(names) < 2:
        return Estimate(value=value, low=-math.inf, high=math.inf, n=len(pairs), method=method)
    generator = np.random.default_rng(0)
    drawn = generator.integers(0, len(names), (DRAWS, len(names)))
    means = _quotient(np.stack([row[drawn].sum(axis=1) for row in sums]))
    low, high = (float(bound) for bound in np.quantile(means, (1 - LEVEL, LEVEL)))
    return Estimate(value=value, low=min(low, value), high=max(high, value), n=len(pairs), method=method)


def _quotient(
    sums: np.ndarray[tuple[int, int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    good, count, other, other_count = sums
    divisor = other * count
    usable = divisor > 0
    return np.where(usable, good * other_count / np.where(usable, divisor, 1.0), 0.0)
