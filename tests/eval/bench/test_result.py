"""The arithmetic of the benchmark report, against values worked out by hand."""

import pytest

from eval.bench.result import measure, percentile


def test_the_median_decides_whether_a_target_is_met() -> None:
    figure = measure("ratio", [0.80, 0.90, 0.95], unit="ratio", at_least=0.85)
    assert (figure.value, figure.low, figure.high, figure.rounds) == (0.90, 0.80, 0.95, 3)
    assert figure.met is True
    assert measure("ratio", [0.80, 0.84, 0.95], unit="ratio", at_least=0.85).met is False
    assert measure("slowdown", [1.2, 1.6, 1.4], unit="ratio", at_most=1.5).met is True


def test_a_figure_without_samples_is_an_error_not_a_zero() -> None:
    with pytest.raises(ValueError, match="no sample"):
        measure("ratio", [], unit="ratio")
    with pytest.raises(ValueError, match="no sample"):
        percentile([], 0.95)


def test_percentile_takes_the_nearest_rank() -> None:
    samples = [float(n) for n in range(1, 101)]
    assert percentile(samples, 0.95) == 95.0
    assert percentile(samples, 0.50) == 50.0
    assert percentile([7.0], 0.95) == 7.0
