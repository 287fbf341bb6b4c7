"""The only writer: it owns the store's file for as long as it writes, and publishes a snapshot when it is done."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import numpy as np
from numpy.typing import NDArray

from perfwatch.errors import SourceError, StoreError
from perfwatch.model import Acceptance, Commit, Event, Ref, Triage, Verdict
from perfwatch.sources import formats
from perfwatch.sources.asv import FoundFile
from perfwatch.sources.formats import Origin
from perfwatch.store import archive, calibrations, facts, outbox, thinning
from perfwatch.store import verdicts as said
from perfwatch.store.attach import DAMAGE, first_line, interruptible
from perfwatch.store.connection import Connection
from perfwatch.store.home import home_of
from perfwatch.store.ingest import BATCH_POINTS, Ingest, find
from perfwatch.store.loaded import IngestReport, Progress
from perfwatch.store.location import AnyLocation

__all__ = ["IngestReport", "Writer"]


class Writer:
    """Writes to one store; a context manager.

    The file is opened, created or migrated at the first write, so that a wrong argument leaves nothing behind; a store
    of an older schema is first copied beside the snapshots (`schema-N.duckdb`), where it stays. Leaving
    the context publishes what is committed, also after an exception: a transaction is whole or it is not there.

    Parameters
    ----------
    wait_s : how long to wait for another writer to finish, seconds.

    Errors
    ------
    StoreError : from every method, where the store is locked, foreign, newer than this program, or damaged.
    """

    def __init__(self, location: AnyLocation, wait_s: float = 10.0) -> None:
        self._location, self._home = location, home_of(location)
        self._wait_s = wait_s
        self._open_connection: Connection | None = None
        self._is_resting = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def load(
        self,
        results_dir: Path,
        runs_dir: Path | None = None,
        commits: Sequence[Commit] = (),
        refs: Sequence[Ref] | None = None,
        *,
        verify: bool = False,
        progress: Progress | None = None,
        batch_points: int = BATCH_POINTS,
    ) -> IngestReport:
        """Load an asv results tree and the run records beside it; return what was loaded and what was not.

        Parameters
        ----------
        commits : git's first-parent line, oldest first (`sources.git.first_parents`); empty where there is no git.
        refs : all names git has for commits (`sources.git.refs`), in place of those of before; None where there is no
            git, and they are kept.
        verify : read and digest every file instead of trusting size, time and inode.
        progress : called with (files done, files in all, path) after each file.
        batch_points : how many points make a transaction; a file is never split.

        Errors
        ------
        UsageError : no such results folder.
        """
        results_dir = results_dir.absolute()
        files = find(results_dir, runs_dir.absolute() if runs_dir else None)
        connection = self._connection()
        try:
            with interruptible():
                ingest = Ingest(connection, verify=verify, batch_points=batch_points)
                return ingest.load(results_dir, files, commits, refs, progress)
        except DAMAGE as error:
            raise self._broken(error) from error

    def load_reports(
        self,
        files: Sequence[FoundFile],
        commits: Sequence[Commit] = (),
        refs: Sequence[Ref] | None = None,
        *,
        origin: Origin | None = None,
        format_name: str | None = None,
        verify: bool = False,
        progress: Progress | None = None,
    ) -> IngestReport:
        """Load reports of other tools; return what was loaded and what was not.

        Parameters
        ----------
        files : as `sources.reports.found` gives them.
        commits, refs, verify, progress : as `load`'s.
        origin : what holds for figures whose report does not say it.
        format_name : one of `sources.formats`; None to tell each file by its content.

        Errors
        ------
        UsageError : no such format, or nobody says which commit was measured, or where.
        """
        if files:
            # What is missing of the first is asked for before a store is made.
            with contextlib.suppress(SourceError, OSError):
                formats.read(files[0].path.read_bytes(), files[0].path, origin or Origin(), format_name)
        connection = self._connection()
        try:
            with interruptible():
                ingest = Ingest(connection, verify=verify, origin=origin, format_name=format_name)
                return ingest.load_reports(files, commits, refs, progress)
        except DAMAGE as error:
            raise self._broken(error) from error

    def restore(self, folder: Path) -> dict[str, int]:
        """Load an export into this store, which must hold nothing yet; return the rows of each table.

        Errors
        ------
        SourceError : no whole export; nothing is kept of it.
        UsageError : the store holds something.
        """
        archive.check(folder)
        connection = self._connection()
        connection.execute("BEGIN")
        try:
            with interruptible():
                rows = archive.read(connection, folder)
            connection.execute("COMMIT")
        except DAMAGE as error:
            raise self._broken(error) from error
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        return rows

    def thin(
        self,
        machine: str,
        environment: str,
        gone: tuple[NDArray[np.int32], Sequence[str]],
        commits_gone: Sequence[str],
        bare: Sequence[str],
        state: Mapping[str, Any] | None,
    ) -> None:
        """Take points out of a place, whole or not at all; see `thinning.thin`."""
        connection = self._connection()
        try:
            with interruptible():
                thinning.thin(connection, machine, environment, gone, commits_gone, bare, state)
        except DAMAGE as error:
            raise self._broken(error) from error

    def compact(self) -> None:
        """Give the space of what was taken out back; the content stays the same."""
        connection, self._open_connection = self._connection(), None
        try:
            with interruptible():
                self._open_connection = self._home.compacted(connection)
        except DAMAGE as error:
            raise self._broken(error) from error

    def accept(self, word: Acceptance) -> None:
        """Keep somebody's word that the fingerprint of a commit is right."""
        try:
            facts.write_acceptance(self._connection(), word)
        except DAMAGE as error:
            raise self._broken(error) from error

    def keep(
        self,
        machine: str,
        environment: str,
        commit: str,
        *,
        verdicts: Sequence[Verdict],
        events: Sequence[Event],
        factors: Mapping[str, float],
        settings: Mapping[str, Any],
        inputs_digest: str,
        state: Mapping[str, Any] | None,
    ) -> None:
        """Keep what was said of a commit at one place, whole or not at all; see `verdicts.write_judgement`."""
        try:
            said.write_judgement(
                self._connection(),
                machine,
                environment,
                commit,
                verdicts=verdicts,
                events=events,
                factors=factors,
                settings=settings,
                inputs_digest=inputs_digest,
                state=state,
            )
        except DAMAGE as error:
            raise self._broken(error) from error

    def happened(self, events: Sequence[Event]) -> None:
        """Keep events that no judgement found, whole or not at all; see `verdicts.write_events`."""
        try:
            said.write_events(self._connection(), events)
        except DAMAGE as error:
            raise self._broken(error) from error

    def triage(self, word: Triage) -> None:
        """Keep somebody's word on an event; the words before it stay."""
        try:
            said.write_triage(self._connection(), word)
        except DAMAGE as error:
            raise self._broken(error) from error

    def calibrate(self, found: Sequence[calibrations.Calibration]) -> None:
        """Keep what is known of the noise; the older figures stay."""
        try:
            calibrations.write_calibrations(self._connection(), found)
        except DAMAGE as error:
            raise self._broken(error) from error

    def queue(self, deliveries: Sequence[outbox.Delivery]) -> int:
        """Put messages into the outbox, each key once; return how many are new; see `outbox.write_queued`."""
        try:
            return outbox.write_queued(self._connection(), deliveries)
        except DAMAGE as error:
            raise self._broken(error) from error

    def attempted(self, attempts: Sequence[outbox.Attempt]) -> None:
        """Keep what came of one more attempt at each of these messages."""
        try:
            outbox.write_attempts(self._connection(), attempts)
        except DAMAGE as error:
            raise self._broken(error) from error

    def retry(self, idempotency_keys: Sequence[str], now: datetime) -> None:
        """Let messages wait as if they had just been queued; those that arrived stay as they are."""
        try:
            outbox.write_retried(self._connection(), idempotency_keys, now)
        except DAMAGE as error:
            raise self._broken(error) from error

    def rest(self) -> None:
        """Let others write until the next write here; what is committed is published by them, or when this is closed.

        A file is published by copying it: whoever writes a little every few seconds rests in between.
        """
        connection, self._open_connection = self._open_connection, None
        if connection is None:
            return
        self._is_resting = True
        try:
            self._home.release(connection)
        except DAMAGE as error:
            raise self._broken(error) from error

    def close(self) -> None:
        """Publish what is committed and give the file free; nothing where nothing was opened."""
        if self._is_resting:
            self._connection()
        connection, self._open_connection, self._is_resting = self._open_connection, None, False
        if connection is None:
            return
        try:
            self._home.close_written(connection)
        except DAMAGE as error:
            raise self._broken(error) from error

    def _connection(self) -> Connection:
        if self._open_connection is None:
            try:
                self._open_connection = self._home.open_to_write(self._wait_s)
            except DAMAGE as error:
                raise self._broken(error) from error
        return self._open_connection

    def _broken(self, error: duckdb.Error) -> StoreError:
        return StoreError(
            f"{self._location}: could not be written ({first_line(str(error))}); nothing of it was kept by halves"
        )
