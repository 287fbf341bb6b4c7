"""What the benchmark workflow does at each commit, played through: fresh clones that share only the state folder."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

# Enough for the gate and one timed series; the whole suite would take minutes a commit.
BENCH = r"^(equivalence\.|encodings\.time_encode.*'raw')"


def bench_commit(clone: Path, state: Path, root: Path) -> subprocess.CompletedProcess[str]:
    """Call the Makefile's target in a clone, with the virtual environment that these tests run in."""
    venv = root / ".venv"
    # --old-file: the clone's newer files must not make it reinstall that environment from the clone.
    words = [f"VENV={venv}", f"STATE_DIR={state}", "SIZE=quick", f"BENCH={BENCH}"]
    command = ["make", f"--old-file={venv}/.installed", *words, "bench-commit"]
    return subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False)


@pytest.fixture
def origin(tmp_path: Path, root: Path, git: Callable[..., str]) -> Path:
    """Return a bare repository with this checkout, uncommitted changes included, as the only commit of main."""
    work = tmp_path / "work"
    work.mkdir()
    files = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, files):
        if (root / name).is_file():
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            (work / name).write_bytes((root / name).read_bytes())
            (work / name).chmod((root / name).stat().st_mode)
    git(work, "init", "-q", "-b", "main")
    git(work, "add", "-A")
    git(work, "commit", "-qm", "one")
    git(tmp_path, "clone", "-q", "--bare", str(work), "origin.git")
    return tmp_path / "origin.git"


def test_the_second_clone_finds_the_first_as_its_baseline_and_a_broken_third_fails(
    tmp_path: Path, root: Path, origin: Path, git: Callable[..., str]
) -> None:
    if not (root / ".venv" / ".installed").exists():
        pytest.skip("the Makefile's own environment is not there; call `make test`")
    state = tmp_path / "state"

    git(tmp_path, "clone", "-q", str(origin), "first")
    first = bench_commit(tmp_path / "first", state, root)
    # Nothing to compare with yet: 5, which fails a first run on purpose and says so.
    assert "Error 5" in first.stderr, first.stdout + first.stderr

    git(tmp_path, "clone", "-q", str(origin), "second")
    clone = tmp_path / "second"
    git(clone, "commit", "-q", "--allow-empty", "-m", "two")
    second = bench_commit(clone, state, root)
    assert second.returncode == 0, second.stdout + second.stderr
    baseline = git(clone, "rev-parse", "HEAD~1")[:8]
    assert f"against {baseline} one" in second.stdout

    kernel = clone / "engine" / "core" / "src" / "kernel" / "sides.rs"
    changed = kernel.read_text().replace("FEE_PP: f64 = 0.09", "FEE_PP: f64 = 0.10")
    assert changed != kernel.read_text()
    kernel.write_text(changed)
    git(clone, "commit", "-qam", "three, broken")
    third = bench_commit(clone, state, root)
    assert "Error 6" in third.stderr, third.stdout + third.stderr
    assert "rust_batch_unix" in third.stdout
    assert (state / "results" / "benchmarks.json").exists()
