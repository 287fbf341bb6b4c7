"""An asv results tree of any size, with its digits, and a project for it: what perfwatch itself is measured on."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import numpy as np
import orjson

MACHINE, ENVIRONMENT = "bench-1", "virtualenv-py3.11-numpy"
_COLUMNS = [
    *("result", "params", "version", "started_at", "duration", "stats_ci_99_a", "stats_ci_99_b"),
    *("stats_q_25", "stats_q_75", "number", "repeat", "samples", "profile"),
]
_FIRST_MS, _DAY_MS = 1_600_000_000_000, 86_400_000
_FIRST_S, _DAY_S = _FIRST_MS // 1000, _DAY_MS // 1000


def commits(n):
    """Return the hashes of n commits, oldest first: the same ones each time."""
    return [hashlib.sha1(f"commit {i}".encode()).hexdigest() for i in range(n)]


def project(folder, n_commits, n_benchmarks, n_params, step_at):
    """Make a git repository of so many commits with asv's configuration and the results of each (`tree`)."""
    git(folder, "init", "-q", "-b", "main")
    stream = "".join(
        f"commit refs/heads/main\ncommitter Ada <ada@example.org> {_FIRST_S + i * _DAY_S} +0000\ndata 0\n"
        for i in range(n_commits)
    )
    git(folder, "fast-import", "--quiet", given=stream)
    conf = {"version": 1, "project": "generated", "repo": ".", "branches": ["main"], "results_dir": "results"}
    (folder / "asv.conf.json").write_text(json.dumps(conf))
    hashes = git(folder, "log", "--reverse", "--format=%H").split()
    tree(folder / "results", n_commits, n_benchmarks, n_params, hashes=hashes, step_at=step_at)


def git(folder, *arguments, given=None):
    """Return what git printed in a folder."""
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True, input=given)
    return done.stdout


def tree(folder, n_files, n_benchmarks=20, n_params=20, n_samples=0, seed=1, hashes=None, first=0, step_at=None):
    """Write a tree of `n_files` commits under `folder`, and return how many points it has.

    Every file holds `n_benchmarks` times `n_params` times, each with interval and quartiles, and `n_samples` samples.
    `first` is the number of the first commit; from the commit `step_at` on, the first parameter set of each benchmark
    takes a fifth longer.
    """
    rng = np.random.default_rng(seed)
    folder = Path(folder)
    machine = folder / MACHINE
    machine.mkdir(parents=True, exist_ok=True)
    machine.joinpath("machine.json").write_text(json.dumps({"machine": MACHINE, "cpu": "x", "ram": "1", "version": 1}))
    names = [f"module_{i // 5}.Suite.time_work_{i}" for i in range(n_benchmarks)]
    axis = [repr(2**k) for k in range(n_params)]
    declared = {
        name: {"name": name, "type": "time", "unit": "seconds", "param_names": ["n"], "params": [axis],
               "version": "1", "code": "", "timeout": 60.0, "number": 0, "repeat": 0, "rounds": 2, "sample_time": 0.01,
               "min_run_count": 2, "warmup_time": -1}
        for name in names
    }  # fmt: skip
    folder.joinpath("benchmarks.json").write_text(json.dumps({**declared, "version": 2}))
    levels = 10 ** rng.uniform(-6, 0, (n_benchmarks, n_params))
    for i, commit in enumerate(hashes or commits(n_files)):
        file = machine / f"{commit[:8]}-{ENVIRONMENT}.json"
        slower = np.ones(levels.shape)
        slower[:, 0] = 1.2 if step_at is not None and first + i >= step_at else 1.0
        document = _document(commit, first + i, names, axis, levels * slower, n_samples, rng)
        file.write_bytes(orjson.dumps(document))
    return n_files * n_benchmarks * n_params


def _document(commit, i, names, axis, levels, n_samples, rng):
    shape = levels.shape
    value = levels * np.exp(rng.normal(0, 0.02, shape))
    columns = [value, value * 0.98, value * 1.02, value * 0.99, value * 1.01]
    taken = value[..., None] * np.exp(rng.normal(0, 0.01, (*shape, n_samples))) if n_samples else None
    # asv keeps five digits.
    rounded = [_five_digits(column).tolist() for column in columns]
    samples = None if taken is None else _five_digits(taken).tolist()
    at_ms = _FIRST_MS + i * _DAY_MS
    results = {}
    for b, name in enumerate(names):
        middle, low, high, q25, q75 = (column[b] for column in rounded)
        row = [middle, [axis], "1", at_ms, 1.0, low, high, q25, q75]
        if samples is not None:
            row += [[1] * len(axis), [n_samples] * len(axis), samples[b]]
        results[name] = row
    return {
        "commit_hash": commit,
        "env_name": ENVIRONMENT,
        "date": at_ms,
        "params": {"machine": MACHINE, "cpu": "x", "python": "3.11"},
        "python": "3.11",
        "requirements": {"numpy": ""},
        "env_vars": {},
        "result_columns": _COLUMNS,
        "results": results,
        "durations": {"<build>": 1.0},
        "version": 2,
    }


def _five_digits(values):
    magnitude = 10.0 ** (4 - np.floor(np.log10(values)))
    return np.round(values * magnitude) / magnitude
