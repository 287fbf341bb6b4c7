"""What the host does to code that no commit touches: a frozen loop and a frozen echo, timed beside each commit.

Nothing here is built from the commit under test, and nothing is imported from what is measured, so a change of these
timings is the host's. They are frozen: whoever changes a line that is timed raises `VERSION`, which starts new series.
Each measurement is a process of its own, pinned like the benchmarks: `python -m perfwatch.runner.controls CORE`.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

VERSION = "1"

# Together about half a second: two of these beside a commit that takes a minute.
_REPEATS = 9
# Long enough to average over timer ticks, short enough to fit between two of them now and then.
_ROUND_TRIPS = 1_000
_MESSAGE = b"\0" * 8
_POINTS, _WINDOW = 20_000, 200
# A child that hangs is the host's trouble, and no reason to measure nothing.
_TIMEOUT_S = 60.0


def measure(core: int | None) -> dict[str, list[float]]:
    """Return the control timings taken now, seconds, by name; empty where they could not be taken.

    Parameters
    ----------
    core : processor both ends run on; None leaves it to the system.
    """
    command = [sys.executable, "-m", "perfwatch.runner.controls", *([] if core is None else [str(core)])]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=True)
        taken = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}
    return {str(name): [float(t) for t in timings] for name, timings in taken.items()}


def joined(before: Mapping[str, list[float]], after: Mapping[str, list[float]]) -> dict[str, dict[str, Any]]:
    """Return what the record of a run keeps of its controls, taken before and after it."""
    return {
        name: {"version": VERSION, "before": list(before.get(name, [])), "after": list(after.get(name, []))}
        for name in sorted({*before, *after})
    }


def _echo() -> Callable[[], float]:
    """Return a timer of one round trip of 8 bytes to a process that sends back what it gets."""
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    if os.fork() == 0:
        near.close()
        while message := far.recv(len(_MESSAGE)):
            far.sendall(message)
        os._exit(0)
    far.close()

    def timed() -> float:
        started = time.perf_counter()
        for _ in range(_ROUND_TRIPS):
            near.sendall(_MESSAGE)
            near.recv(len(_MESSAGE))
        return (time.perf_counter() - started) / _ROUND_TRIPS

    return timed


def _compute() -> Callable[[], float]:
    """Return a timer of a fixed scalar loop of multiply-adds over an array that fits in the first caches."""
    import numpy as np
    from numba import njit

    x = np.linspace(1.0, 2.0, _POINTS)

    @njit
    def loop(x):  # type: ignore[no-untyped-def]
        total = 0.0
        for i in range(_WINDOW, x.size):
            weighted = 0.0
            for k in range(_WINDOW):
                weighted += (k + 1) * x[i - _WINDOW + k]
            total += weighted
        return total

    loop(x[: _WINDOW + 1])

    def timed() -> float:
        started = time.perf_counter()
        loop(x)
        return time.perf_counter() - started

    return timed


def main(arguments: list[str]) -> int:
    """Print the timings as JSON; the exit code is 0."""
    if arguments and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(arguments[0])})
    taken = {}
    for name, prepare in (("echo", _echo), ("compute", _compute)):
        timed = prepare()
        timed()
        taken[name] = [timed() for _ in range(_REPEATS)]
    print(json.dumps(taken))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
