"""Market ticks from Python to Rust through a ring in shared memory: 32 bytes each, one producer, one consumer.

Three ways to write them: `packed`, plain Python and `struct.pack_into`; `extension`, a call of the extension a tick;
`batched`, numpy's fields of 64 ticks at a time. The consumer counts them, sums price times quantity in the order they
come (a parity with the producer's sum), and keeps how old each was when it was read. `engine/core/src/ticks.rs` lays
the ring out; a full ring makes the producer wait, and a consumer that dies is noticed, not waited for.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import socket
import struct
import time
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from perfwatch.backtest import market
from perfwatch.backtest.shared_memory import MemoryEngine
from perfwatch.errors import HostError, UsageError, WrongAnswerError

Way = Literal["packed", "extension", "batched"]
WAYS: Final[tuple[Way, ...]] = ("packed", "extension", "batched")
# Of the published example.
N_TICKS: Final = 500_000
SYMBOL: Final = b"BTCUSDT\0"
BID, ASK, END = 1, 2, 0

_HEAD, _TAIL, _TICKS, TICK_BYTES = 64, 128, 4096, 32
TICK: Final = struct.Struct("<8sdIQI")
_FIELDS: Final = np.dtype(
    {
        "names": ["symbol", "price", "quantity", "timestamp", "kind"],
        "formats": ["S8", "<f8", "<u4", "<u8", "<u4"],
        "offsets": [0, 8, 16, 20, 28],
        "itemsize": TICK_BYTES,
    }
)
# Ticks written between two looks at the room there is; divides the capacity.
BATCH: Final = 64
# Looks between two questions whether the consumer lives; about a millisecond of them.
_LOOKS: Final = 20_000
# Bounds of a coarse histogram, nanoseconds: twenty a decade, up to a hundred seconds.
_BOUNDS_NS: Final = np.unique(np.rint(10 ** (np.arange(20 * 11 + 1) / 20)).astype(np.int64))


class Stream(NamedTuple):
    """Ticks to send: price float64 (n,), quantity uint32 (n,), kind uint32 (n,), BID or ASK."""

    price: NDArray[np.float64]
    quantity: NDArray[np.uint32]
    kind: NDArray[np.uint32]

    @property
    def turnover(self) -> float:
        """Sum of price times quantity, one after the other; numpy's own sum would add them in another order."""
        return float(np.cumsum(self.price * self.quantity)[-1]) if len(self.price) else 0.0


class Seen(NamedTuple):
    """What the consumer saw: ticks, their turnover, and a histogram of their ages when they were read.

    `ages_ns` and `counts` are int64 (k,): so many ticks were at most so old, to three digits, and older than the one
    before.
    """

    ticks: int
    turnover: float
    ages_ns: NDArray[np.int64]
    counts: NDArray[np.int64]

    def age_s(self, share: float) -> float:
        """Return the age that `share` of the ticks did not exceed, seconds; 1.0 for the oldest."""
        if not self.ticks:
            raise UsageError("a stream of no ticks has no ages")
        reached = np.searchsorted(np.cumsum(self.counts), share * self.ticks)
        return float(self.ages_ns[min(int(reached), len(self.ages_ns) - 1)]) * 1e-9


def histogram(seen: Seen) -> dict[str, list[int]]:
    """Return how old the ticks were in twenty steps a decade, few enough to be kept for each commit.

    `ticks` of them were at most `at_most_ns` old and older than the step before; steps without any are left out, and
    whatever is older than a hundred seconds is in the last one.
    """
    step = np.minimum(np.searchsorted(_BOUNDS_NS, seen.ages_ns), len(_BOUNDS_NS) - 1)
    counts = np.zeros(len(_BOUNDS_NS), np.int64)
    np.add.at(counts, step, seen.counts)
    filled = np.flatnonzero(counts)
    return {"at_most_ns": _BOUNDS_NS[filled].tolist(), "ticks": counts[filled].tolist()}


def stream(n: int = N_TICKS, seed: int = 1) -> Stream:
    """Return `n` ticks around the study's prices, bids and asks in turn, with quantities drawn from `seed`."""
    rng = np.random.default_rng(seed)
    price = np.resize(market.close(min(max(n, 1), market.N_BARS)), n)
    kind = np.where(np.arange(n) % 2 == 0, BID, ASK).astype(np.uint32)
    return Stream(price, rng.integers(1, 1_000, n, dtype=np.uint32), kind)


class TickEngine(MemoryEngine):
    """An engine that reads streams of ticks, once it was started; not to be shared by threads.

    Parameters
    ----------
    core : processor the engine is pinned to, None to leave it to the system. It spins, and wants a core of its own.
    """

    _flags = ("--ticks",)
    _magic, _slots_at, _slot_bytes = b"PWTICK01", _TICKS, TICK_BYTES

    def __init__(self, core: int | None = None) -> None:
        super().__init__("plain", "unix", core)

    def _open(self, memory: int) -> None:
        # Kept, for every stream that the extension writes maps it again.
        self._memory = os.dup(memory)
        self._longs = memoryview(self._map)[:_TICKS].cast("Q")

    def close(self) -> None:
        """End the engine; nothing if it has ended already. It is not to be started again."""
        super().close()
        memory, self._memory = getattr(self, "_memory", -1), -1
        if memory >= 0:
            os.close(memory)

    def send(self, ticks: Stream, way: Way) -> Seen:
        """Return what the engine saw of `ticks`, written in one of the WAYS.

        Errors
        ------
        UsageError : no such way.
        HostError : plain Python or numpy on a processor that may reorder its writes.
        EngineError : the engine has gone.
        WrongAnswerError : the engine saw something else.
        """
        self.write(ticks, way)
        return self.seen(ticks)

    def write(self, ticks: Stream, way: Way) -> None:
        """Write `ticks` and the end of the stream; `send` without waiting for what was seen."""
        writers: dict[str, Callable[[Stream], None]] = {
            "packed": self._packed,
            "extension": self._by_extension,
            "batched": self._batched,
        }
        if way not in writers:
            raise UsageError(f"ticks: no way {way!r} to write them; there are {', '.join(WAYS)}")
        if way != "extension" and platform.machine() not in ("x86_64", "AMD64"):
            raise HostError(f"ticks: {way} needs an x86-64 processor, this is {platform.machine()}; take the extension")
        writers[way](ticks)

    def seen(self, ticks: Stream) -> Seen:
        """Return what the engine saw, which must be `ticks`; waits for the end of the stream to be read."""
        line = b""
        try:
            while not line.endswith(b"\n"):
                chunk = self.connection.recv(1 << 16)
                if not chunk:
                    raise ConnectionResetError("closed by the engine")
                line += chunk
        except OSError as error:
            raise self.failed(error) from error
        told = json.loads(line)
        buckets = np.array(told["latency_ns"], dtype=np.int64).reshape(-1, 2)
        found = Seen(told["ticks"], told["turnover"], buckets[:, 0], buckets[:, 1])
        if (found.ticks, found.turnover) != (len(ticks.price), ticks.turnover):
            raise WrongAnswerError(
                f"of {len(ticks.price)} ticks with a turnover of {ticks.turnover} the engine saw {found.ticks} "
                f"with {found.turnover}"
            )
        return found

    def _packed(self, ticks: Stream) -> None:
        pack, ring, longs, now = TICK.pack_into, self._map, self._longs, time.time_ns
        number = longs[_HEAD // 8]
        price, quantity, kind = ticks.price.tolist(), ticks.quantity.tolist(), ticks.kind.tolist()
        for begin in range(0, len(price), BATCH):
            end = begin + BATCH
            self._wait_for_room(number + BATCH)
            # A batch is not cut by the ring's end.
            at = _TICKS + TICK_BYTES * (number & (self.capacity - 1))
            for p, q, k in zip(price[begin:end], quantity[begin:end], kind[begin:end], strict=True):
                pack(ring, at, SYMBOL, p, q, now(), k)
                at += TICK_BYTES
                number += 1
                # What went before is visible before this is: x86-64 keeps the order of writes.
                longs[_HEAD // 8] = number
        self._end_of_stream(number)

    def _batched(self, ticks: Stream) -> None:
        ring = np.frombuffer(self._map, _FIELDS, self.capacity, _TICKS)
        ring["symbol"] = SYMBOL
        prices, quantities, stamps, kinds = ring["price"], ring["quantity"], ring["timestamp"], ring["kind"]
        longs, now, mask, n = self._longs, time.time_ns, self.capacity - 1, len(ticks.price)
        # A multiple of BATCH, so that no batch is cut by the ring's end.
        first = longs[_HEAD // 8]
        for begin in range(0, n, BATCH):
            end = min(begin + BATCH, n)
            self._wait_for_room(first + begin + BATCH)
            at = (first + begin) & mask
            slots = slice(at, at + end - begin)
            prices[slots] = ticks.price[begin:end]
            quantities[slots] = ticks.quantity[begin:end]
            kinds[slots] = ticks.kind[begin:end]
            stamps[slots] = now()
            longs[_HEAD // 8] = first + end
        self._end_of_stream(first + n)

    def _by_extension(self, ticks: Stream) -> None:
        from perfwatch._engine import TickProducer

        producer = TickProducer(self._memory, self.capacity, self.connection.fileno())
        push = producer.pusher(SYMBOL)
        try:
            for p, q, k in zip(ticks.price.tolist(), ticks.quantity.tolist(), ticks.kind.tolist(), strict=True):
                push(p, q, k)
            producer.end()
        except ConnectionError as error:
            raise self.failed(error) from error

    def _end_of_stream(self, number: int) -> None:
        # The end skips to where the next stream begins.
        skipped = -(number + 1) % BATCH
        self._wait_for_room(number + 1 + skipped)
        slot = number & (self.capacity - 1)
        TICK.pack_into(self._map, _TICKS + TICK_BYTES * slot, SYMBOL, 0.0, skipped, time.time_ns(), END)
        self._longs[_HEAD // 8] = number + 1 + skipped

    def _wait_for_room(self, head: int) -> None:
        """Wait until ticks up to number `head` have room."""
        longs, least = self._longs, head - self.capacity
        while longs[_TAIL // 8] < least:
            for _ in range(_LOOKS):
                if longs[_TAIL // 8] >= least:
                    return
            with contextlib.suppress(BlockingIOError):
                if not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                    raise self.failed(ConnectionResetError("closed by the engine"))
