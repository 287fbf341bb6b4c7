"""Derived series over many commits: what no store holds, since each commit's own measurements make it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from perfwatch.analysis.derived import MADE_OF, Derived, derive, is_derived
from perfwatch.model import Measurement, SeriesKey


class Points(Protocol):
    """Measured points as a store has them; `values`, `lower`, `upper` are float64 (n_keys, n_commits), NaN for none."""

    @property
    def commits(self) -> Sequence[str]: ...
    @property
    def keys(self) -> Sequence[SeriesKey]: ...
    @property
    def values(self) -> Any: ...


class BoundedPoints(Points, Protocol):
    """The same with the interval of each value."""

    @property
    def lower(self) -> Any: ...
    @property
    def upper(self) -> Any: ...


def derived_points(points: Points) -> Iterator[tuple[SeriesKey, int, Derived]]:
    """Yield every derived value of every commit: its series, the commit's column, and the value.

    Parameters
    ----------
    points : of one machine and environment; with bounds the values have intervals, too.
    """
    rows = [row for row, key in enumerate(points.keys) if key.benchmark in MADE_OF]
    for column in range(len(points.commits)) if rows else ():
        measured = _measurements(points, rows, column)
        for one in derive(measured):
            yield one.key(measured[0].key.machine, measured[0].key.environment), column, one


def derived_series(
    points: BoundedPoints, labels: Sequence[str]
) -> tuple[SeriesKey, dict[int, tuple[float | None, float | None, float | None]]] | None:
    """Return the first of some derived series that there is: value, lower and upper by column; None for none.

    Parameters
    ----------
    labels : as events name series (`SeriesKey.label`); those that are not derived are passed over.
    """
    found: dict[str, tuple[SeriesKey, dict[int, tuple[float | None, float | None, float | None]]]] = {}
    for key, column, one in derived_points(points) if any(map(is_derived, labels)) else ():
        found.setdefault(key.label, (key, {}))[1][column] = (one.value, one.lower, one.upper)
    return next((found[label] for label in labels if label in found), None)


def _measurements(points: Points, rows: Sequence[int], column: int) -> list[Measurement]:
    lower, upper = (getattr(points, name, None) for name in ("lower", "upper"))
    return [
        Measurement(
            points.keys[row],
            points.commits[column],
            "ok",
            value=float(points.values[row, column]),
            lower=_bound(lower, row, column),
            upper=_bound(upper, row, column),
        )
        for row in rows
        if not math.isnan(points.values[row, column])
    ]


def _bound(bounds: Any, row: int, column: int) -> float | None:
    return None if bounds is None or math.isnan(bounds[row, column]) else float(bounds[row, column])
