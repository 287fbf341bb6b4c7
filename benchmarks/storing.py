"""What does it cost to load a results tree, all of it and one file more, and how large is the store?

A tree of 1,000 files and 400,000 points with asv's digits; PERFWATCH_TREE_FILES sets another number of files. Measured
with the full size only (PERFWATCH_SIZES holds it, or is not set).
"""

from __future__ import annotations

import os
import time

from .generated import commits, tree
from .prepared import ON_BOTH_CORES, Prepared, like_a_call, needs_watch, pinned, scratch

_N_FILES = int(os.environ.get("PERFWATCH_TREE_FILES", "1000"))
_N_SAMPLES = 10


def time_load(what):
    _LOADS[(what,)]()


like_a_call(time_load)
time_load.number, time_load.warmup_time, time_load.rounds, time_load.repeat = 1, 1e-6, 1, (3, 5, 10.0)
time_load.param_names, time_load.params, time_load.version = ["what"], [["from_nothing", "one_file_more"]], "1"
time_load.timeout = 300


def track_rate():
    """Points loaded a second, from nothing: of it more is better."""
    load, points, results = _prepared(0)
    started = time.perf_counter()
    load(results.parent / "store.duckdb")
    return points / (time.perf_counter() - started)


track_rate.unit = "points/s"


def track_bytes(samples):
    """Bytes of the store's file a point."""
    load, points, results = _prepared(samples)
    store = results.parent / "store.duckdb"
    load(store)
    return store.stat().st_size / points


track_bytes.param_names, track_bytes.params, track_bytes.unit = ["samples"], [[0, _N_SAMPLES]], "bytes"
track_rate.version = track_bytes.version = "1"
track_rate.timeout = track_bytes.timeout = 300


def _prepared(samples):
    """Return what loads a tree into a store, which has to hold all of it then, and how many points it has."""
    writer, parse = needs_watch("perfwatch.store.writer", "Writer"), needs_watch("perfwatch.store.location", "parse")
    # A file is read while those before it are written.
    pinned(ON_BOTH_CORES[0])
    # A tree of its own each time: one of them grows.
    results = scratch() / "results"
    points = tree(results, _N_FILES, n_samples=samples)

    def load(store):
        with writer(parse(store)) as open_store:
            report = open_store.load(results)
        if report.measurements != points or report.unreadable or report.problems:
            raise RuntimeError(f"of {points} points {report.measurements} were loaded")

    return load, points, results


def _load(what):
    if what == "from_nothing":
        load, _, _ = _prepared(0)
        return lambda: load(scratch() / "store.duckdb")
    writer, parse = needs_watch("perfwatch.store.writer", "Writer"), needs_watch("perfwatch.store.location", "parse")
    load, _, results = _prepared(0)
    store = results.parent / "store.duckdb"
    load(store)
    more = iter(commits(_N_FILES + 1_000)[_N_FILES:])

    def one():
        tree(results, 1, hashes=[next(more)])
        with writer(parse(store)) as open_store:
            if open_store.load(results).loaded != 1:
                raise RuntimeError("one file more was not loaded")

    return one


_LOADS = Prepared(_load)
