"""What turns give: one value a turn of every series that can become worse, those derived within a turn included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from perfwatch.analysis import host
from perfwatch.analysis.derived import MADE_OF, derive
from perfwatch.analysis.equivalence import is_fingerprint
from perfwatch.model import Measurement, SeriesKey
from perfwatch.units import unit


def by_turn(turns: Iterable[Sequence[Measurement]]) -> dict[SeriesKey, list[float]]:
    """Return the value of each turn of every series that can be worse, derived ones included, in the order taken.

    Parameters
    ----------
    turns : the measurements of each turn of one side.
    """
    found: dict[SeriesKey, list[float]] = {}
    for measurements in turns:
        for m in measurements:
            if m.status == "ok" and m.value is not None and matters(m.key):
                found.setdefault(m.key, []).append(m.value)
        for key, value in _derived(measurements):
            found.setdefault(key, []).append(value)
    return found


def matters(key: SeriesKey) -> bool:
    """Return whether a series can become worse: it has a direction, and is neither an answer nor a control."""
    return unit(key.unit).lower_is_better is not None and key.kind != host.CONTROL and not is_fingerprint(key)


def _derived(measurements: Sequence[Measurement]) -> Iterator[tuple[SeriesKey, float]]:
    """Yield what is derived of one turn, environment by environment."""
    places: dict[tuple[str, str], list[Measurement]] = {}
    for m in measurements:
        if m.key.benchmark in MADE_OF:
            places.setdefault((m.key.machine, m.key.environment), []).append(m)
    for place, taken in places.items():
        for one in derive(taken):
            key = one.key(*place)
            if matters(key):
                yield key, one.value
