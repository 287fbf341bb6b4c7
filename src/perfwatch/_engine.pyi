"""The Rust kernels, without any boundary (engine/python)."""

import numpy as np
from numpy.typing import NDArray

__version__: str

def sweep(
    close: NDArray[np.float64],
    params: NDArray[np.int64],
    pnl_out: NDArray[np.float64],
    trades_out: NDArray[np.int64],
    unchecked: bool,
) -> None:
    """Compute PnL and closed trades of every combination into `pnl_out` and `trades_out`.

    Parameters
    ----------
    close : float64 (n,), price, oldest first; NaN where there is none.
    params : int64 (m, 6), windows in bars, columns (half, full, sq, p3, p2, p).
    pnl_out : float64 (m,), written: PnL in percentage points.
    trades_out : int64 (m,), written: closed trades.
    unchecked : whether the build without bounds checks computes.

    All four are C-contiguous. The interpreter's lock is released while the kernel runs.

    Errors
    ------
    ValueError : another type, shape or memory order, a read-only output, or a parameter that is no window.
    """
