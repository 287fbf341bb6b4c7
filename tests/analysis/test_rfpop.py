"""The best segmentation is the best: against every segmentation there is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from perfwatch.analysis import learnt, rfpop
from perfwatch.analysis.noise import REACH, STEPS_PER_SCALE, costs, learnt_cost

FloatArray = NDArray[np.float64]
CAP, PENALTY = 3.0, 8.0


def best_level_cost(x: FloatArray, cap: float) -> float:
    """Return min over μ of Σ min((x − μ)², cap²): the minimum lies at a mean of some of the points."""
    grid = np.linspace(x.min(), x.max(), 4_001)
    return float(np.minimum((x[:, np.newaxis] - grid) ** 2, cap**2).sum(axis=0).min())


def every_segmentation(n: int) -> itertools.chain[tuple[int, ...]]:
    return itertools.chain.from_iterable(itertools.combinations(range(1, n), k) for k in range(n))


def oracle(x: FloatArray) -> float:
    """Return the cost of the best segmentation by trying all of them."""
    pieces = {(a, b): best_level_cost(x[a:b], CAP) for a in range(x.size) for b in range(a + 1, x.size + 1)}
    return min(
        sum(pieces[a, b] for a, b in itertools.pairwise((0, *inner, x.size))) + PENALTY * len(inner)
        for inner in every_segmentation(x.size)
    )


@pytest.mark.parametrize("seed", range(12))
def test_its_cost_is_that_of_the_best_of_all_segmentations(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(10)
    x[rng.integers(2, 8) :] += rng.choice([-6.0, 4.0, 9.0])
    x[rng.integers(0, 10)] += rng.choice([0.0, 30.0])
    starts, told = np.empty(x.size, np.int64), np.empty(x.size)
    rfpop.last_starts(x, CAP, PENALTY, starts, told)
    assert told[-1] == pytest.approx(oracle(x), abs=1e-3)
    inner = rfpop.change_points(x, CAP, PENALTY).tolist()
    own = sum(best_level_cost(x[a:b], CAP) for a, b in itertools.pairwise((0, *inner, x.size)))
    assert own + PENALTY * len(inner) == pytest.approx(told[-1], abs=1e-3)


def test_an_outlier_however_far_out_never_makes_a_change() -> None:
    x = np.random.default_rng(1).standard_normal(60)
    for far in (10.0, 1e3, 1e6):
        x[30] = far
        assert rfpop.change_points(x, CAP, 4 * np.log(60)).size == 0


def test_a_step_is_found_where_it_is() -> None:
    x = np.random.default_rng(2).standard_normal(200)
    x[120:] += 6.0
    assert rfpop.change_points(x, CAP, 4 * np.log(200)).tolist() == [120]


def test_empty_one_and_constant_series_have_no_change() -> None:
    for x in (np.empty(0), np.ones(1), np.ones(50)):
        assert rfpop.change_points(x, CAP, PENALTY).size == 0


@pytest.mark.parametrize("seed", range(8))
def test_under_a_learnt_cost_it_is_the_best_over_the_grid(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(9)
    x[4:] += rng.choice([-5.0, 3.0])
    table = learnt_cost(rng.standard_normal(300))
    low, many = learnt.grid(np.array([x.min(), x.max()]))
    levels = (low + 2 * np.arange(many)) / STEPS_PER_SCALE
    told = learnt.change_points(x, table, low, many, PENALTY).tolist()

    def cost(inner: tuple[int, ...]) -> float:
        pieces = itertools.pairwise((0, *inner, x.size))
        best = [min(sum(costs(v - level, table) for v in x[a:b]) for level in levels) for a, b in pieces]
        return sum(best) + PENALTY * len(inner)

    found, every = (
        cost(tuple(told)),
        min(cost(inner) for k in range(4) for inner in itertools.combinations(range(1, 9), k)),
    )
    assert found == pytest.approx(every, abs=1e-6)


def test_a_learnt_cost_is_least_where_residuals_are_most_and_capped_far_out() -> None:
    table = learnt_cost(np.random.default_rng(3).normal(1.0, 0.3, 500))
    assert (int(table.argmin()) - REACH) / STEPS_PER_SCALE == pytest.approx(1.0, abs=0.2)
    assert table.min() == 0.0
    assert costs(50.0, table) == costs(8.0, table) <= 12.0
    assert costs(1.05, table) == pytest.approx((costs(1.0, table) + costs(1.1, table)) / 2)
