"""The engine as a feed's front: it reads the exchange's WebSocket, Python reads 48-byte records from shared memory.

The brain stays here: it gets records, and is told to unwind, once, when there are none to be trusted any more. A feed
is lost when the engine is dead (noticed within NOTICED_WITHIN_S), when the connection to the exchange ended, or when
nothing was heard for the patience given, not even a heartbeat: the exchange is stale, or the engine hangs. A feed that
is quiet is not lost, and records that came before the loss are read before the brain is told.

`engine/core/src/feed/ring.rs` lays the ring out.
"""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from perfwatch.backtest.feed import RECORD, SMALLEST, SYMBOLS, Counts
from perfwatch.backtest.shared_memory import MemoryEngine
from perfwatch.errors import EngineError

# Four heartbeats of the exchange.
PATIENCE_S: Final = 1.0
# A wait for records looks so often whether the engine lives; its death also ends the wait.
NOTICED_WITHIN_S: Final = 0.05

_HEAD, _TAIL, _STATE, _HEARD, _NEWEST, _COUNTS, _REASON, _RECORDS = 64, 128, 192, 200, 208, 216, 248, 4096
_CONNECTING, _OPEN, _ENDED = 0, 1, 2
# Looks at the ring before waiting in the kernel: some ten microseconds of them.
_LOOKS: Final = 100
_WAIT_S: Final = 0.001

Cause = Literal["dead", "ended", "stale"]


class Lost(NamedTuple):
    """Why there is no feed any more: `dead` engine, `ended` connection, or `stale`; and a line to be read."""

    cause: Cause
    reason: str


class Brain(Protocol):
    """What decides."""

    def on_records(self, records: NDArray[np.void]) -> None:
        """Take in records, RECORD (k,), in the order of their messages."""

    def unwind(self, lost: Lost) -> None:
        """Give up what depends on the feed; called once, and last."""


class FeedEngine(MemoryEngine):
    """An engine that reads a feed, from `start` to `close`; not to be shared by threads.

    Parameters
    ----------
    url : ws://HOST:PORT/PATH of the exchange.
    symbols, smallest : as `feed.Transform`'s.
    core : processor the engine is pinned to, None to leave it to the system.
    """

    _magic, _slots_at, _slot_bytes = b"PWFEED01", _RECORDS, RECORD.itemsize

    def __init__(
        self, url: str, symbols: Sequence[str] = SYMBOLS, smallest: float = SMALLEST, core: int | None = None
    ) -> None:
        super().__init__("plain", "unix", core)
        self._flags = ("--feed", url, "--symbols", ",".join(symbols), "--smallest", repr(smallest))
        self._started = 0.0

    def _open(self, memory: int) -> None:
        self._longs = memoryview(self._map)[:_RECORDS].cast("Q")
        self._ring = np.frombuffer(self._map, RECORD, self.capacity, _RECORDS)
        self._started = _now_s()

    def read(self) -> NDArray[np.void]:
        """Return the records that lie there, RECORD (k,), in the order of their messages; perhaps none.

        They are the caller's. Those behind the ring's end come with the next call.
        """
        longs = self._longs
        head, tail = longs[_HEAD // 8], longs[_TAIL // 8]
        slot = tail % self.capacity
        records = self._ring[slot : min(slot + head - tail, self.capacity)].copy()
        # Only now may the engine write there again.
        longs[_TAIL // 8] = tail + len(records)
        return records

    def read_until(self, n_messages: int, patience_s: float = PATIENCE_S) -> NDArray[np.void]:
        """Return the records that lie there, RECORD (k,), once `n_messages` came in all.

        Errors
        ------
        EngineError : the feed was lost before.
        """
        found = []
        # Messages are counted after their record is written: none is missing where all are counted.
        while self._longs[_COUNTS // 8] < n_messages or self.backlog:
            if self.wait():
                found.append(self.read())
            elif (lost := self.lost(patience_s)) is not None:
                raise EngineError(lost.reason)
        return np.concatenate(found) if found else np.empty(0, RECORD)

    def wait(self) -> bool:
        """Return whether there are records; it comes back within NOTICED_WITHIN_S, with or without."""
        longs = self._longs
        for _ in range(_LOOKS):
            if longs[_HEAD // 8] != longs[_TAIL // 8]:
                return True
        # Readable is what it is when the engine has gone: it says nothing there.
        with contextlib.suppress(EngineError):
            select.select([self.connection], [], [], _WAIT_S)
        return longs[_HEAD // 8] != longs[_TAIL // 8]

    def lost(self, patience_s: float = PATIENCE_S) -> Lost | None:
        """Return why no more records are to be expected; None while they are, or while there are some to be read."""
        longs = self._longs
        # Asked before the ring: what was written before the end is seen with it.
        gone, state, heard = self._has_gone(), longs[_STATE // 8], longs[_HEARD // 8] * 1e-9
        if longs[_HEAD // 8] != longs[_TAIL // 8]:
            return None
        if state == _ENDED:
            n = longs[_REASON // 8]
            return Lost("ended", self._map[_REASON + 8 : _REASON + 8 + n].decode(errors="replace"))
        if gone:
            return Lost("dead", str(self.failed(ConnectionResetError("closed by the engine"))))
        silent_s = _now_s() - (heard if state == _OPEN else self._started)
        if silent_s > patience_s:
            since = "nothing was heard" if state == _OPEN else "no connection to the exchange"
            return Lost("stale", f"{since} for {silent_s:.2f} s, longer than the patience of {patience_s:g} s")
        return None

    @property
    def counts(self) -> Counts:
        """How many messages came so far; a record may come a moment before it is counted."""
        return Counts(*self._longs[_COUNTS // 8 : _COUNTS // 8 + 4].tolist())

    @property
    def newest(self) -> int:
        """The newest time that a message named, nanoseconds since 1970; 0 before any."""
        return int(self._longs[_NEWEST // 8])

    @property
    def backlog(self) -> int:
        """How many records lie there unread; at `capacity` the engine waits, and the exchange behind it."""
        return int(self._longs[_HEAD // 8] - self._longs[_TAIL // 8])

    def _has_gone(self) -> bool:
        try:
            return not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except (OSError, EngineError):
            return True


def follow(engine: FeedEngine, brain: Brain, patience_s: float = PATIENCE_S) -> Lost:
    """Return why the feed was lost, after the brain got every record and was told to unwind."""
    while True:
        if engine.wait():
            brain.on_records(engine.read())
        elif (lost := engine.lost(patience_s)) is not None:
            brain.unwind(lost)
            return lost


def _now_s() -> float:
    return time.clock_gettime(time.CLOCK_MONOTONIC)
