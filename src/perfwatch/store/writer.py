"""The only writer: it owns the store's file for as long as it writes, and publishes a snapshot when it is done."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import numpy as np
from numpy.typing import NDArray

from perfwatch.errors import StoreError, UsageError
from perfwatch.model import Acceptance, Commit, Event, Triage, Verdict
from perfwatch.sources.asv import FoundFile
from perfwatch.sources.formats import Origin
from perfwatch.store import archive, calibrations, facts, outbox, snapshot, thinning
from perfwatch.store import verdicts as said
from perfwatch.store.attach import CATALOGUE, DAMAGE, attach, first_line, interruptible
from perfwatch.store.ingest import BATCH_POINTS, Ingest, find
from perfwatch.store.loaded import IngestReport, Progress
from perfwatch.store.location import Location
from perfwatch.store.migrations import back_up, is_older, migrate

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

    def __init__(self, location: Location, wait_s: float = 10.0) -> None:
        self._location = location
        self._wait_s = wait_s
        self._open_connection: duckdb.DuckDBPyConnection | None = None

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
        *,
        verify: bool = False,
        progress: Progress | None = None,
        batch_points: int = BATCH_POINTS,
    ) -> IngestReport:
        """Load an asv results tree and the run records beside it; return what was loaded and what was not.

        Parameters
        ----------
        commits : git's first-parent line, oldest first (`sources.git.first_parents`); empty where there is no git.
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
                return ingest.load(results_dir, files, commits, progress)
        except DAMAGE as error:
            raise self._broken(error) from error

    def load_reports(
        self,
        files: Sequence[FoundFile],
        commits: Sequence[Commit] = (),
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
        commits, verify, progress : as `load`'s.
        origin : what holds for figures whose report does not say it.
        format_name : one of `sources.formats`; None to tell each file by its content.

        Errors
        ------
        UsageError : no such format, or nobody says which commit was measured, or where.
        """
        connection = self._connection()
        try:
            with interruptible():
                ingest = Ingest(connection, verify=verify, origin=origin, format_name=format_name)
                return ingest.load_reports(files, commits, progress)
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
        """Put a file without the space of what was taken out in the place of the store's; its content is the same."""
        connection, new = self._connection(), self._location.folder / f"compact-{os.getpid()}.tmp"
        try:
            with interruptible():
                connection.execute(f"CHECKPOINT {CATALOGUE}")
                thinning.copy_compact(connection, new)
            # Locked under its own name, so that nobody writes into it before the old one is let go of, and the old one
            # until it has no name any more; see `attach`.
            with attach(new, read_only=False):
                new.replace(self._location.path)
                self._open_connection = None
                connection.close()
        except DAMAGE as error:
            raise self._broken(error) from error
        except OSError as error:
            raise StoreError(f"{self._location}: was not compacted ({error.strerror or error}); it is whole") from error
        finally:
            new.unlink(missing_ok=True)
        self._connection()

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
        """Put messages into the outbox, each key once; return how many are new."""
        try:
            return outbox.write_queued(self._connection(), deliveries)
        except DAMAGE as error:
            raise self._broken(error) from error

    def attempted(self, idempotency_key: str, status: outbox.DeliveryStatus, error: str | None = None) -> None:
        """Keep what came of one more attempt at a message."""
        try:
            outbox.write_attempt(self._connection(), idempotency_key, status, error)
        except DAMAGE as damage:
            raise self._broken(damage) from damage

    def close(self) -> None:
        """Publish what is committed and give the file free; nothing where nothing was opened."""
        connection, self._open_connection = self._open_connection, None
        if connection is None:
            return
        try:
            if not snapshot.is_current(self._location):
                connection.execute(f"CHECKPOINT {CATALOGUE}")
                snapshot.publish(self._location)
        except DAMAGE as error:
            raise self._broken(error) from error
        finally:
            connection.close()

    def _connection(self) -> duckdb.DuckDBPyConnection:
        if self._open_connection is None:
            if not self._location.path.exists():
                _create(self._location)
            connection = attach(self._location.path, read_only=False, wait_s=self._wait_s)
            try:
                if is_older(connection):
                    back_up(connection, self._location.folder)
                migrate(connection)
            except DAMAGE as error:
                connection.close()
                raise self._broken(error) from error
            except BaseException:
                connection.close()
                raise
            self._open_connection = connection
        return self._open_connection

    def _broken(self, error: duckdb.Error) -> StoreError:
        return StoreError(
            f"{self._location}: could not be written ({first_line(str(error))}); nothing of it was kept by halves"
        )


def _create(location: Location) -> None:
    """Make an empty store at `location` in one step: who is killed meanwhile leaves none, rather than half of one."""
    if not location.path.parent.is_dir():
        raise UsageError(f"store: {location.path.parent} is no folder; make it, or name another file with --store")
    new = location.folder / f"new-{os.getpid()}.duckdb"
    try:
        location.folder.mkdir(exist_ok=True)
        new.unlink(missing_ok=True)
        with attach(new, read_only=False) as connection:
            migrate(connection)
        # link, unlike rename, fails where another process has been quicker; its store is as good.
        os.link(new, location.path)
    except FileExistsError:
        pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(f"{location}: cannot be created ({reason}); check that its folder is writable") from error
    finally:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
