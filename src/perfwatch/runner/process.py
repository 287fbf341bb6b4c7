"""asv as a child of this program: its output followed and kept, interruptions passed on, nothing of it left behind."""

from __future__ import annotations

import codecs
import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import psutil

# How often the listener is called without news, so that time left counts down.
_TICK_S = 0.5
# What asv gets to end its own children after an interruption, and they after being asked to end.
_GRACE_S = 20.0
_SWEEP_S = 3.0


@dataclass(frozen=True)
class Ended:
    """How the child ended; `interrupted` tells that it was this program that was asked to stop."""

    exit_code: int
    interrupted: bool


@dataclass
class Interruption:
    """How often somebody asked this program to stop."""

    asked: int = 0

    def note(self, signum: int, frame: FrameType | None) -> None:
        """Remember that somebody asked; the loop that follows the child acts on it."""
        self.asked += 1


@contextlib.contextmanager
def interruptible() -> Iterator[Interruption]:
    """Catch SIGINT, SIGTERM and SIGHUP for the length of the block; in any other than the main thread, nothing."""
    interruption = Interruption()
    caught: dict[signal.Signals, object] = {}
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # A signal ignored on purpose (nohup, a shell's background job) stays ignored.
        if signum != signal.SIGTERM and signal.getsignal(signum) is signal.SIG_IGN:
            continue
        with contextlib.suppress(ValueError):
            caught[signum] = signal.signal(signum, interruption.note)
    try:
        yield interruption
    finally:
        for signum, handler in caught.items():
            signal.signal(signum, handler)  # type: ignore[arg-type]


def follow(
    command: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    log: Path,
    heard: Callable[[str], None],
    interruption: Interruption,
) -> Ended:
    """Run `command` to its end and return how it ended; its output, stdout and stderr as one, goes to `log`.

    Parameters
    ----------
    heard : called with each piece of output as it comes, and with "" from time to time.
    interruption : once asked, the child gets SIGINT; asked again, or after 20 s, it and all its kin are ended.

    The child leads a session of its own: a terminal's Ctrl-C reaches only this program, which passes it on once, and
    whatever the child started can be found by the session when it is over.
    """
    with log.open("wb") as kept:
        child = subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            if _listen(child, kept.write, heard, interruption):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(timeout=_GRACE_S)
        finally:
            _sweep(child)
    return Ended(child.returncode, interrupted=interruption.asked > 0)


def _listen(
    child: subprocess.Popen[bytes],
    keep: Callable[[bytes], object],
    heard: Callable[[str], None],
    interruption: Interruption,
) -> bool:
    """Return whether the child's output ended by itself; False where it is to be ended by force."""
    assert child.stdout is not None
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    deadline: float | None = None
    with child.stdout:
        fd = child.stdout.fileno()
        while True:
            if interruption.asked and deadline is None:
                child.send_signal(signal.SIGINT)
                deadline = time.monotonic() + _GRACE_S
            if deadline is not None and (interruption.asked > 1 or time.monotonic() > deadline):
                return False
            if select.select([fd], [], [], _TICK_S)[0]:
                chunk = os.read(fd, 1 << 16)
                if not chunk:
                    return True
                keep(chunk)
                heard(decoder.decode(chunk))
            elif child.poll() is not None:
                # Over, but somebody it started holds its output open; the sweep finds them.
                return True
            else:
                heard("")


def _sweep(child: subprocess.Popen[bytes]) -> None:
    """End every process of the child's session that is still there, the child too."""
    left = _session(child.pid)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs([p for p in left if p.pid != child.pid], timeout=_SWEEP_S) if left else ([], [])
    for process in (*stubborn, *_session(child.pid)):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    child.wait()


def _session(leader: int) -> list[psutil.Process]:
    found = []
    for pid in psutil.pids():
        with contextlib.suppress(OSError, psutil.NoSuchProcess):
            if os.getsid(pid) == leader:
                process = psutil.Process(pid)
                if process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
    return found
