"""Means and intervals over seeds."""

import numpy as np
import pytest

from sim.study.statistics import estimate


@pytest.mark.parametrize(
    ("values", "mean", "half_width"),
    [
        ([1.0, 2.0, 3.0], 2.0, 4.302652729911275 / 3**0.5),  # t(.975; 2), tabled
        ([5.0, 7.0], 6.0, 12.706204736432095),  # t(.975; 1) * sqrt(2) / sqrt(2)
        ([1.0, float("nan"), 2.0, 3.0], 2.0, 4.302652729911275 / 3**0.5),
        ([4.0, 4.0, 4.0], 4.0, 0.0),
    ],
)
def test_intervals_are_students(values, mean, half_width):
    result = estimate(values)
    assert result.mean == pytest.approx(mean)
    assert (result.high - result.mean, result.mean - result.low) == pytest.approx((half_width, half_width))
    assert result.n == np.isfinite(values).sum()


def test_one_value_has_no_interval_and_none_no_mean():
    assert estimate([3.0])[0::3] == (3.0, 1)
    assert np.isnan(estimate([3.0])[1:3]).all()
    assert np.isnan(estimate([float("nan")])[:3]).all()
    assert estimate([]).n == 0


def test_intervals_cover_the_mean_as_often_as_they_say():
    draws = np.random.default_rng(1).normal(size=(2_000, 5))
    intervals = [estimate(row) for row in draws]
    covered = np.mean([each.low <= 0 <= each.high for each in intervals])
    assert covered == pytest.approx(0.95, abs=3 * (0.95 * 0.05 / 2_000) ** 0.5)
