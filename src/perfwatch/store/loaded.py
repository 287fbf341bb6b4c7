"""What an ingest tells of itself: while it runs, and when it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class IngestReport:
    """What one ingest did; counts are of result files and run records.

    Attributes
    ----------
    loaded : files that were new or had changed.
    unchanged : files that the store had already.
    unreadable : (path, message) of files left out; rows of an earlier, readable state stay.
    vanished : paths below the results folder that the store knows and the disk no longer has; their rows stay.
    measurements : points written.
    problems : (path, message) of what did not fit in files that were loaded, and of folders without results.
    """

    loaded: int = 0
    unchanged: int = 0
    unreadable: tuple[tuple[str, str], ...] = ()
    vanished: tuple[str, ...] = ()
    measurements: int = 0
    problems: tuple[tuple[str, str], ...] = ()

    @property
    def nothing_readable(self) -> bool:
        """Return whether there were files, and none of them could be read."""
        return bool(self.unreadable) and not (self.loaded or self.unchanged)
