"""The server behind `quack:`: it owns a store's file, and others read and write it over DuckDB's Quack protocol."""

from __future__ import annotations

import socket
import uuid
from types import TracebackType
from typing import Self

import duckdb

from perfwatch.errors import StoreError, UsageError
from perfwatch.store import snapshot
from perfwatch.store.attach import CATALOGUE, first_line
from perfwatch.store.embedded import EmbeddedHome
from perfwatch.store.extensions import load
from perfwatch.store.location import Location, ServerLocation
from perfwatch.store.quack import LEASE, persistently, take

# Quack itself takes four characters; such a token is found by trying.
MIN_TOKEN_CHARS = 16
_SELF = "server"


class Server:
    """Serves one store from its making until it is closed; a context manager.

    Whoever has the token may read and write the store, and reaches nothing else of this machine.

    Parameters
    ----------
    location : the store's file; made or migrated where need be, and locked for others meanwhile.
    address : where to listen.
    token : what clients have to give.
    lease_s : how long a writer may say nothing before it counts as gone, seconds.
    wait_s : how long to wait for another writer to end, seconds.

    Errors
    ------
    UsageError : a token that is too short.
    StoreError : the store is locked, foreign, newer or damaged; or the address cannot be listened at.
    """

    def __init__(
        self, location: Location, address: ServerLocation, token: str, lease_s: float, wait_s: float = 10.0
    ) -> None:
        if len(token) < MIN_TOKEN_CHARS:
            raise UsageError(f"serve: the token has {len(token)} characters; give one of {MIN_TOKEN_CHARS} or more")
        self._location, self._address, self._token = location, address, token
        self._home, self._published = EmbeddedHome(location), 0 if snapshot.is_current(location) else -1
        self._connection = self._home.open_to_write(wait_s)
        # Held open: closing any descriptor of the file would give DuckDB's lock on it away.
        self._file = location.path.open("rb")
        try:
            load(self._connection, "httpfs", "quack")
            self._connection.execute("ATTACH ':memory:' AS serving")
            self._connection.execute(
                f"CREATE TABLE {LEASE} AS SELECT '{uuid.uuid4().hex[:8]}' AS started, 0 AS generation, "
                f"NULL::VARCHAR AS holder, NULL::TIMESTAMP AS until, to_milliseconds({round(1000 * lease_s)}) AS lasts"
            )
            if self._published < 0:
                self._publish()
            _refuse_taken(address)
            self._listen()
            # From here on sessions see the store alone: no file, no other server, no setting.
            self._connection.execute("SET enable_external_access = false")
            self._connection.execute("SET lock_configuration = true")
        except BaseException:
            self._connection.close()
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def tend(self) -> None:
        """Cut the sessions of a writer that is gone, and publish what another one has finished; to be called often."""
        if self._connection.execute(
            f"SELECT 1 FROM {LEASE} WHERE holder IS NOT NULL AND until < now()::TIMESTAMP"
        ).fetchall():
            self._cut()
        if self._generation() != self._published and take(self._connection, _SELF):
            try:
                self._publish()
            finally:
                self._free()

    def close(self) -> None:
        """Stop listening, publish what is committed, and give the file free."""
        try:
            self._connection.execute(f"CALL quack_stop('{self._address.uri}')").fetchall()
        finally:
            self._home.close_written(self._connection)
            self._file.close()

    def _listen(self) -> None:
        everywhere = str(self._address.host not in ("localhost", "127.0.0.1", "::1")).lower()
        try:
            self._connection.execute(
                f"CALL quack_serve('{self._address.uri}', token := ?, allow_other_hostname := {everywhere})",
                [self._token],
            ).fetchall()
        except duckdb.Error as error:
            reason = first_line(str(error)).replace(self._token, "…")
            raise StoreError(f"{self._address}: cannot be listened at ({reason}); name another with --listen") from None

    def _cut(self) -> None:
        # Quack has no way to end one session alone; what they had not committed is rolled back with them.
        self._connection.execute(f"CALL quack_stop('{self._address.uri}')").fetchall()
        self._free(", generation = generation + 1")
        self._listen()

    def _free(self, and_set: str = "") -> None:
        persistently(self._connection, f"UPDATE {LEASE} SET holder = NULL, until = NULL{and_set} RETURNING generation")

    def _generation(self) -> int:
        [(generation,)] = self._connection.execute(f"SELECT generation FROM {LEASE}").fetchall()
        return int(generation)

    def _publish(self) -> None:
        # Who reads the file's snapshots on this machine sees what others see through the server.
        generation = self._generation()
        self._connection.execute(f"CHECKPOINT {CATALOGUE}")
        snapshot.publish(self._location, self._file)
        self._published = generation


def _refuse_taken(address: ServerLocation) -> None:
    """Raise StoreError if somebody listens there: Quack would share the port, and clients would come to either."""
    try:
        kind, *_, where = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
            probe.listen()
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(f"{address}: cannot be listened at ({reason}); name another with --listen") from error
