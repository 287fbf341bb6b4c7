"""The best segmentation of a series under a cost of any shape, given as a table.

The same recursion as R-FPOP, on a grid of levels instead of exact pieces,

    Q(μ) ← min(Q(μ), min Q + β) + ρ(x − μ)        for every μ of the grid,

because ρ, learnt from the series' own residuals, has no formula. One pass costs points × levels.

This is what sets the detector apart from R-FPOP alone: under its own density a skewed noise gives its steps away by its
sharp side, and a host with two states costs nothing in either.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perfwatch.analysis.compiled import compiled
from perfwatch.analysis.noise import REACH, STEPS_PER_SCALE

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# The grid covers the levels known and this many scales on either side, in every second step of the table: a fifth of a
# scale. A tenth found no more.
_BEYOND = 3
_SPACING = 2
# Points farther apart than twice the table's reach cannot share a level; a wider gap says nothing more.
_WIDEST_GAP = 2.0 * REACH / STEPS_PER_SCALE
# A grid wider than this many scales is worth a sort to close its gaps, and one of more levels than that is not tried.
_WIDE = 40.0
MOST_LEVELS = 600


@compiled
def closed(x: FloatArray, levels: FloatArray) -> FloatArray:
    """Return x with the gaps between its values, ordered by size, no wider than matters to the cost.

    Parameters
    ----------
    x : float64 (n,), in units of the noise's scale.
    levels : float64 (m,), of the segments known; x itself is returned where they lie close together.
    """
    if levels.max() - levels.min() <= _WIDE:
        return x
    order = np.argsort(x)
    out = np.empty(x.size)
    out[order[0]] = x[order[0]]
    for i in range(1, x.size):
        out[order[i]] = out[order[i - 1]] + min(x[order[i]] - x[order[i - 1]], _WIDEST_GAP)
    return out


@compiled
def grid(levels: FloatArray) -> tuple[int, int]:
    """Return the lowest level to try, in steps of the cost's table, and how many there are to try above it."""
    low = int(np.floor((levels.min() - _BEYOND) * STEPS_PER_SCALE))
    high = int(np.ceil((levels.max() + _BEYOND) * STEPS_PER_SCALE))
    return low, (high - low) // _SPACING + 1


@compiled
def change_points(x: FloatArray, cost: FloatArray, low: int, many: int, penalty: float) -> IntArray:
    """Return the first index of every segment but the first, ascending, int64.

    Parameters
    ----------
    x : float64 (n,), in units of the noise's scale, oldest first, finite, n ≥ 1.
    cost : float64 (2 · REACH + 1,), from `noise.learnt_cost`; between its entries it is interpolated.
    low, many : from `grid`.
    penalty : β, the price of one change.
    """
    at_place, step_up, end = _laid_out(cost, many)
    q, start = np.zeros(many), np.zeros(many, np.int64)
    starts = np.empty(x.size, np.int64)
    least = 0.0
    for t in range(x.size):
        # What a new segment that starts here costs; none starts at the first point.
        bound = least + penalty if t > 0 else np.inf
        place = min(max(x[t] * STEPS_PER_SCALE, -1e9), 1e9)
        whole = int(np.floor(place))
        part = place - whole
        entry = whole - low + REACH
        first = end - min(max(entry // _SPACING, -many), end)
        base, slope = at_place[entry % _SPACING, first:], step_up[entry % _SPACING, first:]
        # No branch in this loop: it is where the time goes, and so the compiler makes vectors of it.
        for g in range(many):
            restarts = q[g] > bound
            start[g] = t if restarts else start[g]
            q[g] = (bound if restarts else q[g]) + base[g] + part * slope[g]
        least, at = q[0], 0
        for g in range(1, many):
            if q[g] < least:
                least, at = q[g], g
        starts[t] = start[at]
    return walked_back(starts)


@compiled
def _laid_out(cost: FloatArray, many: int) -> tuple[FloatArray, FloatArray, int]:
    """Return the cost laid out so that the levels of the grid, upwards, are neighbours, and the same for its slope.

    Level g and a point at table step w need entry w − low − g · _SPACING + REACH: row = remainder of that at g = 0,
    column = end − quotient + g. Beyond the table the cost stays what it is at its end.
    """
    end = REACH + many
    base = np.empty((_SPACING, 2 * end + many + 2))
    slope = np.empty_like(base)
    for row in range(_SPACING):
        for column in range(base.shape[1]):
            i = _SPACING * (end - column) + row
            here, next_ = min(max(i, 0), 2 * REACH), min(max(i + 1, 0), 2 * REACH)
            base[row, column] = cost[here]
            slope[row, column] = cost[next_] - cost[here]
    return base, slope, end


@compiled
def walked_back(starts: IntArray) -> IntArray:
    """Return the first index of every segment but the first from where each prefix's last segment starts."""
    found = np.empty(starts.size, np.int64)
    many, end = 0, starts.size
    while end > 0 and starts[end - 1] > 0:
        end = starts[end - 1]
        found[many] = end
        many += 1
    return found[:many][::-1].copy()
