"""Where the level of a whole history changed.

1. x = log y, its scale σ and memory φ from differences (`noise`).
2. R-FPOP at a low penalty, then the guards: a first segmentation whose residuals show the noise.
3. The cost of a residual is learnt from them, and the best segmentation under it is found; the guards again. Twice.

Steps 1 and 2 are DETECT as published (see `rfpop`); step 3 and the guards are ours. METHODOLOGY.md has the figures.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perfwatch.analysis import learnt, rfpop
from perfwatch.analysis.compiled import compiled
from perfwatch.analysis.guards import CAP, guarded, level
from perfwatch.analysis.noise import costs, inflation, learnt_cost, on_working_scale, scale_and_memory
from perfwatch.errors import UsageError
from perfwatch.model import Segment

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# The price of one change is this times f · log n, with f the inflation by memory: 3 a sensitive view, 5 a quiet one.
PENALTY = 4.0
# Of the first segmentation, as a part of the above: it only has to uncover the noise, and a step left in the residuals
# hides itself, while a false one costs little.
_FIRST = 0.55
_FARTHEST = 1e5
# How often the cost is learnt anew.
_ROUNDS = 2
# A place is named so that the truth is most probably within so many points of it.
WITHIN = 2
# No farther than this from where it was found.
_FAR = 250
# Fewer points than this have no segmentation: two levels of three points, and one to tell the noise by.
FEWEST = 7


def segments(values: ArrayLike, *, penalty: float = PENALTY) -> list[Segment]:
    """Return the stretches of one level that make up a series, oldest first; empty where no value is finite.

    Parameters
    ----------
    values : float64 (n,), any unit and sign, oldest first. What is not finite is missing: it is left out, belongs to
        the segment around it, and starts none.
    penalty : the price of a change in units of f · log n; `PENALTY` by default, larger is quieter.

    Returns
    -------
    list of Segment : `start` inclusive, `stop` exclusive, positions in `values`; together they cover all of it.
        `level` is the median of the segment's values.

    Errors
    ------
    UsageError : `values` is not one-dimensional, or the penalty is not positive.

    Notes
    -----
    Sensible from about 30 points; below `FEWEST` it is one segment. Cost: see `benchmarks/detection.py`.
    """
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.ndim != 1 or not penalty > 0:
        raise UsageError(
            f"segments: needs one dimension and a penalty > 0, has {array.ndim} and {penalty}; pass one series a call"
        )
    there = np.flatnonzero(np.isfinite(array))
    if there.size == 0:
        return []
    present = array[there]
    inner = change_points(present, penalty)
    edges = np.concatenate(([0], inner, [present.size]))
    starts = [0, *(int(there[i]) for i in inner)]
    stops = [*starts[1:], array.size]
    return [
        Segment(start, stop, float(np.median(present[first:last])))
        for start, stop, first, last in zip(starts, stops, edges[:-1], edges[1:], strict=True)
    ]


def change_points(values: FloatArray, penalty: float = PENALTY) -> IntArray:
    """Return the first index of every level but the first; `values` float64 (n,), finite, oldest first."""
    if values.size < FEWEST:
        return np.empty(0, np.int64)
    x, _ = on_working_scale(values)
    return on_scale(x, penalty)


@compiled
def on_scale(x: FloatArray, penalty: float) -> IntArray:
    """Return the first index of every level but the first, int64; x as from `noise.on_working_scale`, n ≥ `FEWEST`."""
    z, bounds, _, f = fitted(x, penalty)
    if bounds.size <= 2:
        return bounds[1:-1]
    levels = levels_of(z, bounds)
    table = learnt_cost(residuals_of(z, bounds, levels))
    placed = bounds.copy()
    for i in range(1, bounds.size - 1):
        low, stop = max(bounds[i - 1], bounds[i] - _FAR), min(bounds[i + 1], bounds[i] + _FAR)
        placed[i] = likeliest(z, low, stop, levels[i - 1], levels[i], table, f, WITHIN)
    return placed[1:-1]


@compiled
def fitted(x: FloatArray, penalty: float) -> tuple[FloatArray, IntArray, float, float]:
    """Return x in units of its noise, the bounds of its segments (see `guards`), the scale, and the inflation f.

    The scale is 0 for a constant series, which is returned as it is, in one segment.
    """
    scale, memory = scale_and_memory(x)
    if scale == 0.0:
        return x, _with_ends(np.empty(0, np.int64), x.size), 0.0, 1.0
    # Farther than this is far, and beside the square of a million scales a scale has no digits left.
    z = np.minimum(np.maximum(x / scale, -_FARTHEST), _FARTHEST)
    f = inflation(memory)
    price = penalty * f * np.log(x.size)
    bounds = guarded(z, _with_ends(rfpop.change_points(z, CAP, _FIRST * price), x.size), price, f)
    for _ in range(_ROUNDS):
        z = learnt.closed(z, levels_of(z, bounds))
        levels = levels_of(z, bounds)
        low, many = learnt.grid(levels)
        if many > learnt.MOST_LEVELS:
            # Too many levels far apart for a grid: what does not need one is kept, at the full price.
            bounds = guarded(z, _with_ends(rfpop.change_points(z, CAP, price), x.size), price, f)
            break
        found = learnt.change_points(z, learnt_cost(residuals_of(z, bounds, levels)), low, many, price)
        better = guarded(z, _with_ends(found, x.size), price, f)
        settled = better.size == bounds.size and bool(np.all(better == bounds))
        bounds = better
        if settled:
            break
    return z, bounds, scale, f


@compiled
def likeliest(
    z: FloatArray, low: int, stop: int, before: float, after: float, table: FloatArray, f: float, within: int
) -> int:
    """Return the place in (low, stop) that the first point of the new level most probably is, to within `within`.

    Notes
    -----
    With the levels given and a flat prior, the posterior weight of a place is exp(−cost / 2f). The mode is the best
    place to name exactly; what is asked for is a place that is near the truth, so the window with most weight counts.
    """
    weight = np.zeros(stop - low)
    running, best = 0.0, -np.inf
    for i in range(stop - 1, low, -1):
        running += costs(z[i] - before, table) - costs(z[i] - after, table)
        weight[i - low] = running
        best = max(best, running)
    weight[0] = 0.0
    for i in range(1, weight.size):
        exponent = 0.5 * (weight[i] - best) / f
        # Below e⁻³⁰ nothing adds up to anything, and most places are.
        weight[i] = np.exp(exponent) if exponent > -30.0 else 0.0
    most, at, near = -1.0, low + 1, weight[1 : within + 1].sum()
    for i in range(1, weight.size):
        # The window [i − within, i + within], cut at the ends, moves up by one.
        if i + within < weight.size:
            near += weight[i + within]
        if i - within - 1 >= 1:
            near -= weight[i - within - 1]
        # Ties, as of a step that leaves no doubt, go to the heavier place.
        if near + 1e-6 * weight[i] > most:
            most, at = near + 1e-6 * weight[i], low + i
    return at


@compiled
def levels_of(z: FloatArray, bounds: IntArray) -> FloatArray:
    """Return the level of each segment, float64 (m,)."""
    levels = np.empty(bounds.size - 1)
    for i in range(levels.size):
        levels[i] = level(z[bounds[i] : bounds[i + 1]])
    return levels


@compiled
def residuals_of(z: FloatArray, bounds: IntArray, levels: FloatArray) -> FloatArray:
    """Return what is left of z when each segment's level is taken off, float64 (n,)."""
    residuals = z.copy()
    for i in range(levels.size):
        residuals[bounds[i] : bounds[i + 1]] -= levels[i]
    return residuals


@compiled
def _with_ends(inner: IntArray, n: int) -> IntArray:
    bounds = np.empty(inner.size + 2, np.int64)
    bounds[0], bounds[-1] = 0, n
    bounds[1:-1] = inner
    return bounds
