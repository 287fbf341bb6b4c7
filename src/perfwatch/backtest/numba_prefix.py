"""The kernel in numba, with the sums of all windows of one start shared.

Summed oldest first, a window is a prefix of every longer window with the same start: one chain of sums over the
longest window gives the averages over prices of all combinations, to the last bit (`engine/core/src/kernel/prefix.rs`
says more). The series is taken in tiles, each with the bars before it that its windows need, so that the averages stay
in the cache.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perfwatch.backtest.compiling import compiled
from perfwatch.backtest.sweep import Sweep, empty, inputs

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
SideArray = NDArray[np.int8]

# Round trip, in percentage points.
FEE_PP = 0.09

# Starts whose chains run at once, and bars a tile at least; a tile is never shorter than four times its run-up.
_BLOCK = 64
_TILE = 2048


def sweep(close: ArrayLike, params: ArrayLike) -> Sweep:
    """Return PnL and trades of every combination.

    Parameters
    ----------
    close : float64 (n,), price, oldest first; NaN makes every bar it reaches invalid.
    params : int64 (m, 6), windows in bars, columns (half, full, sq, p3, p2, p).

    Errors
    ------
    UsageError : shapes or windows that no kernel takes.
    """
    bars, rows = inputs(close, params)
    result = empty(len(rows))
    first, last = rows[:, [0, 1, 3, 4, 5]], rows[:, [2, 5]]
    # A combination with a window that never fills makes no trade, and no tile has room for it.
    fills = (first.max(axis=1, initial=1) + last.max(axis=1, initial=1) - 1) <= bars.size
    rows, first, last = rows[fills], first[fills], last[fills]
    if not len(rows):
        return result
    windows = np.unique(first)
    at = np.searchsorted(windows, first)
    run_up = int(first.max() + last.max())
    tile = max(_TILE, 4 * run_up)
    sides = np.zeros((len(rows), bars.size), np.int8)
    for begin in range(0, bars.size, tile):
        before = max(0, begin - run_up)
        end = min(begin + tile, bars.size)
        _sides(bars[before:end], begin - before, windows, at, rows, sides[:, begin:end])
    for m, row in zip(np.flatnonzero(fills), sides, strict=True):
        result.pnl[m], result.trades[m] = _follow(bars, row)
    return result


@compiled
def _averages(x: FloatArray, windows: IntArray, out: FloatArray) -> None:
    """Write the weighted moving averages of `x` over every window, in ascending order, one a row; NaN before full."""
    total = np.empty(_BLOCK)
    for row in range(windows.size):
        out[row, : min(windows[row] - 1, x.size)] = np.nan
    for start in range(0, x.size, _BLOCK):
        total[:] = 0.0
        summed = 0
        for row in range(windows.size):
            n = windows[row]
            count = min(_BLOCK, x.size - start - n + 1)
            if count <= 0:
                break
            for k in range(summed + 1, n + 1):
                weight = float(k)
                values = x[start + k - 1 : start + k - 1 + count]
                for j in range(count):
                    total[j] += weight * values[j]
            weight_sum = n * (n + 1) / 2
            for j in range(count):
                out[row, start + n - 1 + j] = total[j] / weight_sum
            summed = n


@compiled
def _last_average(x: FloatArray, n: int, out: FloatArray) -> None:
    """Write the weighted moving average of the last `out.size` bars of `x`; NaN where it is not full."""
    total = np.empty(_BLOCK)
    weight_sum = n * (n + 1) / 2
    skip = x.size - out.size
    begin = max(n - 1 - skip, 0)
    out[: min(begin, out.size)] = np.nan
    for first in range(begin, out.size, _BLOCK):
        count = min(_BLOCK, out.size - first)
        total[:] = 0.0
        for k in range(1, n + 1):
            weight = float(k)
            values = x[skip + first - n + k : skip + first - n + k + count]
            for j in range(count):
                total[j] += weight * values[j]
        for j in range(count):
            out[first + j] = total[j] / weight_sum


@compiled
def _sides(x: FloatArray, skip: int, windows: IntArray, at: IntArray, rows: IntArray, sides: SideArray) -> None:
    """Write +1 where HMA3 is above HMA, -1 elsewhere, 0 where one is NaN, for the bars of `x` from `skip` on."""
    averages = np.empty((windows.size, x.size))
    _averages(x, windows, averages)
    raw, slow, fast = np.empty(x.size), np.empty(x.size - skip), np.empty(x.size - skip)
    for m in range(rows.shape[0]):
        half, full = averages[at[m, 0]], averages[at[m, 1]]
        p3, p2, p = averages[at[m, 2]], averages[at[m, 3]], averages[at[m, 4]]
        for i in range(x.size):
            raw[i] = 2 * half[i] - full[i]
        _last_average(raw, rows[m, 2], slow)
        for i in range(x.size):
            raw[i] = 3 * p3[i] - p2[i] - p[i]
        _last_average(raw, rows[m, 5], fast)
        for i in range(slow.size):
            valid = slow[i] == slow[i] and fast[i] == fast[i]
            sides[m, i] = (1 if fast[i] > slow[i] else -1) if valid else 0


@compiled
def _follow(close: FloatArray, sides: SideArray) -> tuple[float, int]:
    """Return (PnL, closed trades) of following the sides; 0 is a bar without one."""
    pnl, trades, position, entry = 0.0, 0, 0, 0.0
    for i in range(close.size):
        side = sides[i]
        if side != 0 and side != position:
            if position != 0:
                pnl += position * (close[i] - entry) / entry * 100 - FEE_PP
                trades += 1
            position, entry = side, close[i]
    return pnl, trades
