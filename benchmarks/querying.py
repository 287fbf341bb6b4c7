"""How long do questions to a large store take: one series, the newest state of 10,000, and both from a cold start?

A store of 10,000 series at 200 commits, 2 M points; PERFWATCH_TREE_FILES sets five times another number of commits.
Measured with the full size only (PERFWATCH_SIZES holds it, or is not set).
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from functools import cache

from .generated import ENVIRONMENT, MACHINE, tree
from .prepared import ON_BOTH_CORES, Prepared, like_a_call, needs_watch, pinned, scratch

_N_COMMITS = int(os.environ.get("PERFWATCH_TREE_FILES", "1000")) // 5
_N_BENCHMARKS, _N_PARAMS = 100, 100


def time_query(what):
    _QUERIES[(what,)]()


like_a_call(time_query)
time_query.param_names, time_query.params, time_query.version = ["what"], [["one_series", "newest", "cold_start"]], "1"
time_query.timeout = 300


# A whole process, as somebody's first question of the day.
_COLD = """
import sys
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
with Reader(parse(sys.argv[1])) as reader:
    newest = reader.newest(*sys.argv[2:4])
    print(len(newest), len(reader.history([newest[-1].series_id])))
"""


@cache
def _store():
    """Return the store, and a reader of it."""
    writer, parse = needs_watch("perfwatch.store.writer", "Writer"), needs_watch("perfwatch.store.location", "parse")
    reader = needs_watch("perfwatch.store.reader", "Reader")
    pinned(ON_BOTH_CORES[0])
    folder = scratch()
    points = tree(folder / "results", _N_COMMITS, _N_BENCHMARKS, _N_PARAMS)
    path = folder / "store.duckdb"
    with writer(parse(path)) as open_store:
        if open_store.load(folder / "results").measurements != points:
            raise RuntimeError("the store does not hold the whole tree")
    return path, reader(parse(path))


def _query(what):
    path, reader = _store()
    n_series = _N_BENCHMARKS * _N_PARAMS
    newest = reader.newest(MACHINE, ENVIRONMENT)
    ids = itertools.cycle([row.series_id for row in newest[:: n_series // 100]])
    if len(newest) != n_series or len(reader.history([next(ids)])) != _N_COMMITS:
        raise RuntimeError("a question got another answer than what was loaded")
    if what == "newest":
        return lambda: reader.newest(MACHINE, ENVIRONMENT)
    if what == "one_series":
        return lambda: reader.history([next(ids)])

    def cold():
        command = [sys.executable, "-c", _COLD, str(path), MACHINE, ENVIRONMENT]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        if done.stdout.split() != [str(n_series), str(_N_COMMITS)]:
            raise RuntimeError(f"a cold start said {done.stdout!r}")

    return cold


_QUERIES = Prepared(_query)
