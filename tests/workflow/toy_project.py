"""A forge's folder of bare repositories, a tiny asv project in it, and jobs that run the action's scripts on clones."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ACTION = Path(__file__).parent.parent.parent / ".github" / "action"
PERFWATCH = Path(sys.executable).with_name("perfwatch")

# The environment is shared by all clones, and a commit is installed by copying its one file: nothing is built.
_ASV_CONF = """\
{{"version": 1, "project": "toy", "repo": ".", "branches": ["main"], "environment_type": "virtualenv",
 "results_dir": ".asv/results", "env_dir": "{environments}", "html_dir": ".asv/html", "build_command": [],
 "install_command": ["python -c 'import shutil, sys; shutil.copy(*sys.argv[1:])' {{build_dir}}/toy.py {{env_dir}}"],
 "uninstall_command": []}}
"""
_ADA = {"NAME": "Ada", "EMAIL": "ada@example.org"}
# It says what it could have stolen.
_SUITE = """\
import json, os, pathlib, sys
sys.path.insert(0, os.fspath(pathlib.Path(sys.prefix)))
import toy

def track_weight():
    if os.environ.get("TOY_SEEN"):
        pathlib.Path(os.environ["TOY_SEEN"]).write_text(json.dumps(dict(os.environ)))
    return toy.WEIGHT
track_weight.unit = "bytes"
"""


@dataclass(frozen=True)
class Toy:
    """The project: `server` holds the bare repositories, `work` is where commits are made.

    Attributes
    ----------
    server : folder that stands for the forge; a repository is `server/OWNER/NAME.git`.
    """

    server: Path
    work: Path

    def git(self, folder: Path, *arguments: str) -> str:
        """Run git in a folder and return what it printed."""
        done = subprocess.run(["git", *arguments], cwd=folder, env=_plain(), check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def repository(self, name: str = "ada/engine") -> Path:
        """Return the bare repository of a name, made if it is not there."""
        path = self.server / f"{name}.git"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            self.git(self.server, "init", "-q", "--bare", "-b", "main", str(path))
        return path

    def commit(
        self,
        weight: int | None,
        branch: str = "main",
        *,
        of: str | None = None,
        into: str = "ada/engine",
        says: str = "",
    ) -> str:
        """Push a commit in which the project weighs `weight` bytes, and return its hash; `of` is its parent.

        `weight` None is a commit of documentation alone. `says` stands at the end of its message.
        """
        self.git(self.work, "checkout", "-q", "-B", branch, *([of] if of else []))
        if weight is None:
            (self.work / "README.md").write_text("A toy.\n")
        else:
            (self.work / "toy.py").write_text(f"WEIGHT = {weight}\n")
        self.git(self.work, "add", "-A")
        self.git(self.work, "commit", "-q", "--allow-empty", "-m", f"weighs {weight}\n\n{says}")
        self.git(self.work, "push", "-q", "--force", str(self.repository(into)), f"HEAD:refs/heads/{branch}")
        return self.git(self.work, "rev-parse", "HEAD")

    def clone(self, folder: Path, ref: str = "refs/heads/main") -> Path:
        """Return a fresh clone of the project's own repository at a ref, as actions/checkout leaves it."""
        self.git(self.server, "clone", "-q", str(self.repository()), str(folder))
        self.git(folder, "fetch", "-q", "origin", ref)
        self.git(folder, "checkout", "-q", "--detach", "FETCH_HEAD")
        return folder

    def job(self, name: str, home: Path, ref: str = "refs/heads/main", **variables: str) -> Job:
        """Start a job on a fresh clone; it has the variables of a runner of GitHub's."""
        runner = {
            **_plain(),
            "HOME": str(home),
            "PERFWATCH": str(PERFWATCH),
            "GITHUB_ACTIONS": "true",
            "GITHUB_SERVER_URL": self.server.as_uri(),
            "GITHUB_REPOSITORY": "ada/engine",
            "RUNNER_ENVIRONMENT": "github-hosted",
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
        }
        folder = self.server.parent / name
        return Job(self.clone(folder / "checkout", ref), folder / "temp", runner | variables)


def make(folder: Path, environments: Path) -> Toy:
    """Return the project, without a commit, in a new folder."""
    toy = Toy(folder / "server", folder / "work")
    toy.server.mkdir(parents=True)
    (toy.work / "benchmarks").mkdir(parents=True)
    (toy.work / "asv.conf.json").write_text(_ASV_CONF.format(environments=environments))
    (toy.work / "perfwatch.toml").write_text('[pull]\nignored = ["*.md"]\n')
    (toy.work / ".gitignore").write_text(".asv/\n__pycache__/\n")
    (toy.work / "benchmarks" / "__init__.py").touch()
    (toy.work / "benchmarks" / "suite.py").write_text(_SUITE)
    toy.git(toy.work, "init", "-q", "-b", "main")
    return toy


def _plain() -> dict[str, str]:
    """Return what a process needs to run and to commit; settings of whoever runs the tests stay out."""
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in _ADA.items()}
    kept = {k: os.environ[k] for k in ("PATH", "PYTHONPATH") if k in os.environ}
    return kept | who | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


@dataclass
class Job:
    """One job of a workflow: a checkout, a folder of its own that is empty at first, and the variables of a runner."""

    checkout: Path
    temp: Path
    variables: dict[str, str]
    outputs: Path = field(init=False)
    summary: Path = field(init=False)

    def __post_init__(self) -> None:
        self.temp.mkdir(parents=True)
        self.outputs, self.summary = self.temp / "outputs", self.temp / "summary"
        self.variables |= {"GITHUB_OUTPUT": str(self.outputs), "GITHUB_STEP_SUMMARY": str(self.summary)}
        self.variables |= {"RUNNER_TEMP": str(self.temp), "GITHUB_WORKSPACE": str(self.checkout)}

    def step(self, script: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a script of the action as a step does: its variables are the runner's and its own, nothing else."""
        return subprocess.run(
            ["bash", str(ACTION / script), *words],
            cwd=self.checkout,
            env=self.variables | variables,
            capture_output=True,
            text=True,
            check=False,
        )

    def output(self, name: str) -> str | None:
        """Return the newest value of an output, None where there is none."""
        lines = self.outputs.read_text().splitlines() if self.outputs.exists() else []
        found = [line.partition("=")[2] for line in lines if line.startswith(f"{name}=")]
        return found[-1] if found else None
