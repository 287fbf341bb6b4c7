"""Questions about the whole suite of a place as it is now, a page of rows at a time. Part of the Reader."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from perfwatch.model import Kind, SeriesKey, Standing
from perfwatch.store import records
from perfwatch.store.finding import matching
from perfwatch.store.matrix import pivot, points

if TYPE_CHECKING:
    import pandas as pd

Order = Literal["name", "value", "ratio", "said", "commits"]

# What each order sorts by; by size where what is sorted is a number, the gravest first where it is a verdict.
_ORDERS: Final[dict[Order, str]] = {
    "name": "benchmark {way}, params {way}",
    "value": "unit, value {way} NULLS LAST",
    "ratio": "abs(ln(CASE WHEN ratio > 0 THEN ratio END)) {way} NULLS LAST",
    "said": "{gravity} {way}, abs(ln(CASE WHEN ratio > 0 THEN ratio END)) DESC NULLS LAST",
    "commits": "n {way}",
}
_GRAVEST_FIRST: Final[tuple[Kind, ...]] = (
    *("BROKEN", "FAILED", "VANISHED", "REGRESSED", "IMPROVED", "NEW", "INCONCLUSIVE", "TOO_FEW", "UNCHANGED"),
)
_PLACE = "machine = $machine AND environment = $environment"
# The newest judgement of a place; each judges all of its series.
_SAID = f"""
SELECT benchmark, version, params, kind AS said, standing, since, ratio, lower, upper FROM verdicts
WHERE {_PLACE} AND commit_hash = (SELECT arg_max(commit_hash, judged_at) FROM verdicts WHERE {_PLACE})
"""
_SUITE = f"""
SELECT s.series_id, s.benchmark, s.version, s.params, s.machine, s.environment, s.unit, s.kind, n, commit_hash, value,
       said, standing, since, ratio, lower, upper
FROM series s JOIN newest USING (series_id) LEFT JOIN ({_SAID}) v
    ON v.benchmark = s.benchmark AND v.version IS NOT DISTINCT FROM s.version AND v.params = s.params
WHERE s.machine = $machine AND s.environment = $environment
"""
_LINE = "row_number() OVER (ORDER BY position NULLS FIRST, committed_at NULLS FIRST, hash)"


@dataclass(frozen=True)
class SuiteRow:
    """A series as it is now, and what was said of it last.

    Attributes
    ----------
    n : commits with a result.
    commit : hash of the newest one at which it was measured, also in vain.
    value : what came out there, NaN where it failed or is text.
    said, standing, since : the newest verdict, how far its evidence goes, and the commit (hash) it dates from; None
        where the series was not judged, or nothing changed.
    ratio, lower, upper : after / before with its interval; None where there is none.
    """

    series_id: int
    key: SeriesKey
    n: int
    commit: str
    value: float
    said: Kind | None
    standing: Standing | None
    since: str | None
    ratio: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class SuitePage:
    """Some rows of the suite, and how many there are that fit the question."""

    rows: tuple[SuiteRow, ...]
    n_found: int


@dataclass(frozen=True)
class PlaceNow:
    """A machine and environment as it is now.

    Attributes
    ----------
    n_commits, n_series : measured there at all.
    newest : hash of the newest commit measured there, in git's order.
    measured_at : when it was, UTC; None where the results do not say.
    """

    machine: str
    environment: str
    n_commits: int
    n_series: int
    newest: str
    measured_at: datetime | None


class SuiteReader:
    """One method a question; whoever inherits answers `_rows`, `_frame` and `_batches`."""

    def _rows(self, query: str, bound: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        raise NotImplementedError

    def _frame(self, query: str, bound: dict[str, Any] | None = None) -> pd.DataFrame:
        raise NotImplementedError

    def _batches(self, query: str, bound: dict[str, Any]) -> Any:
        raise NotImplementedError

    def places_now(self) -> list[PlaceNow]:
        """Return every place at which something was measured, the one measured last first."""
        rows = self._rows(
            f"""
            WITH line AS (SELECT hash, committed_at, {_LINE} AS place FROM commits), here AS (
                SELECT machine, environment, count(DISTINCT commit_hash) AS n, arg_max(commit_hash, place) AS newest
                FROM measured JOIN line ON hash = commit_hash WHERE n_ok + n_failed > 0 GROUP BY ALL
            ), sizes AS (
                SELECT machine, environment, count(*) AS n_series FROM series JOIN newest USING (series_id) GROUP BY ALL
            )
            SELECT machine, environment, n, n_series, here.newest FROM here JOIN sizes USING (machine, environment)
            """
        )
        found = [
            PlaceNow(machine, environment, n, n_series, newest, self._measured_at(machine, environment, newest))
            for machine, environment, n, n_series, newest in rows
        ]
        long_ago = datetime.min
        return sorted(
            found, key=lambda p: p.measured_at.replace(tzinfo=None) if p.measured_at else long_ago, reverse=True
        )

    def _measured_at(self, machine: str, environment: str, commit: str) -> datetime | None:
        [(at,)] = self._rows(
            "SELECT max(started_at) FROM measurements WHERE commit_hash = $commit AND series_id IN "
            f"(SELECT series_id FROM series WHERE {_PLACE})",
            {"machine": machine, "environment": environment, "commit": commit},
        )
        return None if at is None else records.utc(at)

    def suite(
        self,
        machine: str,
        environment: str,
        *,
        search: str = "",
        said: Sequence[Kind] = (),
        order: Order = "name",
        descending: bool = False,
        limit: int = 50,
        offset: int = 0,
    ) -> SuitePage:
        """Return some of the suite's series as they are now.

        Parameters
        ----------
        search : words, each of which is in a series' name or parameters, whatever their case.
        said : only series of which one of these was said last; all where there is none.
        order : `said` is by gravity, `ratio` by how far it is from 1; series alike are in the order of their names.
        limit, offset : so many rows, after so many.
        """
        matches, bound = matching(search, "s.")
        chosen = " AND said IN (SELECT unnest($said::VARCHAR[]))" if said else ""
        bound |= {"machine": machine, "environment": environment} | ({"said": list(said)} if said else {})
        gravity = " ".join(f"WHEN '{kind}' THEN {i}" for i, kind in enumerate(_GRAVEST_FIRST))
        way = "DESC" if descending else "ASC"
        by = _ORDERS[order].format(way=way, gravity=f"CASE said {gravity} ELSE {len(_GRAVEST_FIRST)} END")
        rows = self._rows(
            f"SELECT *, count(*) OVER () FROM ({_SUITE}{matches}{chosen}) "
            f"ORDER BY {by}, benchmark, params, series_id LIMIT $limit OFFSET $offset",
            bound | {"limit": limit, "offset": offset},
        )
        if not rows and offset:
            [(n_found,)] = self._rows(f"SELECT count(*) FROM ({_SUITE}{matches}{chosen})", bound)
            return SuitePage((), n_found)
        return SuitePage(tuple(_row(row[:-1]) for row in rows), rows[0][-1] if rows else 0)

    def said_of(self, machine: str, environment: str) -> dict[Kind | None, int]:
        """Return how many series of a place what was said of last; None counts those not judged."""
        rows = self._rows(
            f"SELECT said, count(*) FROM ({_SUITE}) GROUP BY said", {"machine": machine, "environment": environment}
        )
        return dict(rows)

    def judged_commit(self, machine: str, environment: str) -> str | None:
        """Return the hash of the commit judged last at a place; None before the first judgement."""
        [(commit,)] = self._rows(
            f"SELECT arg_max(commit_hash, judged_at) FROM verdicts WHERE {_PLACE}",
            {"machine": machine, "environment": environment},
        )
        return None if commit is None else str(commit)

    def coverage(self, machine: str, environment: str) -> dict[str, tuple[int, int]]:
        """Return how many measurements came out and how many failed at each commit of a place, by hash."""
        rows = self._rows(
            f"SELECT commit_hash, n_ok, n_failed FROM measured WHERE {_PLACE}",
            {"machine": machine, "environment": environment},
        )
        return {commit: (n_ok, n_failed) for commit, n_ok, n_failed in rows}

    def recent(self, series_ids: Sequence[int], commits: Sequence[str]) -> NDArray[np.float64]:
        """Return the values of some series at some commits: float64 (series, commits), SI, NaN where there is none."""
        bound = {"ids": [int(i) for i in series_ids], "commits": list(commits)}
        _, [values] = pivot((len(series_ids), len(commits)), self._batches(points("value"), bound), "value")
        return values

    def outcomes(self, series_ids: Sequence[int], commits: Sequence[str] | None = None) -> pd.DataFrame:
        """Return what came out in some series, without how sure that is; what was taken last is behind the others.

        Columns: series_id, commit_hash, status, value (float64, NaN where there is no number), text (None where there
        is none).

        Parameters
        ----------
        commits : whole hashes; None for all.
        """
        there = "" if commits is None else "AND commit_hash IN (SELECT unnest($commits::VARCHAR[])) "
        bound = {"ids": [int(i) for i in series_ids]} | ({} if commits is None else {"commits": list(commits)})
        frame = self._frame(
            "SELECT series_id, commit_hash, status, value, text FROM measurements "
            f"WHERE series_id IN (SELECT unnest($ids::INTEGER[])) {there}"
            "ORDER BY started_at NULLS FIRST, series_id, commit_hash",
            bound,
        )
        return records.as_outcomes(frame)


def _row(row: Sequence[Any]) -> SuiteRow:
    n, commit, value, *said = row[8:]
    return SuiteRow(row[0], records.series_key(row[1:8]), n, commit, math.nan if value is None else value, *said)
