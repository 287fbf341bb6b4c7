"""DuckDB's extensions, from the wheels of `perfwatch[team]` or, where they are not installed, from DuckDB itself."""

from __future__ import annotations

import functools
from importlib.util import find_spec
from pathlib import Path

import duckdb

from perfwatch.errors import StoreError


def load(connection: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Load extensions into a connection.

    Errors
    ------
    StoreError : one of them is not to be had for this version of DuckDB.
    """
    for name in names:
        path = _wheel(name)
        try:
            if path is not None:
                connection.execute("LOAD '" + str(path).replace("'", "''") + "'")
            else:
                connection.execute(f"INSTALL {name}")
                connection.execute(f"LOAD {name}")
        except duckdb.Error as error:
            raise StoreError(
                f"DuckDB {duckdb.__version__} has no extension {name!r} here; pip install 'perfwatch[team]'"
            ) from error


@functools.cache
def loaded(*names: str) -> duckdb.DuckDBPyConnection:
    """Return this process' connection that has some extensions; loading them takes a tenth of a second.

    Errors
    ------
    StoreError : as `load`.
    """
    connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": False})
    load(connection, *names)
    return connection


def _wheel(name: str) -> Path | None:
    """Return the extension's file in its wheel, if that is installed and of this version of DuckDB."""
    spec = find_spec(f"duckdb_extension_{name}")
    folders = spec.submodule_search_locations if spec is not None else None
    for folder in folders or ():
        path = Path(folder, "extensions", f"v{duckdb.__version__}", f"{name}.duckdb_extension")
        if path.is_file():
            return path
    return None
