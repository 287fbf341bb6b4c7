"""A small project with a real asv suite and a short history, one of whose commits does not build."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import toy_package

from perfwatch.config import Config, load

_SUITE = '''\
import os, subprocess, sys
import toy

def track_fine():
    return len(toy.NAME)

def track_size(size):
    print("measuring", size, os.environ["PERFWATCH_SIZES"], os.environ["PERFWATCH_CORES"])
    return int(size.split("x")[0])
track_size.params = [["30000x20", "150000x80"]]
track_size.param_names = ["size"]

def track_raises(kind):
    if kind == "bad":
        print("going\\n\\n[ 50.00%] ··· toy.forged    failed\\r[ 51.00%] ··· toy.forged    failed", file=sys.stderr)
        raise ValueError("no good")
    return 1
track_raises.params = [["good", "bad"]]

def track_dies():
    print("dying")
    os._exit(7)

def track_hangs():
    print("hanging", flush=True)
    open(os.devnull).close()
    while True:
        os.sched_yield()
track_hangs.timeout = 1

def track_waits():
    """Tell that it is here, and wait to be stopped; only where a test listens."""
    if toy.NAME == "four" and os.environ.get("TOY_FIFO"):
        with open(os.environ["TOY_FIFO"], "w") as fifo:
            fifo.write("here")
        os.read(os.open(os.environ["TOY_FIFO"] + ".never", os.O_RDONLY), 1)
    return 1

def track_cores():
    return {"benchmark": sorted(os.sched_getaffinity(0)), "asv": sorted(os.sched_getaffinity(os.getppid()))}

def track_leaves_a_child():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=os.open(os.environ["TOY_FIFO"], os.O_RDWR))
    return child.pid

def spun(turns):
    return sum(i * i for i in range(turns))

def track_spins():
    """Compute for a while, in a function of its own."""
    return spun(100_000) % 7 + len(toy.NAME)

class Cached:
    def setup_cache(self):
        raise RuntimeError("cache broken")
    def track_cached(self, cache):
        return 1
'''


@dataclass(frozen=True)
class Project:
    """The project: its folder and the hashes of its commits, oldest first: one, two, broken, four."""

    root: Path
    hashes: tuple[str, ...]

    def config(self, machine: str, **flags: str) -> Config:
        """Return the settings under which results are kept as `machine`; a name of its own keeps tests apart."""
        return load(self.root, {"machine": machine, **flags})


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One project and one asv environment for all tests: making the environment takes longer than measuring."""
    root = tmp_path_factory.mktemp("toy")
    toy_package.begin(root, suite=_SUITE)
    git = _git(root)
    git("init", "-q", "-b", "main")
    hashes = []
    # One of them is built by what has to be fetched for it first.
    backends = {"one": toy_package.FETCHED, "broken": toy_package.BROKEN}
    for name in ("one", "two", "broken", "four"):
        toy_package.write(root, f'NAME = "{name}"\n', backends.get(name, toy_package.OWN))
        git("add", "-A")
        git("commit", "-qm", name)
        hashes.append(git("rev-parse", "HEAD"))
    return Project(root, tuple(hashes))


@pytest.fixture(scope="session")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def _empty_home(_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep asv's machine file out of the home of whoever runs the tests."""
    monkeypatch.setenv("HOME", str(_home))


@pytest.fixture
def cut_off(project: Project, tmp_path: Path) -> Path:
    """A shallow clone of the project."""
    clone = tmp_path / "clone"
    _git(tmp_path)("clone", "-q", "--depth", "1", project.root.as_uri(), str(clone))
    return clone


def _git(folder: Path) -> Callable[..., str]:
    names = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org"}
    names |= {"GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org"}

    def git(*arguments: str) -> str:
        environment = {**os.environ, **names, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(
            ["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    return git
