"""What goes into a sweep and what comes out of it, whichever kernel runs it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perfwatch.errors import UsageError

N_PARAMS = 6
# The longest window, as in the engine: up to here the sum of its weights is exact as a float64.
MAX_WINDOW = 1 << 26


class Sweep(NamedTuple):
    """The result of a sweep, in grid order: pnl float64 (m,), percentage points; trades int64 (m,), closed trades."""

    pnl: NDArray[np.float64]
    trades: NDArray[np.int64]


def inputs(close: ArrayLike, params: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return `close` and `params` as every kernel wants them: C-contiguous float64 (n,) and int64 (m, 6).

    Arrays that are so already come back themselves, uncopied.

    Errors
    ------
    UsageError : another shape, parameters that are not whole numbers, or one outside 1 to MAX_WINDOW.
    """
    bars = np.ascontiguousarray(close, dtype=np.float64)
    if bars.ndim != 1:
        raise UsageError(f"close has shape {bars.shape}; give one dimension, a price a bar")
    given = np.asarray(params)
    if given.ndim != 2 or given.shape[1] != N_PARAMS:
        raise UsageError(f"params has shape {given.shape}; give (combinations, {N_PARAMS})")
    if given.dtype.kind not in "iu":
        raise UsageError(f"params is {given.dtype}; give whole numbers, they are windows in bars")
    rows = np.ascontiguousarray(given, dtype=np.int64)
    wrong = (rows < 1) | (rows > MAX_WINDOW)
    if wrong.any():
        combination, column = (int(i) for i in np.argwhere(wrong)[0])
        raise UsageError(
            f"combination {combination} has the window {rows[combination, column]}; give 1 to {MAX_WINDOW} bars"
        )
    return bars, rows


def empty(n_combos: int) -> Sweep:
    """Return a sweep of `n_combos` zeros for a kernel to write into."""
    return Sweep(np.zeros(n_combos, dtype=np.float64), np.zeros(n_combos, dtype=np.int64))
