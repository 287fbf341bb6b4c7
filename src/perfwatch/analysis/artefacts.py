"""What was built at each commit, and what that says of where a change can have happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from perfwatch.analysis.evidence import BASELINE
from perfwatch.analysis.online import OnlineState

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

# A change's place is known to so many commits.
_PLACE_KNOWN_TO = 2


def changed(artefacts: Sequence[Mapping[str, str]]) -> BoolArray:
    """Return for each commit whether it built other artefacts than the one before it, or may have.

    A commit whose artefacts are unknown is not the same as any.
    """
    pairs = zip(artefacts, [{}, *artefacts[:-1]], strict=True)
    return np.array([not now or dict(now) != dict(before) for now, before in pairs], bool)


def same_artefacts(artefacts: Sequence[Mapping[str, str]]) -> BoolArray:
    """Return for each commit whether no artefact changed there or within what a change's place is known to.

    A commit with the artefacts of the one before it has the code of the one before it.
    """
    other = changed(artefacts)
    near = [other[max(0, t - _PLACE_KNOWN_TO) : t + _PLACE_KNOWN_TO + 1].any() for t in range(other.size)]
    return ~np.array(near, bool)


def placed(state: OnlineState, values: FloatArray, other: BoolArray) -> OnlineState:
    """Return a state whose changes stand where something else was built, if that was near where they were found.

    Parameters
    ----------
    values : float64 (n,), those that the state is of, NaN where missing.
    other : bool (n,), as from `changed`.

    Notes
    -----
    The statistics name a place that is near the truth, not the likeliest one (`changepoint.likeliest`). Where only one
    commit nearby built anything new there is no question which it was; of several, the one that leaves each value
    nearest to the median of its side.
    """
    starts = [_placed(place.start, values, other) for place in state.places]
    if any(later <= earlier for earlier, later in pairwise(starts)):
        return state
    places = tuple(replace(place, start=start) for place, start in zip(state.places, starts, strict=True))
    return replace(state, places=places)


def _placed(start: int, values: FloatArray, other: BoolArray) -> int:
    low, stop = max(1, start - _PLACE_KNOWN_TO), start + _PLACE_KNOWN_TO + 1
    near = [c for c in range(low, min(stop, other.size)) if other[c] and np.isfinite(values[c])]
    if other[start] or not near:
        return start
    first, last = near[0], near[-1]
    old, new = values[:first], values[last:]
    before, after = np.median(old[np.isfinite(old)][-BASELINE:]), np.median(new[np.isfinite(new)])

    def misfit(place: int) -> float:
        own = np.abs(values[first:place] - before), np.abs(values[place:last] - after)
        return float(np.nansum(own[0]) + np.nansum(own[1]))

    return min(near, key=misfit)
