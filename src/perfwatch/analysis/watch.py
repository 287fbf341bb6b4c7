"""A series walked point by point, as it would have been seen: where to look closely, and what became of each change.

A close look (`evidence.newest_step`) costs some fifty µs, a screen a fifth of one. So every new point is screened, and
what passes is looked at. All decisions at a point depend on the points up to it and on the changes known by then: a
history walked in one go and one walked a commit at a time end in the same state.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perfwatch.analysis.compiled import compiled
from perfwatch.analysis.evidence import BASELINE, FIGURES, newest_step, score
from perfwatch.analysis.screen import FEWEST_AFTER, LONGEST, baseline, renewed_at, stands_out

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# How far back a close look sees: the baseline, and room for a step to have happened in.
WINDOW = 200
# The fewest points of an old level that a new one is told from.
FEWEST_BEFORE = 8
# Log odds of "a step, and here": from the first a change is confirmed, from the second suspected. The first gives one
# false alarm in some six thousand points of real noise.
CONFIRMED_FROM = 1.65
SUSPECTED_FROM = -1.0
# Two places this close with the same direction are one change.
SAME_PLACE = 6
# After a change its level is looked at again at these ages, to see whether it holds and where it began.
_AGES = (8, 24)
# After so many looks in vain in a row only every second point is looked at, after twice as many every fourth, …, so
# that a series that never settles does not cost fifty times as much as the others.
_PATIENCE = 8
_SELDOM = 16
# A level is back where it was if less than this part of the change is left.
_BACK = 0.5

# Columns of a change: places in the series (`FOUND`: points seen by then), 1 up or −1 down, and a standing.
START, FOUND, DIRECTION, STANDING = 0, 1, 2, 3
COLUMNS = 4
SUSPECT, CONFIRMED, RESOLVED = 0.0, 1.0, 2.0
# The most changes kept of a series; beyond it the oldest are let go.
MOST = 48


@compiled
def walked(values: FloatArray, judged: int, changes: FloatArray, count: int, misses: int) -> tuple[int, int]:
    """Judge the points from `judged` on; return how many changes are in `changes`, and the looks in vain.

    Parameters
    ----------
    values : float64 (n,), oldest first, finite, any sign.
    judged : how many of them were judged before.
    changes : float64 (MOST, COLUMNS), in and out: oldest first, a suspected one last.
    count, misses : as returned for the points judged before.
    """
    logs, proportional = _logs(values)
    limits = np.empty(LONGEST + 1)
    taken_at, taken_since, middle, spread, mean = -1, -1, 0.0, 1.0, 0.0
    for t in range(max(judged + 1, FEWEST_BEFORE + FEWEST_AFTER), values.size + 1):
        w = logs if t <= proportional else values
        since = _newest_level(changes, count)
        basis = renewed_at(t, since)
        # The point after a first value without a logarithm changes the scale, and the baseline with it.
        if basis != taken_at or since != taken_since or t == proportional + 1:
            middle, spread, mean = baseline(w, since, basis, limits)
            taken_at, taken_since = basis, since
        is_due = since > 0 and (t - since) in _AGES
        if not is_due and not stands_out(w, since, t, middle, spread, mean, limits):
            misses = 0
            count = _without_suspect(changes, count)
        elif not is_due and t % min(1 << (misses // _PATIENCE), _SELDOM) != 0:
            misses += 1
        else:
            before = count
            count, is_known = _looked(w[:t], t > proportional, changes, count)
            misses = 0 if is_known or count > before else misses + 1
    return count, misses


@compiled
def _logs(values: FloatArray) -> tuple[FloatArray, int]:
    """Return the logarithms, and how many values there are before the first that has none.

    From that one on the series is judged on a linear scale.
    """
    logs = np.zeros(values.size)
    for i in range(values.size):
        if values[i] <= 0.0:
            return logs, i
        logs[i] = np.log(values[i])
    return logs, values.size


@compiled
def _newest_level(changes: FloatArray, count: int) -> int:
    """Return where the newest confirmed level begins."""
    for i in range(count - 1, -1, -1):
        if changes[i, STANDING] == CONFIRMED:
            return int(changes[i, START])
    return 0


@compiled
def _newest_direction(changes: FloatArray, count: int) -> int:
    """Return in which direction the newest confirmed level lies; 0 where there is none."""
    for i in range(count - 1, -1, -1):
        if changes[i, STANDING] == CONFIRMED:
            return int(changes[i, DIRECTION])
    return 0


@compiled
def _without_suspect(changes: FloatArray, count: int) -> int:
    return count - 1 if count > 0 and changes[count - 1, STANDING] == SUSPECT else count


@compiled
def _looked(w: FloatArray, is_linear: bool, changes: FloatArray, count: int) -> tuple[int, bool]:
    """Look closely at the newest points; return the number of changes, and whether the step found is a known one."""
    t = w.size
    since, known = _newest_level(changes, count), _newest_direction(changes, count)
    start, direction, odds = _newest_step(w, since, known, is_linear)
    count = _without_suspect(changes, count)
    if direction == 0 or t - start < FEWEST_AFTER or start < FEWEST_BEFORE or odds < SUSPECTED_FROM:
        _retract(changes, count, t, start)
        return count, False
    for i in range(count - 1, -1, -1):
        if abs(changes[i, START] - start) <= SAME_PLACE and changes[i, DIRECTION] == direction:
            if changes[i, STANDING] == CONFIRMED or odds >= CONFIRMED_FROM:
                changes[i, START], changes[i, STANDING] = start, CONFIRMED
            return count, True
    _retract(changes, count, t, start)
    if count == MOST:
        changes[:-1] = changes[1:].copy()
        count -= 1
    new = changes[count]
    new[START], new[FOUND], new[DIRECTION] = start, t, direction
    new[STANDING] = CONFIRMED if odds >= CONFIRMED_FROM else SUSPECT
    if new[STANDING] == CONFIRMED:
        _resolve(w, changes, count)
    return count + 1, False


@compiled
def _newest_step(w: FloatArray, since: int, known: int, is_linear: bool) -> tuple[int, int, float]:
    """Return place, direction and log odds of the newest step of the last `WINDOW` points; −1, 0, −∞ for none."""
    low = max(0, w.size - WINDOW)
    part = w[low:]
    if is_linear:
        size = np.median(np.abs(part))
        part = part / (size if size > 0.0 else max(np.abs(part).max(), 1e-300))
    figures = np.empty(FIGURES)
    start, direction = newest_step(part - np.median(part), max(0, since - low), known, figures)
    if direction == 0:
        return -1, 0, -np.inf
    return start + low, direction, score(figures)


@compiled
def _retract(changes: FloatArray, count: int, t: int, start: int) -> None:
    """Resolve the newest change if it is young and a close look no longer finds its step: it came and went."""
    for i in range(count - 1, -1, -1):
        if changes[i, STANDING] == CONFIRMED:
            is_gone = start < changes[i, START] - SAME_PLACE
            if is_gone and t - changes[i, START] <= _AGES[-1]:
                changes[i, STANDING] = RESOLVED
            return


@compiled
def _resolve(w: FloatArray, changes: FloatArray, at: int) -> None:
    """Resolve the change before the confirmed one `at`, if that one takes the level back to where it was."""
    last = -1
    for i in range(at):
        if changes[i, STANDING] == CONFIRMED:
            last = i
    if last < 0 or changes[last, DIRECTION] == changes[at, DIRECTION]:
        return
    start, end = int(changes[last, START]), int(changes[at, START])
    if end <= start:
        return
    old = w[max(_newest_level(changes, last), start - BASELINE) : start]
    if old.size == 0:
        return
    before = np.median(old)
    away = np.median(w[start:end]) - before
    if abs(np.median(w[end:]) - before) <= _BACK * abs(away):
        changes[last, STANDING] = RESOLVED


@compiled
def walked_all(matrix: FloatArray, judged: IntArray, changes: FloatArray, counts: IntArray, misses: IntArray) -> None:
    """Judge every row's points from `judged` on, in place; what is NaN is missing.

    Parameters
    ----------
    matrix : float64 (n_series, n_points), oldest first.
    judged : int64 (n_series,), columns judged before.
    changes : float64 (n_series, MOST, COLUMNS); places are columns of the matrix.
    counts, misses : int64 (n_series,).
    """
    places = np.empty(matrix.shape[1], np.int64)
    values = np.empty(matrix.shape[1])
    present = np.empty(matrix.shape[1], np.int64)
    for row in range(matrix.shape[0]):
        many, before = 0, 0
        for i in range(matrix.shape[1]):
            present[i] = many
            if np.isfinite(matrix[row, i]):
                values[many], places[many] = matrix[row, i], i
                many += 1
                before += i < judged[row]
        if many == before:
            continue
        # A change starts, and is found, at a point that is there: both have an index among those.
        own = changes[row]
        for j in range(counts[row]):
            own[j, START], own[j, FOUND] = present[int(own[j, START])], present[int(own[j, FOUND]) - 1] + 1
        counts[row], misses[row] = walked(values[:many], before, own, counts[row], misses[row])
        for j in range(counts[row]):
            own[j, START], own[j, FOUND] = places[int(own[j, START])], places[int(own[j, FOUND]) - 1] + 1
