"""The price series of the study: seeded geometric Brownian motion, always the same one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# The study's series: every kernel's published fingerprint belongs to these five numbers.
SEED = 42
N_BARS = 150_000
RETURN_MEAN = 0.0
RETURN_STD = 0.0008
# The results do not depend on it (agreement to 1e-10); a round number reads well on a chart.
START_PRICE = 100.0


def close(n_bars: int = N_BARS) -> FloatArray:
    """Return the first `n_bars` closing prices of the series.

    Parameters
    ----------
    n_bars : how many bars, oldest first; a shorter series is a prefix of a longer one.

    Returns
    -------
    float64 (n_bars,), price, oldest first, no NaN.
    """
    # Always drawn at least at the study's length and then cut: a prefix to the last bit, whatever exp does with the
    # tail of an array.
    drawn = max(n_bars, N_BARS)
    log_returns = np.random.default_rng(SEED).normal(RETURN_MEAN, RETURN_STD, drawn)
    return np.ascontiguousarray((START_PRICE * np.exp(np.cumsum(log_returns)))[:n_bars])
