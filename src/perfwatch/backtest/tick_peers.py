"""Ticks by the ways that can be had ready-made, to be measured beside our own: Tachyon and iceoryx2.

Both write from Python into a ring in shared memory, one tick at a time, as their own examples do; the consumer is a
Python process on another core, which reads faster than these write. `make lab-peers` installs them.
"""

from __future__ import annotations

import ctypes
import json
import socket
import tempfile
import time
from importlib.util import find_spec
from typing import Any, Final, NamedTuple

from perfwatch.backtest.peer import Peer
from perfwatch.backtest.ticks import END, SYMBOL, TICK, TICK_BYTES, Stream
from perfwatch.errors import EngineError, UsageError, WrongAnswerError

PEERS: Final = ("tachyon", "iceoryx2")
# Of Tachyon's memory: 2 MB, as our own ring has.
ARENA_BYTES: Final = 1 << 21
_BUFFERED: Final = ARENA_BYTES // TICK_BYTES
_READY_WITHIN_S: Final = 20.0
# Ticks after which the published example of Tachyon flushes.
_FLUSHED: Final = 64


class Seen(NamedTuple):
    """What the consumer saw: ticks, and their turnover."""

    ticks: int
    turnover: float


class IceoryxTick(ctypes.Structure):
    """A tick, as iceoryx2 is told of it: 32 bytes."""

    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (
        ("symbol", ctypes.c_char * 8),
        ("price", ctypes.c_double),
        ("quantity", ctypes.c_uint32),
        ("timestamp", ctypes.c_uint64),
        ("kind", ctypes.c_uint32),
    )


def installed() -> list[str]:
    """Return those of PEERS that can be imported here."""
    return [name for name in PEERS if find_spec(name) is not None]


class TickPeer(Peer):
    """A consumer in a process of its own, and the producer's half of a peer; not to be shared by threads.

    Parameters
    ----------
    peer : one of PEERS.
    core : processor of the consumer, None to leave it to the system. It spins, and wants a core of its own.
    """

    def __init__(self, peer: str, core: int | None = None) -> None:
        if peer not in PEERS:
            raise UsageError(f"ticks: no peer {peer!r}; there are {', '.join(PEERS)}")
        self._peer = peer
        super().__init__(f"consumer of {peer}", "perfwatch.backtest.tick_consumers", [peer], core)
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._at = ""
        self._told: socket.socket | None = None
        self._port: Any = None

    def start(self) -> None:
        """Start the consumer, and connect to it; nothing if it runs. It is not to be started again once it was closed.

        Errors
        ------
        EngineError : the peer is not installed, or the consumer was not ready in time.
        """
        if self._told is not None:
            return
        if find_spec(self._peer) is None:
            raise EngineError(f"ticks: {self._peer} is not installed; make lab-peers")
        # A short path: a socket's name has 108 bytes.
        self._folder = tempfile.TemporaryDirectory(prefix="perfwatch-")
        self._at = f"{self._folder.name}/{self._peer}"
        self._command.append(self._at)
        super().start()
        self._told = socket.socket(socket.AF_UNIX)
        self._told.settimeout(_READY_WITHIN_S)
        self._told.connect(f"{self._at}.told")
        self._port = self._tachyon_bus() if self._peer == "tachyon" else self._iceoryx_publisher()

    def write(self, ticks: Stream) -> None:
        """Write `ticks` and the end of the stream, each stamped with the time of now."""
        (self._by_tachyon if self._peer == "tachyon" else self._by_iceoryx)(ticks)

    def seen(self, ticks: Stream) -> Seen:
        """Return what the consumer saw, which must be `ticks`; waits for the end of the stream to be read.

        Errors
        ------
        EngineError : the consumer has gone.
        WrongAnswerError : it saw something else.
        """
        assert self._told is not None
        line = b""
        while not line.endswith(b"\n"):
            chunk = self._told.recv(4096)
            if not chunk:
                raise EngineError(f"the consumer of {self._peer} has gone")
            line += chunk
        found = Seen(**json.loads(line))
        if found != (len(ticks.price), ticks.turnover):
            raise WrongAnswerError(f"of {len(ticks.price)} ticks {self._peer}'s consumer saw {found.ticks}")
        return found

    def close(self) -> None:
        """End the consumer; nothing if it has ended already."""
        self._port = None
        if self._told is not None:
            self._told.close()
            self._told = None
        super().close()
        if self._folder is not None:
            self._folder.cleanup()

    def _tachyon_bus(self) -> Any:
        import tachyon

        end = time.monotonic() + _READY_WITHIN_S
        while True:
            try:
                return tachyon.Bus.connect(self._at)
            except (tachyon.TachyonError, OSError) as error:
                # The consumer says that it listens before it does: its call comes back when somebody has connected.
                if time.monotonic() > end:
                    raise EngineError(f"ticks: no connection to the consumer of tachyon ({error})") from error

    def _iceoryx_publisher(self) -> Any:
        import iceoryx2 as iox2

        iox2.set_log_level(iox2.LogLevel.Error)
        self._node = iox2.NodeBuilder.new().create(iox2.ServiceType.Ipc)
        self._service = iceoryx2_service(self._node, self._at)
        end = time.monotonic() + _READY_WITHIN_S
        while self._service.dynamic_config.number_of_subscribers == 0:
            if time.monotonic() > end:
                raise EngineError("ticks: the consumer of iceoryx2 does not subscribe")
        builder = self._service.publisher_builder()
        return builder.backpressure_strategy(iox2.BackpressureStrategy.RetryUntilDelivered).create()

    def _by_tachyon(self, ticks: Stream) -> None:
        bus, pack, now = self._port, TICK.pack_into, time.time_ns
        columns = (ticks.price.tolist(), ticks.quantity.tolist(), ticks.kind.tolist())
        for i, (p, q, k) in enumerate(zip(*columns, strict=True), start=1):
            with bus.send_zero_copy(size=TICK_BYTES, type_id=k) as slot:
                with memoryview(slot) as ring:
                    pack(ring, 0, SYMBOL, p, q, now(), k)
                slot.actual_size = TICK_BYTES
            if i % _FLUSHED == 0:
                bus._bus.flush()
        bus.send(TICK.pack(SYMBOL, 0.0, 0, now(), END), type_id=END)
        bus._bus.flush()

    def _by_iceoryx(self, ticks: Stream) -> None:
        publisher, now = self._port, time.time_ns
        columns = (ticks.price.tolist(), ticks.quantity.tolist(), ticks.kind.tolist())
        for p, q, k in zip(*columns, strict=True):
            publisher.loan_uninit().write_payload(IceoryxTick(SYMBOL, p, q, now(), k)).send()
        publisher.loan_uninit().write_payload(IceoryxTick(SYMBOL, 0.0, 0, now(), END)).send()


def iceoryx2_service(node: Any, at: str) -> Any:
    """Return the service of ticks called `at`, which both sides open with the same settings."""
    import iceoryx2 as iox2

    builder = node.service_builder(iox2.ServiceName.new(at)).publish_subscribe(IceoryxTick)
    return builder.subscriber_max_buffer_size(_BUFFERED).enable_safe_overflow(False).open_or_create()
