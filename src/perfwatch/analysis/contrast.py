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
IntArray = NDArray[np.int64]

# What is looked at when nothing is known to have changed: the fewest points that can confirm a change.
_NEWEST = 3
# Fewer points of an old level than this are nothing to compare with.
_FEWEST = 4
_N_FIGURES = 7
# The smallest change is stated for one that happened this many points ago, …
_WITHIN = 10
# … whose z must pass about this to be confirmed by then (simulated: so that four in five of such changes were), and
# does so four times in five: the 80 % point of a standard normal.
_Z_TO_CONFIRM = 5.45
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
    figures = _figures(values[max(low, start - BASELINE) : start], values[start:stop])
    return _told(figures[np.newaxis], np.array([places]))[0]


def newest_all(matrix: FloatArray, since: IntArray, starts: IntArray) -> list[Contrast | None]:
    """Return how the newest points of each series compare with those before them; None with too few.

    Parameters
    ----------
    matrix : float64 (n_series, n_points), oldest first, NaN where missing.
    since : int64 (n_series,), where the level known last begins.
    starts : int64 (n_series,), where a change not yet settled begins; −1 where there is none, and the newest three
        points are compared.
    """
    figures = np.zeros((len(matrix), _N_FIGURES))
    _newest_figures(np.ascontiguousarray(matrix), since, starts, figures)
    told = _told(figures, np.where(starts < 0, 1, _PLACES))
    return [one if one.n_before else None for one in told]


def detectable(scale: float, memory: float, n_before: int = BASELINE) -> float:
    """Return the smallest change, a fraction, that is confirmed four times in five `_WITHIN` commits after it.

    Parameters
    ----------
    scale : standard deviation of the logarithm of a value.
    memory : lag-one correlation, ≥ 0.
    n_before : points of the level before.
    """
    return float(np.expm1(_smallest(scale, memory, n_before)))


@compiled
def _smallest(scale: float, memory: float, n_before: int) -> float:
    variance = mean_variance(memory, _WITHIN) + mean_variance(memory, n_before)
    return float((_Z_TO_CONFIRM + _FOUR_IN_FIVE) * scale * np.sqrt(_EFFICIENCY * variance))


@compiled
def _newest_figures(matrix: FloatArray, since: IntArray, starts: IntArray, figures: FloatArray) -> None:
    present = np.empty(matrix.shape[1])
    for row in range(matrix.shape[0]):
        many, low, start = 0, 0, 0
        for t in range(matrix.shape[1]):
            if t == since[row]:
                low = many
            if t == starts[row]:
                start = many
            if np.isfinite(matrix[row, t]):
                present[many] = matrix[row, t]
                many += 1
        if starts[row] < 0:
            start = many - _NEWEST
        if start - low >= _FEWEST and start < many:
            figures[row] = _figures(present[max(low, start - BASELINE) : start], present[start:many])


@compiled
def _figures(old: FloatArray, new: FloatArray) -> FloatArray:
    """Return level before, after, standard error, smallest change, points before, after, and 1 for the log scale."""
    proportional = old.min() > 0.0 and new.min() > 0.0
    if proportional:
        old, new = np.log(old), np.log(new)
    before, after, scale, memory = levels(old, new)
    error = scale * np.sqrt(_EFFICIENCY * (mean_variance(memory, old.size) + mean_variance(memory, new.size)))
    smallest = _smallest(scale, memory, old.size)
    return np.array([before, after, error, smallest, float(old.size), float(new.size), 1.0 if proportional else 0.0])


def _told(figures: FloatArray, places: IntArray) -> list[Contrast]:
    """Return the rows of `_figures` in words; a row of zeros has no points."""
    before, after, error, smallest, n_before, n_after, proportional = figures.T
    freedom = np.maximum(1.0, n_before + n_after - 2.0)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        step = after - before
        half, score = error * special.stdtrit(freedom, 0.975), step / error
        p_values = np.minimum(1.0, places * 2.0 * special.stdtr(freedom, -np.abs(score)))
        bounds = np.stack((step, step - half, step + half))
        is_log = proportional > 0
        ratios = np.where(is_log, np.exp(bounds), np.where(before > 0, 1.0 + bounds / before, np.nan))
        detectable = np.where(is_log, np.expm1(smallest), np.where(before > 0, smallest / before, np.nan))
    rows = zip(*ratios, score, p_values, n_before, n_after, detectable, strict=True)
    return [
        Contrast(float(r), float(lo), float(up), float(z), float(p), int(n), int(m), _or_none(float(d)))
        for r, lo, up, z, p, n, m, d in rows
    ]


def _or_none(number: float) -> float | None:
    return None if np.isnan(number) else number


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
