"""The only reader: questions to the published snapshot, opened read-only, so that it never meets the writer.

One method a question. Where two records tell apart what SQL's NULL does not, the status does: failed, skipped, ok.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import duckdb

from perfwatch.errors import NothingToCompareError, StoreError, UsageError
from perfwatch.model import (
    Acceptance,
    Commit,
    Environment,
    Failure,
    Machine,
    Measurement,
    Run,
    SeriesKey,
)
from perfwatch.store import archive, facts, migrations, records, snapshot
from perfwatch.store.attach import CATALOGUE, DAMAGE, attach, first_line, interruptible
from perfwatch.store.judged import JudgedReader
from perfwatch.store.location import Location
from perfwatch.store.matrix import POINTS, Matrix, pivot
from perfwatch.store.rows import aware

if TYPE_CHECKING:
    import pandas as pd

# A point that was deselected says nothing about its series; one that has only such points was never measured.
_MEASURED = "status <> 'skipped'"
_SERIES = "series_id, benchmark, version, params, machine, environment, unit, kind"
# Publication keeps two snapshots: only a reader that slept over two of them in a row finds its file gone.
_ATTEMPTS = 10


class Reader(JudgedReader):
    """Reads one store as it was last published; a context manager.

    From its first question on it keeps to one snapshot, whatever is published meanwhile; `version` tells that there is
    a newer one. Methods may be called from several threads.

    Errors
    ------
    NothingToCompareError : there is no store, or nothing has been loaded into it yet.
    StoreError : no perfwatch store, one of a newer program, or a damaged one.
    """

    def __init__(self, location: Location) -> None:
        self._location = location
        self._open_connection: duckdb.DuckDBPyConnection | None = None
        self._published()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the snapshot."""
        if self._open_connection is not None:
            self._open_connection.close()
            self._open_connection = None

    @property
    def version(self) -> str:
        """The name of the newest published snapshot: another one whenever new data has landed; costs a small read."""
        return self._published().stem

    def commits(self) -> list[Commit]:
        """Return all commits the store knows, measured or not: the first-parent line, then the others by date."""
        rows = self._rows(
            "SELECT hash, committed_at, author, subject, parent, position FROM commits "
            "ORDER BY position NULLS LAST, committed_at NULLS FIRST, hash"
        )
        return [Commit(r[0], aware(r[1]), *r[2:]) for r in rows]

    def commit(self, prefix: str) -> Commit:
        """Return the commit whose hash starts with `prefix`.

        Errors
        ------
        NothingToCompareError : the store knows none.
        UsageError : it knows several.
        """
        found = [c for c in self.commits() if prefix and c.hash.startswith(prefix.lower())]
        if not found:
            raise NothingToCompareError(f"{self._location}: knows no commit {prefix!r}; measure it, then ingest")
        if len(found) > 1:
            raise UsageError(
                f"{prefix!r} is the start of {len(found)} commits; give more of it, {found[0].hash[:12]} is one"
            )
        return found[0]

    def measured_commits(self, machine: str | None = None, environment: str | None = None) -> set[str]:
        """Return the hashes of commits at which something was measured, also in vain."""
        rows = self._rows(
            f"SELECT DISTINCT commit_hash FROM measurements JOIN series USING (series_id) WHERE {_MEASURED} "
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
            f"AND series_id IN (SELECT series_id FROM measurements WHERE {_MEASURED}) ORDER BY series_id",
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
            "WITH line AS (SELECT hash, row_number() OVER (ORDER BY position NULLS FIRST, committed_at) AS place "
            "FROM commits), "
            "points AS (SELECT series_id, count(*) FILTER (status = 'ok') AS n, "
            "           max_by({'commit': commit_hash, 'value': value}, place) AS last "
            f"          FROM measurements JOIN line ON hash = commit_hash WHERE {_MEASURED} GROUP BY series_id) "
            f"SELECT {_SERIES}, n, last.commit AS last_commit, last.value AS last_value "
            "FROM series JOIN points USING (series_id) ORDER BY series_id"
        )
        return records.as_catalogue(frame)

    def measurements(
        self, commit: str, machine: str | None = None, environment: str | None = None
    ) -> list[Measurement]:
        """Return everything measured, failed or skipped at one commit (a whole hash), failures with their error."""
        bound = {"commit": commit, "machine": machine, "environment": environment}
        chosen = (
            "WHERE commit_hash = $commit AND ($machine IS NULL OR machine = $machine) "
            "AND ($environment IS NULL OR environment = $environment)"
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

    def history(self, series_ids: Sequence[int]) -> pd.DataFrame:
        """Return every point of the series, by series in the order of `commits`.

        Columns: series_id, commit_hash, position (Int64), committed_at (UTC), subject, status, value (float64), text,
        lower, upper, q25, q75 (float64), samples (float64 arrays), number (Int64), started_at (UTC). What is missing is
        NaN in a number and None in a text or in samples.
        """
        frame = self._frame(
            "SELECT series_id, commit_hash, position, committed_at, subject, status, value, text, lower, upper, q25, "
            "q75, samples, number, started_at FROM measurements LEFT JOIN commits ON hash = commit_hash "
            "WHERE series_id IN (SELECT unnest($ids::INTEGER[])) "
            "ORDER BY series_id, position NULLS LAST, committed_at NULLS FIRST, commit_hash",
            {"ids": [int(i) for i in series_ids]},
        )
        return records.as_history(frame)

    def matrix(self, machine: str, environment: str, commits: Sequence[str]) -> Matrix:
        """Return every point of one machine and environment at the commits named (whole hashes) as matrices.

        Columns are those of `commits` at which something was measured, also in vain, in the order given; rows are the
        series that were ever measured there, in the order they were first seen.
        """
        known = self.measured_commits(machine, environment)
        columns = [c for c in commits if c in known]
        rows = self.series(machine=machine, environment=environment)
        bound = {"ids": [i for i, _ in rows], "commits": columns}
        with self._asking():
            points = self._cursor().execute(POINTS, bound).fetchnumpy()
        return pivot(rows, columns, points)

    def acceptances(self) -> list[Acceptance]:
        """Return every acceptance, oldest first."""
        rows = self._rows(
            "SELECT commit_hash, author, reason, accepted_at FROM acceptances ORDER BY accepted_at, rowid"
        )
        return [Acceptance(commit, author, reason, records.utc(at)) for commit, author, reason, at in rows]

    def sql(self, query: str) -> pd.DataFrame:
        """Return the answer to one SQL query; tables are named as in the schema, times are UTC.

        Errors
        ------
        UsageError : not SQL, more than one statement, or one that does anything but read the store.
        """
        reads = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
        try:
            statements = self._connection().extract_statements(query)
            if len(statements) != 1 or statements[0].type not in reads:
                raise UsageError("sql: not one query that reads; the store is only written by `perfwatch ingest`")
            with interruptible():
                return self._cursor().execute(statements[0]).df()
        except duckdb.Error as error:
            raise UsageError(
                f"sql: {first_line(str(error))}; `SHOW TABLES` and `DESCRIBE series` tell the names"
            ) from error

    def export(self, folder: Path, form: archive.Format) -> dict[str, int]:
        """Write every table of the published snapshot into `folder`; return how many rows each has.

        Errors
        ------
        UsageError : the folder holds something, or cannot be written.
        """
        # A connection of its own: that of the questions sees no files.
        connection = self._attach_published()
        try:
            _check_schema(connection, self._location)
            with self._asking():
                return archive.write(connection, folder, form)
        finally:
            connection.close()

    def _rows(self, query: str, bound: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        with self._asking():
            return self._cursor().execute(query, bound or {}).fetchall()

    def _frame(self, query: str, bound: dict[str, Any] | None = None) -> pd.DataFrame:
        with self._asking():
            return self._cursor().execute(query, bound or {}).df()

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            with interruptible():
                yield
        except DAMAGE as error:
            reason = first_line(str(error))
            raise StoreError(
                f"{self._location}: cannot be read ({reason}); run `perfwatch ingest` to publish anew"
            ) from error

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        # A cursor of one's own, so that threads do not share one; it does not inherit the default catalogue.
        cursor = self._connection().cursor()
        cursor.execute(f"USE {CATALOGUE}")
        return cursor

    def _connection(self) -> duckdb.DuckDBPyConnection:
        if self._open_connection is None:
            connection = self._attach_published()
            try:
                _check_schema(connection, self._location)
                # Queries come from people: they see this store, and neither files nor variables of this program.
                connection.execute("SET enable_external_access = false")
                connection.execute("SET python_enable_replacements = false")
                connection.execute("SET lock_configuration = true")
            except BaseException:
                connection.close()
                raise
            self._open_connection = connection
        return self._open_connection

    def _attach_published(self) -> duckdb.DuckDBPyConnection:
        for attempt in range(_ATTEMPTS):
            path = self._published()
            try:
                return attach(path, read_only=True)
            except StoreError:
                if path.exists() or attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    def _published(self) -> Path:
        path = snapshot.published(self._location)
        if path is not None and self._location.path.exists():
            return path
        _refuse_foreign(self._location)
        what = "nothing is published yet" if self._location.path.exists() else "no store here yet"
        raise NothingToCompareError(f"{self._location}: {what}; run `perfwatch ingest`")


def _refuse_foreign(location: Location) -> None:
    """Raise StoreError if the file without a snapshot is no store; one that is being filled is no error here."""
    if not location.path.exists():
        return
    try:
        connection = attach(location.path, read_only=True)
    except StoreError as error:
        if "locked by" in str(error):
            raise NothingToCompareError(
                f"{location}: is being filled for the first time; try again in a moment"
            ) from error
        raise
    with connection:
        migrations.version(connection)


def _check_schema(connection: duckdb.DuckDBPyConnection, location: Location) -> None:
    have = migrations.version(connection)
    migrations.refuse_newer(connection, have)
    if have < migrations.newest():
        raise StoreError(
            f"{location}: was written by an older perfwatch; run `perfwatch ingest` to bring it up to date"
        )
