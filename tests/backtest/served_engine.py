"""What the tests of the engine share: a served engine of a test's own, raw connections to it, its published answer."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable

import numpy as np
import psutil
import pytest

from perfwatch.backtest import wire
from perfwatch.backtest.engine import find

PUBLISHED_PNL_PP = -5165.584357717
PUBLISHED_TRADES = 57_029
PUBLISHED_PARAMS = np.array([[3, 6, 2, 1, 2, 3]], dtype=np.int64)

NO_PARAMS = np.empty((0, 6), dtype=np.int64)
ONE_BAR, ONE_COMBINATION = np.array([100.0]), np.ones((1, 6), dtype=np.int64)

# Nothing here takes a second; this only ends what would otherwise never end.
PATIENCE_S = 30.0

kernels = pytest.mark.parametrize("kernel", ["checked", "unchecked"])
transports = pytest.mark.parametrize("transport", ["unix", "tcp"])
pins = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs Linux: this system cannot pin")


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"not after {PATIENCE_S} s: {what}"
        time.sleep(0.005)


class Server:
    """A served engine of a test's own, and raw connections to it."""

    def __init__(self, *arguments: str, umask: int = -1) -> None:
        self.process = subprocess.Popen(
            [find(), "serve", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, umask=umask
        )
        self.lines = [self.process.stdout.readline().strip() for a in arguments if a in ("--unix", "--tcp")]

    def connect(self) -> socket.socket:
        transport, _, at = self.lines[0].removeprefix("listening ").partition(":")
        client = socket.socket(socket.AF_UNIX if transport == "unix" else socket.AF_INET)
        client.settimeout(PATIENCE_S)
        host, _, port = at.rpartition(":")
        client.connect(at if transport == "unix" else (host, int(port)))
        return client

    def end(self) -> int:
        self.process.stdin.close()
        code = self.process.wait(PATIENCE_S)
        self.process.stdout.close()
        return code


def answer(client: socket.socket) -> bytes | str:
    """Return the next reply's body, as text where it is an error."""
    length, refused = wire.reply_length(exactly(client, 4))
    body = exactly(client, length)
    return body.decode() if refused else body


def exactly(client: socket.socket, n: int) -> bytes:
    received = b""
    while len(received) < n:
        chunk = client.recv(n - len(received))
        assert chunk, f"the engine hung up after {received!r}"
        received += chunk
    return received


def framed(body: bytes) -> bytes:
    return struct.pack("<I", len(body)) + body


def run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([find(), *arguments], input=given, capture_output=True, timeout=PATIENCE_S, check=False)


ECHO = wire.build_request(wire.OPCODE_ECHO, [1.5], NO_PARAMS)
ECHOED = struct.pack("<d", 1.5)


def stop(pid: int) -> None:
    """Stop a process, and return when each of its threads stands still: the signal alone is only a request."""
    os.kill(pid, signal.SIGSTOP)
    threads = [psutil.Process(thread.id) for thread in psutil.Process(pid).threads()]
    wait_until(lambda: all(t.status() == psutil.STATUS_STOPPED for t in threads), f"process {pid} stops")
