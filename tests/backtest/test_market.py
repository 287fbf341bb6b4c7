from __future__ import annotations

import math
import random

import numpy as np
import pytest

from perfwatch.backtest import market


def test_the_series_is_the_studys() -> None:
    close = market.close()
    assert (close.shape, close.dtype) == ((150_000,), np.float64)
    returns = np.random.default_rng(42).normal(0.0, 0.0008, 150_000)
    # A few bars by another road: the sum of the returns so far, exactly rounded, and the C library's exp.
    for i in random.Random(1).sample(range(150_000), 20):
        assert close[i] == pytest.approx(100 * math.exp(math.fsum(returns[: i + 1])), rel=1e-11)


@pytest.mark.parametrize("n_bars", [0, 1, 29_999, 30_000, 149_999])
def test_a_shorter_series_is_a_prefix_to_the_last_bit(n_bars: int) -> None:
    assert market.close(n_bars).tobytes() == market.close()[:n_bars].tobytes()


def test_a_longer_series_begins_with_the_studys() -> None:
    longer = market.close(160_000)
    assert longer.shape == (160_000,)
    np.testing.assert_allclose(longer[:150_000], market.close(), rtol=1e-15)


def test_nobody_can_change_the_series_for_the_next() -> None:
    market.close(10)[:] = 0.0
    assert market.close(10).min() > 0.0
