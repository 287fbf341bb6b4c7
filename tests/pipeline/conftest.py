"""A git repository, an asv results tree of its commits, and the project that holds both."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from perfwatch.config import Config, load

SIZE = "30000x20"
MACHINE = "bench-1"
ENVIRONMENT = "virtualenv-py3.11"
ARCHITECTURES = ["reference", "in_process", "rust_batch_unix"]
RIGHT = {"lengths": [6, 14], "pnl": [-1062.25, -800.5], "trades": [11443, 7000]}


def _benchmark(name: str, unit: str, params: list[list[str]], names: list[str], kind: str) -> dict:
    return {
        "name": name,
        "unit": unit,
        "params": params,
        "param_names": names,
        "type": kind,
        "version": "1",
        "code": "",
    }


_TRACKED = [[repr(a) for a in ARCHITECTURES], [repr(SIZE)]]
BENCHMARKS = {
    name: _benchmark(name, unit, _TRACKED, ["architecture", "size"], "track")
    for name, unit in {
        "equivalence.track_combinations": "combinations",
        "equivalence.track_differing": "combinations",
        "equivalence.track_first_difference": "text",
    }.items()
} | {"sort.time_sort": _benchmark("sort.time_sort", "seconds", [], [], "time")}


@dataclass
class Project:
    """A scratch project; `commit` makes a commit, `measure` writes what asv would have written for it."""

    folder: Path
    git: Callable[..., str]
    commits: list[str] = field(default_factory=list)

    def commit(self, subject: str) -> str:
        self.git(self.folder, "commit", "--allow-empty", "-qm", subject)
        self.commits.append(self.git(self.folder, "rev-parse", "HEAD"))
        return self.commits[-1]

    def measure(
        self,
        commit: str,
        *,
        reference: dict = RIGHT,
        wrong: tuple[str, ...] = (),
        seconds: float | None = 1.0,
    ) -> None:
        """Write the result file of `commit`: `wrong` architectures disagree, `seconds` None is a failed benchmark."""
        answers = dict.fromkeys(ARCHITECTURES, reference)
        answers |= {a: {**reference, "pnl": [reference["pnl"][0] - 1, reference["pnl"][1]]} for a in wrong}
        columns = ["result", "params", "version", "started_at", "duration", "stats_ci_99_a", "stats_ci_99_b"]
        tracked = {
            "equivalence.track_combinations": [answers[a] for a in ARCHITECTURES],
            "equivalence.track_differing": [int(a in wrong) for a in ARCHITECTURES],
            "equivalence.track_first_difference": [
                "combination 0 (L=6): PnL differs" if a in wrong else "none" for a in ARCHITECTURES
            ],
        }
        results = {name: [values, _TRACKED, "1", 1700000000000, 1.0] for name, values in tracked.items()}
        bounds = [] if seconds is None else [[seconds * 0.99], [seconds * 1.01]]
        results["sort.time_sort"] = [None if seconds is None else [seconds], [], "1", 1700000000000, 1.0, *bounds]
        folder = self.folder / ".asv" / "results"
        (folder / MACHINE).mkdir(parents=True, exist_ok=True)
        (folder / "benchmarks.json").write_text(json.dumps({**BENCHMARKS, "version": 2}))
        (folder / MACHINE / "machine.json").write_text(json.dumps({"machine": MACHINE, "cpu": "x", "version": 1}))
        document = {
            "commit_hash": commit,
            "env_name": ENVIRONMENT,
            "date": 1700000000000,
            "params": {"machine": MACHINE, "python": "3.11"},
            "python": "3.11",
            "requirements": {},
            "env_vars": {},
            "result_columns": columns,
            "results": results,
            "durations": {},
            "version": 2,
        }
        (folder / MACHINE / f"{commit[:8]}-{ENVIRONMENT}.json").write_text(json.dumps(document))

    @property
    def config(self) -> Config:
        return load(self.folder)


@pytest.fixture
def project(tmp_path: Path, git: Callable[..., str]) -> Project:
    """A scratch project with a git repository and no commit yet."""
    (tmp_path / "asv.conf.json").write_text('{"version": 1, "project": "scratch", "repo": "."}')
    git(tmp_path, "init", "-q", "-b", "main")
    return Project(tmp_path, git)
