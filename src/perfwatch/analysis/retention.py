"""Which points of an old history may go, and what the judge goes on from when they have gone.

Of each series stay, among the old: the newest point of each day, week or month, the first and the newest of all, and
the points around each of its steps. Of commits at which something happened everything stays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from perfwatch.analysis.judge import History, digest, series_name

Keep = Literal["daily", "weekly", "monthly", "none"]
KEEPS = get_args(Keep)
# Points that stay on either side of a step: as many as a level is told by.
NEIGHBOURS = 5


def outdated(
    measured: NDArray[np.bool_],
    committed_at: Sequence[datetime | None],
    before: datetime,
    keep: Keep,
    steps: Mapping[int, Sequence[int]],
    whole: Collection[int],
) -> NDArray[np.bool_]:
    """Return which points may go, bool (n_series, n_commits).

    Parameters
    ----------
    measured : bool (n_series, n_commits), where there is a point; commits oldest first.
    committed_at : of each commit; one without a date stays.
    before : what is as old or younger stays.
    keep : how dense the old history stays.
    steps : row → columns at which a new level begins.
    whole : columns of which everything stays.
    """
    is_old = np.array([at is not None and at < before for at in committed_at], bool)
    is_old[list(whole)] = False
    stretch = np.array([-1 if at is None else _stretch(at, keep) for at in committed_at], np.int64)
    out: NDArray[np.bool_] = measured & is_old
    for row in np.flatnonzero(out.any(axis=1)):
        columns = np.flatnonzero(measured[row])
        stays = np.zeros(columns.size, bool)
        stays[[0, -1]] = True
        if keep != "none":
            # The last of each value: np.unique gives the first, so it is asked from the end.
            _, first = np.unique(stretch[columns][::-1], return_index=True)
            stays[columns.size - 1 - first] = True
        for at in np.searchsorted(columns, steps.get(int(row), ())):
            stays[max(0, at - NEIGHBOURS) : at + NEIGHBOURS] = True
        out[row, columns[stays]] = False
    return out


def _stretch(at: datetime, keep: Keep) -> int:
    day = at.astimezone(UTC).toordinal()
    if keep == "monthly":
        return at.year * 12 + at.month
    return (day - 1) // 7 if keep == "weekly" else day


def thinned_state(
    state: Mapping[str, Any], kept: NDArray[np.bool_], after: History, committed_before: Collection[str]
) -> dict[str, Any]:
    """Return a judge's state for the history that is left, so that what was told stays told.

    Parameters
    ----------
    state : of the history as it was.
    kept : bool (n,), which of the state's commits are still there.
    after : the history that is left, up to the state's last commit at least.
    committed_before : the commits that are old; up to the newest of them nothing new is told (`thinned`).
    """
    seen = np.concatenate(([0], np.cumsum(kept)))
    many = int(seen[-1])

    def of(rows: Sequence[Any]) -> list[Any]:
        return [value for value, is_kept in zip(rows, kept, strict=True) if is_kept]

    rows = {series_name(key): row for row, key in enumerate(after.keys)}
    online = {}
    for name, one in state["online"].items():
        there = np.flatnonzero(np.isfinite(after.values[rows[name], :many])) if name in rows else np.empty(0, np.int64)
        places = [_moved(place, seen, there) for place in one["places"]]
        kept_places = [place for place in places if place is not None]
        online[name] = {**one, "judged": int(seen[one["judged"]]), "digest": "", "places": kept_places}
    old = [i for i, commit in enumerate(after.commits[:many]) if commit in committed_before]
    return {
        **state,
        "thinned": max([int(state.get("thinned", 0)) and int(seen[state["thinned"]]), *(i + 1 for i in old[-1:])]),
        "commits": of(state["commits"]),
        "digest": digest(after, many),
        "overall": of(state["overall"]),
        "parts": {name: of(row) for name, row in state["parts"].items()},
        "medians": {name: of(row) for name, row in state["medians"].items()},
        "online": online,
        "told": {name: [int(seen[start]) for start in starts] for name, starts in state["told"].items()},
    }


def _moved(place: Sequence[Any], seen: NDArray[np.int64], there: NDArray[np.int64]) -> list[Any] | None:
    """Return a change by the columns that are left; it starts, and was found, at a point that is there."""
    start, found, *rest = place
    first = int(np.searchsorted(there, seen[start]))
    if first == there.size:
        return None
    last = max(first, int(np.searchsorted(there, seen[found] - 1, side="right")) - 1)
    return [int(there[first]), int(there[last]) + 1, *rest]
