"""What was read and is not written yet: the rows of some files, in one transaction all or nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping

import duckdb
import numpy as np
import pyarrow as pa

from perfwatch.model import Commit, Environment, Machine, Ref, Run
from perfwatch.sources.asv import ResultFile
from perfwatch.sources.blocks import FAILED, OK
from perfwatch.store import facts, summaries
from perfwatch.store.batch import Batch
from perfwatch.store.connection import Connection
from perfwatch.store.ledger import Ledger
from perfwatch.store.rows import using
from perfwatch.store.series import SeriesIds

Place = tuple[str, str, str]


class Pending:
    """The rows of some files on their way into the store; `batch` has the measurements."""

    def __init__(self) -> None:
        self.batch = Batch()
        self.machines: dict[str, Machine] = {}
        self.environments: dict[str, Environment] = {}
        self.runs: list[tuple[int, Run]] = []
        self.refs: tuple[str, list[Ref]] | None = None
        self._commits: dict[str, Commit] = {}
        self._replaced: list[int] = []
        self._places: list[summaries.Place] = []
        self._contents: set[Place] = set()
        self._is_contested = self._is_reordered = False

    def holds(self, commit: str, machine: str, environment: str) -> bool:
        """Return whether a file of this content is among those held: two in one transaction would both be new to it."""
        return (commit, machine, environment) in self._contents

    def replace(self, source_id: int) -> None:
        """Say that the rows of a file as it was are to go."""
        self._replaced.append(source_id)

    def know(self, commits: Mapping[str, Commit], before: Mapping[str, Commit]) -> None:
        """Take commits to be written; `before` is how the store has those it knows."""
        self._commits.update(commits)
        self._is_reordered |= any(h in before and _order(before[h]) != _order(c) for h, c in commits.items())

    def add(
        self, results: ResultFile, machine: str, ids: SeriesIds, came_from: tuple[int, str], *, alone: bool
    ) -> None:
        """Take a file's measurements.

        Parameters
        ----------
        came_from : source's identifier and digest.
        alone : whether no other file measured this commit at this place.
        """
        environment, (source_id, digest) = results.environment.name, came_from
        self._contents.add((results.commit, machine, environment))
        self._is_contested |= not alone
        self.batch.begin_file(results.commit)
        for block in results.blocks:
            self.batch.add(block, ids.of_block(block, machine, environment), source_id)
        counts = np.bincount(np.frombuffer(b"".join([b.status for b in results.blocks]), np.uint8), minlength=3)
        self._places.append(
            (
                machine,
                environment,
                results.commit,
                int(counts[OK]),
                int(counts[FAILED]),
                summaries.came_from(source_id, digest),
            )
        )

    def write(self, connection: Connection, ids: SeriesIds | None, ledger: Ledger) -> None:
        """Write all of it, if it is anything, in one transaction."""
        known = self.runs or self.machines or self._commits or self.refs
        if self.batch.n_points or known or self._replaced or ledger.unwritten():
            in_transaction(connection, lambda: self._write(connection, ids, ledger))

    def _write(self, connection: Connection, ids: SeriesIds | None, ledger: Ledger) -> None:
        gone_series, gone_commits = self._take_out(connection)
        if ids is not None:
            ids.write(connection)
        rows = self.batch.table() if self.batch.n_points else None
        if rows is not None:
            self._write_measurements(connection, rows)
        facts.write_runs(connection, self.runs)
        facts.write_machines(connection, self.machines.values())
        facts.write_environments(connection, self.environments.values())
        facts.write_commits(connection, self._commits.values())
        if self.refs is not None:
            facts.write_refs(connection, *self.refs)
        ledger.write(connection)
        if self._is_reordered:
            summaries.recompute(connection)
        elif self._is_contested or gone_commits:
            here = set() if rows is None else set(rows.column("series_id").unique().to_pylist())
            commits = {commit for _, _, commit, *_ in self._places}
            summaries.recompute(connection, sorted(gone_series | here), sorted(gone_commits | commits))
        elif rows is not None:
            summaries.append(connection, rows, self._places)

    def _take_out(self, connection: Connection) -> tuple[set[int], set[str]]:
        """Delete what is replaced; return the series and the commits that had points of it."""
        if not self._replaced:
            return set(), set()
        gone = connection.execute(
            "SELECT DISTINCT series_id, commit_hash FROM measurements WHERE source_id IN (SELECT unnest(?))",
            [self._replaced],
        ).fetchall()
        for name in ("measurements", "runs", "failures"):
            connection.execute(f"DELETE FROM {name} WHERE source_id IN (SELECT unnest(?))", [self._replaced])
        return {series_id for series_id, _ in gone}, {commit for _, commit in gone}

    def _write_measurements(self, connection: Connection, rows: pa.Table) -> None:
        if not self._is_contested:
            with using(connection, rows) as incoming:
                # A series' points lie together, so that a question for one series looks at a part of the store only.
                connection.execute(f"INSERT INTO measurements BY NAME SELECT * FROM {incoming} ORDER BY series_id")
            return
        same = "m.series_id = c.series_id AND m.commit_hash = c.commit_hash"
        displaced = f"{same} AND (c.status <> 'skipped' OR m.status = 'skipped')"
        kept = f"c.status = 'skipped' AND EXISTS (SELECT 1 FROM measurements m WHERE {same})"
        with using(connection, rows) as incoming:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE contested AS SELECT * FROM {incoming}")
        connection.execute(f"DELETE FROM measurements m USING temp.contested c WHERE {displaced}")
        connection.execute(f"INSERT INTO measurements BY NAME SELECT * FROM temp.contested c WHERE NOT ({kept})")
        connection.execute("DROP TABLE temp.contested")


def in_transaction(connection: Connection, write: Callable[[], object]) -> None:
    """Call `write` in a transaction that is kept whole or not at all."""
    connection.execute("BEGIN")
    try:
        write()
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(duckdb.Error):  # it may have been rolled back by what went wrong
            connection.execute("ROLLBACK")
        raise


def _order(commit: Commit) -> tuple[object, object]:
    return commit.position, commit.committed_at
