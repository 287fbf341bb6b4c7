"""Questions that find series among many: benchmarks by words and tags, the series of some, at several places.

Part of the Reader.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from perfwatch.store import records

if TYPE_CHECKING:
    import pandas as pd

_PLACE = "machine = $machine AND environment = $environment"
# What stands before the first point of a benchmark's name: the module, or the package it is in.
_FAMILY = "split_part(benchmark, '.', 1)"
_NAMES = "list_transform(from_json(any_value(params), '[[\"VARCHAR\"]]'), pair -> pair[1])"
_CATALOGUE = "series_id, benchmark, version, params, machine, environment, unit, kind"


@dataclass(frozen=True)
class FoundBenchmark:
    """A benchmark of a place.

    Attributes
    ----------
    kinds, units : of its series, in the order of the alphabet.
    parameters : their names, in declaration order.
    n_series : how many of its series fit the question.
    n_commits : commits with a result, of the series that has most.
    """

    benchmark: str
    kinds: tuple[str, ...]
    units: tuple[str, ...]
    parameters: tuple[str, ...]
    n_series: int
    n_commits: int


@dataclass(frozen=True)
class BenchmarkPage:
    """Some of the benchmarks that fit a question, and how many there are."""

    rows: tuple[FoundBenchmark, ...]
    n_found: int


@dataclass(frozen=True)
class Tags:
    """What the series of a place can be told apart by: families, kinds and units, in the order of the alphabet."""

    families: tuple[str, ...]
    kinds: tuple[str, ...]
    units: tuple[str, ...]


class FindingReader:
    """One method a question; whoever inherits answers `_rows` and `_frame`."""

    def _rows(self, query: str, bound: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        raise NotImplementedError

    def _frame(self, query: str, bound: dict[str, Any] | None = None) -> pd.DataFrame:
        raise NotImplementedError

    def find(
        self,
        machine: str,
        environment: str,
        *,
        search: str = "",
        family: str | None = None,
        kind: str | None = None,
        unit: str | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> BenchmarkPage:
        """Return the benchmarks of a place that have a series like the one asked for, by name.

        Parameters
        ----------
        search : words, each of which is in a series' name or parameters, whatever their case.
        family, kind, unit : what the series is of; None for any.
        limit, offset : so many benchmarks, after so many.
        """
        chosen, bound = matching(search)
        for name, column, value in (("family", _FAMILY, family), ("kind", "kind", kind), ("unit", "unit", unit)):
            if value is not None:
                chosen, bound = f"{chosen} AND {column} = ${name}", {**bound, name: value}
        rows = self._rows(
            f"SELECT benchmark, list(DISTINCT kind), list(DISTINCT unit), {_NAMES}, count(*), max(n), count(*) OVER () "
            f"FROM series JOIN newest USING (series_id) WHERE {_PLACE}{chosen} GROUP BY benchmark "
            "ORDER BY benchmark LIMIT $limit OFFSET $offset",
            {**bound, "machine": machine, "environment": environment, "limit": limit, "offset": offset},
        )
        found = tuple(
            FoundBenchmark(name, tuple(sorted(kinds)), tuple(sorted(units)), tuple(names), n_series, n_commits)
            for name, kinds, units, names, n_series, n_commits, _ in rows
        )
        return BenchmarkPage(found, rows[0][-1] if rows else 0)

    def tags(self, machine: str, environment: str) -> Tags:
        """Return what the series of a place that were ever measured can be told apart by."""
        [row] = self._rows(
            f"SELECT list(DISTINCT {_FAMILY}), list(DISTINCT kind), list(DISTINCT unit) "
            f"FROM series JOIN newest USING (series_id) WHERE {_PLACE}",
            {"machine": machine, "environment": environment},
        )
        return Tags(*(tuple(sorted(values or ())) for values in row))

    def beside(self, machine: str, environment: str, benchmarks: Sequence[str], limit: int) -> list[str]:
        """Return benchmarks of a place by name: those given that it has, and others, of their families first."""
        rows = self._rows(
            f"SELECT benchmark FROM (SELECT DISTINCT benchmark, {_FAMILY} AS family FROM series "
            f"JOIN newest USING (series_id) WHERE {_PLACE}) "
            "ORDER BY benchmark IN (SELECT unnest($benchmarks::VARCHAR[])) DESC, "
            "family IN (SELECT split_part(unnest($benchmarks::VARCHAR[]), '.', 1)) DESC, benchmark LIMIT $limit",
            {
                "machine": machine,
                "environment": environment,
                "benchmarks": list(benchmarks),
                "limit": limit + len(benchmarks),
            },
        )
        return sorted(name for (name,) in rows)

    def series_of(self, benchmarks: Sequence[str], places: Sequence[tuple[str, str]]) -> pd.DataFrame:
        """Return the series of some benchmarks at some places that were ever measured, in the order first seen.

        Columns: those of `catalogue`.

        Parameters
        ----------
        places : machine and environment of each.
        """
        frame = self._frame(
            f"SELECT {_CATALOGUE}, n, commit_hash AS last_commit, value AS last_value "
            "FROM series JOIN newest USING (series_id) WHERE benchmark IN (SELECT unnest($benchmarks::VARCHAR[])) "
            "AND (machine, environment) IN (SELECT unnest($machines::VARCHAR[]), unnest($environments::VARCHAR[])) "
            "ORDER BY series_id",
            {
                "benchmarks": list(benchmarks),
                "machines": [machine for machine, _ in places],
                "environments": [environment for _, environment in places],
            },
        )
        return records.as_catalogue(frame)

    def described(self, series_ids: Sequence[int]) -> pd.DataFrame:
        """Return the rows of `catalogue` that are of these series."""
        frame = self._frame(
            f"SELECT {_CATALOGUE}, n, commit_hash AS last_commit, value AS last_value "
            "FROM series JOIN newest USING (series_id) WHERE series_id IN (SELECT unnest($ids::INTEGER[])) "
            "ORDER BY series_id",
            {"ids": [int(i) for i in series_ids]},
        )
        return records.as_catalogue(frame)

    def newest_with(self, machine: str, environment: str, parameter: str) -> dict[str, str]:
        """Return each value a parameter has in a place, with the newest commit at which it was measured (a hash)."""
        rows = self._rows(
            "WITH line AS (SELECT hash, row_number() OVER "
            "(ORDER BY position NULLS FIRST, committed_at NULLS FIRST, hash) AS place FROM commits) "
            "SELECT regexp_extract(params, $pair, 1) AS found, arg_max(commit_hash, place) FROM series "
            "JOIN newest USING (series_id) JOIN line ON hash = commit_hash "
            f"WHERE {_PLACE} AND contains(params, $begin) "
            "GROUP BY found ORDER BY found",
            {
                "machine": machine,
                "environment": environment,
                # As the store writes them: a quote in a text is escaped there, so that this begins no text.
                "begin": (begin := f"[{orjson.dumps(parameter).decode()},"),
                "pair": re.escape(begin) + r'("(?:[^"\\]|\\.)*")\]',
            },
        )
        return {orjson.loads(value): commit for value, commit in rows}


def matching(search: str, of: str = "") -> tuple[str, dict[str, Any]]:
    """Return what a WHERE is followed by to hold for series with all words of a search, and what is bound to it.

    Parameters
    ----------
    of : what stands before the columns of the table `series`, `s.` for example.
    """
    # A label as it is shown, `time_sort(10, quick)`, finds its series.
    words = [_like(word) for word in re.split(r"[\s(),]+", search) if word]
    text = "".join(f" AND ({of}benchmark || ' ' || {of}params) ILIKE $word{i} ESCAPE '\\'" for i in range(len(words)))
    return text, {f"word{i}": word for i, word in enumerate(words)}


def _like(word: str) -> str:
    escaped = "".join(f"\\{c}" if c in "\\%_" else c for c in word)
    return f"%{escaped}%"
