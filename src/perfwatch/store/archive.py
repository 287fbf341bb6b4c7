"""A store as a folder of files anybody can read, one a table, and back: every row, to the last bit.

`manifest.json` stands beside them: schema `perfwatch.export/1`, the number of the store's schema, the format, and how
many rows each table has. It is written last: a folder without one is half an export, and is refused.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, Literal

import duckdb

from perfwatch.errors import SourceError, UsageError
from perfwatch.store import migrations
from perfwatch.store.attach import quoted
from perfwatch.store.connection import Connection
from perfwatch.store.remote import RemoteConnection

SCHEMA: Final = "perfwatch.export/1"
MANIFEST: Final = "manifest.json"
Format = Literal["parquet", "csv", "json"]
# How DuckDB is told to write, and to read. A text that looks like a missing one is quoted, a missing one is not. JSON
# is a row a line; NaN and Infinity stand in it bare, as asv writes them.
_WRITING: Final[dict[Format, str]] = {
    "parquet": "FORMAT parquet, COMPRESSION zstd",
    "csv": "FORMAT csv, HEADER, NULLSTR '\\N', FORCE_QUOTE ({texts})",
    "json": "FORMAT json",
}
_READING: Final[dict[Format, str]] = {
    "parquet": "FORMAT parquet",
    "csv": "FORMAT csv, HEADER, NULLSTR '\\N', ALLOW_QUOTED_NULLS false",
    "json": "FORMAT json",
}
FORMATS: Final = tuple(_WRITING)


def write(connection: Connection, folder: Path, form: Format) -> dict[str, int]:
    """Write every table of an attached store into `folder`; return how many rows each has.

    Errors
    ------
    UsageError : the folder holds something, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(f"{folder}: is not empty; name a new folder")
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written ({error.strerror or error})") from error
    rows = {}
    for name in _tables(connection):
        texts = ", ".join(f'"{column}"' for column, kind in _columns(connection, name) if kind == "VARCHAR")
        how = _WRITING[form].format(texts=texts) if texts else _WRITING[form].partition(", FORCE_QUOTE")[0]
        _copy_out(connection, name, folder / f"{name}.{form}", how)
        rows[name] = _count(connection, name)
    manifest = {"schema": SCHEMA, "store": migrations.version(connection), "format": form, "tables": rows}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return rows


def read(connection: Connection, folder: Path) -> dict[str, int]:
    """Load an export into an attached store of the newest schema that holds nothing; return the rows of each table.

    The caller's transaction keeps it whole.

    Errors
    ------
    SourceError : no export, half of one, of a newer program, or with other rows than it says.
    UsageError : the store holds something.
    """
    manifest = _manifest(folder)
    for name in _tables(connection):
        if _count(connection, name):
            raise UsageError(f"the store holds {name} already; import into a new one, named with --store")
    form, rows = manifest["format"], manifest["tables"]
    known = set(_tables(connection))
    for name, expected in rows.items():
        if name not in known:
            raise SourceError(f"{folder / MANIFEST}: a table {name!r} that no store has; is it of a newer perfwatch?")
        path = folder / f"{name}.{form}"
        if not path.is_file():
            raise SourceError(f"{path}: not there, though the manifest names it; export again")
        if expected:
            columns = ", ".join(column for column, _ in _columns(connection, name))
            try:
                _copy_in(connection, name, columns, path, _READING[form])
            except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.BinderException) as error:
                raise SourceError(f"{path}: cannot be read ({str(error).splitlines()[0]}); export again") from error
        if _count(connection, name) != expected:
            raise SourceError(f"{path}: {_count(connection, name)} rows, the manifest says {expected}; export again")
    return {name: int(count) for name, count in rows.items()}


def check(folder: Path) -> None:
    """Raise SourceError unless `folder` has the manifest of an export that this program can read."""
    _manifest(folder)


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceError(
            f"{path}: cannot be read ({error.strerror}); is {folder} an export, and a whole one?"
        ) from error
    except ValueError as error:
        raise SourceError(f"{path}: not valid JSON ({error}); export again") from error
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA or manifest.get("format") not in FORMATS:
        raise SourceError(f"{path}: no manifest of the schema {SCHEMA}; is it of a newer perfwatch?")
    if manifest.get("store") != migrations.newest():
        raise SourceError(
            f"{path}: of a store of schema {manifest.get('store')}, this program's is {migrations.newest()}; "
            "export with the perfwatch that imports"
        )
    return manifest


def _copy_out(connection: Connection, name: str, path: Path, how: str) -> None:
    if isinstance(connection, RemoteConnection):
        connection.copy_out(f"FROM {name}", path, how)
    else:
        connection.execute(f"COPY {name} TO {quoted(path)} ({how})")


def _copy_in(connection: Connection, name: str, columns: str, path: Path, how: str) -> None:
    if isinstance(connection, RemoteConnection):
        connection.copy_in(name, columns, path, how)
    else:
        connection.execute(f"COPY {name} ({columns}) FROM {quoted(path)} ({how})")


def _tables(connection: Connection) -> list[str]:
    """Return the tables of the attached store, the record of its schema left out: an import makes its own."""
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() ORDER BY table_name"
    ).fetchall()
    return [name for (name,) in rows if name != "schema_version"]


def _columns(connection: Connection, name: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in connection.execute(f"DESCRIBE {name}").fetchall()]


def _count(connection: Connection, name: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
    return int(row[0]) if row else 0
