"""The schema by numbered steps: `schema/NNNN_name.sql`, each applied in one transaction with the record of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from perfwatch.errors import NothingToCompareError, StoreError
from perfwatch.store.attach import CATALOGUE, quoted
from perfwatch.store.connection import Connection

_FOLDER = Path(__file__).parent / "schema"
_RECORD = "schema_version"


def newest(folder: Path = _FOLDER) -> int:
    """Return the number of the newest schema this program knows."""
    return max(number for number, _ in _steps(folder))


def version(connection: Connection) -> int:
    """Return the number of the schema an attached store has, 0 for one without any table.

    Errors
    ------
    StoreError : a DuckDB file that holds something else.
    """
    found = connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = ?", [CATALOGUE]).fetchall()
    tables = sorted(name for (name,) in found)
    if not tables:
        return 0
    if _RECORD not in tables or "measurements" not in tables:
        shown = ", ".join(tables[:3]) + (", …" if len(tables) > 3 else "")
        raise StoreError(
            f"{_path(connection)}: a DuckDB file of something else (tables {shown}); name another with --store"
        )
    newest_applied = connection.execute(f"SELECT max(version) FROM {_RECORD}").fetchone()
    return int(newest_applied[0]) if newest_applied and newest_applied[0] is not None else 0


def migrate(connection: Connection, folder: Path = _FOLDER) -> None:
    """Bring an attached store to the newest schema; nothing is written where it has it.

    Errors
    ------
    StoreError : a file that holds something else, or a store of a newer program.
    """
    have = version(connection)
    refuse_newer(connection, have, folder)
    steps = [step for step in _steps(folder) if step[0] > have]
    # A new store is made at once: nobody sees it half made. An older one goes step by step.
    for group in [steps] if not have else [[step] for step in steps]:
        connection.execute("BEGIN")
        try:
            for number, path in group:
                _apply(connection, number, path)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


def _apply(connection: Connection, number: int, path: Path) -> None:
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {_RECORD} "
        "(version INTEGER NOT NULL, name VARCHAR NOT NULL, applied_at TIMESTAMP NOT NULL)"
    )
    connection.execute(path.read_text(encoding="utf-8"))
    applied_at = datetime.now(UTC).replace(tzinfo=None)
    connection.execute(f"INSERT INTO {_RECORD} VALUES (?, ?, ?)", [number, path.stem, applied_at])


def is_older(connection: Connection) -> bool:
    """Return whether an attached store has a schema, and `migrate` would change it."""
    return 0 < version(connection) < newest()


def back_up(connection: Connection, folder: Path) -> Path:
    """Copy an attached store as it is into `folder`, and return the copy's path; one that is there is left."""
    path = folder / f"schema-{version(connection)}.duckdb"
    if not path.exists():
        folder.mkdir(exist_ok=True)
        draft = path.with_suffix(".tmp")
        draft.unlink(missing_ok=True)
        connection.execute(f"ATTACH {quoted(draft)} AS backup")
        try:
            connection.execute(f"COPY FROM DATABASE {CATALOGUE} TO backup")
        finally:
            connection.execute("DETACH backup")
        draft.replace(path)
    return path


def check(connection: Connection, location: str) -> None:
    """Raise an error unless an attached store has the schema this program reads."""
    have = version(connection)
    refuse_newer(connection, have)
    if have == 0:
        raise NothingToCompareError(f"{location}: is being filled for the first time; try again in a moment")
    if have < newest():
        raise StoreError(
            f"{location}: was written by an older perfwatch; run `perfwatch ingest` to bring it up to date"
        )


def refuse_newer(connection: Connection, have: int, folder: Path = _FOLDER) -> None:
    """Raise StoreError if an attached store's schema is one this program does not know."""
    if have > newest(folder):
        raise StoreError(
            f"{_path(connection)}: its schema is {have}, this program knows up to {newest(folder)}; update perfwatch"
        )


def _steps(folder: Path) -> list[tuple[int, Path]]:
    return sorted((int(path.name.partition("_")[0]), path) for path in folder.glob("[0-9]*_*.sql"))


def _path(connection: Connection) -> str:
    row = connection.execute("SELECT path FROM duckdb_databases() WHERE database_name = ?", [CATALOGUE]).fetchone()
    return str(row[0]) if row else CATALOGUE
