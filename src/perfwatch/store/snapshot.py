"""Published snapshots: what readers open, so that they and the writer never meet.

`<store>.d/NNNNNN-xxxxxxxx.duckdb` are copies of the store; the file `current` names the newest and is replaced
atomically. A name is never used twice, because DuckDB keeps an open file by name within a process. The pointer also
says which state of the writer's file was copied: where the two differ, a writer died between its commit and its
publication, and the next one publishes.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import time
from pathlib import Path
from typing import IO, Any, BinaryIO

from perfwatch.errors import StoreError
from perfwatch.store.location import Location

_POINTER = "current"
# A reader that has just read the pointer still finds its file while the next snapshot is published.
_KEPT = 2
_ABANDONED_S = 60.0


def version(location: Location) -> str | None:
    """Return the name of the published snapshot, None where there is none; costs one small read."""
    name = _pointer(location).get("snapshot")
    return str(name) if name else None


def published(location: Location) -> Path | None:
    """Return the path of the published snapshot, None where there is none."""
    name = version(location)
    return location.folder / name if name else None


def is_current(location: Location) -> bool:
    """Return whether the published snapshot is a copy of the store as it lies on disk."""
    pointer, path = _pointer(location), published(location)
    if path is None or not path.exists() or _journal(location).exists():
        return False
    return pointer.get("store") == _state(location)


def publish(location: Location, source: BinaryIO | None = None) -> None:
    """Copy the store and point readers to the copy.

    The caller has the store attached for writing, and checkpointed: its lock keeps other writers away meanwhile.

    Parameters
    ----------
    source : the store's file, open for reading, for a caller that keeps its lock: a lock is the process's, and goes
        with the first descriptor of the file that is closed. None for one that lets go of it now.

    Errors
    ------
    StoreError : no space, or no permission; the store itself is whole and the next writer publishes.
    """
    name = f"{_number(version(location)) + 1:06d}-{secrets.token_hex(4)}.duckdb"
    temporary = location.folder / f"{name}.tmp"
    try:
        location.folder.mkdir(exist_ok=True)
        # Open until the end, so that the lock is held until then.
        with contextlib.nullcontext(source) if source else location.path.open("rb") as store:
            state = _state(location)
            with temporary.open("wb") as target:
                store.seek(0)
                shutil.copyfileobj(store, target, 1 << 20)
                _flush(target)
            temporary.replace(location.folder / name)
            _point(location, {"snapshot": name, "store": state})
            _remove_old(location, name)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise StoreError(
            f"{location.folder}: no snapshot could be written ({reason}); mend it and ingest again"
        ) from error


def _point(location: Location, pointer: dict[str, Any]) -> None:
    temporary = location.folder / f"{_POINTER}.tmp"
    with temporary.open("wb") as target:
        target.write(json.dumps(pointer).encode())
        _flush(target)
    temporary.replace(location.folder / _POINTER)


def _flush(target: IO[bytes]) -> None:
    target.flush()
    os.fsync(target.fileno())


def _pointer(location: Location) -> dict[str, Any]:
    try:
        pointer = json.loads((location.folder / _POINTER).read_bytes())
    except (OSError, ValueError):
        return {}
    return pointer if isinstance(pointer, dict) else {}


def _state(location: Location) -> list[int] | None:
    try:
        stat = location.path.stat()
    except OSError:
        return None
    return [stat.st_size, stat.st_mtime_ns]


def _journal(location: Location) -> Path:
    return location.path.with_name(f"{location.path.name}.wal")


def _number(name: str | None) -> int:
    head = (name or "0").partition("-")[0]
    return int(head) if head.isdigit() else 0


def _remove_old(location: Location, newest: str) -> None:
    snapshots = sorted(p for p in location.folder.glob("[0-9]*.duckdb") if p.name != newest)
    drafts = [*location.folder.glob("[0-9]*.duckdb.tmp"), *location.folder.glob("new-*")]
    # A store being made (`new-…`) right now by somebody else is left to them; one made long ago was killed.
    abandoned = [p for p in drafts if time.time() - p.stat().st_mtime > _ABANDONED_S]
    for path in [*snapshots[: len(snapshots) - (_KEPT - 1)], *abandoned]:
        path.unlink(missing_ok=True)
