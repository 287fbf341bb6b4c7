"""A store in a lake: DuckLake's catalogue in PostgreSQL, rows as Parquet on a disk or in a bucket.

Readers attach one snapshot of the lake; the one writer holds a lock of the database's, which goes with its connection.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import duckdb

from perfwatch.errors import NothingToCompareError, StoreError, UsageError
from perfwatch.store import migrations
from perfwatch.store.attach import CATALOGUE, first_line
from perfwatch.store.connection import Connection
from perfwatch.store.extensions import load
from perfwatch.store.location import LakeLocation

if TYPE_CHECKING:
    import psycopg

# A number of perfwatch's own among the advisory locks of a database.
_LOCK = 0x70657266
_RETRY_S = 0.05
_SNAPSHOTS_STAY = "1 day"


class LakeHome:
    """See `home.Home`."""

    def __init__(self, location: LakeLocation) -> None:
        self._location = location
        self._lock: psycopg.Connection[Any] | None = None

    def version(self) -> str:
        with self._postgres() as database:
            known = database.execute("SELECT to_regclass('ducklake_snapshot')").fetchone()
            newest = None
            if known and known[0]:
                newest = database.execute("SELECT max(snapshot_id) FROM ducklake_snapshot").fetchone()
        if not newest or newest[0] is None:
            raise NothingToCompareError(f"{self._location}: no store here yet; run `perfwatch ingest`")
        return str(newest[0])

    def open_to_read(self) -> duckdb.DuckDBPyConnection:
        connection = self._attached(f"READ_ONLY, SNAPSHOT_VERSION {int(self.version())}")
        try:
            migrations.check(connection, str(self._location))
        except BaseException:
            connection.close()
            raise
        return connection

    def open_to_question(self) -> duckdb.DuckDBPyConnection:
        connection = self.open_to_read()
        # Files have to be seen: the lake's are among them. Whose command line it is may see this machine's anyway.
        connection.execute("SET python_enable_replacements = false")
        connection.execute("SET lock_configuration = true")
        return connection

    def open_to_write(self, wait_s: float) -> duckdb.DuckDBPyConnection:
        self._lock = self._locked(wait_s)
        try:
            connection = self._attached("" if self._location.data_path is None else f"DATA_PATH {self._data_path()}")
            try:
                migrations.migrate(connection)
            except BaseException:
                connection.close()
                raise
        except BaseException:
            self._unlock()
            raise
        return connection

    def close_written(self, connection: Connection) -> None:
        try:
            connection.close()
        finally:
            self._unlock()

    def release(self, connection: Connection) -> None:
        self.close_written(connection)

    def compacted(self, connection: Connection) -> Connection:
        connection.execute(f"CALL ducklake_rewrite_data_files('{CATALOGUE}')")
        connection.execute(f"CALL ducklake_merge_adjacent_files('{CATALOGUE}')")
        # A reader may be at an older snapshot; none is for a day.
        old = f"now() - INTERVAL '{_SNAPSHOTS_STAY}'"
        connection.execute(f"CALL ducklake_expire_snapshots('{CATALOGUE}', older_than => {old})")
        connection.execute(f"CALL ducklake_cleanup_old_files('{CATALOGUE}', older_than => {old})")
        return connection

    def _attached(self, options: str) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": False})
        try:
            load(connection, "postgres_scanner", "ducklake")
            _give_secrets(connection)
            lake = "'ducklake:postgres:" + self._location.database.replace("'", "''") + "'"
            connection.execute(
                f"ATTACH {lake} AS {CATALOGUE} ({options})" if options else f"ATTACH {lake} AS {CATALOGUE}"
            )
            connection.execute(f"USE {CATALOGUE}")
        except duckdb.Error as error:
            connection.close()
            raise self._closed("opened", error) from error
        except BaseException:
            connection.close()
            raise
        return connection

    def _data_path(self) -> str:
        return "'" + str(self._location.data_path).replace("'", "''") + "'"

    def _postgres(self) -> psycopg.Connection[Any]:
        try:
            import psycopg
        except ImportError as error:
            raise UsageError("store: a lake needs more than perfwatch alone; pip install 'perfwatch[team]'") from error
        try:
            return psycopg.connect(self._location.database, autocommit=True, connect_timeout=10)
        except psycopg.Error as error:
            raise self._closed("reached", error) from error

    def _locked(self, wait_s: float) -> psycopg.Connection[Any]:
        """Return a connection that holds the lock of the only writer; it goes with the connection, killed or not."""
        deadline, database = time.monotonic() + wait_s, self._postgres()
        while True:
            got = database.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK]).fetchone()
            if got and got[0]:
                return database
            if time.monotonic() >= deadline:
                database.close()
                raise StoreError(
                    f"{self._location}: locked by another writer for more than {wait_s:g} s; wait until it ends, "
                    "then try again"
                )
            time.sleep(_RETRY_S)

    def _closed(self, what: str, error: Exception) -> StoreError:
        return StoreError(f"{self._location}: cannot be {what} ({first_line(str(error))}); is the database up?")

    def _unlock(self) -> None:
        database, self._lock = self._lock, None
        if database is not None:
            database.close()


def _give_secrets(connection: duckdb.DuckDBPyConnection) -> None:
    """Let a connection into the bucket that the usual variables of S3 name; nothing where they are not set."""
    key, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    if not key or not secret:
        return
    load(connection, "httpfs")
    options = {"KEY_ID": key, "SECRET": secret, "REGION": os.environ.get("AWS_REGION", "us-east-1")}
    if token := os.environ.get("AWS_SESSION_TOKEN"):
        options["SESSION_TOKEN"] = token
    told = [f"{name} '" + value.replace("'", "''") + "'" for name, value in options.items()]
    if endpoint := os.environ.get("AWS_ENDPOINT_URL"):
        parts = urlsplit(endpoint)
        told += [f"ENDPOINT '{parts.netloc}'", "URL_STYLE 'path'", f"USE_SSL {str(parts.scheme == 'https').lower()}"]
    connection.execute(f"CREATE SECRET (TYPE s3, {', '.join(told)})")
