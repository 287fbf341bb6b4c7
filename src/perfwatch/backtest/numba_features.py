"""The rolling features of one tick, recomputed from their windows by loops; `features` says what they are."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from perfwatch.backtest.compiling import compiled

FloatArray = NDArray[np.float64]


@compiled
def row(price: FloatArray, volume: FloatArray, windows: NDArray[np.int64], out: FloatArray) -> None:
    """Write the features of the windows that end with the last tick into `out`, float64 (13, k), where they are full.

    Parameters
    ----------
    price, volume : float64 (n,), oldest first.
    windows : int64 (k,), ticks, ascending.
    """
    n = len(price)
    last = price[n - 1]
    for place in range(len(windows)):
        w = windows[place]
        if w > n:
            break
        p, v = price[n - w :], volume[n - w :]
        decay = 1.0 - 2.0 / (w + 1.0)
        sum_p, sum_v, turnover, weighted, decayed, weights = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        least, most, least_v, most_v = p[0], p[0], v[0], v[0]
        for k in range(w):
            sum_p += p[k]
            sum_v += v[k]
            turnover += p[k] * v[k]
            weighted += (k + 1) * p[k]
            decayed = decayed * decay + p[k]
            weights = weights * decay + 1.0
            least, most = min(least, p[k]), max(most, p[k])
            least_v, most_v = min(least_v, v[k]), max(most_v, v[k])
        mean, mean_v = sum_p / w, sum_v / w
        pp, vv, pv = 0.0, 0.0, 0.0
        for k in range(w):
            dp, dv = p[k] - mean, v[k] - mean_v
            pp += dp * dp
            vv += dv * dv
            pv += dp * dv
        is_flat = least == most
        deviation = 0.0 if is_flat else math.sqrt(pp / (w - 1))
        out[0, place] = mean
        out[1, place] = deviation
        out[2, place] = (last - mean) / deviation if deviation > 0 else math.nan
        out[3, place] = weighted / (w * (w + 1) / 2)
        out[4, place] = decayed / weights
        out[5, place] = least
        out[6, place] = most
        out[7, place] = math.nan if is_flat else (last - least) / (most - least)
        out[8, place] = last / p[0] - 1.0
        out[9, place] = math.nan if is_flat or least_v == most_v else pv / math.sqrt(pp * vv)
        out[10, place] = np.partition(p, (w - 1) // 4)[(w - 1) // 4]
        out[11, place] = turnover
        out[12, place] = turnover / sum_v if sum_v > 0 else math.nan
