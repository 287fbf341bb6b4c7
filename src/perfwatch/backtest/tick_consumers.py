"""Reads streams of ticks from a peer's ring, tells what it saw at the end of each, and ends with its stdin.

`python -m perfwatch.backtest.tick_consumers tachyon PATH` or `iceoryx2 PATH`: what it saw goes to whoever connects to
the Unix socket at PATH.told, a line of JSON a stream. `tick_peers` starts it.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

from perfwatch.backtest.tick_peers import ARENA_BYTES, iceoryx2_service
from perfwatch.backtest.ticks import END, TICK

Told = Iterator[tuple[int, float, int]]
_AT_ONCE, _SPINS = 1024, 10_000


def _by_tachyon(at: str) -> Told:
    """Yield (kind, price, quantity) of each tick, for as long as there are any."""
    import tachyon

    # It can be ended only while it does not wait for a message, and then by force; its memory has no name.
    threading.Thread(target=_end_by_force, daemon=True).start()
    bus = tachyon.Bus.listen(at, ARENA_BYTES)
    while True:
        with bus.drain_batch(_AT_ONCE, _SPINS) as batch:
            # Its stub says less than it can.
            messages: Any = batch
            for message in messages:
                with memoryview(message) as ring:
                    _, price, quantity, _, _ = TICK.unpack(ring[: TICK.size])
                yield message.type_id, price, quantity


def _by_iceoryx2(at: str) -> Told:
    """Yield the same."""
    import iceoryx2 as iox2

    iox2.set_log_level(iox2.LogLevel.Error)
    ended = threading.Event()

    def end_with_stdin() -> None:
        sys.stdin.buffer.read()
        ended.set()

    threading.Thread(target=end_with_stdin, daemon=True).start()
    node = iox2.NodeBuilder.new().create(iox2.ServiceType.Ipc)
    service = iceoryx2_service(node, at)
    subscriber = service.subscriber_builder().create()
    while not ended.is_set():
        for _ in range(_SPINS):
            sample = subscriber.receive()
            if sample is not None:
                tick = sample.payload().contents
                yield tick.kind, tick.price, tick.quantity
                sample.delete()


def _end_by_force() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main(peer: str, at: str) -> int:
    """Read until stdin ends; the exit code is 0."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{at}.told")
        listener.listen()
        print(f"listening {at}", flush=True)
        client, _ = listener.accept()
    ticks, turnover = 0, 0.0
    for kind, price, quantity in {"tachyon": _by_tachyon, "iceoryx2": _by_iceoryx2}[peer](at):
        if kind == END:
            client.sendall(json.dumps({"ticks": ticks, "turnover": turnover}).encode() + b"\n")
            ticks, turnover = 0, 0.0
            continue
        ticks += 1
        turnover += price * quantity
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
