"""Where a benchmark spends its time, sampled for real; and what is made of the profilers' own words."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from perfwatch.errors import HostError, UsageError
from perfwatch.model import Commit
from perfwatch.pipeline.profiling import profiles, ready
from perfwatch.runner import profile
from perfwatch.runner.profile import Profiler

PY_SPY = """\
0x7f (libc.so.6);<module> (repeated.py:46);main (repeated.py:36);Benchmark.do_run (asv_runner/benchmarks/_base.py:779);\
run (asv_runner/benchmarks/time.py:235);timeit (timeit.py:178);inner (<timeit-src>:6);time_it (suite.py:9);\
inner (toy.py:3) 7
<module> (repeated.py:46);main (repeated.py:36);do_run (/env/asv_runner/benchmarks/_base.py:779);time_it (suite.py:9);\
inner (toy.py:4);sweep (libkernel.so) 2
<module> (repeated.py:46);main (repeated.py:30);do_run (asv_runner/x.py:1);time_it (suite.py:8);inner (toy.py:4) 1
<module> (repeated.py:20);import_suite (importlib.py:3) 9
<module> (repeated.py:46);main (repeated.py:36);do_run (asv_runner/benchmarks/_base.py:779) 4
"""
PERF = """\
python
\t           1462a sweep+0x10
\t               0 [unknown]

python
\t           1462a sweep+0x10
\t               0 [unknown]

"""


def test_of_py_spys_stacks_only_the_benchmark_is_kept_whatever_the_line() -> None:
    assert profile.of_py_spy(PY_SPY) == {
        "time_it (suite.py);inner (toy.py)": 8,
        "time_it (suite.py);inner (toy.py);sweep (libkernel.so)": 2,
    }


def test_perfs_stacks_are_turned_round_and_counted() -> None:
    assert profile.of_perf(PERF) == {"python;[unknown];sweep+0x10": 2}
    assert profile.of_perf("") == {}


def test_without_a_profiler_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(HostError, match=r"install py-spy .* or perf"):
        profile.find()


def test_a_benchmark_is_profiled_at_two_commits_and_the_difference_is_a_picture(project: Any, tmp_path: Path) -> None:
    config = project.config("profiled")
    before, after = (Commit(project.hashes[at]) for at in (0, 3))
    found = profiles(config, before, after, "suite.track_spins", tmp_path, ready(tmp_path), seconds=1.0)
    assert found.tool == "py-spy"
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == sorted(path.name for path in found.files)
    (folded,) = tmp_path.glob("*.diff.folded")
    rows = [line.rsplit(" ", 2) for line in folded.read_text().splitlines()]
    assert sum(int(count) for _, count, _ in rows) > 20
    assert sum(int(count) for _, _, count in rows) > 20
    assert all(stack.split(" ")[0] == "track_spins" for stack, _, _ in rows)
    assert any("spun (" in stack for stack, _, _ in rows)
    (picture,) = tmp_path.glob("*.svg")
    assert "spun (" in picture.read_text()
    assert not (config.results_dir / "profiled").exists()


def test_what_asv_does_not_run_cannot_be_profiled(project: Any) -> None:
    with pytest.raises(UsageError, match=r"derived\.gap"):
        profile.of_commit(project.config("profiled"), project.hashes[3], "derived.gap(1)", Profiler("py-spy", "none"))
