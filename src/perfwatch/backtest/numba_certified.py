"""The kernel in numba by running sums: the sign of HMA3 - HMA, certified, and exact sums where it is in doubt.

A combination's answer depends on its two lines through the sign of their difference D alone, and D is linear in the
prices, so that running sums give it in two dozen operations a bar whatever the windows are. How far they can be off is
derived (`bound`); where |D| is not above that, the 64 bars are computed again in the reference's order. The answer is
the reference's to the last bit; only the time depends on the prices. `engine/core/src/kernel/filter.rs` says more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perfwatch.backtest import numba_kernel
from perfwatch.backtest.bound import SLACK, TINY, bound
from perfwatch.backtest.compiling import compiled
from perfwatch.backtest.sweep import Sweep, empty, inputs

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
SideArray = NDArray[np.int8]

# Round trip, in percentage points.
FEE_PP = 0.09
# Bars between two restarts of the running sums, and bars that are in doubt together.
_RESTART, _WORD = 512, 64
# Beyond it products overflow; below it differences underflow.
_SMALLEST, _LARGEST = 1e-150, 1e150


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
    size = np.abs(bars)
    # Running sums carry a NaN, or what overflowed, on for ever; such series go to the kernel that starts each sum anew.
    if not (((size >= _SMALLEST) & (size <= _LARGEST)) | (size == 0)).all():
        return numba_kernel.sweep(bars, rows)
    result = empty(len(rows))
    if not bars.size:
        return result
    centre = bars.min() / 2 + bars.max() / 2
    centred = bars - centre
    largest, price = float(np.abs(centred).max()), float(size.max())
    sides = np.empty(bars.size, np.int8)
    for m, row in enumerate(rows):
        half, full, sq, p3, p2, p = (int(n) for n in row)
        first_valid = max(max(half, full) + sq, max(p3, p2, p) + p) - 2
        if first_valid >= bars.size:
            continue
        off = bound(row, max(_RESTART, sq, p))
        least = SLACK * (off.fast * largest + off.reference * price) + TINY
        _sides(bars, centred, row, first_valid, least, sides)
        result.pnl[m], result.trades[m] = _follow(bars, sides, first_valid)
    return result


@compiled
def _sums(x: FloatArray, end: int, n: int) -> tuple[float, float]:
    """Return (sum, sum weighted 1 … n) of the `n` values of `x` before `end`."""
    plain, weighted = 0.0, 0.0
    for k in range(n):
        plain += x[end - n + k]
        weighted += (k + 1.0) * x[end - n + k]
    return plain, weighted


@compiled
def _average(x: FloatArray, at: int, n: int) -> float:
    """Return the weighted moving average of the `n` bars up to `at`, summed as the reference sums."""
    total = 0.0
    for k in range(1, n + 1):
        total += k * x[at - n + k]
    return total / (n * (n + 1) / 2)


@compiled
def _exact(close: FloatArray, row: IntArray, begin: int, end: int, sides: SideArray) -> None:
    """Write the sides of the bars from `begin` to `end`, in the reference's order."""
    half, full, sq, p3, p2, p = row
    slow, fast = np.empty(end - begin + sq - 1), np.empty(end - begin + p - 1)
    for i in range(slow.size):
        bar = begin - sq + 1 + i
        slow[i] = 2 * _average(close, bar, half) - _average(close, bar, full)
    for i in range(fast.size):
        bar = begin - p + 1 + i
        fast[i] = 3 * _average(close, bar, p3) - _average(close, bar, p2) - _average(close, bar, p)
    for i in range(end - begin):
        sides[begin + i] = 1 if _average(fast, i + p - 1, p) > _average(slow, i + sq - 1, sq) else -1


@compiled
def _differences(y: FloatArray, row: IntArray, begin: int, end: int, slow: FloatArray, fast: FloatArray) -> None:
    """Write both differences of averages at the bars from `begin` to `end`, by running sums started at `begin`."""
    half, full, _, p3, p2, p = row
    h, f = 4.0 / (half * (half + 1.0)), -2.0 / (full * (full + 1.0))
    a, b, c = 6.0 / (p3 * (p3 + 1.0)), -2.0 / (p2 * (p2 + 1.0)), -2.0 / (p * (p + 1.0))
    (sum_h, moment_h), (sum_f, moment_f) = _sums(y, begin, half), _sums(y, begin, full)
    (sum_a, moment_a), (sum_b, moment_b), (sum_c, moment_c) = (
        _sums(y, begin, p3),
        _sums(y, begin, p2),
        _sums(y, begin, p),
    )
    d1, q1 = h * moment_h + f * moment_f, h * sum_h + f * sum_f
    d3, q3 = a * moment_a + b * moment_b + c * moment_c, a * sum_a + b * sum_b + c * sum_c
    gain1, gain3 = h * half + f * full, a * p3 + b * p2 + c * p
    new1, new3 = h + f, a + b + c
    for i in range(begin, end):
        d1 = (d1 - q1) + gain1 * y[i]
        d3 = (d3 - q3) + gain3 * y[i]
        q1 += new1 * y[i] - (h * y[i - half] + f * y[i - full])
        q3 += new3 * y[i] - (a * y[i - p3] + (b * y[i - p2] + c * y[i - p]))
        slow[i] = d1
        fast[i] = d3


@compiled
def _sides(close: FloatArray, y: FloatArray, row: IntArray, first_valid: int, least: float, sides: SideArray) -> None:
    """Write +1 where HMA3 is above HMA and -1 elsewhere, for the bars from `first_valid` on.

    Parameters
    ----------
    y : float64 (n,), the prices less a centre.
    least : what |HMA3 - HMA| must exceed for its sign to be believed.
    """
    half, full, sq, p3, p2, p = row
    # A restart sums the bars before it, so the filter begins one bar later than the lines are valid.
    begin = max(half, full, p3, p2, p)
    start = begin + max(sq, p)
    _exact(close, row, first_valid, min(max(start, first_valid), close.size), sides)
    if start >= close.size:
        return
    slow, fast = np.empty(close.size), np.empty(close.size)
    _differences(y, row, begin, start, slow, fast)
    s, t = -2.0 / (sq * (sq + 1.0)), 2.0 / (p * (p + 1.0))
    gain_s, gain_t = s * sq, t * p
    for restart in range(start, close.size, _RESTART):
        end = min(restart + _RESTART, close.size)
        _differences(y, row, restart, end, slow, fast)
        (sum_s, moment_s), (sum_t, moment_t) = _sums(slow, restart, sq), _sums(fast, restart, p)
        d, g = s * moment_s + t * moment_t, s * sum_s + t * sum_t
        for word in range(restart, end, _WORD):
            word_end = min(word + _WORD, end)
            smallest = np.inf
            for i in range(word, word_end):
                d = ((d - g) + gain_t * fast[i]) + gain_s * slow[i]
                g += (s * slow[i] - s * slow[i - sq]) + (t * fast[i] - t * fast[i - p])
                smallest = min(smallest, abs(d))
                sides[i] = 1 if d > 0 else -1
            if not smallest > least:
                _exact(close, row, word, word_end, sides)


@compiled
def _follow(close: FloatArray, sides: SideArray, first_valid: int) -> tuple[float, int]:
    """Return (PnL, closed trades) of following the sides from the first valid bar on."""
    pnl, trades, position, entry = 0.0, 0, sides[first_valid], close[first_valid]
    for i in range(first_valid + 1, close.size):
        if sides[i] != position:
            pnl += position * (close[i] - entry) / entry * 100 - FEE_PP
            trades += 1
            position, entry = sides[i], close[i]
    return pnl, trades
