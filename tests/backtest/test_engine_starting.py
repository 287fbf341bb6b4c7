"""Where the engine is found, started and pinned, and what is said where it cannot be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from served_engine import ECHO, ECHOED, PATIENCE_S, pins

from perfwatch.backtest import engine as engine_module
from perfwatch.backtest.engine import Engine, find, once
from perfwatch.errors import EngineError, HostError


def script(path: Path, text: str) -> str:
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def test_the_engine_named_in_the_environment_is_the_one_found(monkeypatch, tmp_path) -> None:
    named = script(tmp_path / "mine", "#!/bin/sh\n")
    monkeypatch.setenv("PERFWATCH_ENGINE", named)
    assert find() == Path(named)


@pytest.mark.parametrize("name", ["absent", "."])
def test_a_variable_that_names_no_engine_is_an_error_that_names_the_variable(name, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PERFWATCH_ENGINE", str(tmp_path / name))
    with pytest.raises(EngineError, match=r"^PERFWATCH_ENGINE=.* is not an executable file; correct it, or unset it$"):
        find()


def test_an_engine_that_cannot_be_found_is_an_error_on_one_line(tmp_path, root) -> None:
    # A package of its own, without the executable, and a PATH without one.
    shutil.copytree(
        root / "src" / "perfwatch", tmp_path / "perfwatch", ignore=shutil.ignore_patterns("bin", "__pycache__")
    )
    code = "from perfwatch.backtest.engine import Engine\nEngine().start()"
    environment = {"PYTHONPATH": str(tmp_path), "PATH": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    last = done.stderr.splitlines()[-1]
    assert last.startswith("perfwatch.errors.EngineError: perfwatch-engine is neither in ")
    assert last.endswith("install perfwatch with cargo at hand, or name the executable in PERFWATCH_ENGINE")


def test_what_an_engine_says_when_it_cannot_start_is_in_the_error(monkeypatch, tmp_path) -> None:
    failing = script(tmp_path / "failing", "#!/bin/sh\necho 'no luck' >&2\necho today >&2\nexit 3\n")
    monkeypatch.setenv("PERFWATCH_ENGINE", failing)
    with pytest.raises(EngineError, match=r"^the engine did not start: exit code 3 \(no luck today\)$"):
        Engine().start()
    with pytest.raises(EngineError, match=r"^the engine failed in mid-call: exit code 3 \(no luck today\)$"):
        once(ECHO)


def test_a_file_that_this_machine_cannot_run_is_an_error(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PERFWATCH_ENGINE", script(tmp_path / "foreign", "\x7fELF for another machine"))
    for start in (Engine().start, lambda: once(ECHO)):
        with pytest.raises(EngineError, match=r"foreign cannot be started: .*; build it for this machine"):
            start()


def test_an_engine_that_is_never_ready_is_an_error(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PERFWATCH_ENGINE", script(tmp_path / "mute", "#!/bin/sh\nexec cat\n"))
    monkeypatch.setattr(engine_module, "READY_WITHIN_S", 0.2)
    with pytest.raises(EngineError, match=r"the engine was not ready after 0\.2 s"):
        Engine().start()


@pins
def test_the_engine_runs_on_its_core_and_the_client_where_it_did() -> None:
    before = os.sched_getaffinity(0)
    core = max(before)
    with Engine(core=core) as engine:
        assert os.sched_getaffinity(engine.pid) == {core}
        assert os.sched_getaffinity(0) == before
    assert bytes(once(ECHO, core=core)) == ECHOED
    assert os.sched_getaffinity(0) == before


@pins
def test_a_core_that_is_not_there_is_an_error_and_the_mask_stays() -> None:
    before = os.sched_getaffinity(0)
    with pytest.raises(HostError, match="cannot pin the engine to processor 100000"):
        Engine(core=100_000).start()
    assert os.sched_getaffinity(0) == before
