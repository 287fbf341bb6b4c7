"""From five runs to GitHub: one issue, one comment, one status a commit, whatever dies or fails on the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from forge_server import Fault
from github_server import REPOSITORY, GitHub, Token, github_listening, rate_limited

from perfwatch import pipeline
from perfwatch.cli import run_command
from perfwatch.config import load
from perfwatch.errors import EXIT_CLEAN, EXIT_NOT_MEASURED
from perfwatch.model import Event
from perfwatch.notify.github_issue import GitHubIssue
from perfwatch.pipeline.notify import Told, notify
from perfwatch.store.location import parse
from perfwatch.store.writer import Writer

PARTS = [f"part {i}" for i in range(10)]
TOLD = ["github-issue", "github-status", "github-check", "github-comment"]
SECRET = "ghs_KeepThisToYourself"


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    """A GitHub that the environment leads to, as a workflow's does."""
    with github_listening() as forge:
        forge.tokens = {SECRET: forge.tokens.pop("actions-token")}
        monkeypatch.setenv("GITHUB_API_URL", forge.url)
        monkeypatch.setenv("GITHUB_REPOSITORY", REPOSITORY)
        monkeypatch.setenv("GITHUB_TOKEN", SECRET)
        yield forge


class Project:
    """A scratch project of one benchmark with ten parts."""

    def __init__(self, folder: Path, git: Callable[..., str]) -> None:
        self.folder, self._git, self._rng = folder, git, np.random.default_rng(20260301)
        self.commits: list[str] = []

    def run(self, slower: float = 1.0) -> str:
        """Return the hash of a new commit, measured, loaded and judged; four parts take `slower` times as long."""
        self.measure(slower)
        pipeline.ingest(load())
        pipeline.judge(load())
        return self.commits[-1]

    def measure(self, slower: float = 1.0) -> None:
        """Make a commit, and write its results."""
        self._git(self.folder, "commit", "--allow-empty", "-qm", f"change {len(self.commits)}")
        self.commits.append(self._git(self.folder, "rev-parse", "HEAD"))
        factors = [slower if i < 4 else 1.0 for i in range(len(PARTS))]
        seconds = (np.arange(1, 11) * factors * (1 + 0.004 * self._rng.standard_normal(10))).tolist()
        params = [[repr(part) for part in PARTS]]
        bounds = [[s * factor for s in seconds] for factor in (0.996, 1.004)]
        name = "work.time_part"
        results = {name: [seconds, params, "1", 1700000000000, 1.0, *bounds]}
        declared = {"name": name, "unit": "seconds", "params": params, "param_names": ["part"], "type": "time"}
        folder = self.folder / ".asv" / "results" / "m"
        folder.mkdir(parents=True, exist_ok=True)
        benchmarks = {"version": 2, name: {**declared, "version": "1", "code": ""}}
        (folder.parent / "benchmarks.json").write_text(json.dumps(benchmarks))
        (folder / f"{self.commits[-1][:8]}-py.json").write_text(json.dumps(_result_file(self.commits[-1], results)))


def _result_file(commit: str, results: dict[str, Any]) -> dict[str, Any]:
    columns = ["result", "params", "version", "started_at", "duration", "stats_ci_99_a", "stats_ci_99_b"]
    return {
        "commit_hash": commit,
        "env_name": "py",
        "date": 1772323200000,
        "params": {"machine": "m"},
        "python": "3.11",
        "requirements": {},
        "env_vars": {},
        "result_columns": columns,
        "results": results,
        "durations": {},
        "version": 2,
    }


@pytest.fixture
def project(tmp_path: Path, git: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Project:
    """The project after thirty quiet commits."""
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "asv.conf.json").write_text('{"version": 1, "project": "scratch", "repo": "."}')
    (tmp_path / "perfwatch.toml").write_text(f"[notify]\nsinks = {json.dumps(TOLD)}\n")
    made = Project(tmp_path, git)
    for _ in range(30):
        made.measure()
    made.run()
    return made


def tell(pull: int) -> int:
    return run_command(["notify", "--pull", str(pull)])


def tell_and_die(github: GitHub, pull: int, method: str, path: str) -> None:
    """Call `notify` in a process that is killed when GitHub has done what it asked, before it hears of it."""
    is_known, process = threading.Event(), None

    def kill() -> None:
        is_known.wait()
        assert process is not None
        process.kill()

    github.faults, github.on_lost = [Fault("lost reply", method, path)], kill
    command = [sys.executable, "-m", "perfwatch", "notify", "--pull", str(pull)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    is_known.set()
    assert process.wait() < 0
    assert github.faults == []
    github.on_lost = lambda: None


def test_a_regression_over_five_runs_is_one_issue_one_comment_and_one_status_a_commit(
    project: Project, github: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        project.run(slower=1.2)
    pull = github.open_pull(project.commits[-1])
    bodies = []
    deaths = {0: ("POST", "/issues$"), 2: ("PATCH", "/comments/")}
    for number in range(5):
        github.push(pull, project.run(slower=1.2))
        if number in deaths:
            tell_and_die(github, pull, *deaths[number])
        if number == 4:
            (event,) = (str(i["body"]) for i in github.repository.issues.values() if "pull_request" not in i)
            assert run_command(["assign", event.rpartition("perfwatch:event:")[2][:12], "grace"]) == EXIT_CLEAN
        assert tell(pull) == EXIT_CLEAN
        assert tell(pull) == EXIT_CLEAN
        assert "nothing new to tell" in capsys.readouterr().out
        (comment,) = github.repository.comments
        bodies.append(comment["body"])
    repository = github.repository
    (issue,) = (i for i in repository.issues.values() if "pull_request" not in i)
    assert (issue["state"], "grace" in str(issue["body"])) == ("open", True)
    assert len(set(bodies)) == 5
    five = project.commits[-5:]
    assert [(s["sha"], s["context"], s["state"]) for s in repository.statuses] == [
        (commit, "perfwatch/scratch", "failure") for commit in five
    ]
    assert [(c["head_sha"], c["conclusion"]) for c in repository.check_runs] == [(c, "failure") for c in five]
    written = [(r.method, r.path.split("/", 4)[4].rpartition("/")[0] or "issues") for r in github.written()]
    assert written.count(("PATCH", "issues/comments")) == 4


MOVED = {"label": "work.time_part(part 1)", "ratio": 1.2, "lower": 1.19, "upper": 1.21, "family": "module work"}


@pytest.fixture
def event(tmp_path: Path, git: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Event:
    """A confirmed regression at the one commit of a project."""
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "perfwatch.toml").write_text('[notify]\nsinks = ["github-issue"]\n')
    made = Project(tmp_path, git)
    commit = made.run()
    title = "work.time_part(part 1) 20 % slower"
    found = Event("0123456789ab", "regression", commit, "m", "py", "CONFIRMED", title, moved=(MOVED,))
    with Writer(parse(load().store)) as writer:
        judged = {"verdicts": [], "factors": {}, "settings": {}, "inputs_digest": "", "state": {"digest": ""}}
        writer.keep("m", "py", commit, events=[found], **judged)
    return found


def is_told_once(github: GitHub) -> bool:
    return ["work.time_part(part 1) 20 % slower" in i["title"] for i in github.repository.issues.values()] == [True]


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ([Fault(503)] * 3, "1 waiting (github-issue ada/engine: answered 503)"),
        (
            [rate_limited(4_000_000_000, 429)],
            "1 waiting (github-issue ada/engine: rate limit reached (429); asks to be left alone for ",
        ),
        (
            [Fault(401, message="Bad credentials")],
            "1 refused (github-issue ada/engine: wrong or expired token (401); set GITHUB_TOKEN to one with the "
            "permission `issues: write`)",
        ),
        (
            [Fault(403, message="Resource not accessible by integration")],
            "1 refused (github-issue ada/engine: the token may not do this (403: Resource not accessible by "
            "integration); it needs the permission `issues: write`)",
        ),
    ],
)
def test_what_goes_wrong_is_said_and_what_was_to_be_told_arrives_once_afterwards(
    event: Event,
    github: GitHub,
    faults: list[Fault],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    github.faults = list(faults)
    assert run_command(["notify"]) == EXIT_NOT_MEASURED
    shown = capsys.readouterr().err
    assert f"notify: 1 message did not arrive: {said}" in shown
    assert SECRET not in shown
    assert run_command(["outbox", "--retry", "all"]) == EXIT_CLEAN
    assert run_command(["notify"]) == EXIT_CLEAN
    assert is_told_once(github)


def test_an_issue_whose_answer_was_lost_as_github_went_down_is_found_when_it_is_back(
    event: Event, github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    github.faults, github.on_lost = [Fault("lost reply", "POST")], lambda: github.faults.extend([Fault(502)] * 2)
    assert run_command(["notify"]) == EXIT_NOT_MEASURED
    assert is_told_once(github)
    assert run_command(["outbox", "--retry", "all"]) == EXIT_CLEAN
    assert run_command(["notify"]) == EXIT_CLEAN
    assert is_told_once(github)
    assert len(github.written()) == 1


def test_a_limit_is_kept_to_by_every_process_until_it_is_over(event: Event, github: GitHub) -> None:
    now = datetime(2026, 3, 3, tzinfo=UTC)

    def call(minutes: int) -> Told:
        moment = now + timedelta(minutes=minutes)
        sink = GitHubIssue(REPOSITORY, SECRET, github.url, clock=moment.timestamp)
        return notify(load(), [sink], clock=lambda: moment)

    github.faults = [rate_limited((now + timedelta(minutes=30)).timestamp())]
    assert [outcome.again_after_s for _, outcome in call(0).sent] == [1800]
    assert call(29).sent == []
    assert len(github.requests) == 1
    assert [outcome.status for _, outcome in call(31).sent] == ["delivered"]
    assert is_told_once(github)


def test_an_answer_that_comes_too_late_is_waited_for_no_longer(event: Event, github: GitHub) -> None:
    now = datetime(2026, 3, 3, tzinfo=UTC)

    def call(minutes: int, timeout_s: float) -> list[str]:
        sink = GitHubIssue(REPOSITORY, SECRET, github.url, timeout_s=timeout_s, pause=lambda seconds: None)
        told = notify(load(), [sink], clock=lambda: now + timedelta(minutes=minutes))
        return [outcome.error or outcome.status for _, outcome in told.sent]

    github.faults = [Fault("slow")] * 3
    assert call(0, 0.05) == ["github-issue ada/engine: no answer within 0.05 s"]
    assert call(2, 10) == ["delivered"]
    assert is_told_once(github)


def test_nothing_that_is_kept_holds_the_token(event: Event, github: GitHub) -> None:
    github.tokens["other"] = Token("ada")
    github.faults = [Fault(403, message=f"{SECRET} may not")]
    assert run_command(["notify"]) == EXIT_NOT_MEASURED
    kept = [path for path in Path.cwd().rglob("*.duckdb") if path.is_file()]
    assert kept
    assert not any(SECRET.encode() in path.read_bytes() for path in kept)
    assert SECRET in os.environ["GITHUB_TOKEN"]
