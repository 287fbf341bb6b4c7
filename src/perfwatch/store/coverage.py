"""Questions about what was measured of the suite and what was not. Part of the Reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from perfwatch.store import records
from perfwatch.store.summaries import LINE, MEASURED

# A family is a module of benchmarks, as the judge has it. What is expected is each benchmark with parameters, whichever
# versions of it there were.
_HERE = """
SELECT series_id, benchmark, params,
    coalesce(nullif(regexp_replace(benchmark, '\\.[^.]*$', ''), ''), benchmark) AS family
FROM series WHERE machine = $machine AND environment = $environment
"""


@dataclass(frozen=True)
class Family:
    """How much of a family of benchmarks was measured.

    Attributes
    ----------
    n : measurements there are of it: benchmarks with parameters that were ever measured at the place.
    at : how many came out and how many failed, by hash of the commits at which any did.
    """

    name: str
    n: int
    at: dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Missing:
    """A benchmark of which something was not measured at a place's newest commit.

    Attributes
    ----------
    n : its measurements that are missing there, of `of` that were ever measured.
    last : hash of the newest commit at which one of the missing was.
    """

    benchmark: str
    n: int
    of: int
    last: str


class CoverageReader:
    """One method a question; whoever inherits answers `_rows`."""

    def _rows(self, query: str, bound: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        raise NotImplementedError

    def families(self, machine: str, environment: str, commits: Sequence[str]) -> list[Family]:
        """Return how much of each family of a place was measured at some commits (whole hashes), by name."""
        bound: dict[str, Any] = {"machine": machine, "environment": environment}
        known = self._rows(
            f"SELECT family, count(DISTINCT (benchmark, params)) FROM ({_HERE}) JOIN newest USING (series_id) "
            "GROUP BY family ORDER BY family",
            bound,
        )
        found = self._rows(
            f"""
            SELECT family, commit_hash, count(*) FILTER (is_ok), count(*) FILTER (NOT is_ok) FROM (
                SELECT family, commit_hash, bool_or(status = 'ok') AS is_ok
                FROM measurements JOIN ({_HERE}) USING (series_id)
                WHERE {MEASURED} AND commit_hash IN (SELECT unnest($commits::VARCHAR[]))
                GROUP BY family, commit_hash, benchmark, params
            ) GROUP BY family, commit_hash
            """,
            bound | {"commits": list(commits)},
        )
        at: dict[str, dict[str, tuple[int, int]]] = {}
        for family, commit, n_ok, n_failed in found:
            at.setdefault(family, {})[commit] = (n_ok, n_failed)
        return [Family(name, n, at.get(name, {})) for name, n in known]

    def missing(self, machine: str, environment: str, newest: str) -> list[Missing]:
        """Return what was measured once and not at the place's newest commit (a whole hash), the most missing first."""
        rows = self._rows(
            f"""
            WITH {LINE}, known AS (
                SELECT benchmark, params, max(place) AS last_place, arg_max(commit_hash, place) AS last
                FROM ({_HERE}) JOIN newest USING (series_id) JOIN line ON hash = commit_hash
                GROUP BY benchmark, params
            )
            SELECT benchmark, count(*) FILTER (last <> $newest) AS n, count(*),
                arg_max(last, last_place) FILTER (last <> $newest)
            FROM known GROUP BY benchmark HAVING n > 0 ORDER BY n DESC, benchmark
            """,
            {"machine": machine, "environment": environment, "newest": newest},
        )
        return [Missing(*row) for row in rows]

    def measured_at(self, depth: int) -> dict[tuple[str, str | None, str], datetime]:
        """Return when each machine measured the newest commits of the line that it did, UTC.

        Keys are (machine, environment, commit); None for the environment of a run that got none, since a commit that
        does not build was looked at, too. What says no time is left out.

        Parameters
        ----------
        depth : so many commits a machine and environment.
        """
        rows = self._rows(
            f"""
            WITH {LINE}, seen AS (
                SELECT DISTINCT machine, environment, commit_hash FROM measured WHERE n_ok + n_failed > 0
                UNION SELECT DISTINCT machine, environment, commit_hash FROM runs
            ), recent AS (
                SELECT machine, environment, commit_hash FROM seen JOIN line ON hash = commit_hash
                QUALIFY row_number() OVER (PARTITION BY machine, environment ORDER BY place DESC) <= $depth
            ), timed AS (
                SELECT machine, environment, commit_hash, started_at AS measured_at
                FROM recent JOIN series USING (machine, environment) JOIN measurements USING (series_id, commit_hash)
                UNION ALL
                SELECT recent.machine, recent.environment, recent.commit_hash, coalesce(finished_at, started_at)
                FROM recent JOIN runs ON runs.machine = recent.machine AND runs.commit_hash = recent.commit_hash
                    AND runs.environment IS NOT DISTINCT FROM recent.environment
            )
            SELECT machine, environment, commit_hash, max(measured_at) FROM timed GROUP BY ALL
            HAVING max(measured_at) IS NOT NULL
            """,
            {"depth": depth},
        )
        return {(machine, environment, commit): records.utc(at) for machine, environment, commit, at in rows}
