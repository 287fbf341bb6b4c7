"""How far two stretches of a series lie apart, how surely, and what could have been seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from perfwatch.analysis.compiled import compiled
from perfwatch.analysis.evidence import BASELINE, mean_variance
from perfwatch.analysis.guards import CAP
from perfwatch.analysis.noise import SMALLEST_SCALE

FloatArray = NDArray[np.float64]

# What is looked at when nothing is known to have changed: the fewest points that can confirm a change.
_NEWEST = 3
# The smallest change is stated for one that happened this many points ago, …
_WITHIN = 10
# … whose z must pass about this to be confirmed, as in nine of ten simulated series, and does so four times in five:
# the 80 % point of a standard normal.
_Z_TO_CONFIRM = 4.4
_FOUR_IN_FIVE = 0.8416
# The place of a change is chosen by the data, out of about so many.
_PLACES = 22
# A mean of points clipped at three scales needs 1.02 to 1.05 of the variance of a plain mean on normal noise.
_EFFICIENCY = 1.03


@dataclass(frozen=True)
class Contrast:
    """Two stretches of a series compared.

    Attributes
    ----------
    ratio, lower, upper : level after / before, 95 % interval; NaN where the level before is not positive.
    z : difference over its standard error.
    p_value : two-sided, of "no difference"; where the place was chosen by the data, times the places it had.
    n_before, n_after : points compared.
    minimum_detectable : fraction; a change so large, `_WITHIN` points ago, is confirmed four times in five.
    """

    ratio: float
    lower: float
    upper: float
    z: float
    p_value: float
    n_before: int
    n_after: int
    minimum_detectable: float | None


def contrast(values: FloatArray, low: int, start: int, stop: int, *, places: int = _PLACES) -> Contrast:
    """Return how the level at [start, stop) compares with that at [low, start).

    Parameters
    ----------
    values : float64 (n,), finite, oldest first; the newest `BASELINE` before `start` are used.
    low, start, stop : 0 ≤ low < start < stop ≤ n.
    places : how many places the data chose `start` from.

    Notes
    -----
    Levels are means of points clipped at `CAP` scales around the median, on the log scale where all values are
    positive. The scale is the interquartile range / 1.349 of both stretches around their medians, the standard error
    √(s² (v(m) + v(k))) with v of an AR(1) mean (`evidence.mean_variance`), the reference a t distribution with
    m + k − 2 degrees of freedom: approximate, since the memory is estimated too.
    """
    old, new = values[max(low, start - BASELINE) : start], values[start:stop]
    proportional = bool(old.min() > 0 and new.min() > 0)
    if proportional:
        old, new = np.log(old), np.log(new)
    before, after, scale, memory = levels(old, new)
    step = after - before
    error = scale * np.sqrt(_EFFICIENCY * (mean_variance(memory, old.size) + mean_variance(memory, new.size)))
    freedom = max(1, old.size + new.size - 2)
    half = error * float(special.stdtrit(freedom, 0.975))
    z = step / error
    p_value = min(1.0, places * 2.0 * float(special.stdtr(freedom, -abs(z))))
    smallest = (_Z_TO_CONFIRM + _FOUR_IN_FIVE) * scale
    smallest *= np.sqrt(_EFFICIENCY * (mean_variance(memory, _WITHIN) + mean_variance(memory, old.size)))
    ratio, lower, upper, detectable = np.nan, np.nan, np.nan, None
    if proportional:
        ratio, lower, upper = np.exp(step), np.exp(step - half), np.exp(step + half)
        detectable = float(np.expm1(smallest))
    elif before > 0:
        ratio, lower, upper = after / before, (after - half) / before, (after + half) / before
        detectable = float(smallest / before)
    return Contrast(float(ratio), float(lower), float(upper), float(z), p_value, old.size, new.size, detectable)


def newest(values: FloatArray, since: int = 0, start: int | None = None) -> Contrast | None:
    """Return how the newest points compare with those before them; None with too few.

    Parameters
    ----------
    values : float64 (n,), finite, oldest first.
    since : where the level known last begins.
    start : where a change not yet settled begins; the newest three points are compared where there is none.
    """
    places = 1
    if start is None:
        start = values.size - _NEWEST
    else:
        places = _PLACES
    if start - since < 4 or start >= values.size:
        return None
    return contrast(values, since, start, values.size, places=places)


@compiled
def levels(old: FloatArray, new: FloatArray) -> tuple[float, float, float, float]:
    """Return the level before and after, the scale of the noise, and its lag-one correlation before."""
    middle_old, middle_new = np.median(old), np.median(new)
    rest = np.sort(np.concatenate((old - middle_old, new - middle_new)))
    n = rest.size
    scale = (rest[int(0.75 * (n - 1))] - rest[int(0.25 * (n - 1))]) / 1.349
    size = max(abs(middle_old), abs(middle_new), 1.0e-300)
    scale = max(scale, np.abs(rest).mean() / 4.0, SMALLEST_SCALE * min(size, 1.0))
    square, memory = 1e-300, 0.0
    clipped = np.minimum(np.maximum((old - middle_old) / scale, -CAP), CAP)
    mean = clipped.mean()
    for i in range(clipped.size):
        square += (clipped[i] - mean) ** 2
        if i > 0:
            memory += (clipped[i] - mean) * (clipped[i - 1] - mean)
    before = middle_old + scale * mean
    after = middle_new + scale * np.minimum(np.maximum((new - middle_new) / scale, -CAP), CAP).mean()
    return before, after, scale, min(max(memory / square, 0.0), 0.9)
