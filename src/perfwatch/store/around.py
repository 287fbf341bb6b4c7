"""One question: a series over the commits around one of them. Part of the Reader."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perfwatch.model import Commit, SeriesKey
from perfwatch.store import records

if TYPE_CHECKING:
    import pandas as pd

# What moved farthest stands first; one of so many was measured, or none is.
_MOST_LABELS = 20


@dataclass(frozen=True)
class Stretch:
    """A series over neighbouring commits of its place, oldest first.

    Attributes
    ----------
    commits : hashes of the commits at which anything was measured there.
    values, lower, upper : SI, with the bounds of each value's interval; None where there is none.
    at : index of the commit asked about.
    """

    key: SeriesKey
    commits: tuple[str, ...]
    values: tuple[float | None, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]
    at: int


class AroundReader:
    """Whoever inherits answers `commits`, `measured_commits`, `history` and `_rows`."""

    def _rows(self, query: str, bound: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        raise NotImplementedError

    def commits(self) -> list[Commit]:
        raise NotImplementedError

    def measured_commits(self, machine: str | None = None, environment: str | None = None) -> set[str]:
        raise NotImplementedError

    def history(self, series_ids: Sequence[int], commits: Sequence[str] | None = None) -> pd.DataFrame:
        raise NotImplementedError

    def stretch(
        self,
        machine: str,
        environment: str,
        labels: Sequence[str],
        commit: str,
        *,
        most: int = 60,
        line: Sequence[str] | None = None,
    ) -> Stretch | None:
        """Return the first of some series that was measured, over at most `most` commits on either side of one.

        None where none of them was, or the commit itself was not measured there. What is computed of others, a ratio
        for example, is in no store and so is never returned (`analysis.derived_history` makes it).

        Parameters
        ----------
        labels : as events name series (`SeriesKey.label`).
        commit : a whole hash.
        line : the commits measured there, oldest first, for whoever has them; None to look them up.

        Notes
        -----
        Of a benchmark whose source changed, two series have one label: the one with more values from the commit on is
        returned, as that is what is judged there.
        """
        window = self.window(machine, environment, commit, most=most, line=line)
        if not labels or not window:
            return None
        at = window.index(commit)
        named = self._named(machine, environment, labels[:_MOST_LABELS])
        for label in labels[:_MOST_LABELS]:
            found = [_of(self.history([i], window), key, window, at) for i, key in named.get(label, [])]
            best = max(found, key=lambda s: _n_known(s.values[at:]), default=None)
            if best is not None and _n_known(best.values):
                return best
        return None

    def window(
        self, machine: str, environment: str, commit: str, *, most: int = 60, line: Sequence[str] | None = None
    ) -> Sequence[str]:
        """Return at most `most` commits measured at a place on either side of one, oldest first; as `stretch`.

        Empty where that one was not measured there.
        """
        if line is None:
            measured = self.measured_commits(machine, environment)
            line = [c.hash for c in self.commits() if c.hash in measured]
        if commit not in line:
            return ()
        place = line.index(commit)
        return line[max(0, place - most) : place + most]

    def _named(self, machine: str, environment: str, labels: Sequence[str]) -> dict[str, list[tuple[int, SeriesKey]]]:
        """Return the series of a place that may have these labels, by label, the newest first."""
        rows = self._rows(
            "SELECT series_id, benchmark, version, params, machine, environment, unit, kind FROM series "
            "WHERE machine = $machine AND environment = $environment AND EXISTS (SELECT 1 FROM "
            "(SELECT unnest($labels::VARCHAR[]) AS label) WHERE label = benchmark "
            "OR starts_with(label, benchmark || '(')) ORDER BY series_id DESC",
            {"machine": machine, "environment": environment, "labels": list(labels)},
        )
        named: dict[str, list[tuple[int, SeriesKey]]] = {}
        for row in rows:
            key = records.series_key(row[1:])
            named.setdefault(key.label, []).append((row[0], key))
        return named


def _n_known(values: Sequence[float | None]) -> int:
    return sum(value is not None for value in values)


def _of(frame: pd.DataFrame, key: SeriesKey, window: Sequence[str], at: int) -> Stretch:
    points = {row.commit_hash: (row.value, row.lower, row.upper) for row in frame.itertuples()}
    empty = (math.nan,) * 3
    columns = zip(*(points.get(commit, empty) for commit in window), strict=True)
    values, lower, upper = (tuple(float(v) if math.isfinite(v) else None for v in column) for column in columns)
    return Stretch(key, tuple(window), values, lower, upper, at)
