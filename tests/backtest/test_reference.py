"""The oracle against the same definition written a second time, bar by bar."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfwatch.backtest import grid, reference
from perfwatch.backtest.grid import Workload
from perfwatch.backtest.sweep import Sweep
from perfwatch.errors import UsageError

price = st.floats(min_value=0.01, max_value=1e6)
windows = st.lists(st.integers(min_value=1, max_value=12), min_size=6, max_size=6)


@given(close=st.lists(price, min_size=0, max_size=60), params=windows)
@settings(max_examples=150, deadline=None)
def test_it_is_the_definition_to_the_last_bit(
    by_hand: Callable[..., tuple[float, int]], close: list[float], params: list[int]
) -> None:
    got = reference.sweep(np.array(close), np.array([params]))
    assert (got.pnl[0], got.trades[0]) == by_hand(close, params)


@given(
    close=st.lists(st.one_of(price, st.just(math.nan)), min_size=1, max_size=60),
    params=windows,
)
@settings(max_examples=100, deadline=None)
def test_it_is_the_definition_with_holes_in_the_series(
    by_hand: Callable[..., tuple[float, int]], close: list[float], params: list[int]
) -> None:
    got = reference.sweep(np.array(close), np.array([params]))
    assert (got.pnl[0], got.trades[0]) == by_hand(close, params)


@pytest.mark.parametrize("length", [6, 14, 62])
def test_it_is_the_definition_on_the_studys_own_series(
    by_hand: Callable[..., tuple[float, int]], quick: Workload, length: int
) -> None:
    close, params = quick.close[:3_000], grid.params([length])
    got = reference.sweep(close, params)
    assert (got.pnl[0], got.trades[0]) == by_hand(close.tolist(), params[0].tolist())


def test_it_gives_the_published_result(full_oracle: Sweep) -> None:
    assert full_oracle.trades[0] == 57_029
    assert full_oracle.pnl[0] == pytest.approx(-5165.584357717, abs=1e-8)
    assert round(float(full_oracle.pnl[0]), 2) == -5165.58


def test_a_weighted_average_by_hand() -> None:
    got = reference.wma(np.array([1.0, 2.0, 4.0, 8.0]), 3)
    # (1*1 + 2*2 + 3*4) / 6 and (1*2 + 2*4 + 3*8) / 6.
    np.testing.assert_array_equal(got, [np.nan, np.nan, 17 / 6, 34 / 6])


def test_nan_reaches_exactly_the_windows_that_hold_it() -> None:
    got = reference.wma(np.array([1.0, np.nan, 3.0, 4.0, 5.0, 6.0]), 2)
    assert np.isnan(got).tolist() == [True, True, True, False, False, False]


@pytest.mark.parametrize("n", [4, 5, 1_000])
def test_a_window_longer_than_the_series_is_never_full(n: int) -> None:
    assert np.isnan(reference.wma(np.array([1.0, 2.0, 3.0]), n)).all()
    got = reference.sweep([1.0, 2.0, 3.0], [[n] * 6])
    assert (got.pnl[0], got.trades[0]) == (0.0, 0)


def test_the_open_position_is_neither_closed_nor_counted() -> None:
    # Windows of one bar: HMA = c and HMA3 = c, never above, so short from the first bar to the end.
    got = reference.sweep([100.0, 50.0, 25.0], [[1] * 6])
    assert (got.pnl[0], got.trades[0]) == (0.0, 0)


def test_a_closed_trade_pays_its_return_less_the_fee() -> None:
    # Slow is flat; fast is below it at bars 0 and 1 (short at 100), above it at bar 2 (long at 90, never closed).
    pnl, trades = reference.stop_and_reverse(
        np.array([100.0, 95.0, 90.0]), np.array([1.0, 1.0, 1.0]), np.array([0.0, 1.0, 2.0])
    )
    assert trades == 1
    assert pnl == -1 * (90.0 - 100.0) / 100.0 * 100 - 0.09


@pytest.mark.parametrize(
    ("close", "params", "message"),
    [
        ([[1.0, 2.0]], [[1] * 6], "one dimension"),
        ([1.0], [[1] * 5], r"\(combinations, 6\)"),
        ([1.0], [1] * 6, r"\(combinations, 6\)"),
        ([1.0], [[1.5] * 6], "whole numbers"),
        ([1.0], [[1] * 6, [1, 1, 0, 1, 1, 1]], "combination 1 has the window 0"),
    ],
)
def test_what_no_kernel_takes_is_refused(close: object, params: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        reference.sweep(close, params)  # type: ignore[arg-type]


def test_no_combination_gives_an_empty_sweep() -> None:
    got = reference.sweep([1.0, 2.0], grid.params([]))
    assert (got.pnl.shape, got.trades.shape) == ((0,), (0,))
