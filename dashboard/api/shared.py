"""One reader for all requests, opened anew when new results have landed."""

from __future__ import annotations

import threading

from perfwatch.store.location import parse
from perfwatch.store.reader import Reader


class SharedReader:
    """The reader of the store's newest version; several threads may ask for it at once."""

    def __init__(self, store: str) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._kept: tuple[str, Reader] | None = None
        self._before: Reader | None = None

    def newest(self) -> tuple[str, Reader]:
        """Return the store's version and a reader of it.

        Errors
        ------
        PerfwatchError : a store that is missing, empty, locked, foreign or damaged.
        """
        location = parse(self._store)
        with self._lock:
            version = (Reader(location) if self._kept is None else self._kept[1]).version
            if self._kept is None or self._kept[0] != version:
                newest = Reader(location)
                # A request may still read the one before; the one before that is let go of.
                if self._before is not None:
                    self._before.close()
                self._before = None if self._kept is None else self._kept[1]
                self._kept = (version, newest)
            return self._kept
