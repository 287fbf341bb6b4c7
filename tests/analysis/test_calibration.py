"""What a commit against itself tells: its scatter as it is, and a forecast that a held-out A/A bears out."""

from __future__ import annotations

import numpy as np
import pytest
from series import noise as drawn

from perfwatch.analysis import online
from perfwatch.analysis.calibration import FEWEST, forecast, noise
from perfwatch.model import SeriesKey


def key(i: int) -> SeriesKey:
    return SeriesKey("m.time_it", "1", (("case", str(i)),), "m", "e", "seconds", "time")


def taken(kind: str, n_series: int, n: int, seed: int, scale: float = 0.01) -> dict[SeriesKey, list[float]]:
    """Return values of one commit against itself, as turns would have given them."""
    return {key(i): np.exp(scale * drawn(kind, n, np.random.default_rng([seed, i]))).tolist() for i in range(n_series)}


def held_out(kind: str, n_series: int, n: int, seed: int) -> float:
    """Return the detector's alarms in 1,000 commits over other values of the same noise."""
    matrix = np.array([np.exp(0.01 * drawn(kind, n, np.random.default_rng([seed, 7, i]))) for i in range(n_series)])
    states = online.advance_all(matrix, [None] * n_series)
    alarms = sum(p.standing != "SUSPECT" and p.found > 60 for state in states for p in state.places)
    return 1000 * alarms / (n_series * (n - 60))


@pytest.mark.parametrize("kind", ["normal", "skewed", "heavy", "outliers", "rounded", "memory"])
def test_the_forecast_is_within_twice_of_a_held_out_measurement(kind: str) -> None:
    told = forecast(taken(kind, 40, 40, seed=1), commits_per_month=100, seed=3)
    assert told is not None
    assert told.per_thousand / 2 <= held_out(kind, 5_000, 260, seed=2) <= told.per_thousand * 2


def test_the_scatter_is_that_of_the_noise_and_the_widest_comes_first() -> None:
    values = taken("normal", 1, 400, seed=4, scale=0.01) | {key(9): taken("normal", 1, 400, seed=5, scale=0.05)[key(0)]}
    wide, narrow = noise(values)
    assert wide.key == key(9)
    assert wide.scatter == pytest.approx(0.05, rel=0.15)
    assert narrow.scatter == pytest.approx(0.01, rel=0.15)
    assert narrow.memory == pytest.approx(0.0, abs=0.15)
    assert wide.minimum_detectable is not None
    assert narrow.minimum_detectable is not None
    assert wide.minimum_detectable == pytest.approx(5 * narrow.minimum_detectable, rel=0.4)


def test_of_few_values_the_scatter_is_not_told_too_small_on_the_whole() -> None:
    found = [s.scatter for s in noise(taken("normal", 300, 10, seed=6)) if s.scatter is not None]
    assert np.median(found) == pytest.approx(0.01, rel=0.15)


def test_memory_of_the_noise_is_told() -> None:
    (found,) = noise(taken("memory", 1, 2_000, seed=7))
    assert found.memory == pytest.approx(0.5, abs=0.1)


def test_too_few_values_tell_nothing_and_constant_ones_no_scatter() -> None:
    (few,) = noise({key(0): [1.0] * (FEWEST - 1)})
    assert (few.scatter, few.minimum_detectable) == (None, None)
    (constant,) = noise({key(0): [2.0] * 10})
    assert (constant.scatter, constant.minimum_detectable) == (0.0, 0.0)
    assert forecast({key(0): [1.0, 1.0]}, commits_per_month=100) is None
    assert noise({}) == []


def test_more_commits_and_more_series_are_more_alarms_and_the_seed_decides_the_rest() -> None:
    values = taken("heavy", 10, 40, seed=8)
    once, twice = (forecast(values, commits_per_month=n, seed=1) for n in (100, 200))
    assert once is not None
    assert twice is not None
    assert twice.per_month == pytest.approx(2 * once.per_month)
    assert once == forecast(values, commits_per_month=100, seed=1)
    assert once.lower <= once.per_month <= once.upper
