"""Intervals of what is made of two medians cover what they state."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from perfwatch.analysis import bootstrap
from perfwatch.analysis.interval import Estimate, difference, ratio

Draw = Callable[[np.random.Generator, int], NDArray[np.float64]]

# About 1, positive, in proportion: as timings are.
SHAPES: dict[str, Draw] = {
    "normal": lambda rng, n: np.exp(0.02 * rng.standard_normal(n)),
    "skewed": lambda rng, n: 1 + 0.02 * np.exp(0.8 * rng.standard_normal(n)),
    "heavy": lambda rng, n: np.exp(0.02 * rng.standard_t(2.5, n)),
}
PAIRS = 2_000


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("n", "m"), [(6, 6), (8, 8), (9, 12), (10, 10), (8, 20), (21, 21), (50, 50)])
def test_the_interval_of_a_ratio_covers_93_to_97_per_cent(shape: str, n: int, m: int) -> None:
    draw = SHAPES[shape]
    truth = 1.07
    rng, covered = np.random.default_rng([n, m, len(shape)]), 0
    for _ in range(PAIRS):
        bounds = bootstrap.ratio_bounds(truth * draw(rng, n), draw(rng, m), level=0.95)
        assert bounds is not None
        covered += bounds[0] <= truth <= bounds[1]
    assert 0.93 <= covered / PAIRS <= 0.97


def test_at_99_per_cent_it_covers_at_least_98() -> None:
    rng, covered = np.random.default_rng(1), 0
    for _ in range(PAIRS):
        bounds = bootstrap.ratio_bounds(SHAPES["skewed"](rng, 10), SHAPES["skewed"](rng, 10), level=0.99)
        assert bounds is not None
        covered += bounds[0] <= 1 <= bounds[1]
    assert covered / PAIRS >= 0.98


def test_the_interval_of_a_difference_covers_93_to_97_per_cent() -> None:
    rng, covered = np.random.default_rng(2), 0
    for _ in range(PAIRS):
        first, second = 3 + rng.standard_normal(12), rng.standard_normal(9)
        bounds = bootstrap.difference_bounds(first, second, level=0.95)
        assert bounds is not None
        covered += bounds[0] <= 3 <= bounds[1]
    assert 0.93 <= covered / PAIRS <= 0.97


@pytest.mark.parametrize("n", [6, 7, 9, 10])
def test_medians_by_ranks_are_the_medians_of_the_resamples(n: int) -> None:
    samples = np.random.default_rng(3).normal(10, 1, n)
    drawn = np.random.default_rng([7, 1, n]).integers(0, n, (bootstrap.RESAMPLES, n + n % 2))
    oracle = [np.median(np.sort(samples)[row]) for row in drawn]
    np.testing.assert_allclose(bootstrap.resampled_medians(samples, seed=7, side=1), oracle)


def test_the_same_samples_and_seed_give_the_same_interval_and_other_seeds_nearly() -> None:
    above, below = [1.0, 1.1, 1.2, 1.05, 1.15, 1.0], [1.0, 1.02, 1.04, 1.01, 0.99, 1.0]
    first = bootstrap.ratio_bounds(above, below, level=0.95, seed=1)
    assert first == bootstrap.ratio_bounds(above, below, level=0.95, seed=1)
    assert first == pytest.approx(bootstrap.ratio_bounds(above, below, level=0.95, seed=2), rel=0.02)


def test_too_few_samples_or_one_that_is_not_positive_have_no_interval() -> None:
    assert bootstrap.ratio_bounds([1.0] * 5, [1.0] * 10, level=0.95) is None
    assert bootstrap.ratio_bounds([1.0, 1.0, 0.0, 1.0, 1.0, 1.0], [1.0] * 6, level=0.95) is None
    assert bootstrap.difference_bounds([1.0] * 5, [1.0] * 10, level=0.95) is None


def test_constant_samples_have_an_interval_of_no_width() -> None:
    assert bootstrap.ratio_bounds([2.0] * 6, [1.0] * 6, level=0.95) == pytest.approx((2.0, 2.0))


def test_estimates_use_their_samples_and_fall_back_to_their_intervals() -> None:
    rng = np.random.default_rng(5)
    samples = [tuple(np.exp(0.01 * rng.standard_normal(10))) for _ in range(2)]
    above, below = (Estimate(float(np.median(s)), 0.5, 2.0, s) for s in samples)
    sharp = ratio(above, below)
    assert sharp is not None
    assert sharp.lower is not None
    assert 0.97 < sharp.lower < sharp.value
    wide = ratio(above, Estimate(below.value, 0.5, 2.0))
    assert wide is not None
    assert wide.lower is not None
    assert wide.lower < 0.6
    gap = difference(above.scaled(2), below)
    assert gap.lower is not None
    assert gap.upper is not None
    assert gap.lower < gap.value < gap.upper
    assert gap.upper - gap.lower < 0.1
