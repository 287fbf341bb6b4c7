"""What the suites share: callables prepared and checked at their first call, before any time counts.

No suite has a `setup`: asv re-runs it before every timed call and then times one call a sample, which makes an echo of
4 µs look like one of 700. So a benchmark's state is made at its first call in a process, which is asv's warm-up, and a
wrong answer raises there: the benchmark fails instead of being timed.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from asv_runner.benchmarks.mark import SkipNotImplemented

SIZES = ["30000x20", "150000x80"]

# The labels of perfwatch.backtest.affinity, written out: asv reads the parameters without the package.
_CAN_PIN = hasattr(os, "sched_setaffinity")
WITHIN_PROCESS = ["one-core"] if _CAN_PIN else ["unpinned"]
WITH_SPINNING_ENGINE = ["two-cores"] if _CAN_PIN else ["unpinned"]
ON_BOTH_CORES = ["both-cores"] if _CAN_PIN else ["unpinned"]
WITH_ENGINE = ["same-core", "two-cores"] if _CAN_PIN else ["unpinned"]


def needs(module: str, name: str) -> Any:
    """Return `perfwatch.backtest.<module>.<name>`; a package too old to have it skips the benchmark.

    Anything else that keeps the module from loading is a failure and stays one.
    """
    path = f"perfwatch.backtest.{module}"
    try:
        return getattr(importlib.import_module(path), name)
    except ModuleNotFoundError as error:
        if error.name not in (path, "perfwatch.backtest"):
            raise
    except AttributeError:
        pass
    raise SkipNotImplemented(f"the installed perfwatch has no {path}.{name}")


def needs_watch(module: str, name: str) -> Any:
    """Return `<module>.<name>` of the watch side; it is measured with the full size only, where it is installed."""
    selected = os.environ.get("PERFWATCH_SIZES")
    if selected and SIZES[-1] not in selected.split(","):
        raise SkipNotImplemented(f"measured with the full size only, PERFWATCH_SIZES={selected}")
    try:
        return getattr(importlib.import_module(module), name)
    except (ModuleNotFoundError, AttributeError) as error:
        raise SkipNotImplemented(f"{module}.{name} is not installed") from error


def needs_entry(module: str, table: str, key: str) -> Any:
    """Return the entry `key` of a table of the package; a package too old to have it skips the benchmark."""
    entries = needs(module, table)
    if key not in entries:
        raise SkipNotImplemented(f"the installed perfwatch has no {key!r} in perfwatch.backtest.{module}.{table}")
    return entries[key]


def needs_member(module: str, table: str, member: Any) -> None:
    """Skip the benchmark where a collection of the package does not hold `member`."""
    if member not in needs(module, table):
        raise SkipNotImplemented(f"the installed perfwatch has no {member!r} in perfwatch.backtest.{module}.{table}")


def pinned(affinity: str) -> int | None:
    """Pin this process and return the engine's core; a machine that cannot do it skips the benchmark."""
    if affinity not in needs("affinity", "labels")():
        raise SkipNotImplemented(f"this machine cannot do {affinity!r}")
    return needs("affinity", "pin")(affinity)


def setup_cache() -> dict[str, Any]:
    """Return the reference's sweep of each selected size, computed once a commit for all suites that import this."""
    selected = os.environ.get("PERFWATCH_SIZES")
    try:
        workload, reference = needs("grid", "workload"), needs("reference", "sweep")
        known = needs("grid", "SIZES")
    except NotImplementedError:
        return {}
    sizes = [size for size in (selected.split(",") if selected else SIZES) if size in known]
    return {size: reference(workload(size).close, workload(size).params) for size in sizes}


setup_cache.timeout = 900


def oracle(oracles: dict[str, Any], size: str) -> Any:
    """Return the reference's sweep of `size`; one that was not selected for this run is skipped."""
    needs_entry("grid", "SIZES", size)
    needs("reference", "sweep")
    if size not in oracles:
        raise SkipNotImplemented(f"size {size} is not among PERFWATCH_SIZES={os.environ.get('PERFWATCH_SIZES')}")
    return oracles[size]


def sweep(oracles: dict[str, Any], architecture: str, size: str, affinity: str) -> None:
    """Run one sweep; the first call in a process prepares and checks it instead, and its time must not count."""
    call = _SWEEPS.get((architecture, size, affinity))
    if call is None:
        _SWEEPS[architecture, size, affinity] = _checked_sweep(oracles, architecture, size, affinity)
    else:
        call()


_SWEEPS: dict[tuple[str, str, str], Callable[[], Any]] = {}


def _checked_sweep(oracles: dict[str, Any], architecture: str, size: str, affinity: str) -> Callable[[], Any]:
    run = needs_entry("architectures", "ARCHITECTURES", architecture).run
    expected = oracle(oracles, size)
    core = pinned(affinity)
    work = needs("grid", "workload")(size)
    call = partial(run, work.close, work.params, core)
    needs("equivalence", "require")(call(), expected, work.lengths, architecture)
    return call


def like_a_sweep(benchmark: Callable[..., Any]) -> Callable[..., Any]:
    """Return `benchmark` with the sampling of work that takes from 0.1 s to seconds a call, and the shared oracle."""
    benchmark.setup_cache = setup_cache
    # One call a sample. The warm-up is positive so that there is one, and so short that there is only one: `sweep`
    # prepares in it.
    benchmark.number = 1
    benchmark.warmup_time = 1e-6
    # Two processes a series, taken in turn with all others, so that a slow minute of the host does not fall on one
    # series alone; five samples each even at full size, more while they fit into a second.
    benchmark.rounds = 2
    benchmark.repeat = (5, 10, 1.0)
    # Seconds, for a process: ten times what the full size takes where it was chosen.
    benchmark.timeout = 300
    return benchmark


def like_a_call(benchmark: Callable[..., Any]) -> Callable[..., Any]:
    """Return `benchmark` with the sampling of work that takes from microseconds to 0.1 s a call."""
    # asv chooses how many calls make a sample of this length, from the warm-up.
    benchmark.number = 0
    benchmark.sample_time = 0.02
    benchmark.warmup_time = 0.1
    benchmark.rounds = 2
    benchmark.repeat = (5, 10, 1.0)
    benchmark.timeout = 120
    return benchmark


# asv ends its processes so that no `atexit` runs; who outlives them takes the folder away.
_CLEANER = 'while kill -0 "$1" 2>/dev/null; do sleep 1; done; rm -rf "$2"'


def scratch() -> Path:
    """Return a new folder that is removed when this process has ended, however it ends."""
    folder = tempfile.mkdtemp(prefix="perfwatch-benchmark-")
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.Popen(["sh", "-c", _CLEANER, "sh", str(os.getpid()), folder], start_new_session=True, **quiet)
    return Path(folder)


class Prepared(dict[tuple[Any, ...], Callable[[], Any]]):
    """A table of callables, each made and checked by `prepare(*key)` when it is first asked for.

    A hit costs one look-up, under 0.1 µs: what is timed is the callable.
    """

    def __init__(self, prepare: Callable[..., Callable[[], Any]]) -> None:
        super().__init__()
        self._prepare = prepare

    def __missing__(self, key: tuple[Any, ...]) -> Callable[[], Any]:
        self[key] = self._prepare(*key)
        return self[key]


# mallopt's number for a setting, the environment's name for the same, and bytes beyond all that is allocated here.
_ALLOCATOR = ((-3, "MALLOC_MMAP_THRESHOLD_", 32 << 20), (-1, "MALLOC_TRIM_THRESHOLD_", 512 << 20))


def _fix_allocator() -> None:
    # glibc moves these two thresholds while a process runs, so that the same 1.2 MB is memory used again in one process
    # and freshly mapped pages in the next: pickle took 33 µs in three runs and 610 in the fourth. They are fixed for
    # this process and, by the environment, for the engines it starts. Elsewhere than on glibc it does nothing.
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    for setting, variable, value in _ALLOCATOR:
        os.environ.setdefault(variable, str(value))
        if mallopt is not None:
            mallopt(setting, value)


def _import_package() -> None:
    # asv's fork server imports the suites once and forks for each benchmark: numba is loaded here for all of them. What
    # keeps the package from loading is told by the benchmarks that need it.
    for module in ("architectures", "encodings"):
        try:
            importlib.import_module(f"perfwatch.backtest.{module}")
        except Exception:
            continue


_fix_allocator()
_import_package()
