"""A store behind a server: `perfwatch serve` owns the file, and others read and write it over DuckDB's Quack protocol.

A reader keeps to one state by a read transaction of its own. The one writer holds a lease, renewed while it lives; when
one lapses, the server cuts every session before it lets the next writer in, so that whoever slept cannot write on.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import uuid
from collections.abc import Callable

import duckdb

from perfwatch.errors import StoreError, UsageError
from perfwatch.store import migrations
from perfwatch.store.attach import CATALOGUE
from perfwatch.store.connection import Connection
from perfwatch.store.location import ServerLocation
from perfwatch.store.remote import RemoteConnection

TOKEN = "PERFWATCH_TOKEN"
LEASE = "serving.lease"
# How many times a writer says that it lives while the server would wait for it.
_RENEWALS = 5
_RETRY_S = 0.05


class QuackHome:
    """See `home.Home`."""

    def __init__(self, location: ServerLocation) -> None:
        self._location = location
        self._lease: Lease | None = None

    def version(self) -> str:
        session = self._session()
        try:
            return _version(session)
        finally:
            session.close()

    def open_to_read(self) -> Connection:
        session = self._session()
        try:
            session.execute("BEGIN TRANSACTION READ ONLY")
            migrations.check(session, str(self._location))
        except BaseException:
            session.close()
            raise
        return session

    def open_to_question(self) -> Connection:
        # The server sees no files but its store's, and a session none of this process' variables.
        return self.open_to_read()

    def open_to_write(self, wait_s: float) -> Connection:
        self._lease = Lease(self._session, str(self._location), wait_s)
        try:
            session = self._session()
            try:
                migrations.check(session, str(self._location))
            except BaseException:
                session.close()
                raise
        except BaseException:
            self._lease.give_back()
            raise
        return session

    def close_written(self, connection: Connection) -> None:
        connection.close()
        lease, self._lease = self._lease, None
        if lease is not None:
            lease.give_back()

    def release(self, connection: Connection) -> None:
        self.close_written(connection)

    def compacted(self, connection: Connection) -> Connection:
        # The space is used again, and the file stays as large: only its owner could put another in its place.
        connection.execute(f"CHECKPOINT {CATALOGUE}")
        return connection

    def _session(self) -> RemoteConnection:
        return RemoteConnection.to(self._location.uri, str(self._location), _token(), tls=self._location.tls)


class Lease:
    """The right to write, held from when this returns until it is given back, and renewed meanwhile.

    Parameters
    ----------
    connect : makes a session; that of the lease is its own, and closed when it is given back.

    Errors
    ------
    StoreError : another writer held it for longer than `wait_s` seconds, or nobody answers.
    """

    def __init__(self, connect: Callable[[], Connection], location: str, wait_s: float) -> None:
        self._holder = uuid.uuid4().hex
        self._session = self._taken(connect, location, time.monotonic() + wait_s, wait_s)
        [(lasts_s,)] = self._session.execute(f"SELECT epoch(lasts) FROM {LEASE}").fetchall()
        self._renew_s = float(lasts_s) / _RENEWALS
        self._is_over = threading.Event()
        self._renewing = threading.Thread(target=self._renew, name="perfwatch-lease", daemon=True)
        self._renewing.start()

    def give_back(self) -> None:
        """Let the next writer in, and let readers know that there is something new."""
        self._is_over.set()
        self._renewing.join()
        try:
            persistently(self._session, f"UPDATE {LEASE} SET holder = NULL, generation = generation + 1 {self._mine}")
        finally:
            self._session.close()

    @property
    def _mine(self) -> str:
        return f"WHERE holder = '{self._holder}' RETURNING generation"

    def _taken(self, connect: Callable[[], Connection], location: str, deadline: float, wait_s: float) -> Connection:
        session: Connection | None = connect()
        while True:
            try:
                session = session or connect()
                if take(session, self._holder):
                    return session
            except StoreError:
                # When a lease lapses, the server cuts every session, also those that wait.
                session = None
                if time.monotonic() >= deadline:
                    raise
            except BaseException:
                if session is not None:
                    session.close()
                raise
            if time.monotonic() >= deadline and session is not None:
                session.close()
                raise StoreError(
                    f"{location}: locked by another writer for more than {wait_s:g} s; wait until it ends, "
                    "then try again"
                )
            time.sleep(_RETRY_S)

    def _renew(self) -> None:
        while not self._is_over.wait(self._renew_s):
            # A server that went away has let go of the other session, too: that one's next statement says so.
            with contextlib.suppress(StoreError, duckdb.Error):
                persistently(self._session, f"UPDATE {LEASE} SET until = {_LAPSES} {self._mine}")


_LAPSES = "now()::TIMESTAMP + lasts"


def take(connection: Connection, holder: str) -> bool:
    """Return whether the lease was free, and is the holder's now."""
    try:
        free = f"UPDATE {LEASE} SET holder = ?, until = {_LAPSES} WHERE holder IS NULL RETURNING generation"
        return bool(connection.execute(free, [holder]).fetchall())
    except duckdb.Error as error:
        # Somebody took it in the same moment.
        if not is_conflict(error):
            raise
        return False


def persistently(connection: Connection, statement: str) -> list[tuple[int]]:
    """Return the answer to a statement on the lease, said again while somebody else's gets in its way."""
    while True:
        try:
            return connection.execute(statement).fetchall()
        except duckdb.Error as error:
            if not is_conflict(error):
                raise
        time.sleep(_RETRY_S)


def is_conflict(error: duckdb.Error) -> bool:
    """Return whether a DuckDB error means that another transaction changed the same row."""
    return "onflict" in str(error)


def _version(session: Connection) -> str:
    row = session.execute(f"SELECT started || '-' || generation FROM {LEASE}").fetchone()
    return str(row[0])


def _token() -> str:
    token = os.environ.get(TOKEN, "")
    if not token:
        raise UsageError(f"store: a server asks for a token; give the one of `perfwatch serve` in {TOKEN}")
    return token
