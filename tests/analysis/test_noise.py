"""Scale and memory of noise, whatever steps and outliers are in it."""

from __future__ import annotations

import numpy as np
import pytest
from series import series

from perfwatch.analysis.guards import guarded
from perfwatch.analysis.noise import LARGEST_MEMORY, inflation, on_working_scale, scale_and_memory


@pytest.mark.parametrize("memory", [0.0, 0.3, 0.5])
def test_scale_and_memory_of_a_long_series_are_those_it_was_made_with(memory: float) -> None:
    rng, n = np.random.default_rng(11), 40_000
    x = rng.standard_normal(n)
    for i in range(1, n):
        x[i] = memory * x[i - 1] + np.sqrt(1 - memory**2) * x[i]
    scale, found = scale_and_memory(3.0 * x)
    assert scale == pytest.approx(3.0, rel=0.03)
    assert found == pytest.approx(memory, abs=0.03)


def test_neither_steps_nor_outliers_widen_the_scale() -> None:
    x = np.random.default_rng(12).standard_normal(600)
    plain, _ = scale_and_memory(x)
    x[200:] += 40.0
    x[400:] -= 90.0
    x[::50] += 500.0
    assert scale_and_memory(x)[0] == pytest.approx(plain, rel=0.15)


def test_a_constant_series_has_no_scale_and_a_rounded_one_has_some() -> None:
    assert scale_and_memory(np.ones(50)) == (0.0, 0.0)
    rounded = np.zeros(60)
    rounded[::9] = 1.0
    assert scale_and_memory(rounded)[0] > 0.0


def test_memory_is_believed_up_to_a_limit() -> None:
    walk = np.random.default_rng(13).standard_normal(3_000).cumsum()
    assert scale_and_memory(walk)[1] == LARGEST_MEMORY
    assert inflation(LARGEST_MEMORY) == pytest.approx(4.0)


def test_positive_series_are_taken_as_logarithms_and_others_in_their_own_size() -> None:
    x, is_log = on_working_scale(np.array([1.0, 2.0, 4.0]))
    assert is_log
    assert x.tolist() == pytest.approx([-np.log(2), 0.0, np.log(2)])
    x, is_log = on_working_scale(np.array([-10.0, 0.0, 20.0]))
    assert not is_log
    assert x.tolist() == pytest.approx([-1.0, 0.0, 2.0])
    assert on_working_scale(np.zeros(3))[0].tolist() == [0.0, 0.0, 0.0]


def bounds(*inner: int, n: int) -> np.ndarray:
    return np.array([0, *inner, n])


def test_a_stretch_that_comes_back_is_a_transient_and_one_that_stays_is_a_step() -> None:
    x = np.random.default_rng(14).standard_normal(100)
    x[40:48] += 6.0
    assert guarded(x, bounds(40, 48, n=100), 18.0, 1.0).tolist() == [0, 100]
    x[48:] += 6.0
    assert guarded(x, bounds(40, n=100), 18.0, 1.0).tolist() == [0, 40, 100]


def test_a_drift_is_no_step_and_a_staircase_of_it_none_either() -> None:
    x = np.log(series("normal", 200, 15, scale=1.0)) + np.linspace(0, 6, 200)
    assert guarded(x, bounds(100, n=200), 18.0, 1.0).tolist() == [0, 200]
    assert guarded(x, bounds(66, 133, n=200), 18.0, 1.0).tolist() == [0, 200]
