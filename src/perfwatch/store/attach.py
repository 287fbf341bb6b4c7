"""ATTACH, the one way to a store: every statement runs against a catalogue called `store`, whatever lies behind it.

DuckDB tells errors apart by their text only. That text is read here and nowhere else.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from perfwatch.errors import StoreError

CATALOGUE = "store"

# What DuckDB raises where a file or the disk under it is at fault; any other error of a statement of ours is a bug.
DAMAGE = (
    duckdb.IOException,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.SerializationException,
    duckdb.OutOfMemoryException,
)

# A writer owns the file for seconds at a time; asking again this often costs nothing and adds little to the wait.
_RETRY_S = 0.05


def attach(path: Path, *, read_only: bool, wait_s: float = 0.0) -> duckdb.DuckDBPyConnection:
    """Return a connection whose default catalogue is the DuckDB file at `path`.

    Parameters
    ----------
    wait_s : how long to ask again while another process holds the file, seconds.

    Errors
    ------
    StoreError : locked, no DuckDB file, of another DuckDB version, damaged, or not to be opened at all.
    """
    deadline = time.monotonic() + wait_s
    while True:
        connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": False})
        try:
            mode = "READ_ONLY" if read_only else "READ_WRITE"
            before = _identity(path)
            connection.execute(f"ATTACH {quoted(path)} AS {CATALOGUE} (TYPE duckdb, {mode})")
            connection.execute(f"USE {CATALOGUE}")
            # A writer that compacts puts another file in the place of this one while it holds the lock: who opened the
            # old one before, and got its lock after, would write into a file that has no name any more.
            if read_only or before in (None, _identity(path)):
                return connection
            connection.close()
            continue
        except duckdb.Error as error:
            connection.close()
            if not is_locked(error) or time.monotonic() >= deadline:
                raise StoreError(_say(path, error, wait_s)) from error
        time.sleep(_RETRY_S)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Run DuckDB statements so that Ctrl-C is a KeyboardInterrupt; DuckDB makes it a RuntimeError of its own."""
    try:
        yield
    except RuntimeError as error:
        if str(error) == "Query interrupted":
            raise KeyboardInterrupt from error
        raise


def is_locked(error: BaseException | None) -> bool:
    """Return whether a DuckDB error means that another writer, of this process or of another, has the file."""
    text = str(error)
    return "Could not set lock on file" in text or "Unique file handle conflict" in text


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def quoted(path: Path) -> str:
    """Return a path as SQL has texts."""
    return "'" + str(path).replace("'", "''") + "'"


def _say(path: Path, error: duckdb.Error, wait_s: float) -> str:
    text = str(error)
    if is_locked(error):
        pid = re.search(r"\(PID (\d+)\)", text)
        holder = f"process {pid[1]}" if pid else "another writer"
        return f"{path}: locked by {holder} for more than {wait_s:g} s; wait until it ends or stop it, then try again"
    if "not a valid DuckDB database file" in text:
        if path.stat().st_size == 0:
            return f"{path}: an empty file, not a store; remove it, or name another with --store"
        return f"{path}: not a DuckDB file, so not a perfwatch store; name another with --store"
    if "version number" in text:
        return f"{path}: written by another version of DuckDB than {duckdb.__version__}; use the one that wrote it"
    if "Corrupt" in text or "read enough bytes" in text or "checksum" in text:
        return f"{path}: damaged ({first_line(text)}); put the newest file of {path.name}.d in its place, then ingest"
    return f"{path}: cannot be opened ({first_line(text)}); check the path and its permissions"


def first_line(text: str) -> str:
    """Return the first line of an error's text, without a closing full stop."""
    return text.strip().splitlines()[0].rstrip(".") if text.strip() else "no reason given"
