"""Verdicts while commits arrive: what is suspected, confirmed or resolved, as of the newest point.

A change is SUSPECT or CONFIRMED by the evidence of the points since (`evidence`), not by their number; it is RESOLVED
when a later change takes the level back, or when a closer look no longer finds it. The state of a series is small and
JSON-able; judging point by point or all at once ends in the same state.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perfwatch.analysis import contrast, watch
from perfwatch.analysis.compiled import on_all_cores
from perfwatch.analysis.contrast import Contrast
from perfwatch.analysis.evidence import BASELINE
from perfwatch.errors import UsageError
from perfwatch.model import Standing

FloatArray = NDArray[np.float64]

_STANDINGS: tuple[Standing, ...] = ("SUSPECT", "CONFIRMED", "RESOLVED")


@dataclass(frozen=True)
class Place:
    """A change as the state keeps it.

    Attributes
    ----------
    start : position of the first point of the new level.
    found : how many positions had been seen when it was first suspected or confirmed.
    direction : 1 the values went up, -1 down; which of them is worse belongs to the metric.
    standing : SUSPECT, CONFIRMED or RESOLVED.
    """

    start: int
    found: int
    direction: Literal[1, -1]
    standing: Standing


@dataclass(frozen=True)
class Change(Place):
    """A change with its size, as known at the newest point.

    Attributes
    ----------
    ratio, lower, upper : level after / before with its 95 % interval; NaN where the level before is not positive.
    z, p_value : difference over its standard error; two-sided p-value of no change, for the place being chosen too.
    n_before, n_after : points compared: up to `BASELINE` of the level before, those of the level after.
    """

    ratio: float
    lower: float
    upper: float
    z: float
    p_value: float
    n_before: int
    n_after: int


@dataclass(frozen=True)
class OnlineState:
    """Where the judgement of one series stands.

    Attributes
    ----------
    judged : how many positions were judged, missing ones included.
    digest : of the values at those positions; a series whose past was rewritten is judged from nothing.
    misses : close looks in vain since the last one that was not; spares work on series that never settle.
    places : its changes, oldest first; a suspected one comes last. At most `watch.MOST`, the oldest are let go.
    """

    judged: int = 0
    digest: str = ""
    misses: int = 0
    places: tuple[Place, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the state as plain values."""
        rows = [[p.start, p.found, p.direction, p.standing] for p in self.places]
        return {"judged": self.judged, "digest": self.digest, "misses": self.misses, "places": rows}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> OnlineState:
        """Return the state that `as_json` gave."""
        places = tuple(Place(*row) for row in stored["places"])
        return cls(int(stored["judged"]), str(stored["digest"]), int(stored["misses"]), places)


def advance(values: ArrayLike, state: OnlineState | None = None) -> OnlineState:
    """Return the state after the points of `values` that `state` has not seen; see `advance_all`."""
    return advance_all(np.asarray(values, dtype=np.float64)[np.newaxis, :], [state])[0]


def advance_all(matrix: ArrayLike, states: Sequence[OnlineState | None], *, verify: bool = True) -> list[OnlineState]:
    """Return the state of each series after the points it has not seen.

    Parameters
    ----------
    matrix : float64 (n_series, n_points), any unit and sign, oldest first; what is not finite is missing.
    states : one a row, from an earlier call with fewer points, or None. Where the points seen then are no longer the
        same, the series is judged from nothing.
    verify : whether that is looked at; a caller that knows saves the digests, and gets states without.

    Errors
    ------
    UsageError : not two-dimensional, or not one state a row.

    Notes
    -----
    A point is judged on the `watch.WINDOW` points up to it. Nothing is said before there are `watch.FEWEST_BEFORE`
    points of an old level and `screen.FEWEST_AFTER` of a new one. Cost: see `benchmarks/detection.py`.
    """
    values = _finite(matrix)
    if values.ndim != 2 or len(states) != len(values):
        raise UsageError(f"advance_all: {len(states)} states for a matrix {values.shape}; give one state or None a row")
    if verify:
        known, digests = _digested(values, states)
    else:
        known, digests = [state or OnlineState() for state in states], [""] * len(states)
    judged = np.array([state.judged for state in known], np.int64)
    misses = np.array([state.misses for state in known], np.int64)
    counts = np.array([len(state.places) for state in known], np.int64)
    changes = np.zeros((len(known), watch.MOST, watch.COLUMNS))
    for i in np.flatnonzero(counts):
        changes[i, : counts[i]] = [_as_row(place) for place in known[i].places]
    on_all_cores(watch.walked_all, values, judged, changes, counts, misses)
    return [
        OnlineState(values.shape[1], digest, int(missed), tuple(_as_place(row) for row in rows[:many]))
        for digest, missed, many, rows in zip(digests, misses, counts, changes, strict=True)
    ]


def changes(state: OnlineState, values: ArrayLike) -> list[Change]:
    """Return the changes of a state with their sizes, oldest first.

    Parameters
    ----------
    state : as returned by `advance` for these values.
    values : float64 (n,), what is not finite is missing.

    Notes
    -----
    A level reaches from its change to the next that is not RESOLVED. A suspected change ends nothing but its own.
    """
    array = _finite(values)
    there = np.flatnonzero(~np.isnan(array))
    present = array[there]
    starts = [int(np.searchsorted(there, place.start)) for place in state.places]
    out = []
    for i, (place, start) in enumerate(zip(state.places, starts, strict=True)):
        low = max((s for s, p in zip(starts[:i], state.places, strict=False) if p.standing == "CONFIRMED"), default=0)
        later = [s for s, p in zip(starts[i + 1 :], state.places[i + 1 :], strict=True) if p.standing == "CONFIRMED"]
        stop = min((s for s in later if s > start), default=present.size)
        told = contrast.contrast(present, min(low, start - 1), start, stop)
        figures = (told.ratio, told.lower, told.upper, told.z, told.p_value, told.n_before, told.n_after)
        out.append(Change(place.start, place.found, place.direction, place.standing, *figures))
    return out


def newest(values: ArrayLike, state: OnlineState | None = None) -> Contrast:
    """Return how the newest points of a series compare with their baseline; see `newest_all`."""
    return newest_all(np.asarray(values, dtype=np.float64)[np.newaxis, :], [state])[0]


def newest_all(matrix: ArrayLike, states: Sequence[OnlineState | None]) -> list[Contrast]:
    """Return how the newest points of each series compare with their baseline, and what could have been seen.

    Parameters
    ----------
    matrix : float64 (n_series, n_points), what is not finite is missing.
    states : as returned by `advance_all`: the baseline begins at the newest confirmed change, and a suspected one is
        what is compared. Without a state the newest three points are, with all before.

    Returns
    -------
    list of Contrast : NaN figures and `minimum_detectable` None where there are too few points.
    """
    values = _finite(matrix)
    since, starts = np.zeros(len(states), np.int64), np.full(len(states), -1, np.int64)
    for row, state in enumerate(states):
        for place in state.places if state else ():
            if place.standing == "CONFIRMED":
                since[row] = place.start
            elif place.standing == "SUSPECT":
                starts[row] = place.start
    told = contrast.newest_all(values, since, starts)
    there = np.isfinite(values).sum(axis=1)
    return [
        one or Contrast(np.nan, np.nan, np.nan, np.nan, np.nan, int(n), 0, None)
        for one, n in zip(told, there, strict=True)
    ]


def _finite(values: ArrayLike) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    # A large history is not copied for what is rarely there.
    return np.where(np.isinf(array), np.nan, array) if np.isinf(array).any() else array


def _digested(values: FloatArray, states: Sequence[OnlineState | None]) -> tuple[list[OnlineState], list[str]]:
    """Return the states whose past is unchanged (others start anew), and the digests of the rows as they are now."""
    known, digests = [], []
    for row, given in zip(values, states, strict=True):
        state = given or OnlineState()
        hasher = hashlib.blake2b(row[: state.judged].tobytes(), digest_size=8)
        same = state.judged <= row.size and (state.judged == 0 or hasher.hexdigest() == state.digest)
        known.append(state if same else OnlineState())
        hasher.update(row[state.judged :].tobytes())
        digests.append(hasher.hexdigest())
    return known, digests


def _as_row(place: Place) -> tuple[float, ...]:
    return place.start, place.found, place.direction, float(_STANDINGS.index(place.standing))


def _as_place(row: FloatArray) -> Place:
    return Place(int(row[0]), int(row[1]), 1 if row[2] > 0 else -1, _STANDINGS[int(row[3])])


class _Callable(ModuleType):
    """This module, which scorers of detectors call by its name: `perfwatch.analysis:online`."""

    def __call__(self, values: ArrayLike, state: MutableMapping[str, Any]) -> list[int]:
        """Return the index of the first value of each confirmed higher level, as known at the newest value.

        Parameters
        ----------
        values : float64 (n,), any unit, oldest first; each call adds points at the end.
        state : kept by the caller between the calls of one series; empty at first.
        """
        state["online"] = advance(values, state.get("online"))
        return [p.start for p in state["online"].places if p.standing == "CONFIRMED" and p.direction > 0]


# A package cannot have a function and a module of one name, and both are promised.
sys.modules[__name__].__class__ = _Callable

__all__ = [
    "BASELINE",
    "Change",
    "Contrast",
    "OnlineState",
    "Place",
    "advance",
    "advance_all",
    "changes",
    "newest",
    "newest_all",
]
