"""What asv is started with, and which engine an environment holds."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from perfwatch.errors import UsageError
from perfwatch.runner import asv
from perfwatch.runner.selection import select

COMMIT = "c" * 40
NAME = "virtualenv-py3.11-numba-numpy"


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    """A configuration whose one environment holds an engine of COMMIT."""
    path = tmp_path / "asv.conf.json"
    path.write_text('{"env_dir": "envs"}  // as asv allows')
    folder = tmp_path / "envs" / hashlib.md5(NAME.encode()).hexdigest()
    engine = folder / "lib/python3.11/site-packages/perfwatch/bin/perfwatch-engine"
    engine.parent.mkdir(parents=True)
    engine.write_bytes(b"an engine")
    (folder / "asv-install-status.json").write_text(json.dumps({"commit_hash": COMMIT}))
    return path


def test_the_digest_is_that_of_the_engine_of_this_commit(conf: Path) -> None:
    assert asv.engine_digest(conf, NAME, COMMIT) == hashlib.sha256(b"an engine").hexdigest()


def test_the_engine_of_another_commit_or_none_has_no_digest(conf: Path) -> None:
    assert asv.engine_digest(conf, NAME, "d" * 40) is None
    assert asv.engine_digest(conf, "virtualenv-py3.12", COMMIT) is None


def test_the_benchmarks_are_told_cores_and_sizes_and_asv_s_git_nothing_of_a_hook() -> None:
    told = asv.environment((2, 5), select("all"), {"PATH": "/bin", "CARGO_HOME": "/c", "GIT_DIR": "/elsewhere"})
    assert told["PERFWATCH_CORES"] == "2,5"
    assert told["PERFWATCH_SIZES"] == "30000x20,150000x80"
    assert (told["PATH"], told["CARGO_HOME"]) == ("/bin", "/c")
    assert "GIT_DIR" not in told


def test_a_platform_that_cannot_pin_is_not_asked_to(conf: Path) -> None:
    assert "--cpu-affinity" not in asv.command(conf, COMMIT, "box", (), select("all"))
    assert "--quick" not in asv.command(conf, COMMIT, "box", (0, 1), select("quick"))


def test_a_machine_file_that_cannot_be_written_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "no-such-home"))
    (tmp_path / "no-such-home").write_text("a file")
    with pytest.raises(UsageError, match="set HOME"):
        asv.register({"machine": "box"})


def test_what_cannot_be_read_of_a_machine_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "box").mkdir()
    (tmp_path / "box/machine.json").write_text("{")
    assert asv.registered(tmp_path, "box") == {}
    assert asv.registered(tmp_path, "other") == {}
