"""Questions about what was measured of the suite and what was not. Part of the Reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
