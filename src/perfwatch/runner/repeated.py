"""One benchmark of an asv suite again and again, for a profiler to look at; a program of its own.

It is run by the Python of the environment that holds a commit, where perfwatch is not: it needs asv's runner alone.
`python repeated.py SUITE BENCHMARK INDEX SECONDS CORES`: `INDEX` counts the sets of parameters in asv's order, -1 where
there are none; `CORES` are numbers with commas between them, or nothing.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str]) -> int:
    """Prepare the benchmark and measure it as asv does, until the time is over."""
    from asv_runner.discovery import get_benchmark_from_name

    suite, name, index, seconds, cores = arguments
    if cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(core) for core in cores.split(",")})
    benchmark = get_benchmark_from_name(suite, name if index == "-1" else f"{name}-{index}")
    if benchmark.setup_cache_key is not None:
        benchmark.set_cache(benchmark.do_setup_cache())
    if benchmark.do_setup():
        print(f"{name}: skips these parameters", file=sys.stderr)
        return 1
    until = time.monotonic() + float(seconds)
    try:
        while time.monotonic() < until:
            benchmark.do_run()
    finally:
        benchmark.do_teardown()
    return 0


if __name__ == "__main__":
    # Python looks beside the script first, where other modules have names of its own library's.
    sys.path[:] = [folder for folder in sys.path if folder != str(Path(__file__).parent)]
    sys.exit(main(sys.argv[1:]))
