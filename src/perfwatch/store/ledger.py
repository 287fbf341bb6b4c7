"""The files the store has met, and how it knows one again: the table `sources`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from perfwatch.sources.asv import FoundFile
from perfwatch.store.connection import Connection
from perfwatch.store.rows import insert, naive, table

LOADED, UNREADABLE = "loaded", "unreadable"

_FIELDS = [
    ("source_id", pa.int32()),
    ("path", pa.string()),
    ("kind", pa.string()),
    ("size_bytes", pa.int64()),
    ("mtime_ns", pa.int64()),
    ("inode", pa.int64()),
    ("digest", pa.string()),
    ("status", pa.string()),
    ("error", pa.string()),
    ("loaded_at", pa.timestamp("us")),
]
_COLUMNS = ", ".join(name for name, _ in _FIELDS)


@dataclass(frozen=True)
class Source:
    """One row of `sources`: a file in the state in which it was last read.

    `error` says why the file is unreadable, or what in it did not fit.
    """

    source_id: int
    path: str
    kind: str
    size_bytes: int
    mtime_ns: int
    inode: int
    digest: str | None
    status: str
    error: str | None

    def seen_as(self, file: FoundFile) -> bool:
        """Return whether `file` is in the state in which it was loaded, told without reading it."""
        return self.status == LOADED and (self.size_bytes, self.mtime_ns, self.inode) == (
            file.size_bytes,
            file.mtime_ns,
            file.inode,
        )


class Ledger:
    """The table `sources` as a dictionary, and the rows of it that have changed since they were written."""

    def __init__(self, connection: Connection) -> None:
        columns = _COLUMNS.removesuffix(", loaded_at")
        rows = [Source(*row) for row in connection.execute(f"SELECT {columns} FROM sources").fetchall()]
        self._by_path = {source.path: source for source in rows}
        self._by_content = {_content(s.path, s.digest): s for s in rows if s.digest and s.status == LOADED}
        self._next = max((s.source_id for s in rows), default=0) + 1
        self._changed: dict[int, Source] = {}

    def get(self, path: Path) -> Source | None:
        """Return what the store knows of the file at `path`."""
        return self._by_path.get(str(path))

    def reports(self, path: Path) -> list[Source]:
        """Return what was loaded of the report at `path`, which its tool writes over with each run."""
        prefix = f"{path}@"
        return [s for s in self._by_path.values() if s.kind == "report" and s.path.startswith(prefix)]

    def below(self, folder: Path) -> list[Source]:
        """Return the files the store has met in `folder`, at any depth."""
        prefix = f"{folder}/"
        return [s for s in self._by_path.values() if s.path.startswith(prefix)]

    def moved(self, file: FoundFile, digest: str) -> Source | None:
        """Return the loaded file that `file` was before its tree was moved: same content and name, gone from there."""
        before = self._by_content.get(_content(str(file.path), digest))
        if before is None or before.kind != file.kind or Path(before.path).exists():
            return None
        return before

    def record(self, file: FoundFile, digest: str | None, status: str, error: str | None, was: Source | None) -> Source:
        """Keep the state of a file; nothing is to be written where it is what the store has."""
        source_id = was.source_id if was else self._next
        self._next += was is None
        state = (file.size_bytes, file.mtime_ns, file.inode)
        source = Source(source_id, str(file.path), file.kind, *state, digest, status, error)
        if source == was:
            return source
        if was is not None:
            self._by_path.pop(was.path, None)
        self._by_path[source.path] = self._changed[source_id] = source
        return source

    def touch(self, file: FoundFile, was: Source) -> None:
        """Keep that a file of unchanged content has another place, time or inode."""
        self.record(file, was.digest, was.status, was.error, was)

    def write(self, connection: Connection) -> bool:
        """Write the changed rows; return whether there were any."""
        if not self._changed:
            return False
        loaded_at = naive(datetime.now(UTC))
        rows = [(*vars(source).values(), loaded_at) for source in self._changed.values()]
        connection.execute("DELETE FROM sources WHERE source_id IN (SELECT unnest(?))", [list(self._changed)])
        insert(connection, "sources", table(_FIELDS, rows))
        self._changed = {}
        return True

    def unwritten(self) -> bool:
        """Return whether `write` would write."""
        return bool(self._changed)


def _content(path: str, digest: str) -> tuple[str, ...]:
    # The folder's name belongs to it: it is the machine's.
    return (digest, *Path(path).parts[-2:])
