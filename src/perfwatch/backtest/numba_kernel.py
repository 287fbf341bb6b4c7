"""The kernel in numba: scalar, no fastmath, the same order of summation as the reference.

Everything compiled stands in this one file, constants included: numba's cache on disk notices a change of the file a
function stands in, not of the files it takes values from, and a stale kernel would be a wrong answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from perfwatch.backtest.sweep import Sweep, empty, inputs

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
_Function = TypeVar("_Function", bound=Callable[..., Any])

# Round trip, in percentage points.
FEE_PP = 0.09


def _compiled(function: _Function) -> _Function:
    """Return `function` compiled at its first call, kept on disk where a folder for it can be written."""
    # error_model: a price of zero gives an infinite return as in the other kernels, not a ZeroDivisionError.
    try:
        return cast(_Function, numba.njit(cache=True, error_model="numpy")(function))
    except RuntimeError:
        # numba found neither __pycache__ nor the user's cache folder writable: compile in each process instead.
        return cast(_Function, numba.njit(error_model="numpy")(function))


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


@_compiled
def _wma(x: FloatArray, n: int) -> FloatArray:
    out = np.full(x.size, np.nan)
    weight_sum = n * (n + 1) / 2
    for i in range(n - 1, x.size):
        total = 0.0
        for k in range(1, n + 1):
            total += k * x[i - n + k]
        out[i] = total / weight_sum
    return out


@_compiled
def _hma(close: FloatArray, half: int, full: int, sq: int) -> FloatArray:
    a, b = _wma(close, half), _wma(close, full)
    raw = np.empty(close.size)
    for i in range(close.size):
        raw[i] = 2 * a[i] - b[i]
    return _wma(raw, sq)


@_compiled
def _hma3(close: FloatArray, p3: int, p2: int, p: int) -> FloatArray:
    a, b, c = _wma(close, p3), _wma(close, p2), _wma(close, p)
    raw = np.empty(close.size)
    for i in range(close.size):
        raw[i] = 3 * a[i] - b[i] - c[i]
    return _wma(raw, p)


@_compiled
def _stop_and_reverse(close: FloatArray, slow: FloatArray, fast: FloatArray) -> tuple[float, int]:
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


@_compiled
def _sweep(close: FloatArray, params: IntArray, pnl: FloatArray, trades: IntArray) -> None:
    for m in range(params.shape[0]):
        half, full, sq, p3, p2, p = params[m]
        pnl[m], trades[m] = _stop_and_reverse(close, _hma(close, half, full, sq), _hma3(close, p3, p2, p))
