"""Confidence intervals of rates, means and paired differences, one- and two-sided.

Rates: Clopper and Pearson 1934 (exact, never too narrow) and Wilson 1927. Means of dependent observations:
percentile bootstrap that draws whole clusters (Field and Welsh 2007), because questions on one patient are
not independent. Rates of a sample that stands for more by weight: Korn and Graubard 1998, which is Clopper
and Pearson with the effective number of observations. Pairs of yes or no: exact McNemar. All of them are
deterministic for the same input and seed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import beta, binomtest, norm

from eval.synthetic.truth import Value

MAX_OBSERVATIONS = 5_000_000


class Estimate(Value):
    """A figure with its bounds; `n` counts observations, `method` is what a report prints.

    One-sided methods give both one-sided bounds: the truth is above `low` with that confidence, and below
    `high` with that confidence. Read one of the two, the one on the side that could hurt.
    """

    value: float
    low: float
    high: float
    n: int
    method: str


def clopper_pearson(hits: int, n: int, *, level: float = 0.95, one_sided: bool = True) -> Estimate:
    """Exact bounds of a rate. ValueError when `hits` is not between 0 and `n`, or nothing was observed."""
    tail = _tail(hits, n, level=level, one_sided=one_sided)
    low = 0.0 if hits == 0 else float(beta.ppf(tail, hits, n - hits + 1))
    high = 1.0 if hits == n else float(beta.ppf(1 - tail, hits + 1, n - hits))
    return Estimate(
        value=hits / n, low=low, high=high, n=n, method=_name("Clopper-Pearson", level, one_sided)
    )


def korn_graubard(
    values: Sequence[float], weights: Sequence[float], *, level: float = 0.95, one_sided: bool = True
) -> Estimate:
    """Bounds of a weighted rate: the exact ones of `sum(w)**2 / sum(w**2)` observations.

    With equal weights this is `clopper_pearson`; never more observations than there are. ValueError without
    values, for a weight of 0 or less, or for a value that is neither 0 nor 1.
    """
    if not values or len(values) != len(weights) or min(weights) <= 0 or not set(values) <= {0.0, 1.0}:
        raise ValueError("a weighted rate needs values of 0 and 1, each with a weight above 0")
    tail, total = _share(level, one_sided=one_sided), sum(weights)
    rate = sum(value * weight for value, weight in zip(values, weights, strict=True)) / total
    effective = total**2 / sum(weight**2 for weight in weights)
    hits = rate * effective
    low = 0.0 if rate == 0 else float(beta.ppf(tail, hits, effective - hits + 1))
    high = 1.0 if rate >= 1 else float(beta.ppf(1 - tail, hits + 1, effective - hits))
    name = _name(f"Korn-Graubard, {effective:.0f} effective", level, one_sided)
    return Estimate(value=rate, low=min(low, rate), high=max(high, rate), n=len(values), method=name)


def wilson(hits: int, n: int, *, level: float = 0.95, one_sided: bool = False) -> Estimate:
    """Score interval of a rate: shorter than the exact one, good to show, not to gate on."""
    tail = _tail(hits, n, level=level, one_sided=one_sided)
    z = float(norm.ppf(1 - tail))
    rate = hits / n
    centre = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (rate * (1 - rate) / n + z * z / (4 * n * n)) ** 0.5
    low = 0.0 if hits == 0 else max(0.0, centre - half)
    high = 1.0 if hits == n else min(1.0, centre + half)
    return Estimate(value=rate, low=low, high=high, n=n, method=_name("Wilson", level, one_sided))


def bootstrap_by_cluster(
    values: Sequence[tuple[str, float]],
    *,
    weights: Sequence[float] | None = None,
    level: float = 0.95,
    one_sided: bool = True,
    draws: int = 2000,
    seed: int = 0,
) -> Estimate:
    """The mean of `(cluster, value)` pairs, with percentile bounds over draws of whole clusters.

    `weights`: of each value, all 1 without them. Order does not matter: clusters are sorted. Fewer than two
    clusters say nothing about spread: the bounds are then infinite, so that no gate passes on them.
    ValueError without any value.
    """
    if not 0 < len(values) <= MAX_OBSERVATIONS:
        raise ValueError(f"between 1 and {MAX_OBSERVATIONS} observations are needed, not {len(values)}")
    tail = _share(level, one_sided=one_sided)
    sums, counts = _by_cluster(values, weights or [1.0] * len(values))
    mean = float(sums.sum() / counts.sum())
    name = _name("bootstrap by cluster", level, one_sided)
    if len(sums) < 2:
        return Estimate(value=mean, low=-np.inf, high=np.inf, n=len(values), method=f"{name}, one cluster")
    generator = np.random.default_rng(seed)
    means = np.empty(draws)
    for draw in range(draws):
        drawn = generator.integers(0, len(sums), len(sums))
        means[draw] = sums[drawn].sum() / counts[drawn].sum()
    low, high = (float(bound) for bound in np.quantile(means, (tail, 1 - tail)))
    return Estimate(value=mean, low=min(low, mean), high=max(high, mean), n=len(values), method=name)


def mcnemar(only_first: int, only_second: int) -> float:
    """Exact two-sided p of a paired yes or no, from the pairs on which only one of the two was right."""
    if min(only_first, only_second) < 0:
        raise ValueError("counts of pairs cannot be negative")
    n = only_first + only_second
    return 1.0 if n == 0 else float(binomtest(only_first, n, 0.5).pvalue)


def paired_difference(
    pairs: Sequence[tuple[str, float, float]],
    *,
    level: float = 0.95,
    one_sided: bool = True,
    draws: int = 2000,
    seed: int = 0,
) -> Estimate:
    """The mean of second minus first over `(cluster, first, second)`, bootstrap by cluster.

    Positive: the second is better, where more is better.
    """
    differences = [(cluster, second - first) for cluster, first, second in pairs]
    found = bootstrap_by_cluster(differences, level=level, one_sided=one_sided, draws=draws, seed=seed)
    return found.model_copy(update={"method": f"paired difference, {found.method}"})


def _by_cluster(
    values: Sequence[tuple[str, float]], weights: Sequence[float]
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Sum of weighted values and of weights of each cluster."""
    groups: dict[str, list[tuple[float, float]]] = {}
    for (cluster, value), weight in zip(values, weights, strict=True):
        groups.setdefault(cluster, []).append((value, weight))
    ordered = [sorted(groups[name]) for name in sorted(groups)]
    sums = [sum(value * weight for value, weight in group) for group in ordered]
    return np.array(sums), np.array([sum(weight for _, weight in group) for group in ordered])


def _tail(hits: int, n: int, *, level: float, one_sided: bool) -> float:
    if not 0 <= hits <= n or n == 0:
        raise ValueError(f"{hits} of {n} is not a rate: nothing observed, or more hits than observations")
    return _share(level, one_sided=one_sided)


def _share(level: float, *, one_sided: bool) -> float:
    if not 0.5 < level < 1:
        raise ValueError(f"a level lies between 0.5 and 1, not {level}")
    return 1 - level if one_sided else (1 - level) / 2


def _name(method: str, level: float, one_sided: bool) -> str:  # noqa: FBT001
    return f"{method}, {'one-sided' if one_sided else 'two-sided'} {level:.0%}"
