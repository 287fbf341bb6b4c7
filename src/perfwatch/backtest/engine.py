"""Start the engine, ask it, end it.

An engine belongs to the process that started it: that holds the other end of the engine's stdin, and the engine ends
when it closes, however the process came to its end. The engine holds neither the stdout nor the stderr of its client.
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import tempfile
import weakref
from types import TracebackType
from typing import IO, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

from perfwatch.backtest import wire
from perfwatch.backtest.process import converse, find, first_line, how_it_ended, one_line, spawn
from perfwatch.errors import EngineError, FrameError

__all__ = ["Build", "Engine", "Transport", "find", "once"]

Build = Literal["checked", "unchecked", "plain", "across", "prefix", "prefix-cores", "certified", "certified-cores"]
Transport = Literal["unix", "tcp", "http"]

# An engine is ready within milliseconds; the rest is for a machine that is busy building something.
READY_WITHIN_S: Final = 20.0
# Far above any sweep of this grid, so that it only ever ends a call to an engine that hangs.
ANSWER_WITHIN_S: Final = 600.0
# From the end of its stdin to its own: it has a listener to drop and a file to remove.
END_WITHIN_S: Final = 5.0

# Replies are received to the fifth byte of their buffer, so that the body behind the length is aligned for float64.
_BEFORE_LENGTH: Final = 8 - wire.LENGTH_BYTES
# Up to here a copy costs less than the bookkeeping of not making one, bytes.
_WORTH_JOINING: Final = 64 << 10
# An error message may be longer than the answer that was expected.
_LEAST_BODY: Final = 4096
# The attribute, and the argument of the call that counts; a body that somebody holds is one more.
_REFERENCES_OF_OUR_OWN: Final = 2


class Engine:
    """An engine that runs until it is closed, and one connection to it; not to be shared by threads.

    Parameters
    ----------
    kernel : which build of the kernel computes.
    transport : `unix`, a socket that nobody else can reach, or `tcp`, on a free port of the loopback; `http` is for
        `json_service`.
    core : processor the engine is pinned to, None to leave it to the system.
    answer_within_s : longest silence in a call before it fails, seconds.
    """

    # What its command line has beside the address and the kernel.
    _flags: tuple[str, ...] = ()

    def __init__(
        self,
        kernel: Build = "checked",
        transport: Transport = "unix",
        core: int | None = None,
        *,
        answer_within_s: float = ANSWER_WITHIN_S,
    ) -> None:
        self._kernel = kernel
        self._transport = transport
        self._core = core
        self._answer_within_s = answer_within_s
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None
        self._buffer = np.empty(0, dtype=np.uint8)
        # Its stderr is a file: a pipe that nobody reads would stop it, and ours is not to be held by it.
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by _end, or with this object
        self._end: weakref.finalize[..., Engine] = weakref.finalize(self, self._stderr.close)

    def start(self) -> None:
        """Start the engine and connect to it; nothing if it was started before.

        Errors
        ------
        EngineError : it is not found, ended before it was ready, or was not ready in time.
        HostError : the engine cannot be pinned to its core.
        """
        if self._process is not None:
            return
        if not self._end.alive:
            raise EngineError("the engine was closed; take a new one")
        # The socket's file is needed only until the connection stands: so none is left, however this process ends.
        with tempfile.TemporaryDirectory(prefix="perfwatch-") as folder:
            at = f"{folder}/engine.sock" if self._transport == "unix" else "127.0.0.1:0"
            self._process = spawn(
                ("serve", f"--{self._transport}", at, "--kernel", self._kernel, *self._flags), self._core, self._stderr
            )
            self._end.detach()
            self._end = weakref.finalize(self, _end, self._process, self._stderr, os.getpid())
            try:
                self._connection = _connect(self._address(self._process), self._answer_within_s)
                weakref.finalize(self, self._connection.close)
            except BaseException:
                self.close()
                raise

    def call(self, opcode: int, close: NDArray[np.float64], params: NDArray[np.int64]) -> memoryview:
        """Return the body that answers the request; it stays as it is for as long as it is held.

        Parameters
        ----------
        opcode : one of wire's OPCODEs.
        close : float64 (n,), price, oldest first.
        params : int64 (m, 6), windows in bars, columns (half, full, sq, p3, p2, p).

        Errors
        ------
        EngineError : the engine answered with an error, died, hangs, or is not running.
        FrameError : the arrays fit no frame, or the reply is none.
        """
        request = wire.request_parts(opcode, close, params)
        return self.exchange(request, wire.reply_bytes(opcode, len(close), len(params)))

    def exchange(self, request: tuple[bytes, memoryview, memoryview], expected: int) -> memoryview:
        """Return the body, `expected` bytes, that answers the frame `request`, in parts; otherwise as `call`."""
        connection = self.connection
        reply = self._room(expected)
        try:
            _send(connection, request)
            return self._rest(connection, reply, _receive(connection, reply, 0, wire.LENGTH_BYTES), expected)
        except OSError as error:
            raise self.failed(error) from error

    def rest_of(self, head: bytes | memoryview, expected: int) -> memoryview:
        """Return the body, `expected` bytes, of the reply that begins with `head`; as `exchange`, without the request.

        For callers that receive into memory of their own: what they got is all of it but where the engine refused.
        """
        connection = self.connection
        reply = self._room(expected)
        reply[: len(head)] = head
        try:
            got = _receive(connection, reply, len(head), wire.LENGTH_BYTES)
            return self._rest(connection, reply, got, expected)
        except OSError as error:
            raise self.failed(error) from error

    def _rest(self, connection: socket.socket, reply: memoryview, got: int, expected: int) -> memoryview:
        try:
            n, refused = wire.reply_length(reply[: wire.LENGTH_BYTES])
            whole = wire.LENGTH_BYTES + n
            if whole > len(reply) or not (refused or n == expected):
                raise FrameError(f"reply: expected a body of {expected} bytes, got {n}")
            _receive(connection, reply, got, whole)
        except BaseException:
            # Interrupted, or out of step: where the next reply begins is lost, and the connection with it.
            self._hang_up()
            raise
        body = reply[wire.LENGTH_BYTES : whole]
        if refused:
            raise wire.refusal(body)
        return body

    @property
    def connection(self) -> socket.socket:
        """The connection to the engine, for callers with frames of their own.

        Errors
        ------
        EngineError : the engine is not running.
        """
        if self._connection is None:
            raise EngineError("the engine is not running: not started, closed, or failed before; start a new one")
        return self._connection

    def failed(self, error: OSError) -> EngineError:
        """Hang up, and return what a failure of the connection means."""
        if self._connection is None:
            return EngineError("the engine is not running: not started, closed, or failed before; start a new one")
        self._hang_up()
        # What the kernel's timeouts are called here; any other failure is the other end's.
        if isinstance(error, BlockingIOError):
            return _too_slow(self._answer_within_s)
        assert self._process is not None
        return EngineError(f"the engine failed in mid-call: {how_it_ended(self._process)}{self._said()}")

    @property
    def alive(self) -> bool:
        """Whether the engine can be asked."""
        return self._connection is not None and self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The engine's process id, None where it was never started."""
        return None if self._process is None else self._process.pid

    def close(self) -> None:
        """End the engine; nothing if it has ended already. It is not to be started again."""
        self._hang_up()
        self._end()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _address(self, process: subprocess.Popen[bytes]) -> str:
        """Return what the engine says it listens on, `unix:PATH` or `tcp:HOST:PORT`."""
        try:
            line = first_line(process, READY_WITHIN_S)
        except TimeoutError as error:
            raise EngineError(f"the engine was not ready after {READY_WITHIN_S:g} s{self._said()}") from error
        if not line:
            raise EngineError(f"the engine did not start: {how_it_ended(process)}{self._said()}")
        return line.removeprefix("listening ")

    def _room(self, expected: int) -> memoryview:
        """Return memory for a reply: that of the last one, unless somebody still holds its body."""
        n = 8 + max(expected, _LEAST_BODY)
        # New memory for every 1.2 MB would cost more in page faults than the whole round trip.
        if self._buffer.size < n or sys.getrefcount(self._buffer) > _REFERENCES_OF_OUR_OWN:
            self._buffer = np.empty(n, dtype=np.uint8)
        return self._buffer.data[_BEFORE_LENGTH:]

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _said(self) -> str:
        # pread, for the engine writes at the offset that a read here would move.
        return one_line(os.pread(self._stderr.fileno(), 4096, 0))


def once(
    request: bytes, kernel: Build = "checked", core: int | None = None, *, answer_within_s: float = ANSWER_WITHIN_S
) -> memoryview:
    """Return the body that answers `request`, a frame, from an engine started for it alone, over stdin and stdout.

    Errors
    ------
    EngineError : the engine is not found, answered with an error, died, or gave no answer in time.
    HostError : the engine cannot be pinned to `core`.
    FrameError : what it wrote is no reply.
    """
    process = spawn(("once", "--kernel", kernel), core, subprocess.PIPE)
    with process:
        try:
            frame = converse(process, request, answer_within_s)
        except TimeoutError as error:
            raise _too_slow(answer_within_s) from error
        finally:
            # Nothing where it is ending by itself: it has closed its stdout.
            if sys.exc_info()[0] is not None:
                process.kill()
        assert process.stderr is not None
        stderr = process.stderr.read()
    if not frame:
        raise EngineError(f"the engine failed in mid-call: {how_it_ended(process)}{one_line(stderr)}")
    return wire.parse_reply(frame)


def _connect(address: str, answer_within_s: float) -> socket.socket:
    transport, _, at = address.partition(":")
    connection = socket.socket(socket.AF_UNIX if transport == "unix" else socket.AF_INET, socket.SOCK_STREAM)
    try:
        if transport == "unix":
            connection.connect(at)
        else:
            host, _, port = at.rpartition(":")
            connection.connect((host, int(port)))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The kernel's timeouts: Python's own would put a poll before each send and receive, and a call is timed.
        seconds, fraction = divmod(answer_within_s, 1)
        timeout = struct.pack("ll", int(seconds), int(fraction * 1e6))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeout)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout)
    except OSError as error:
        connection.close()
        raise EngineError(f"no connection to the engine at {address}: {error.strerror}") from error
    return connection


def _send(connection: socket.socket, request: tuple[bytes, memoryview, memoryview]) -> None:
    header, close, params = request
    try:
        if close.nbytes <= _WORTH_JOINING:
            connection.sendall(b"".join(request))
            return
        # Gathered by the kernel from where they lie.
        sent = connection.sendmsg(request) - len(header)
        if sent < close.nbytes:
            connection.sendall(close.cast("B")[sent:])
            sent = close.nbytes
        if sent < close.nbytes + params.nbytes:
            connection.sendall(params.cast("B")[sent - close.nbytes :])
    except (BrokenPipeError, ConnectionResetError):
        # An engine that reads no further has said why, or is dead: receiving tells.
        pass


def _receive(connection: socket.socket, into: memoryview, got: int, wanted: int) -> int:
    """Receive until `into` holds at least `wanted` bytes, of which it has `got`; return how many it holds."""
    while got < wanted:
        n = connection.recv_into(into[got:])
        if n == 0:
            raise ConnectionResetError("closed by the engine")
        got += n
    return got


def _too_slow(answer_within_s: float) -> EngineError:
    return EngineError(f"the engine gave no answer for {answer_within_s:g} s; it hangs, or the job is longer than that")


def _end(process: subprocess.Popen[bytes], stderr: IO[bytes], owner: int) -> None:
    assert process.stdin is not None
    process.stdin.close()
    if os.getpid() != owner:
        # A forked child puts down its copies; the engine is its parent's, and poll() lets Popen see that.
        stderr.close()
        process.poll()
        return
    try:
        process.wait(END_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    stderr.close()
