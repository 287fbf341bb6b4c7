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

from .generated import tree
from .prepared import ON_BOTH_CORES, Prepared, needs_watch, pinned, scratch

_N_FILES = int(os.environ.get("PERFWATCH_TREE_FILES", "1000"))
_IS_COMPARED = "PERFWATCH_TREE_FILES" in os.environ
_N_BENCHMARKS, _N_PARAMS = 20, 20
_FIRST_S, _DAY_S = 1_600_000_000, 86_400


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
    project = _project()
    publish = partial(_by_asv if by == "asv" else _by_perfwatch, project)
    if what == "from_nothing":
        return lambda: publish(scratch())
    kept = scratch()
    publish(kept)

    def one_more():
        _commit(project)
        publish(kept)

    return one_more


def _project():
    """Return a git repository of so many commits with the results of each."""
    project = scratch()
    _git(project, "init", "-q", "-b", "main")
    stream = "".join(
        f"commit refs/heads/main\ncommitter Ada <ada@example.org> {_FIRST_S + i * _DAY_S} +0000\ndata 0\n"
        for i in range(_N_FILES)
    )
    _git(project, "fast-import", "--quiet", given=stream)
    conf = {"version": 1, "project": "generated", "repo": ".", "branches": ["main"], "results_dir": "results"}
    (project / "asv.conf.json").write_text(json.dumps(conf))
    hashes = _git(project, "log", "--reverse", "--format=%H").split()
    tree(project / "results", _N_FILES, _N_BENCHMARKS, _N_PARAMS, hashes=hashes, step_at=_N_FILES // 2)
    return project


def _commit(project):
    """Add a commit with its results."""
    name = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    _git(project, *name, "commit", "-q", "--allow-empty", "-m", "one more")
    [*_, last] = _git(project, "log", "--reverse", "--format=%H").split()
    at = len(list((project / "results" / "bench-1").glob("*-*.json")))
    tree(project / "results", 1, _N_BENCHMARKS, _N_PARAMS, hashes=[last], first=at, step_at=_N_FILES // 2)


def _git(project, *arguments, given=None):
    done = subprocess.run(["git", *arguments], cwd=project, check=True, capture_output=True, text=True, input=given)
    return done.stdout


def _by_perfwatch(project, out):
    command = [sys.executable, "-m", "perfwatch", "publish", str(out / "site"), "--ingest", "--format", "json"]
    command += ["--store", str(out / "store.duckdb")]
    done = subprocess.run(command, cwd=project, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    if told["series"] != _N_BENCHMARKS * _N_PARAMS:
        raise RuntimeError(f"{told['series']} series were published")
    index = (out / "site" / "data" / "index.js").read_text(encoding="utf-8")
    steps = json.loads(index[index.index("{") : index.rindex("}") + 1])["places"][0]["steps"]
    if len(steps) < 0.9 * _N_BENCHMARKS:
        raise RuntimeError(f"of {_N_BENCHMARKS} steps {len(steps)} were found")


def _by_asv(project, out):
    command = [sys.executable, "-m", "asv", "publish", "--html-dir", str(out / "html")]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    benchmarks = json.loads((out / "html" / "index.json").read_text(encoding="utf-8"))["benchmarks"]
    listed = sum(math.prod(len(axis) for axis in b["params"]) for b in benchmarks.values())
    if listed != _N_BENCHMARKS * _N_PARAMS:
        raise RuntimeError(f"{listed} series were published")


_PUBLISHED = Prepared(_published)
