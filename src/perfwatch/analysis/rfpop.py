"""The best segmentation of a series under the biweight cost, exactly: R-FPOP.

    cost of a segment = min over μ of Σ min((x − μ)², K²),   cost of a segmentation = Σ of its segments + β a change

Fearnhead & Rigaill 2019, "Changepoint detection in the presence of outliers", JASA 114, section 3. Because a point
costs at most K², no single outlier, however far out, can pay for the two changes it takes to isolate it.

Q(μ), the least cost of the points so far if the last segment's level is μ, is a piecewise quadratic. A new point does

    Q(μ) ← min(Q(μ), min Q + β) + min((x − μ)², K²)

which cuts pieces at the roots of a quadratic and at x ± K. A piece knows where its last segment began.

Deviation: neighbouring pieces that are the same function are merged at once, and the range of μ is bounded by the data
(the level of a segment that costs less than every point's K² lies within its points).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perfwatch.analysis.compiled import compiled

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@compiled
def last_starts(x: FloatArray, cap: float, penalty: float, starts: IntArray, costs: FloatArray) -> None:
    """Fill in, for every prefix of x, where its last segment starts and what its best segmentation costs.

    Parameters
    ----------
    x : float64 (n,), in units of the noise's scale, finite.
    cap : K, beyond which a point is an outlier, in the same units.
    penalty : β, the price of one change.
    starts : int64 (n,), out: index of the first point of the last segment of x[: i + 1].
    costs : float64 (n,), out: the cost of the best segmentation of x[: i + 1], penalties included.

    Notes
    -----
    Time and memory are those of the number of pieces: some tens a point on noise, n at the very worst.
    """
    n = x.size
    if n == 0:
        return
    low, high = x[0], x[0]
    for v in x:
        low, high = min(low, v), max(high, v)
    # One piece over a point of width would have no inside: a constant series still needs a range.
    low, high = low - 1.0, high + 1.0
    room = 64
    # Columns: upper end of the piece, then a, b, c of a μ² + b μ + c. A piece begins where the one before it ends.
    now, then = np.empty((room, 4)), np.empty((room, 4))
    now_start, then_start = np.empty(room, np.int64), np.empty(room, np.int64)
    now[0, 0], now[0, 1], now[0, 2], now[0, 3] = high, 0.0, 0.0, 0.0
    now_start[0] = 0
    count, best = 1, 0.0
    for t in range(n):
        # Each of the two passes below makes at most three pieces of one.
        if 9 * count + 9 > room:
            room = 2 * (9 * count + 9)
            wider, wider_start = np.empty((room, 4)), np.empty(room, np.int64)
            wider[:count], wider_start[:count] = now[:count], now_start[:count]
            now, now_start = wider, wider_start
            then, then_start = np.empty((room, 4)), np.empty(room, np.int64)
        if t > 0:
            many = _restart(now, now_start, count, low, best + penalty, t, then, then_start)
            count = _add(then, then_start, many, low, x[t], cap, now, now_start)
        else:
            then[0], then_start[0] = now[0], 0
            count = _add(then, then_start, 1, low, x[t], cap, now, now_start)
        best, at = _least(now, count, low)
        starts[t], costs[t] = now_start[at], best


@compiled
def _restart(
    q: FloatArray, start: IntArray, count: int, low: float, bound: float, t: int, out: FloatArray, out_start: IntArray
) -> int:
    """Write min(q, bound) to `out`, where the bound wins as a segment that starts at t; return its pieces."""
    made, left = 0, low
    for i in range(count):
        right, a, b, c = q[i, 0], q[i, 1], q[i, 2], q[i, 3]
        first, second = right, right
        if (a * left + b) * left + c <= bound and (a * right + b) * right + c <= bound:
            # Convex, so below the bound at both ends is below it between them.
            first = left
        elif a > 0.0:
            inside = b * b - 4.0 * a * (c - bound)
            if inside > 0.0:
                root = np.sqrt(inside)
                first, second = (-b - root) / (2.0 * a), (-b + root) / (2.0 * a)
        first, second = min(max(first, left), right), min(max(second, left), right)
        if first > left:
            made = _emit(out, out_start, made, first, 0.0, 0.0, bound, t)
        if second > first:
            made = _emit(out, out_start, made, second, a, b, c, start[i])
        if right > second:
            made = _emit(out, out_start, made, right, 0.0, 0.0, bound, t)
        left = right
    return made


@compiled
def _add(
    q: FloatArray, start: IntArray, count: int, low: float, x: float, cap: float, out: FloatArray, out_start: IntArray
) -> int:
    """Write q(μ) + min((x − μ)², cap²) to `out`; return its pieces."""
    made, left, square = 0, low, cap * cap
    for i in range(count):
        right, a, b, c, s = q[i, 0], q[i, 1], q[i, 2], q[i, 3], start[i]
        first, second = min(max(x - cap, left), right), min(max(x + cap, left), right)
        if first > left:
            made = _emit(out, out_start, made, first, a, b, c + square, s)
        if second > first:
            made = _emit(out, out_start, made, second, a + 1.0, b - 2.0 * x, c + x * x, s)
        if right > second:
            made = _emit(out, out_start, made, right, a, b, c + square, s)
        left = right
    return made


@compiled
def _emit(
    out: FloatArray, out_start: IntArray, made: int, right: float, a: float, b: float, c: float, start: int
) -> int:
    """Append a piece, or widen the last one if it is the same function; return the number of pieces."""
    if made > 0:
        last = made - 1
        if out_start[last] == start and out[last, 1] == a and out[last, 2] == b and out[last, 3] == c:
            out[last, 0] = right
            return made
    out[made, 0], out[made, 1], out[made, 2], out[made, 3] = right, a, b, c
    out_start[made] = start
    return made + 1


@compiled
def _least(q: FloatArray, count: int, low: float) -> tuple[float, int]:
    """Return the least value of q and the piece that has it."""
    best, at, left = np.inf, 0, low
    for i in range(count):
        right, a, b, c = q[i, 0], q[i, 1], q[i, 2], q[i, 3]
        place = min(max(-b / (2.0 * a), left), right) if a > 0.0 else left
        value = (a * place + b) * place + c
        if value < best:
            best, at = value, i
        left = right
    return best, at


@compiled
def change_points(x: FloatArray, cap: float, penalty: float) -> IntArray:
    """Return the first index of every segment but the first, ascending, int64; `x` as in `last_starts`."""
    n = x.size
    starts, costs = np.empty(n, np.int64), np.empty(n)
    last_starts(x, cap, penalty, starts, costs)
    found = np.empty(n, np.int64)
    many, end = 0, n
    while end > 0 and starts[end - 1] > 0:
        end = starts[end - 1]
        found[many] = end
        many += 1
    return found[:many][::-1].copy()
