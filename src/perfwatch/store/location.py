"""Where a store is: a file, or a lake over PostgreSQL; a server (`quack:`) is named, so that it fails clearly."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from perfwatch.errors import UsageError

_LAKE = "ducklake:"
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


def parse(text: str | Path) -> Location | LakeLocation:
    """Return the location that `text` names; a path is made absolute.

    Errors
    ------
    UsageError : an empty text, a folder, no address of a lake, or a kind of store that does not exist yet.
    """
    if isinstance(text, str):
        if not text.strip():
            raise UsageError("store: the location is empty; name a file, for example perfwatch.duckdb")
        if text.startswith("quack:"):
            raise UsageError("store: quack: is not yet supported; name a file, for example perfwatch.duckdb")
        if text.startswith(_LAKE):
            return _lake(text)
    path = Path(text).expanduser().absolute()
    if path.is_dir():
        raise UsageError(f"store: {path} is a folder; name a file in it, for example {path / 'perfwatch.duckdb'}")
    return Location(path)


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
