"""Questions about what was measured: commits, places, series and their points. Part of the Reader."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perfwatch.model import (
    Acceptance,
    Commit,
    Environment,
    Failure,
    Machine,
    Measurement,
    Ref,
    Run,
    SeriesKey,
    Status,
)
from perfwatch.store import facts, records
from perfwatch.store.location import AnyLocation
from perfwatch.store.matrix import BoundedMatrix, Matrix, pivot, points
from perfwatch.store.names import named
from perfwatch.store.rows import aware

if TYPE_CHECKING:
    import pandas as pd

_SERIES = "series_id, benchmark, version, params, machine, environment, unit, kind"


@dataclass(frozen=True)
class Newest:
    """A series as it is now.

    Attributes
    ----------
    n : commits with a result.
    commit : hash of the newest one at which it was measured, also in vain.
    value : what came out there, NaN where it failed or is text.
    """

    series_id: int
    key: SeriesKey
    n: int
    commit: str
    value: float


class MeasuredReader:
    """One method a question; whoever inherits has `_location`, and answers `_rows`, `_frame` and `_batches`."""

    _location: AnyLocation

    def _rows(self, query: str, bound: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        raise NotImplementedError

    def _frame(self, query: str, bound: dict[str, Any] | None = None) -> pd.DataFrame:
        raise NotImplementedError

    def _batches(self, query: str, bound: dict[str, Any]) -> Iterator[dict[str, np.ndarray[Any, Any]]]:
        raise NotImplementedError

    def commits(self) -> list[Commit]:
        """Return all commits the store knows, measured or not: the first-parent line, then the others by date."""
        rows = self._rows(
            "SELECT hash, committed_at, author, subject, parent, position FROM commits "
            "ORDER BY position NULLS LAST, committed_at NULLS FIRST, hash"
        )
        return [Commit(r[0], aware(r[1]), *r[2:]) for r in rows]

    def refs(self) -> list[Ref]:
        """Return what git called commits when it was asked last, by kind and name; not each is of a commit known here.

        Of a store that holds several repositories a name may come twice.
        """
        rows = self._rows(
            "SELECT name, kind, commit_hash FROM refs "
            "ORDER BY list_position(['tag', 'branch', 'remote branch'], kind), name, repository"
        )
        return [Ref(*row) for row in rows]

    def commit(self, name: str) -> Commit:
        """Return the commit of a tag or a branch, or the one whose hash starts with `name`.

        A name may say what it is, as in git: `tags/v1.0`, `heads/main`, `remotes/origin/main`.

        Errors
        ------
        NothingToCompareError : the store knows none.
        UsageError : it knows several: as the start of hashes, or as two kinds of name.
        """
        return named(name, self.commits(), self.refs(), str(self._location))

    def measured_commits(self, machine: str | None = None, environment: str | None = None) -> set[str]:
        """Return the hashes of commits at which something was measured, also in vain."""
        rows = self._rows(
            "SELECT DISTINCT commit_hash FROM measured WHERE n_ok + n_failed > 0 "
            "AND ($machine IS NULL OR machine = $machine) AND ($environment IS NULL OR environment = $environment)",
            {"machine": machine, "environment": environment},
        )
        return {commit for (commit,) in rows}

    def machines(self) -> list[Machine]:
        """Return all machines by name."""
        rows = self._rows("SELECT name, facts FROM machines ORDER BY name")
        return [Machine(name, facts.read_json(text)) for name, text in rows]

    def environments(self) -> list[Environment]:
        """Return all environments by name."""
        rows = self._rows("SELECT name, python, requirements FROM environments ORDER BY name")
        return [
            Environment(name, python, {k: str(v) for k, v in facts.read_json(text).items()})
            for name, python, text in rows
        ]

    def runs(self, commit: str | None = None, machine: str | None = None) -> list[Run]:
        """Return run records with their failures, newest first; `commit` is a whole hash."""
        chosen = "WHERE ($commit IS NULL OR commit_hash = $commit) AND ($machine IS NULL OR machine = $machine)"
        bound = {"commit": commit, "machine": machine}
        failures: dict[int, list[Failure]] = {}
        for source_id, *failure in self._rows(
            f"SELECT source_id, benchmark, exit_code, stderr FROM failures {chosen} ORDER BY rowid", bound
        ):
            failures.setdefault(source_id, []).append(Failure(*failure))
        rows = self._rows(
            "SELECT source_id, commit_hash, machine, environment, started_at, finished_at, tool, exit_code, host, "
            f"selection, engine_digest, controls, artefacts FROM runs {chosen} "
            "ORDER BY started_at DESC, source_id DESC",
            bound,
        )
        return [records.run(row[1:], failures.get(row[0], ())) for row in rows]

    def sources(self) -> pd.DataFrame:
        """Return every file the store has met: the columns of the table `sources`, times in UTC."""
        return records.with_utc(self._frame("SELECT * FROM sources ORDER BY path"), "loaded_at")

    def series(
        self, benchmark: str | None = None, machine: str | None = None, environment: str | None = None
    ) -> list[tuple[int, SeriesKey]]:
        """Return identifier and identity of every series that was ever measured, in the order they were first seen."""
        rows = self._rows(
            f"SELECT {_SERIES} FROM series WHERE ($benchmark IS NULL OR benchmark = $benchmark) "
            "AND ($machine IS NULL OR machine = $machine) AND ($environment IS NULL OR environment = $environment) "
            "AND series_id IN (SELECT series_id FROM newest) ORDER BY series_id",
            {"benchmark": benchmark, "machine": machine, "environment": environment},
        )
        return [(row[0], records.series_key(row[1:])) for row in rows]

    def catalogue(self) -> pd.DataFrame:
        """Return one row a series that was ever measured.

        Columns: series_id, benchmark, version, params (dict), machine, environment, unit, kind, label, n (commits with
        a result), last_commit (the newest at which it was measured, also in vain), last_value (float64, NaN where that
        one failed or is text).
        """
        frame = self._frame(
            f"SELECT {_SERIES}, n, commit_hash AS last_commit, value AS last_value "
            "FROM series JOIN newest USING (series_id) ORDER BY series_id"
        )
        return records.as_catalogue(frame)

    def newest(self, machine: str, environment: str) -> list[Newest]:
        """Return the newest state of every series that was ever measured at a place, in the order first seen."""
        rows = self._rows(
            f"SELECT {_SERIES}, n, commit_hash, value FROM series JOIN newest USING (series_id) "
            "WHERE machine = $machine AND environment = $environment ORDER BY series_id",
            {"machine": machine, "environment": environment},
        )
        return [
            Newest(row[0], records.series_key(row[1:8]), n, commit, math.nan if value is None else value)
            for row in rows
            for n, commit, value in [row[8:]]
        ]

    def measurements(
        self,
        commit: str,
        machine: str | None = None,
        environment: str | None = None,
        *,
        status: Status | None = None,
    ) -> list[Measurement]:
        """Return everything measured, failed or skipped at one commit (a whole hash), failures with their error.

        Parameters
        ----------
        status : only what came out so.
        """
        bound = {"commit": commit, "machine": machine, "environment": environment, "status": status}
        chosen = (
            "WHERE commit_hash = $commit AND ($machine IS NULL OR machine = $machine) "
            "AND ($environment IS NULL OR environment = $environment) AND ($status IS NULL OR status = $status)"
        )
        # Oldest run first, so that the newest one's words stay.
        failures = self._rows(
            "SELECT f.benchmark, f.machine, f.environment, f.exit_code, f.stderr "
            "FROM failures f JOIN runs r USING (source_id) "
            "WHERE f.commit_hash = $commit ORDER BY r.started_at, source_id",
            {"commit": commit},
        )
        rows = self._rows(
            f"SELECT {_SERIES}, commit_hash, status, value, text, lower, upper, q25, q75, samples, number, started_at, "
            f"duration_s FROM measurements JOIN series USING (series_id) {chosen} ORDER BY benchmark, series_id",
            bound,
        )
        errors = records.errors_by_place(failures)
        return [records.measurement(row[1:], errors) for row in rows]

    def history(self, series_ids: Sequence[int], commits: Sequence[str] | None = None) -> pd.DataFrame:
        """Return every point of the series, or those at some commits (whole hashes), by series in git's order.

        Columns: series_id, commit_hash, position (Int64), committed_at (UTC), subject, status, value (float64), text,
        lower, upper, q25, q75 (float64), samples (float64 arrays), number (Int64), started_at (UTC). What is missing is
        NaN in a number and None in a text or in samples.
        """
        frame = self._frame(
            "SELECT series_id, commit_hash, position, committed_at, subject, status, value, text, lower, upper, q25, "
            "q75, samples, number, started_at FROM measurements LEFT JOIN commits ON hash = commit_hash "
            "WHERE series_id IN (SELECT unnest($ids::INTEGER[])) "
            "AND ($commits IS NULL OR commit_hash IN (SELECT unnest($commits::VARCHAR[]))) "
            "ORDER BY series_id, position NULLS LAST, committed_at NULLS FIRST, commit_hash",
            {"ids": [int(i) for i in series_ids], "commits": None if commits is None else list(commits)},
        )
        return records.as_history(frame)

    def matrix(self, machine: str, environment: str, commits: Sequence[str]) -> Matrix:
        """Return every point of one machine and environment at the commits named (whole hashes) as matrices.

        Columns are those of `commits` at which something was measured, also in vain, in the order given; rows are the
        series that were ever measured there, in the order they were first seen.
        """
        columns, keys, (status, [values]) = self._pivoted(machine, environment, commits, slice(None), "value")
        return Matrix(columns, keys, values, status)

    def bounded_matrix(
        self, machine: str, environment: str, commits: Sequence[str], rows: slice = slice(None)
    ) -> BoundedMatrix:
        """Return the same with the interval of each value; of some rows only, where they are named."""
        columns, keys, (status, numbers) = self._pivoted(machine, environment, commits, rows, "value", "lower", "upper")
        values, lower, upper = numbers
        return BoundedMatrix(columns, keys, values, status, lower, upper)

    def _pivoted(
        self, machine: str, environment: str, commits: Sequence[str], part: slice, *numbers: str
    ) -> tuple[tuple[str, ...], tuple[SeriesKey, ...], tuple[NDArray[np.int8], list[NDArray[np.float64]]]]:
        known = self.measured_commits(machine, environment)
        columns = [c for c in commits if c in known]
        rows = self.series(machine=machine, environment=environment)[part]
        batches = self._batches(points(*numbers), {"ids": [i for i, _ in rows], "commits": columns})
        return tuple(columns), tuple(key for _, key in rows), pivot((len(rows), len(columns)), batches, *numbers)

    def notes(self, machine: str, environment: str, longest: int) -> list[tuple[int, str, str]]:
        """Return the points of a place that have no number: series, commit, and `failed` or the text that came out.

        Parameters
        ----------
        longest : so many characters of a text.
        """
        rows = self._rows(
            "SELECT series_id, commit_hash, left(coalesce(text, status), $longest) FROM measurements "
            "WHERE (text IS NOT NULL OR status = 'failed') AND series_id IN "
            "(SELECT series_id FROM series WHERE machine = $machine AND environment = $environment) "
            "ORDER BY series_id, commit_hash",
            {"machine": machine, "environment": environment, "longest": longest},
        )
        return [(series_id, commit, text) for series_id, commit, text in rows]

    def n_with_samples(self, machine: str, environment: str, commits: Sequence[str]) -> int:
        """Return how many points of a place at these commits have their single timings."""
        rows = self._rows(
            "SELECT count(*) FROM measurements WHERE samples IS NOT NULL "
            "AND commit_hash IN (SELECT unnest($commits::VARCHAR[])) AND series_id IN "
            "(SELECT series_id FROM series WHERE machine = $machine AND environment = $environment)",
            {"machine": machine, "environment": environment, "commits": list(commits)},
        )
        return int(rows[0][0])

    def contents(self, machine: str, environment: str) -> dict[str, str]:
        """Return what each commit's points at a place came from and how many they are; it changes with them."""
        rows = self._rows(
            "SELECT commit_hash, concat_ws(' ', n_ok, n_failed, sources) FROM measured "
            "WHERE machine = $machine AND environment = $environment",
            {"machine": machine, "environment": environment},
        )
        return dict(rows)

    def places(self) -> list[tuple[str, str]]:
        """Return each machine and environment in which something was measured."""
        return [
            (machine, environment)
            for machine, environment in self._rows(
                "SELECT DISTINCT machine, environment FROM measured WHERE n_ok + n_failed > 0 ORDER BY ALL"
            )
        ]

    def acceptances(self) -> list[Acceptance]:
        """Return every acceptance, oldest first."""
        rows = self._rows(
            "SELECT commit_hash, author, reason, accepted_at FROM acceptances ORDER BY accepted_at, rowid"
        )
        return [Acceptance(commit, author, reason, records.utc(at)) for commit, author, reason, at in rows]
