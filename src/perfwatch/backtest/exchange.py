"""An exchange of our own, on the loopback: its feed over a WebSocket, to measure and to test what reads it.

Who connects sends `{"op": "subscribe", "symbols": […]}`, gets an acknowledgement, then the messages that
`feed.messages` makes, in bursts, and after them one of ENDS. `Exchange` runs it in a process of its own, so that its
work is nobody else's time: `python -m perfwatch.backtest.exchange --help`.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from typing import TYPE_CHECKING, Final, Literal

from perfwatch.backtest import feed
from perfwatch.backtest.peer import Peer

if TYPE_CHECKING:
    from websockets.sync.server import ServerConnection

# What comes after the messages: heartbeats for as long as somebody listens, nothing at all, or a closed connection.
End = Literal["heartbeats", "silence", "close"]
ENDS: Final[tuple[End, ...]] = ("heartbeats", "silence", "close")
HEARTBEAT_S: Final = 0.25


class Exchange(Peer):
    """An exchange in a process of its own; `address` is its URL. It needs the package websockets.

    Parameters
    ----------
    n_messages, seed : of `feed.messages`.
    end : what comes after them.
    burst : messages sent at once; 0 for all.
    pause_s : between two bursts.
    on_demand : send the messages at each `play`, and heartbeats in between, in place of once.
    core : processor it is pinned to, None to leave it to the system.
    """

    def __init__(
        self,
        n_messages: int,
        seed: int = 1,
        end: End = "heartbeats",
        *,
        burst: int = 0,
        pause_s: float = 0.0,
        on_demand: bool = False,
        core: int | None = None,
    ) -> None:
        arguments = {"messages": n_messages, "seed": seed, "end": end, "burst": burst, "pause": pause_s}
        flags = [f"--{name}={given}" for name, given in arguments.items()]
        flags += ["--on-demand"] if on_demand else []
        super().__init__("exchange", "perfwatch.backtest.exchange", flags, core)

    def play(self) -> None:
        """Have the messages sent, once more, to everybody who is connected; for one that plays on demand."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()


def frames(messages: list[bytes], burst: int = 0) -> list[bytes]:
    """Return the messages as WebSocket frames, `burst` of them joined, all where it is 0.

    Those that are no UTF-8 go as binary frames, for a text frame that is none ends the connection (RFC 6455, 8.1).
    """
    from websockets.frames import Frame, Opcode

    made = []
    for message in messages:
        try:
            message.decode()
            made.append(Frame(Opcode.TEXT, message).serialize(mask=False))
        except UnicodeDecodeError:
            made.append(Frame(Opcode.BINARY, message).serialize(mask=False))
    step = burst or max(len(made), 1)
    return [b"".join(made[i : i + step]) for i in range(0, len(made), step)]


class _Asked:
    """What whoever started this exchange asked for so far."""

    def __init__(self, plays: int) -> None:
        self.plays, self.stop = plays, False
        self._changed = threading.Condition()

    def play(self) -> None:
        with self._changed:
            self.plays += 1
            self._changed.notify_all()

    def end(self) -> None:
        with self._changed:
            self.stop = True
            self._changed.notify_all()

    def wait_beyond(self, played: int, wait_s: float) -> bool:
        """Return whether there is something to do before `wait_s` are over."""
        with self._changed:
            return self._changed.wait_for(lambda: self.stop or played < self.plays, wait_s)


def _play(connection: ServerConnection, bursts: list[bytes], pause_s: float) -> None:
    for burst in bursts:
        # Frames made beforehand: what is measured is who reads them.
        connection.socket.sendall(burst)
        if pause_s:
            time.sleep(pause_s)


def _serve(arguments: argparse.Namespace) -> int:
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.server import serve

    bursts = frames(feed.messages(arguments.messages, arguments.seed), arguments.burst)
    asked = _Asked(plays=0 if arguments.on_demand else 1)

    def attend(connection: ServerConnection) -> None:
        try:
            subscription = json.loads(connection.recv())
            # What was played before is over.
            played = asked.plays if arguments.on_demand else 0
            connection.send(json.dumps({"type": "ack", "symbols": subscription["symbols"]}))
            while not asked.stop:
                if played < asked.plays:
                    played += 1
                    _play(connection, bursts, arguments.pause)
                elif arguments.end == "close":
                    return
                if not asked.wait_beyond(played, HEARTBEAT_S) and arguments.end == "heartbeats":
                    connection.send(json.dumps({"type": "heartbeat", "ts": time.time_ns()}))
        except (ConnectionClosed, OSError, ValueError, KeyError):
            # Whoever has gone, or asked for nothing, is told nothing.
            return

    with serve(attend, "127.0.0.1", 0, compression=None, ping_interval=None) as server:

        def end_with_stdin() -> None:
            for _ in sys.stdin.buffer:
                asked.play()
            asked.end()
            server.shutdown()

        threading.Thread(target=end_with_stdin, daemon=True).start()
        print(f"listening ws://127.0.0.1:{server.socket.getsockname()[1]}/feed", flush=True)
        server.serve_forever()
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Serve until stdin ends; the exit code is 0."""
    parser = argparse.ArgumentParser(
        prog="python -m perfwatch.backtest.exchange",
        description="An exchange's feed over a WebSocket on the loopback; it ends with its stdin.",
    )
    parser.add_argument("--messages", type=int, default=100_000, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="what they are drawn from (default: %(default)s)")
    parser.add_argument("--burst", type=int, default=0, help="so many at once, 0 for all (default: %(default)s)")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between bursts (default: %(default)s)")
    parser.add_argument("--end", choices=ENDS, default="heartbeats", help="what comes then (default: %(default)s)")
    parser.add_argument("--on-demand", action="store_true", help="send them at each line on stdin, not once")
    return _serve(parser.parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
