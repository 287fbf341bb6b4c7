"""The engine as a process: where its executable is, how it is started on a core, and how it came to its end."""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import sysconfig
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from perfwatch.errors import EngineError, HostError

EXECUTABLE: Final = "perfwatch-engine"
EXECUTABLE_VARIABLE: Final = "PERFWATCH_ENGINE"

# What a pipe holds where nobody changed it: one system call moves no more.
_PIPE_BYTES: Final = 65536


def find() -> Path:
    """Return the engine's executable: $PERFWATCH_ENGINE, else in the package, in the scripts folder, or on the PATH.

    Errors
    ------
    EngineError : there is none, or the variable names none.
    """
    named = os.environ.get(EXECUTABLE_VARIABLE)
    if named:
        if _is_executable(Path(named)):
            return Path(named)
        raise EngineError(f"{EXECUTABLE_VARIABLE}={named} is not an executable file; correct it, or unset it")
    packaged = Path(__file__).parent.parent / "bin" / EXECUTABLE
    if _is_executable(packaged):
        return packaged
    # Asked only now: it takes a tenth of a millisecond, and a spawn is timed.
    script = Path(sysconfig.get_path("scripts"), EXECUTABLE)
    if _is_executable(script):
        return script
    on_path = shutil.which(EXECUTABLE)
    if on_path is not None:
        return Path(on_path)
    raise EngineError(
        f"{EXECUTABLE} is neither in {packaged.parent} nor in {script.parent} nor on the PATH; "
        f"install perfwatch with cargo at hand, or name the executable in {EXECUTABLE_VARIABLE}"
    )


def spawn(arguments: tuple[str, ...], core: int | None, stderr: IO[bytes] | int) -> subprocess.Popen[bytes]:
    """Return the engine just started with `arguments`, stdin and stdout piped to us, pinned to `core` unless None.

    Errors
    ------
    EngineError : the executable is not found, or is not one for this machine.
    HostError : this process cannot give it that core.
    """
    executable = find()
    try:
        return start([executable, *arguments], core, stderr)
    except OSError as error:
        raise EngineError(f"{executable} cannot be started: {error.strerror}; build it for this machine") from error


def start(command: Sequence[str | Path], core: int | None, stderr: IO[bytes] | int) -> subprocess.Popen[bytes]:
    """Return the process just started, stdin and stdout piped to us, pinned to `core` unless None.

    Errors
    ------
    HostError : this process cannot give it that core.
    OSError : the command cannot be started.
    """
    with _on_core(core):
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, bufsize=0)


def converse(process: subprocess.Popen[bytes], request: bytes, within_s: float) -> bytes:
    """Return all that `process` writes to its stdout, after all of `request` was written to its stdin.

    `Popen.communicate` with a timeout does the same, but writes 4 kB at a time and sleeps to wait for the end: together
    as long as everything that is to be timed here.

    Errors
    ------
    TimeoutError : `within_s` seconds have passed.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    deadline = time.monotonic() + within_s
    unsent, received = memoryview(request), []
    with selectors.DefaultSelector() as ready:
        os.set_blocking(process.stdin.fileno(), False)
        ready.register(process.stdin, selectors.EVENT_WRITE)
        ready.register(process.stdout, selectors.EVENT_READ)
        while ready.get_map():
            events = ready.select(max(0.0, deadline - time.monotonic()))
            if not events:
                raise TimeoutError
            for key, _ in events:
                if key.fileobj is process.stdin:
                    unsent = _sent(process.stdin, unsent)
                    if not unsent:
                        ready.unregister(process.stdin)
                        process.stdin.close()
                elif chunk := os.read(key.fd, _PIPE_BYTES):
                    received.append(chunk)
                else:
                    ready.unregister(process.stdout)
    return b"".join(received)


def first_line(process: subprocess.Popen[bytes], within_s: float) -> str:
    """Return the first line that `process` writes to its stdout, without its end; empty if it ends without one.

    Its stdout is closed thereafter.

    Errors
    ------
    TimeoutError : `within_s` seconds have passed.
    """
    assert process.stdout is not None
    line, deadline = b"", time.monotonic() + within_s
    with process.stdout as stdout, selectors.DefaultSelector() as readable:
        readable.register(stdout, selectors.EVENT_READ)
        while b"\n" not in line:
            if not readable.select(max(0.0, deadline - time.monotonic())):
                raise TimeoutError
            chunk = os.read(stdout.fileno(), _PIPE_BYTES)
            if not chunk:
                return ""
            line += chunk
    return line.partition(b"\n")[0].decode(errors="replace")


def how_it_ended(process: subprocess.Popen[bytes]) -> str:
    """Return in words how `process` ended, or that it has not."""
    try:
        # Its pipes and sockets close a moment before it can be waited for.
        code = process.wait(1.0)
    except subprocess.TimeoutExpired:
        return "it runs, but hung up"
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def one_line(stderr: bytes) -> str:
    """Return what a process wrote to its stderr as the end of a one-line message: empty, or in brackets."""
    words = stderr.decode(errors="replace").split()
    return f" ({' '.join(words)})" if words else ""


def _is_executable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


@contextmanager
def _on_core(core: int | None) -> Iterator[None]:
    """Give this thread the mask that a child started meanwhile inherits: it then never runs anywhere else."""
    if core is None:
        yield
        return
    if not hasattr(os, "sched_setaffinity"):
        raise HostError(f"this system cannot pin the engine to processor {core}; leave it unpinned")
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {core})
    except (OSError, ValueError) as error:
        raise HostError(f"cannot pin the engine to processor {core}; give one that this process may use") from error
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _sent(stdin: IO[bytes], unsent: memoryview) -> memoryview:
    try:
        return unsent[os.write(stdin.fileno(), unsent) :]
    except BrokenPipeError:
        # It reads no further: what it says on stdout, or its end, tells why.
        return unsent[:0]
