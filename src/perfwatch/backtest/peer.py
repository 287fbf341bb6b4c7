"""A Python process beside ours: it says on its first line where it listens, and ends when its stdin does."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from perfwatch.backtest.process import first_line, how_it_ended, start
from perfwatch.errors import EngineError

# To import what it needs and to open a port; the rest is for a machine that is busy.
READY_WITHIN_S: Final = 60.0
_END_WITHIN_S: Final = 10.0


class Peer:
    """A process from `start` to `close`; not to be shared by threads.

    Parameters
    ----------
    what : its name in messages.
    module, arguments : what `python -m` runs.
    core : processor it is pinned to, None to leave it to the system.
    """

    def __init__(self, what: str, module: str, arguments: Sequence[str] = (), core: int | None = None) -> None:
        self._what = what
        self._command = [sys.executable, "-m", module, *arguments]
        self._core = core
        self._process: subprocess.Popen[bytes] | None = None
        # Where it listens, once it was started.
        self.address = ""

    def start(self) -> None:
        """Start it, and set `address`; nothing if it was started before.

        Errors
        ------
        EngineError : it ended, or was not ready in time; the message has its last words.
        HostError : it cannot be pinned to its core.
        """
        if self._process is not None:
            return
        with tempfile.TemporaryFile() as said:
            self._process = start(self._command, self._core, said)
            try:
                line = first_line(self._process, READY_WITHIN_S)
            except TimeoutError:
                line = ""
            if not line:
                said.seek(0)
                ended, words = how_it_ended(self._process), " ".join(said.read().decode(errors="replace").split())
                self.close()
                raise EngineError(f"the {self._what} did not start: {ended} ({words[-300:]})")
        self.address = line.removeprefix("listening ")

    @property
    def pid(self) -> int | None:
        """Its process id, None while it does not run."""
        return None if self._process is None else self._process.pid

    def close(self) -> None:
        """End it; nothing if it has ended already."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            try:
                self._process.wait(_END_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
