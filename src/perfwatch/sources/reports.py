"""Where the reports of other tools lie: a file is one, a folder may be full of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from perfwatch.errors import UsageError
from perfwatch.sources.asv import FoundFile

# What Criterion writes for the newest run of a benchmark; beside it lie older ones and pictures.
_CRITERION = ("new", "estimates.json")
# What reports are called; of anything else in a folder nobody said that it is one.
_SUFFIXES = (".json", ".txt", ".bench", ".out")


def holds_reports(path: Path, format_name: str | None) -> bool:
    """Return whether what is at `path` is another tool's: a file, a folder of Criterion's, or one said to be so.

    Errors
    ------
    UsageError : there is nothing.
    """
    if not path.exists():
        raise UsageError(f"{path}: no such file or folder; name asv's results_dir, or a report of another tool")
    if path.is_file() or format_name not in (None, "asv"):
        return True
    return format_name is None and next(_criterion(path), None) is not None


def found(path: Path, format_name: str | None) -> list[FoundFile]:
    """Return the reports at `path`, by name.

    Errors
    ------
    UsageError : a folder with none.
    """
    if path.is_file():
        return [_file(path)]
    criterion = sorted(_criterion(path))
    if format_name == "criterion" or (criterion and format_name is None):
        files = criterion
    else:
        files = sorted(p for p in path.rglob("*") if p.is_file() and p.suffix in _SUFFIXES)
    if not files:
        raise UsageError(f"{path}: no report in it ({', '.join(_SUFFIXES)}); name the file")
    return [_file(p) for p in files]


def _criterion(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        if _CRITERION[1] in names and Path(parent).name == _CRITERION[0]:
            yield Path(parent, _CRITERION[1])


def _file(path: Path) -> FoundFile:
    state = path.stat()
    return FoundFile(path, "report", state.st_size, state.st_mtime_ns, state.st_ino)
