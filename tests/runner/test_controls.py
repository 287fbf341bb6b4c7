"""Timings that owe nothing to the commit: taken in a process of their own, kept with the run, or absent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from perfwatch.runner import controls


def test_both_controls_are_timed_in_a_process_of_their_own_on_the_core_given() -> None:
    core = min(os.sched_getaffinity(0))
    taken = controls.measure(core)
    assert set(taken) == {"echo", "compute"}
    assert all(len(timings) >= 5 and min(timings) > 0 for timings in taken.values())
    # A round trip over a socket pair costs microseconds, not the loop's milliseconds nor nothing.
    assert 1e-7 < min(taken["echo"]) < 1e-2
    assert os.sched_getaffinity(0) >= {core}


def test_a_control_that_cannot_be_taken_is_missing_and_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert controls.measure(None) == {}
    assert controls.measure(10**6) == {}


def test_a_core_that_does_not_exist_leaves_them_missing() -> None:
    assert controls.measure(10**5) == {}


def test_they_import_nothing_of_what_is_measured() -> None:
    code = (
        "import sys; import perfwatch.runner.controls as c; c._echo(); c._compute();"
        "print(*[m for m in sys.modules if m.startswith('perfwatch.backtest') or m == 'perfwatch._engine'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_what_is_kept_names_the_version_and_tells_before_from_after() -> None:
    kept = controls.joined({"echo": [1e-6]}, {"echo": [2e-6], "compute": [1e-3]})
    assert kept == {
        "compute": {"version": controls.VERSION, "before": [], "after": [1e-3]},
        "echo": {"version": controls.VERSION, "before": [1e-6], "after": [2e-6]},
    }


def test_what_is_timed_is_frozen() -> None:
    """Whoever changes the source raises VERSION, and then this digest: a changed control is a new series."""
    import ast
    import hashlib

    tree = ast.parse(Path(controls.__file__).read_text(encoding="utf-8"))
    timed = [
        ast.unparse(node)
        for node in tree.body
        if (isinstance(node, ast.FunctionDef) and node.name in ("_echo", "_compute"))
        or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) not in ("VERSION", "_REPEATS", "_TIMEOUT_S"))
    ]
    digest = hashlib.sha256("\n".join(timed).encode()).hexdigest()[:16]
    assert (controls.VERSION, digest) == ("1", "0766832f8ab24301")
