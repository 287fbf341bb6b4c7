"""Where a store is: a file, a server that owns one, or a lake over PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from perfwatch.errors import UsageError

_LAKE = "ducklake:"
_SERVER = "quack:"
SERVER_PORT = 9494
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_EXAMPLE = "ducklake:postgresql://bench@db.example.org/lake?data_path=s3://bucket/perfwatch"


@dataclass(frozen=True)
class Location:
    """An embedded store: the writer's file, and beside it the folder of published snapshots."""

    path: Path

    @property
    def folder(self) -> Path:
        """Return the folder that holds the snapshots and the pointer to the newest."""
        return self.path.with_name(f"{self.path.name}.d")

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True)
class LakeLocation:
    """A lake: its catalogue in a PostgreSQL database, its rows as Parquet files in a folder or a bucket.

    Attributes
    ----------
    database : libpq's URI of the database; the password is libpq's to find, in PGPASSWORD or ~/.pgpass.
    data_path : where the files are; None where the catalogue knows already.
    """

    database: str
    data_path: str | None

    def __str__(self) -> str:
        return f"{_LAKE}{self.database.partition('?')[0]}"


@dataclass(frozen=True)
class ServerLocation:
    """A server: `perfwatch serve`, where it listens or where a proxy takes its place.

    Attributes
    ----------
    tls : whether it is spoken to through TLS; by default, unless it is on this machine.
    """

    host: str
    port: int
    tls: bool

    @property
    def uri(self) -> str:
        """Return the address as Quack has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{_SERVER}{host}:{self.port}"

    def __str__(self) -> str:
        return self.uri


AnyLocation = Location | ServerLocation | LakeLocation


def parse(text: str | Path) -> AnyLocation:
    """Return the location that `text` names; a path is made absolute.

    Errors
    ------
    UsageError : an empty text, a folder, no address of a server or of a lake.
    """
    if isinstance(text, str):
        if not text.strip():
            raise UsageError("store: the location is empty; name a file, for example perfwatch.duckdb")
        if text.startswith(_SERVER):
            return _server(text)
        if text.startswith(_LAKE):
            return _lake(text)
    path = Path(text).expanduser().absolute()
    if path.is_dir():
        raise UsageError(f"store: {path} is a folder; name a file in it, for example {path / 'perfwatch.duckdb'}")
    return Location(path)


def host_and_port(text: str) -> tuple[str, int]:
    """Return the host and the port of `host`, `host:port` or `[host]:port`.

    Errors
    ------
    UsageError : there is no host, or no port between 1 and 65535.
    """
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.username or parts.path.strip("/") or port == 0:
        raise UsageError(f"store: {text!r} is no host and port; write for example localhost:{SERVER_PORT}")
    return host, port or SERVER_PORT


def _server(text: str) -> ServerLocation:
    address, _, query = text.removeprefix(_SERVER).removeprefix("//").partition("?")
    host, port = host_and_port(address)
    tls = dict(parse_qsl(query)).get("tls", "no" if host in _LOOPBACK else "yes")
    if tls not in ("yes", "no"):
        raise UsageError(f"store: tls={tls} is neither yes nor no; write for example {_SERVER}{address}?tls=no")
    return ServerLocation(host, port, tls == "yes")


def _lake(text: str) -> LakeLocation:
    parts = urlsplit(text.removeprefix(_LAKE))
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise UsageError(f"store: {_LAKE} names no PostgreSQL database; write for example {_EXAMPLE}")
    options = dict(parse_qsl(parts.query))
    if parts.password is not None or "password" in options:
        # DuckDB's errors repeat the address they were given.
        raise UsageError("store: a password stands in the lake's address; give it in PGPASSWORD or in ~/.pgpass")
    data_path = options.pop("data_path", None)
    return LakeLocation(urlunsplit(parts._replace(query=urlencode(options))), data_path)
