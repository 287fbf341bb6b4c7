"""Steps that several series witness at once: sure after three commits, where each alone would have to wait.

A single series that jumps and stays for a few commits is as often an excursion as a step: in real histories something
of that kind happens to it every few thousand commits, at any size, so the detector of one series waits. Two series that
jump at the same commit while a third of the same module stands still are another matter: what disturbs a module of
benchmarks, a neighbour on the machine say, disturbs the third as well, and what disturbs one benchmark disturbs one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from perfwatch.analysis import contrast, online
from perfwatch.analysis.compiled import compiled
from perfwatch.analysis.events import APART
from perfwatch.analysis.evidence import BASELINE
from perfwatch.analysis.host import Modules
from perfwatch.analysis.screen import FEWEST_AFTER

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# So many points of the new level are looked at, at most; by then each series is sure or not by itself.
LONGEST = 20
# Fewer points than this do not show how far a series strays by itself.
FEWEST_BEFORE = 15
# The new points are all so many times as far from the old level as any old point was on that side, …
_CLEAR, _CLEAR_LATER, _LATER = 2.0, 1.5, 5
# … and at least so many scales of the noise.
_SCALES = 5.0
# Who moved by less than this part of what the movers did stood still.
_STILL = 1.0 / 3.0
FEWEST_MOVERS = 2


def corroborated(
    x: FloatArray,
    witnesses: Modules,
    known: Mapping[int, Sequence[online.Change]],
    told: Mapping[int, Sequence[int]],
    quiet: NDArray[np.bool_],
) -> dict[int, online.Change]:
    """Return the changes that are sure at the newest commit because other series of their module say the same, by row.

    Parameters
    ----------
    x : float64 (n_series, n_commits), without the host's part, NaN where missing, oldest first.
    witnesses : of the rows of x; timings only take part.
    known : what each series says by itself.
    told : places at which a change of a row was told; such a change stays sure until its level is left again.
    quiet : bool (n_commits,), whether the host did nothing that stands out.
    """
    of_series = witnesses.of_series
    plain = np.flatnonzero((of_series >= 0) & ~np.isin(of_series, witnesses.controls))
    since = np.zeros(x.shape[0], np.int64)
    for row, changes in known.items():
        since[row] = max((c.start for c in changes if c.standing == "CONFIRMED"), default=0)
    starts, directions, steps = _clear_steps(x, plain, since)
    out: dict[int, online.Change] = {}
    for start in np.unique(starts[starts >= 0]):
        for direction in (1, -1):
            movers = plain[(starts == start) & (directions == direction)]
            for module in np.unique(of_series[movers]):
                ours = movers[of_series[movers] == module]
                if ours.size < FEWEST_MOVERS or not quiet[start] or quiet[start:].mean() <= 0.5:
                    continue
                step = float(np.median(steps[np.isin(plain, ours)]))
                others = np.setdiff1d(plain[of_series[plain] == module], ours)
                controls = np.flatnonzero(np.isin(of_series, witnesses.controls))
                if _any_still(x, others, int(start), step) and not _any_moved(x, controls, int(start), step):
                    out |= {int(r): _change(x[r], int(since[r]), int(start), direction) for r in ours}
    for row, places in told.items():
        place = max(places, default=-1)
        if row not in out and place > since[row] and _holds(x[row], int(since[row]), place):
            direction = 1 if _moved(x[row], place) > 0 else -1
            out[row] = _change(x[row], int(since[row]), place, direction)
    return {row: c for row, c in out.items() if not _is_known(c, known.get(row, ()))}


@compiled
def _clear_steps(x: FloatArray, rows: IntArray, since: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
    """Return for each row where a clear step begins (−1 for none), its direction, and its size in logarithms."""
    starts, directions = np.full(rows.size, -1, np.int64), np.zeros(rows.size, np.int64)
    steps = np.zeros(rows.size)
    places, values = np.empty(x.shape[1], np.int64), np.empty(x.shape[1])
    for i in range(rows.size):
        many = 0
        for t in range(max(since[rows[i]], x.shape[1] - BASELINE - LONGEST), x.shape[1]):
            if np.isfinite(x[rows[i], t]):
                values[many], places[many] = x[rows[i], t], t
                many += 1
        if many < FEWEST_BEFORE + FEWEST_AFTER:
            continue
        # Of all values up to each one the largest and the smallest: most series end here, without a median.
        highest, lowest = np.empty(many), np.empty(many)
        highest[0], lowest[0] = values[0], values[0]
        for j in range(1, many):
            highest[j], lowest[j] = max(highest[j - 1], values[j]), min(lowest[j - 1], values[j])
        least, most = values[many - 1], values[many - 1]
        for k in range(1, min(LONGEST, many - FEWEST_BEFORE) + 1):
            least, most = min(least, values[many - k]), max(most, values[many - k])
            before = many - k - 1
            if k < FEWEST_AFTER or not (least > highest[before] or most < lowest[before]):
                continue
            base = values[: many - k]
            middle = np.median(base)
            reach = _SCALES * 1.4826 * np.median(np.abs(base[1:] - base[:-1])) / np.sqrt(2.0)
            factor = _CLEAR if k < _LATER else _CLEAR_LATER
            # A series whose old values are all one has no measure of how far it strays.
            up, down = max(factor * (highest[before] - middle), reach), max(factor * (middle - lowest[before]), reach)
            if (up > 0.0 and least - middle > up) or (down > 0.0 and middle - most > down):
                steps[i] = np.median(values[many - k : many]) - middle
                starts[i], directions[i] = places[many - k], 1 if steps[i] > 0.0 else -1
                break
    return starts, directions, steps


def _moved(values: FloatArray, start: int) -> float:
    """Return by how much a series moved at a place, in logarithms; NaN where it was not measured on both sides."""
    before, after = values[max(0, start - BASELINE) : start], values[start:]
    before, after = before[np.isfinite(before)], after[np.isfinite(after)]
    return float(np.median(after) - np.median(before)) if before.size and after.size else np.nan


def _any_still(x: FloatArray, rows: IntArray, start: int, step: float) -> bool:
    return any(abs(_moved(x[row], start)) <= _STILL * abs(step) for row in rows)


def _any_moved(x: FloatArray, rows: IntArray, start: int, step: float) -> bool:
    """Return whether one of the rows moved by a part of the step, and beyond where it strays by itself."""
    return any(abs(_moved(x[row], start)) > _STILL * abs(step) and _is_beyond(x[row], 0, start) for row in rows)


def _is_beyond(values: FloatArray, since: int, start: int) -> bool:
    before, after = values[max(since, start - BASELINE) : start], values[start:]
    before, after = before[np.isfinite(before)], after[np.isfinite(after)]
    return bool(after.size and before.size and not before.min() <= np.median(after) <= before.max())


def _holds(values: FloatArray, since: int, place: int) -> bool:
    """Return whether a level that was told still lies beyond where the series was before, not too long ago."""
    n_before = np.isfinite(values[max(since, place - BASELINE) : place]).sum()
    n_after = np.isfinite(values[place:]).sum()
    return bool(n_before >= FEWEST_BEFORE and FEWEST_AFTER <= n_after <= LONGEST and _is_beyond(values, since, place))


def _change(values: FloatArray, since: int, start: int, direction: int) -> online.Change:
    there = np.flatnonzero(np.isfinite(values))
    present = np.exp(values[there])
    at = int(np.searchsorted(there, start))
    told = contrast.contrast(present, int(np.searchsorted(there, since)), at, present.size)
    figures = (told.ratio, told.lower, told.upper, told.z, told.p_value, told.n_before, told.n_after)
    return online.Change(start, values.size, 1 if direction > 0 else -1, "CONFIRMED", *figures)


def _is_known(change: online.Change, changes: Collection[online.Change]) -> bool:
    return any(c.standing == "CONFIRMED" and abs(c.start - change.start) <= APART for c in changes)
