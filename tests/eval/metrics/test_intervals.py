"""Intervals against values of published tables and worked by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.intervals import (
    bootstrap_by_cluster,
    clopper_pearson,
    korn_graubard,
    mcnemar,
    paired_difference,
    wilson,
)

rates = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
clustered = st.lists(st.tuples(st.sampled_from("abcdefg"), st.floats(0, 1)), min_size=1, max_size=40)


def test_none_of_300_bounds_a_rate_at_one_percent() -> None:
    # One-sided 95 %: 1 - 0.05 ** (1 / 300) = 0.009936.
    found = clopper_pearson(0, 300)
    assert found.high == pytest.approx(1 - 0.05 ** (1 / 300), abs=1e-9)
    assert found.high == pytest.approx(0.00994, abs=5e-6)
    assert (found.value, found.low, found.n) == (0.0, 0.0, 300)


@pytest.mark.parametrize(
    ("hits", "n", "limit"),
    [(8, 300, 0.05), (1, 300, 0.02), (0, 300, 0.01), (2, 150, 0.0415)],
)
def test_what_the_allowances_of_the_gate_show(hits: int, n: int, limit: float) -> None:
    assert clopper_pearson(hits, n).high < limit


@pytest.mark.parametrize(("hits", "n", "limit"), [(9, 300, 0.05), (2, 300, 0.02)])
def test_one_more_would_not(hits: int, n: int, limit: float) -> None:
    assert clopper_pearson(hits, n).high > limit


def test_two_sided_table_values() -> None:
    # Clopper and Pearson 1934: 5 of 10, 95 % two-sided: 0.1871 to 0.8129; 0 of 10: 0 to 0.3085.
    five = clopper_pearson(5, 10, one_sided=False)
    assert [five.low, five.high] == pytest.approx([0.1871, 0.8129], abs=5e-5)
    assert clopper_pearson(0, 10, one_sided=False).high == pytest.approx(0.3085, abs=5e-5)
    # Wilson, 5 of 10 with z = 1.96: centre .5, half 1.96 / 1.384 * sqrt(.025 + .0096) = .2634.
    score = wilson(5, 10)
    assert [score.low, score.high] == pytest.approx([0.2366, 0.7634], abs=5e-4)


@given(rates)
def test_a_rate_lies_in_its_interval_and_mirrors(rate: tuple[int, int]) -> None:
    hits, n = rate
    for method in (clopper_pearson, wilson):
        found, mirror = method(hits, n), method(n - hits, n)
        assert 0 <= found.low <= hits / n + 1e-12
        assert hits / n - 1e-12 <= found.high <= 1
        assert found.low == pytest.approx(1 - mirror.high, abs=1e-9)


@given(rates)
def test_the_exact_bound_is_exact(rate: tuple[int, int]) -> None:
    """At the upper bound, seeing at most that many hits has a chance of 5 %."""
    hits, n = rate
    high = clopper_pearson(hits, n).high
    if hits < n:
        chance = sum(math.comb(n, k) * high**k * (1 - high) ** (n - k) for k in range(hits + 1))
        assert chance == pytest.approx(0.05, rel=1e-6)


@pytest.mark.parametrize(("hits", "n"), [(1, 0), (-1, 5), (6, 5), (0, 0)])
def test_what_is_no_rate_is_refused(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="not a rate"):
        clopper_pearson(hits, n)


@given(clustered)
def test_the_bootstrap_contains_the_mean_and_ignores_order(values: list[tuple[str, float]]) -> None:
    found = bootstrap_by_cluster(values, draws=50)
    assert found.low <= found.value <= found.high
    assert found.value == pytest.approx(sum(value for _, value in values) / len(values))
    assert bootstrap_by_cluster(values[::-1], draws=50) == found


def test_clusters_widen_the_interval() -> None:
    """Forty values that are ten patients' four equal ones say no more than ten."""
    alone = [(str(i), float(i % 2)) for i in range(40)]
    together = [(str(i % 10), float(i % 2)) for i in range(40)]
    narrow, wide = bootstrap_by_cluster(alone), bootstrap_by_cluster(together)
    assert narrow.value == wide.value == 0.5
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


def test_one_cluster_bounds_nothing() -> None:
    found = bootstrap_by_cluster([("a", 1.0), ("a", 1.0)])
    assert (found.value, found.low, found.high) == (1.0, -math.inf, math.inf)
    with pytest.raises(ValueError, match="observations"):
        bootstrap_by_cluster([])


def test_mcnemar_by_hand() -> None:
    # 1 against 5: 2 * (C(6,0) + C(6,1)) / 64 = 14 / 64.
    assert mcnemar(1, 5) == pytest.approx(14 / 64)
    assert mcnemar(5, 1) == mcnemar(1, 5)
    assert mcnemar(0, 0) == 1.0


def test_paired_difference_is_second_minus_first() -> None:
    found = paired_difference([("a", 0, 1), ("b", 1, 1), ("c", 0, 0), ("d", 0, 1)])
    assert found.value == 0.5
    assert found.low <= 0.5 <= found.high
    assert found.low >= 0


def test_a_weighted_rate_with_equal_weights_is_clopper_pearson() -> None:
    values = [1.0] * 53 + [0.0] * 7
    weighted, exact = korn_graubard(values, [2.5] * 60), clopper_pearson(53, 60)
    assert (weighted.value, weighted.low, weighted.high) == pytest.approx(
        (exact.value, exact.low, exact.high)
    )


def test_a_drawn_case_stands_for_those_that_were_not_drawn() -> None:
    """40 right of weight 1; 10 drawn of 50, 4 right, weight 5: (40 + 20) / (40 + 50) = 2/3, not 44/50.

    Effective number: 90 squared over (40 + 10 x 25) = 8100 / 290 = 27.9, so the bounds are wider.
    """
    values = [1.0] * 40 + [1.0] * 4 + [0.0] * 6
    found = korn_graubard(values, [1.0] * 40 + [5.0] * 10)
    assert found.value == pytest.approx(2 / 3)
    assert "28 effective" in found.method
    assert found.n == 50
    assert found.low < clopper_pearson(33, 50).low
    assert found.low < found.value < found.high


def test_a_weighted_mean_follows_its_weights() -> None:
    pairs = [("a", 1.0), ("b", 0.0), ("c", 1.0)]
    assert bootstrap_by_cluster(pairs, weights=[1.0, 2.0, 1.0]).value == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("values", "weights"), [([], []), ([1.0], [0.0]), ([0.5], [1.0]), ([1.0], [1.0, 2.0])]
)
def test_what_is_no_weighted_rate_is_refused(values: list[float], weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weight"):
        korn_graubard(values, weights)
