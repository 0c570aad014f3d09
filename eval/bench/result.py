"""What a benchmark returns, and the arithmetic over its rounds."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from retrieval.frozen import Frozen


class Measure(Frozen):
    """One figure of one benchmark.

    `value` is the median over `rounds`; `low` and `high` are the extremes seen. `target` is a bound in words,
    `met` whether the median keeps it (None where there is no bound).
    """

    name: str
    unit: str
    value: float
    low: float
    high: float
    rounds: int
    target: str = ""
    met: bool | None = None


class BenchReport(Frozen):
    """All figures of one run, with what they were measured on."""

    machine: str
    code: str
    settings: dict[str, str]
    measures: tuple[Measure, ...]


def measure(
    name: str,
    samples: Sequence[float],
    *,
    unit: str,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Measure:
    """Fold the samples of all rounds into one figure. Raises ValueError when there are none."""
    if not samples:
        raise ValueError(f"no sample for {name}")
    value = statistics.median(samples)
    met: bool | None = None
    target = ""
    if at_least is not None:
        met, target = value >= at_least, f">= {at_least:g}"
    elif at_most is not None:
        met, target = value <= at_most, f"<= {at_most:g}"
    return Measure(
        name=name,
        unit=unit,
        value=round(value, 4),
        low=round(min(samples), 4),
        high=round(max(samples), 4),
        rounds=len(samples),
        target=target,
        met=met,
    )


def percentile(samples: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the samples lie, nearest rank. Raises ValueError on none."""
    if not samples:
        raise ValueError("no sample")
    ordered = sorted(samples)
    rank = min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))
    return ordered[rank]
