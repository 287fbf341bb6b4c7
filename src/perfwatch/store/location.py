"""Where a store is: a path today; `quack:` (a server) and `ducklake:` (a lake) are named, so that they fail clearly."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from perfwatch.errors import UsageError

_LATER = ("quack:", "ducklake:")


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


def parse(text: str | Path) -> Location:
    """Return the location that `text` names; a path is made absolute.

    Errors
    ------
    UsageError : an empty text, a folder, or a kind of store that does not exist yet.
    """
    if isinstance(text, str):
        if not text.strip():
            raise UsageError("store: the location is empty; name a file, for example perfwatch.duckdb")
        if text.startswith(_LATER):
            kind = text.partition(":")[0]
            raise UsageError(f"store: {kind}: is not yet supported; name a file, for example perfwatch.duckdb")
    path = Path(text).expanduser().absolute()
    if path.is_dir():
        raise UsageError(f"store: {path} is a folder; name a file in it, for example {path / 'perfwatch.duckdb'}")
    return Location(path)
