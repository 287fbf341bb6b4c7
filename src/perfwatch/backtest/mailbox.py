"""Calls through memory that client and engine share: no system call, no copy but of 48 bytes.

The engine makes the memory and sends its descriptor over a Unix socket; it has no name, so that nothing is left behind
however either side ends, and the socket tells each that the other has gone. `engine/core/src/mailbox.rs` lays it out.
Two clients: the extension's, and one of plain Python, which spins only and relies on a processor that shows writes to
others in the order they were made (x86-64).
"""

from __future__ import annotations

import contextlib
import platform
import socket
import struct
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perfwatch.backtest.engine import Build
from perfwatch.backtest.shared_memory import MemoryEngine
from perfwatch.backtest.sweep import N_PARAMS, Sweep, empty, inputs
from perfwatch.errors import EngineError, HostError, UsageError

Wait = Literal["spin", "futex", "hybrid"]
Client = Literal["extension", "python"]
# Which client can wait how.
WAYS: Final[tuple[tuple[Client, Wait], ...]] = (
    ("extension", "spin"),
    ("extension", "hybrid"),
    ("extension", "futex"),
    ("python", "spin"),
)

_REQUEST, _WINDOWS, _REPLY, _DATA = 64, 80, 128, 4096
_ANSWER: Final = struct.Struct("<Idq")
_SWEEP, _LOAD, _ECHO = 0, 1, 2
# Looks between two questions whether the engine lives; about a millisecond of them.
_LOOKS: Final = 20_000


class MailboxEngine(MemoryEngine):
    """An engine that is called through shared memory, once it was started; not to be shared by threads.

    Parameters
    ----------
    kernel : which kernel computes.
    core : processor the engine is pinned to, None to leave it to the system. One that spins wants a core of its own.
    wait : how both sides wait: by spinning, by sleeping on a futex, or by 50 µs of the one and then the other.
    client : `extension`, or `python`, which can only spin.
    answer_within_s : as `Engine`, of the start alone: a call lasts as long as the engine lives.

    Errors
    ------
    UsageError : plain Python is to sleep.
    HostError : plain Python on a processor that may reorder its writes.
    """

    # A float each way.
    _magic, _slots_at, _slot_bytes = b"PWMAIL01", _DATA, 16

    def __init__(
        self, kernel: Build = "checked", core: int | None = None, wait: Wait = "spin", client: Client = "extension"
    ) -> None:
        super().__init__(kernel, "unix", core)
        if (client, wait) not in WAYS:
            known = ", ".join(f"{c} {w}" for c, w in WAYS)
            raise UsageError(f"mailbox: the client {client} cannot wait by {wait}; there are {known}")
        if client == "python" and platform.machine() not in ("x86_64", "AMD64"):
            raise HostError(f"mailbox: plain Python needs an x86-64 processor, this is {platform.machine()}")
        self._flags = ("--mailbox", wait)
        self._wait, self._client = wait, client
        # What was loaded, None before that.
        self.loaded: NDArray[np.float64] | None = None

    def _open(self, memory: int) -> None:
        floats = np.frombuffer(self._map, np.float64, 2 * self.capacity, _DATA)
        self._sent, self._returned = floats[: self.capacity], floats[self.capacity :]
        self._bytes = memoryview(self._map)
        self._words = self._bytes[:_DATA].cast("I")
        # "l": what numpy calls an int64 here, so that an array is copied as it is.
        self._windows = self._bytes[_WINDOWS : _WINDOWS + 8 * N_PARAMS].cast("l")
        self._sequence = 0
        if self._client == "extension":
            from perfwatch._engine import Mailbox

            self._mailbox = Mailbox(memory, self.capacity, self.connection.fileno(), self._wait)
            self._one = self._mailbox.caller()

    def load(self, close: ArrayLike) -> None:
        """Give the engine the series that sweeps are over, float64 (n,), oldest first.

        Errors
        ------
        UsageError : not one dimension, or longer than the memory.
        EngineError : the engine has gone.
        """
        bars, _ = inputs(close, np.empty((0, N_PARAMS), np.int64))
        self._put(bars)
        if self._client == "extension":
            self._told(lambda: self._mailbox.load(bars.size))
        else:
            self._ask(_LOAD, bars.size)
        self.loaded = bars.copy()

    def one(self, windows: NDArray[np.int64]) -> tuple[float, int]:
        """Return (PnL, trades) of one combination over the series that was loaded.

        Parameters
        ----------
        windows : int64 (6,), C-contiguous, in the order (half, full, sq, p3, p2, p).

        Errors
        ------
        EngineError : the engine refused it, or has gone.
        """
        if self._client == "python":
            self._windows[:] = windows  # type: ignore[call-overload]
            return self._ask(_SWEEP, 0)
        try:
            answer = self._one(windows)
        except ConnectionError as error:
            raise self.failed(error) from error
        if answer is None:
            raise EngineError(f"the engine refused {windows.tolist()}: a window is none, or no series was loaded")
        return answer

    def sweep(self, params: ArrayLike) -> Sweep:
        """Return PnL and trades of every combination over the series that was loaded, a call each; as `one`."""
        _, rows = inputs(np.empty(0), params)
        result = empty(len(rows))
        for m, row in enumerate(rows):
            result.pnl[m], result.trades[m] = self.one(row)
        return result

    def echo(self, floats: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return `floats`, float64 (n,), after they went into the memory, were copied by the engine and came out.

        Errors
        ------
        UsageError : longer than the memory.
        EngineError : the engine has gone.
        """
        self._put(floats)
        self.notify(floats.size)
        return self._returned[: floats.size].copy()

    def notify(self, n: int) -> None:
        """Have the engine copy the first `n` floats that lie in the memory already: the call without its data."""
        if self._client == "extension":
            self._told(lambda: self._mailbox.echo(n))
        else:
            self._ask(_ECHO, n)

    def _put(self, floats: NDArray[np.float64]) -> None:
        if floats.size > self.capacity:
            raise UsageError(f"mailbox: {floats.size} floats do not fit into memory for {self.capacity}")
        self._sent[: floats.size] = floats

    def _told(self, ask: object) -> None:
        assert callable(ask)
        try:
            done = ask()
        except ConnectionError as error:
            raise self.failed(error) from error
        if not done:
            raise EngineError("the engine refused: more floats than the memory holds")

    def _ask(self, operation: int, n: int) -> tuple[float, int]:
        words = self._words
        words[17], words[18] = operation, n
        self._sequence = sequence = (self._sequence + 1) & 0xFFFF_FFFF
        # What went before is visible before this is: x86-64 keeps the order of writes.
        words[16] = sequence
        while True:
            for _ in range(_LOOKS):
                if words[32] == sequence:
                    status, pnl, trades = _ANSWER.unpack_from(self._map, _REPLY + 4)
                    if status:
                        raise EngineError("the engine refused the call: a window is none, or no series was loaded")
                    return pnl, trades
            self._still_there()

    def _still_there(self) -> None:
        with contextlib.suppress(BlockingIOError):
            if not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                raise self.failed(ConnectionResetError("closed by the engine"))
