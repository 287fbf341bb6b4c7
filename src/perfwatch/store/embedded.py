"""A store in a file: one writer owns it for seconds at a time, and readers open the snapshot published last."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import duckdb

from perfwatch.errors import NothingToCompareError, StoreError, UsageError
from perfwatch.store import migrations, snapshot, thinning
from perfwatch.store.attach import CATALOGUE, attach
from perfwatch.store.connection import Connection
from perfwatch.store.location import Location

# Publication keeps two snapshots: only a reader that slept over two of them in a row finds its file gone.
_ATTEMPTS = 10


class EmbeddedHome:
    """See `home.Home`."""

    def __init__(self, location: Location) -> None:
        self._location = location

    def version(self) -> str:
        return self._published().stem

    def open_to_read(self) -> duckdb.DuckDBPyConnection:
        for attempt in range(_ATTEMPTS):
            path = self._published()
            try:
                connection = attach(path, read_only=True)
            except StoreError:
                if path.exists() or attempt == _ATTEMPTS - 1:
                    raise
                continue
            try:
                migrations.check(connection, str(self._location))
            except BaseException:
                connection.close()
                raise
            return connection
        raise AssertionError("unreachable")

    def open_to_question(self) -> duckdb.DuckDBPyConnection:
        connection = self.open_to_read()
        connection.execute("SET enable_external_access = false")
        connection.execute("SET python_enable_replacements = false")
        connection.execute("SET lock_configuration = true")
        return connection

    def open_to_write(self, wait_s: float) -> duckdb.DuckDBPyConnection:
        if not self._location.path.exists():
            _create(self._location)
        connection = attach(self._location.path, read_only=False, wait_s=wait_s)
        try:
            if migrations.is_older(connection):
                migrations.back_up(connection, self._location.folder)
            migrations.migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def close_written(self, connection: Connection) -> None:
        try:
            if not snapshot.is_current(self._location):
                connection.execute(f"CHECKPOINT {CATALOGUE}")
                snapshot.publish(self._location)
        finally:
            connection.close()

    def release(self, connection: Connection) -> None:
        connection.close()

    def compacted(self, connection: Connection) -> Connection:
        new = self._location.folder / f"compact-{os.getpid()}.tmp"
        try:
            connection.execute(f"CHECKPOINT {CATALOGUE}")
            thinning.copy_compact(connection, new)
            # Locked under its own name, so that nobody writes into it before the old one is let go of, and the old one
            # until it has no name any more; see `attach`.
            with attach(new, read_only=False):
                new.replace(self._location.path)
                connection.close()
        except OSError as error:
            raise StoreError(f"{self._location}: was not compacted ({error.strerror or error}); it is whole") from error
        finally:
            new.unlink(missing_ok=True)
        return self.open_to_write(_REOPEN_S)

    def _published(self) -> Path:
        path = snapshot.published(self._location)
        if path is not None and self._location.path.exists():
            return path
        _refuse_foreign(self._location)
        what = "nothing is published yet" if self._location.path.exists() else "no store here yet"
        raise NothingToCompareError(f"{self._location}: {what}; run `perfwatch ingest`")


# Another writer may be quicker after a compaction.
_REOPEN_S = 60.0


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


def _create(location: Location) -> None:
    """Make an empty store at `location` in one step: who is killed meanwhile leaves none, rather than half of one."""
    if not location.path.parent.is_dir():
        raise UsageError(f"store: {location.path.parent} is no folder; make it, or name another file with --store")
    new = location.folder / f"new-{os.getpid()}.duckdb"
    try:
        location.folder.mkdir(exist_ok=True)
        new.unlink(missing_ok=True)
        with attach(new, read_only=False) as connection:
            migrations.migrate(connection)
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
