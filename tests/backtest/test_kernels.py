"""Every kernel against the oracle: on the whole grid, on awkward prices, and on whatever hypothesis thinks of."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from perfwatch.backtest import equivalence, grid, market, reference
from perfwatch.backtest.grid import Workload
from perfwatch.backtest.kernels import KERNELS
from perfwatch.backtest.sweep import MAX_WINDOW, Sweep
from perfwatch.errors import UsageError

kernels = pytest.mark.parametrize("name", list(KERNELS))
FloatArray = NDArray[np.float64]


def assert_same_bits(got: Sweep, expected: Sweep) -> None:
    assert got.trades.tolist() == expected.trades.tolist()
    # NaN is compared as NaN whichever its sign: hardware leaves that open.
    np.testing.assert_array_equal(got.pnl, expected.pnl)


@kernels
def test_the_whole_grid_is_the_reference(name: str, full: Workload, full_oracle: Sweep) -> None:
    got = KERNELS[name].sweep(full.close, full.params)
    comparison = equivalence.compare(got, full_oracle, full.lengths)
    assert comparison.ok, comparison.first_difference
    if KERNELS[name].promise == "last bit":
        assert_same_bits(got, full_oracle)


@kernels
def test_the_published_fingerprint(name: str, full: Workload) -> None:
    got = KERNELS[name].sweep(full.close, grid.params([6]))
    assert got.trades[0] == 57_029
    assert got.pnl[0] == pytest.approx(-5165.584357717, abs=1e-8)
    assert equivalence.is_published(got, (6,), len(full.close))


def test_checked_and_unchecked_agree_to_the_last_bit(full: Workload) -> None:
    checked = KERNELS["rust_checked"].sweep(full.close, full.params)
    unchecked = KERNELS["rust_unchecked"].sweep(full.close, full.params)
    assert checked.pnl.tobytes() == unchecked.pnl.tobytes()
    assert checked.trades.tobytes() == unchecked.trades.tobytes()


# Long enough that no kernel takes a short way.
N_AWKWARD = 6_000


def _awkward(name: str) -> FloatArray:
    close = market.close(N_AWKWARD)
    if name == "tick-rounded":
        return np.round(close, 2)
    if name == "whole numbers":
        return np.round(close)
    if name == "flat":
        return np.full(N_AWKWARD, 100.25)
    if name == "flat stretches":
        return np.repeat(close[:60], 100)
    if name == "one NaN":
        return np.where(np.arange(N_AWKWARD) == 1_234, math.nan, close)
    if name == "all NaN":
        return np.full(N_AWKWARD, math.nan)
    if name == "NaN at both ends":
        return np.where((np.arange(N_AWKWARD) < 50) | (np.arange(N_AWKWARD) > N_AWKWARD - 50), math.nan, close)
    if name == "an infinity":
        return np.where(np.arange(N_AWKWARD) == 1_234, math.inf, close)
    if name == "many NaN":
        return np.where(np.random.default_rng(3).random(N_AWKWARD) < 0.01, math.nan, close)
    if name == "tiny":
        return close * 1e-300
    if name == "huge":
        return close * 1e290
    if name == "through zero":
        return np.round(np.sin(np.arange(N_AWKWARD) / 9), 2)
    raise AssertionError(name)


@kernels
@pytest.mark.parametrize(
    "prices",
    [
        "tick-rounded",
        "whole numbers",
        "flat",
        "flat stretches",
        "one NaN",
        "all NaN",
        "NaN at both ends",
        "many NaN",
        "an infinity",
        "tiny",
        "huge",
        "through zero",
    ],
)
def test_awkward_prices_are_no_exception(name: str, prices: str) -> None:
    close, params = _awkward(prices), grid.params([6, 7, 14, 40, 164])
    # An infinity less another is no number, and numpy says so.
    with np.errstate(invalid="ignore"):
        expected = reference.sweep(close, params)
    assert_same_bits(KERNELS[name].sweep(close, params), expected)


@kernels
@pytest.mark.parametrize("n_bars", [0, 1, 2, 3, 7, 163, 164, 165])
def test_short_series(name: str, n_bars: int) -> None:
    close, params = market.close(n_bars), grid.params([1, 2, 6, 164])
    assert_same_bits(KERNELS[name].sweep(close, params), reference.sweep(close, params))


@kernels
def test_a_window_longer_than_the_series_trades_nothing(name: str) -> None:
    got = KERNELS[name].sweep(market.close(100), [[101] * 6, [MAX_WINDOW] * 6])
    assert (got.pnl.tolist(), got.trades.tolist()) == ([0.0, 0.0], [0, 0])


@kernels
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_series_and_any_windows(name: str, data: st.DataObject) -> None:
    price = st.one_of(st.floats(min_value=1e-3, max_value=1e6), st.sampled_from([100.0, 100.01]), st.just(math.nan))
    close = np.array(data.draw(st.lists(price, min_size=0, max_size=80)), dtype=np.float64)
    row = st.lists(st.integers(min_value=1, max_value=20), min_size=6, max_size=6)
    params = np.array(data.draw(st.lists(row, min_size=1, max_size=4)), dtype=np.int64)
    assert_same_bits(KERNELS[name].sweep(close, params), reference.sweep(close, params))


@kernels
def test_no_combination_gives_an_empty_sweep(name: str) -> None:
    got = KERNELS[name].sweep(market.close(10), grid.params([]))
    assert (got.pnl.shape, got.trades.shape) == ((0,), (0,))


@kernels
@pytest.mark.parametrize("window", [0, -1, MAX_WINDOW + 1])
def test_a_parameter_that_is_no_window_never_reaches_a_kernel(name: str, window: int) -> None:
    with pytest.raises(UsageError, match=f"combination 1 has the window {window}; give 1 to"):
        KERNELS[name].sweep(market.close(10), [[1] * 6, [1, 1, window, 1, 1, 1]])


@kernels
def test_any_layout_of_the_arrays_is_taken(name: str, quick: Workload) -> None:
    close, params = quick.close[:2_000], quick.params[:3]
    strided = np.repeat(close, 2)[::2]
    fortran = np.asfortranarray(params.astype(np.int32))
    assert_same_bits(KERNELS[name].sweep(strided, fortran), KERNELS[name].sweep(close, params))


@kernels
def test_a_kernel_leaves_its_inputs_as_they_were(name: str, quick: Workload) -> None:
    close, params = quick.close[:500].copy(), quick.params[:3].copy()
    close.flags.writeable = params.flags.writeable = False
    KERNELS[name].sweep(close, params)
    assert close.tobytes() == quick.close[:500].tobytes()
    assert params.tobytes() == quick.params[:3].tobytes()


_SWEEP_ONCE = """
from perfwatch.backtest import grid, numba_kernel, market
print(numba_kernel.sweep(market.close(1000), grid.params([6])).trades[0])
"""


def _run(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_numba_is_compiled_once_and_found_on_disk_by_the_next_process(tmp_path: Path) -> None:
    _run(_SWEEP_ONCE, NUMBA_CACHE_DIR=str(tmp_path))
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nb?")}
    assert kept
    _run(_SWEEP_ONCE, NUMBA_CACHE_DIR=str(tmp_path))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nb?")} == kept


def test_numba_compiles_in_the_process_where_no_folder_can_be_written(tmp_path: Path) -> None:
    # A file where numba wants its only folder: not even root can write a cache there.
    (tmp_path / "taken").write_text("")
    expected = _run(_SWEEP_ONCE)
    got = _run(
        _SWEEP_ONCE,
        NUMBA_CACHE_DIR=str(tmp_path / "taken"),
        NUMBA_CACHE_LOCATOR_CLASSES="UserProvidedCacheLocator",
    )
    assert got == expected
