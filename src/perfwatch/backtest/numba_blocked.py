"""The kernel in numba, 64 outputs of a pass at a time.

The loop over outputs is the inner one, so that the compiler makes vector instructions of it: neighbouring outputs read
neighbouring bars. Each output keeps its own sum in the reference's order, so the results are equal to the last bit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perfwatch.backtest.compiling import compiled
from perfwatch.backtest.sweep import Sweep, empty, inputs

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Round trip, in percentage points.
FEE_PP = 0.09
# Outputs a block: they stay in the first cache, and their sums are independent of one another.
_BLOCK = 64


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
    _sweep(bars, rows, result.pnl, result.trades)
    return result


@compiled
def _wma(x: FloatArray, n: int, out: FloatArray) -> None:
    """Write the weighted moving average of `x`, float64 (n_bars,), oldest first, into `out`; NaN before it is full."""
    total = np.empty(_BLOCK)
    weight_sum = n * (n + 1) / 2
    out[: min(n - 1, x.size)] = np.nan
    for first in range(n - 1, x.size, _BLOCK):
        count = min(_BLOCK, x.size - first)
        total[:] = 0.0
        for k in range(1, n + 1):
            weight = float(k)
            values = x[first - n + k : first - n + k + count]
            for j in range(count):
                total[j] += weight * values[j]
        for j in range(count):
            out[first + j] = total[j] / weight_sum


@compiled
def _stop_and_reverse(close: FloatArray, slow: FloatArray, fast: FloatArray) -> tuple[float, int]:
    """Return (PnL, closed trades) of being long where `fast` is above `slow` and short elsewhere."""
    pnl, trades, position, entry = 0.0, 0, 0, 0.0
    for i in range(close.size):
        if np.isnan(slow[i]) or np.isnan(fast[i]):
            continue
        side = 1 if fast[i] > slow[i] else -1
        if side != position:
            if position != 0:
                pnl += position * (close[i] - entry) / entry * 100 - FEE_PP
                trades += 1
            position, entry = side, close[i]
    return pnl, trades


@compiled
def _sweep(close: FloatArray, params: IntArray, pnl: FloatArray, trades: IntArray) -> None:
    a, b, c = np.empty(close.size), np.empty(close.size), np.empty(close.size)
    raw, slow, fast = np.empty(close.size), np.empty(close.size), np.empty(close.size)
    for m in range(params.shape[0]):
        half, full, sq, p3, p2, p = params[m]
        _wma(close, half, a)
        _wma(close, full, b)
        for i in range(close.size):
            raw[i] = 2 * a[i] - b[i]
        _wma(raw, sq, slow)
        _wma(close, p3, a)
        _wma(close, p2, b)
        _wma(close, p, c)
        for i in range(close.size):
            raw[i] = 3 * a[i] - b[i] - c[i]
        _wma(raw, p, fast)
        pnl[m], trades[m] = _stop_and_reverse(close, slow, fast)
