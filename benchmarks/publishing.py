"""What does it take from a results tree to its site, all of it and one commit more, and what does asv take?

Whole commands, in a scratch git repository with a tree of 1,000 commits and 400 series, a twentieth of which get slower
half way; PERFWATCH_TREE_FILES sets another number of commits, and has `asv publish` measured beside. It makes
everything anew for one commit. Measured with the full size only (PERFWATCH_SIZES holds it, or is not set).
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from functools import partial

from asv_runner.benchmarks.mark import SkipNotImplemented

from .generated import git, project, tree
from .prepared import ON_BOTH_CORES, Prepared, needs_watch, pinned, scratch

_N_FILES = int(os.environ.get("PERFWATCH_TREE_FILES", "1000"))
_IS_COMPARED = "PERFWATCH_TREE_FILES" in os.environ
_N_BENCHMARKS, _N_PARAMS = 20, 20


def time_publish(by, what):
    _PUBLISHED[by, what]()


time_publish.param_names = ["by", "what"]
time_publish.params = [["perfwatch", "asv"], ["from_nothing", "one_commit_more"]]
time_publish.number, time_publish.warmup_time, time_publish.rounds = 1, 1e-6, 1
time_publish.repeat, time_publish.timeout, time_publish.version = (2, 5, 10.0), 900, "1"


def _published(by, what):
    needs_watch("perfwatch.pipeline.publishing", "publish")
    if by == "asv" and not _IS_COMPARED:
        raise SkipNotImplemented("measured where PERFWATCH_TREE_FILES says how large a tree is to be")
    pinned(ON_BOTH_CORES[0])
    made = scratch()
    project(made, _N_FILES, _N_BENCHMARKS, _N_PARAMS, step_at=_N_FILES // 2)
    publish = partial(_by_asv if by == "asv" else _by_perfwatch, made)
    if what == "from_nothing":
        return lambda: publish(scratch())
    kept = scratch()
    publish(kept)

    def one_more():
        _commit(made)
        publish(kept)

    return one_more


def _commit(folder):
    """Add a commit with its results."""
    name = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    git(folder, *name, "commit", "-q", "--allow-empty", "-m", "one more")
    [*_, last] = git(folder, "log", "--reverse", "--format=%H").split()
    at = len(list((folder / "results" / "bench-1").glob("*-*.json")))
    tree(folder / "results", 1, _N_BENCHMARKS, _N_PARAMS, hashes=[last], first=at, step_at=_N_FILES // 2)


def _by_perfwatch(folder, out):
    command = [sys.executable, "-m", "perfwatch", "publish", str(out / "site"), "--ingest", "--format", "json"]
    command += ["--store", str(out / "store.duckdb")]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    if told["series"] != _N_BENCHMARKS * _N_PARAMS:
        raise RuntimeError(f"{told['series']} series were published")
    index = (out / "site" / "data" / "index.js").read_text(encoding="utf-8")
    steps = json.loads(index[index.index("{") : index.rindex("}") + 1])["places"][0]["steps"]
    if len(steps) < 0.9 * _N_BENCHMARKS:
        raise RuntimeError(f"of {_N_BENCHMARKS} steps {len(steps)} were found")


def _by_asv(folder, out):
    command = [sys.executable, "-m", "asv", "publish", "--html-dir", str(out / "html")]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    benchmarks = json.loads((out / "html" / "index.json").read_text(encoding="utf-8"))["benchmarks"]
    listed = sum(math.prod(len(axis) for axis in b["params"]) for b in benchmarks.values())
    if listed != _N_BENCHMARKS * _N_PARAMS:
        raise RuntimeError(f"{listed} series were published")


_PUBLISHED = Prepared(_published)
