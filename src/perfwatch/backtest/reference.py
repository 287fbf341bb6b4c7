"""The oracle: the kernel in plain numpy, written to be read against its definition.

    WMA(x, n)[i] = sum_{k=1..n} k * x[i-n+k] / (n(n+1)/2)      summed oldest first, divided last; NaN before n-1
    HMA          = WMA(2 WMA(c, half) - WMA(c, full), sq)
    HMA3         = WMA(3 WMA(c, p3) - WMA(c, p2) - WMA(c, p), p)

    at each bar where both lines are valid: side = +1 if HMA3 > HMA else -1; where side != position, close the open
    position (pnl += position * (close - entry) / entry * 100 - 0.09, trades += 1), then open one on that side.
    The first position opens at the first valid bar; the one open at the end is neither closed nor counted.

Every other kernel is held to this one: trades exactly, PnL to 1e-6. It shares no code with any of them, so the fee is
written here and there again, on purpose: the gate is what keeps them the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perfwatch.backtest.sweep import Sweep, empty, inputs

FloatArray = NDArray[np.float64]

# Round trip, in percentage points.
FEE_PP = 0.09


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
    for m, (half, full, sq, p3, p2, p) in enumerate(rows.tolist()):
        result.pnl[m], result.trades[m] = stop_and_reverse(bars, hma(bars, half, full, sq), hma3(bars, p3, p2, p))
    return result


def wma(x: FloatArray, n: int) -> FloatArray:
    """Return the weighted moving average of `x`: linear weights, the newest of `n` bars heaviest.

    float64 (len(x),); NaN before index n-1 and wherever the window holds a NaN.
    """
    out = np.full(x.size, np.nan)
    outputs = x.size - n + 1
    if outputs <= 0:
        return out
    total = np.zeros(outputs)
    # All outputs at once, lag by lag: each one's sum still runs k = 1..n, from its oldest bar to its newest.
    for k in range(1, n + 1):
        total += k * x[k - 1 : k - 1 + outputs]
    out[n - 1 :] = total / (n * (n + 1) / 2)
    return out


def hma(close: FloatArray, half: int, full: int, sq: int) -> FloatArray:
    """Return the Hull moving average, float64 (len(close),), NaN where its windows are not full."""
    return wma(2 * wma(close, half) - wma(close, full), sq)


def hma3(close: FloatArray, p3: int, p2: int, p: int) -> FloatArray:
    """Return the three-window Hull average, float64 (len(close),), NaN where its windows are not full."""
    return wma(3 * wma(close, p3) - wma(close, p2) - wma(close, p), p)


def stop_and_reverse(close: FloatArray, slow: FloatArray, fast: FloatArray) -> tuple[float, int]:
    """Return (PnL in percentage points, closed trades) of being long where `fast` is above `slow`, else short."""
    valid = ~(np.isnan(slow) | np.isnan(fast))
    price = close[valid]
    side = np.where(fast[valid] > slow[valid], 1.0, -1.0)
    if side.size == 0:
        return 0.0, 0
    # A position opens at the first valid bar and at every bar whose side is not the one before.
    opened = np.concatenate(([0], np.flatnonzero(side[1:] != side[:-1]) + 1))
    entry, leave, position = price[opened[:-1]], price[opened[1:]], side[opened[:-1]]
    # A price of zero gives an infinite return, as it does in the compiled kernels; it is not this function's to judge.
    with np.errstate(divide="ignore", invalid="ignore"):
        booked = position * (leave - entry) / entry * 100 - FEE_PP
    pnl = 0.0
    # One after the other, as they were closed: numpy's sum would add them in another order.
    for trade_pp in booked.tolist():
        pnl += trade_pp
    return pnl, len(booked)
