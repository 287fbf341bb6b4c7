"""asv, tied to the life of the program that started it: `python -m perfwatch.runner.tethered run …`.

asv cleans up after itself on SIGINT only. So every way to end it is made into one: SIGTERM, and on Linux also the death
of the starting program, which a `kill -9` gives no chance to pass anything on.

Its forkserver asks a thousand times a second whether the benchmark is over. Where there are other cores, asv and the
forkserver stay off the measured ones; `--cpu-affinity` brings each benchmark onto them.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Become asv, with the arguments of this process."""
    # A shell's background job inherits an ignored SIGINT, under which Python never raises KeyboardInterrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
        # It may have died before the line above.
        if os.getppid() != parent:
            sys.exit(1)
        measured = {int(core) for core in os.environ.get("PERFWATCH_CORES", "").split(",") if core}
        if others := os.sched_getaffinity(0) - measured:
            os.sched_setaffinity(0, others)
    sys.argv[0] = "asv"
    runpy.run_module("asv", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
