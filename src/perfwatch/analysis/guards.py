"""What a cheapest segmentation takes for a step and is none: a transient, a drift.

All work on x in units of the noise's scale and on `bounds`, int64 (m + 1,): 0, the first index of each segment but the
first, n. A level is the mean of the points within `CAP` of it, found from the median; a cost is Σ min((x − μ)², CAP²).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perfwatch.analysis.compiled import compiled

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# The biweight's K: a point farther than three scales from its level counts as three.
CAP = 3.0
# The longest stretch that is a transient if the level before it comes back.
LONGEST_TRANSIENT = 12
# "Comes back": the levels before and after differ by less than this part of the stretch's own distance from them.
_BACK = 0.5
# A longer stretch that comes back is one excursion rather than two changes: it must be worth three penalties, not two.
# With two, half of what was found in quiet real series were such pairs; with four, steps were lost.
_EXCURSION = 3.0
# How much better a step must fit than a straight line through the same points, in units of 2·log-likelihood: one for
# the step having a place to choose as well.
_OVER_A_LINE = 1.0
# A staircase of k steps one way must beat a line by this part of the penalty for each step beyond the first. The whole
# penalty lost two-step histories; none left 4 in 10 of what drift makes.
_OVER_A_LINE_PER_STEP = 0.5
# Refits of a level or line to the points near it; more changed nothing in the second digit.
_REFITS = 5
# So many points give a line's start; the refits see them all.
_TO_START_FROM = 400


@compiled
def level(x: FloatArray) -> float:
    """Return the level of the points x, float64 (n,), n ≥ 1."""
    middle = float(np.median(x))
    for _ in range(_REFITS):
        total, count = 0.0, 0
        for v in x:
            if abs(v - middle) < CAP:
                total += v
                count += 1
        if count == 0 or total / count == middle:
            break
        middle = total / count
    return middle


@compiled
def cost(x: FloatArray, middle: float) -> float:
    """Return Σ min((x − middle)², CAP²)."""
    total = 0.0
    for v in x:
        total += min((v - middle) ** 2, CAP * CAP)
    return total


@compiled
def line_cost(x: FloatArray) -> float:
    """Return the cost of x around its robust straight line: started from the medians of its halves, then refitted."""
    n = x.size
    half, centre = n // 2, (n - 1) / 2.0
    # Only a start, so of a long stretch a few hundred points will do.
    some = max(1, n // _TO_START_FROM)
    slope = float(np.median(x[half::some]) - np.median(x[:half:some])) / (n / 2.0) if half > 0 else 0.0
    rest = x[::some].copy()
    for i in range(rest.size):
        rest[i] -= slope * (i * some - centre)
    offset, inside = float(np.median(rest)), 0
    for _ in range(_REFITS):
        count, st, sx, stt, stx = 0, 0.0, 0.0, 0.0, 0.0
        for t in range(n):
            u = t - centre
            if abs(x[t] - offset - slope * u) < CAP:
                count += 1
                st += u
                sx += x[t]
                stt += u * u
                stx += u * x[t]
        spread = count * stt - st * st
        if count < 3 or spread <= 0.0:
            break
        before = slope
        slope = (count * stx - st * sx) / spread
        offset = (sx - slope * st) / count
        if count == inside and slope == before:
            break
        inside = count
    total = 0.0
    for t in range(n):
        total += min((x[t] - offset - slope * (t - centre)) ** 2, CAP * CAP)
    return total


@compiled
def guarded(x: FloatArray, bounds: IntArray, penalty: float, memory_inflation: float) -> IntArray:
    """Return `bounds` without the steps that are a transient or a drift; one is taken out at a time, the worst first.

    Parameters
    ----------
    x, bounds : as above.
    penalty : the price of one change under which `bounds` was found.
    memory_inflation : of the noise, ≥ 1; the margins over a line grow with it.
    """
    while bounds.size > 2:
        levels = np.empty(bounds.size - 1)
        costs = np.empty(bounds.size - 1)
        for i in range(levels.size):
            part = x[bounds[i] : bounds[i + 1]]
            levels[i] = level(part)
            costs[i] = cost(part, levels[i])
        first, last = _transient(x, bounds, levels, costs, _EXCURSION * penalty)
        if first == last:
            first, last = _drift(x, bounds, costs, _OVER_A_LINE * memory_inflation)
        if first == last:
            first, last = _staircase(x, bounds, levels, costs, _OVER_A_LINE_PER_STEP * penalty)
        if first == last:
            break
        bounds = np.concatenate((bounds[:first], bounds[last:]))
    return bounds


@compiled
def _transient(
    x: FloatArray, bounds: IntArray, levels: FloatArray, costs: FloatArray, margin: float
) -> tuple[int, int]:
    """Return which entries of `bounds` enclose the first transient, [first, last); two equal numbers for none."""
    for i in range(1, levels.size - 1):
        away = levels[i] - (levels[i - 1] + levels[i + 1]) / 2.0
        if abs(levels[i + 1] - levels[i - 1]) > _BACK * abs(away):
            continue
        if bounds[i + 1] - bounds[i] <= LONGEST_TRANSIENT:
            return i, i + 2
        whole = x[bounds[i - 1] : bounds[i + 2]]
        if cost(whole, level(whole)) - costs[i - 1 : i + 2].sum() <= margin:
            return i, i + 2
    return 0, 0


@compiled
def _drift(x: FloatArray, bounds: IntArray, costs: FloatArray, margin: float) -> tuple[int, int]:
    """Return the boundary that a line through both its segments explains best, if as well as the step does."""
    worst, at = margin, 0
    for i in range(1, bounds.size - 1):
        gain = line_cost(x[bounds[i - 1] : bounds[i + 1]]) - costs[i - 1] - costs[i]
        if gain <= worst:
            worst, at = gain, i
    return (at, at + 1) if at > 0 else (0, 0)


@compiled
def _staircase(
    x: FloatArray, bounds: IntArray, levels: FloatArray, costs: FloatArray, margin: float
) -> tuple[int, int]:
    """Return the longest run of steps one way that a line explains about as well."""
    i = 0
    while i < levels.size - 2:
        up = levels[i + 1] > levels[i]
        j = i + 1
        while j < levels.size - 1 and (levels[j + 1] > levels[j]) == up:
            j += 1
        for end in range(j, i + 1, -1):
            gain = line_cost(x[bounds[i] : bounds[end + 1]]) - costs[i : end + 1].sum()
            if gain <= margin * (end - i - 1):
                return i + 1, end + 1
        i += 1
    return 0, 0
