"""A pull request from git to its comment: real git, a real asv suite, real turns; no timing decides anything."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import toy_package

from perfwatch.analysis.pull import Pull
from perfwatch.cli import run_command
from perfwatch.config import load
from perfwatch.errors import NothingToCompareError, UsageError
from perfwatch.pipeline.pull import Asked, planned, pull
from perfwatch.pipeline.rounds import Progress
from perfwatch.report import pull as say

_PERFWATCH = """\
size = "quick"
artefact_command = "python -c 'import json, toy; print(json.dumps({\\"toy\\": str(toy.BUILT)}))'"
[pull]
ignored = ["*.md"]
[[pull.suite]]
paths = ["/src/"]
bench = ["^suite[.]track_lines"]
"""

_SUITE = """\
import toy

def track_lines():
    return toy.LINES

def track_other():
    return 1
"""

_EQUIVALENCE = """\
import toy

RIGHT = {"lengths": [6, 14], "pnl": [-1062.25, -800.5], "trades": [11443, 7000]}
PARAMS = [["reference", "in_process"], ["30000x20"]]

def _answer(architecture):
    return {**RIGHT, "pnl": [-934.0, -800.5]} if architecture == "in_process" and not toy.RIGHT else RIGHT

def track_combinations(architecture, size):
    return _answer(architecture)

def track_differing(architecture, size):
    return int(_answer(architecture) != RIGHT)

def track_first_difference(architecture, size):
    return "none" if _answer(architecture) == RIGHT else "combination 0 (L=6): PnL -934.0 instead of -1062.2"

for _track in (track_combinations, track_differing, track_first_difference):
    _track.params, _track.param_names = PARAMS, ["architecture", "size"]
track_differing.unit = track_combinations.unit = "combinations"
track_first_difference.unit = "text"
"""


@dataclass(frozen=True)
class Toy:
    """A project whose branches each change one thing, and whose main went on after they left it."""

    root: Path

    def asked(self, branch: str, *, base: str = "main", **asked: Any) -> Pull:
        """Return a pull request of at most two rounds: no number here scatters."""
        config = load(self.root, {"machine": "bench-1"})
        return pull(config, base, branch, Asked(**{"rounds": 2, **asked}), quiet=True)


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory, git_of_session: Callable[..., str]) -> Toy:
    """One project and one asv environment for all tests."""
    root = tmp_path_factory.mktemp("pulled")
    git = git_of_session
    toy_package.begin(root, suite=_SUITE, equivalence=_EQUIVALENCE)
    (root / "perfwatch.toml").write_text(_PERFWATCH)

    def commit(branch: str, source: str, subject: str = "a change", **files: str) -> None:
        if branch != "main":
            git(root, "checkout", "-q", "-b", branch, "fork")
        toy_package.write(root, source, toy_package.BROKEN if branch == "broken" else toy_package.OWN)
        for name, text in files.items():
            (root / f"{name}.md").write_text(text)
        git(root, "add", "-A")
        git(root, "commit", "-qm", f"{branch}: {subject}")
        git(root, "checkout", "-q", "main")

    git(root, "init", "-q", "-b", "main")
    plain = "LINES, RIGHT, BUILT = 100, True, 1\n"
    commit("main", plain, "the first")
    git(root, "tag", "fork")
    commit("longer", "LINES, RIGHT, BUILT = 120, True, 2\n")
    commit("wrong", "LINES, RIGHT, BUILT = 80, False, 2\n")
    commit("broken", plain)
    commit("documented", plain, README="how to")
    commit("main", "LINES, RIGHT, BUILT = 50, True, 3\n", "the last")
    return Toy(root)


@pytest.fixture(scope="session")
def git_of_session() -> Callable[..., str]:
    """Run git in a folder."""
    import subprocess

    names = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org"}
    names |= {"GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org"}

    def git(folder: Path, *arguments: str) -> str:
        environment = {**os.environ, **names, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True)
        return done.stdout.decode().strip()

    return git


@pytest.fixture(scope="session")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def _empty_home(_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep asv's machine file out of the home of whoever runs the tests."""
    monkeypatch.setenv("HOME", str(_home))


def test_a_number_that_got_a_fifth_worse_fails_and_what_main_did_since_is_not_blamed(
    toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(toy.root)
    out, plot, summary = tmp_path / "pull.json", tmp_path / "pull.svg", tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    arguments = ["pr", "main", "longer", "--rounds", "8", "--out", str(out), "--plot", str(plot), "--format", "github"]
    assert run_command(arguments) == 1
    told = capsys.readouterr()
    assert told.out.startswith("perfwatch: WORSE: suite.track_lines +20.0 %\n")
    assert "::error title=perfwatch%3A WORSE::suite.track_lines +20.0 %25 (exact)" in told.out
    assert "benchmarks of what changed: ^suite[.]track_lines: src/toy/__init__.py changed" in told.err
    assert "turn 4 of at most 16" in told.err
    # No number here scatters: after the second round there is nothing left to learn.
    assert "turn 5" not in told.err
    found = say.read(json.loads(out.read_text()))
    assert (found.exit_code, found.ended, found.rounds, found.most) == (1, "decided", 2, 8)
    (row,) = found.rows
    assert (row.label, row.word, row.before, row.after) == ("suite.track_lines", "worse", 100.0, 120.0)
    assert (found.answers, found.breaks, found.artefacts) == (1, (), {"toy": False})
    assert found.controls.keys() >= {"compute"}
    assert "<svg" in plot.read_text()
    assert summary.read_text() == say.markdown(found)


def test_a_broken_answer_ends_it_at_once_and_nothing_that_got_better_makes_up_for_it(toy: Toy) -> None:
    found = toy.asked("wrong", rounds=8)
    assert (found.exit_code, found.ended, found.rounds) == (6, "equivalence", 1)
    assert [b.architecture for b in found.breaks] == ["in_process"]
    assert "combination 0 (L=6)" in say.text(found)
    assert say.notice(found).title.startswith("EQUIVALENCE BROKEN: in_process at 30000x20")


def test_a_side_that_does_not_build_ends_it_at_once_and_is_told_with_its_last_words(toy: Toy) -> None:
    found = toy.asked("broken", rounds=8)
    assert (found.exit_code, found.ended, found.rounds) == (9, "not built", 1)
    assert [(u.side, u.what) for u in found.unbuilt] == [("head", "(build)")]
    assert "NOT MEASURED: head does not build: ERROR: Failed to build" in say.text(found)
    assert str(toy.root.parent) not in say.text(found)
    assert found.rows == ()


def test_documentation_alone_is_not_measured_and_that_is_not_green(
    toy: Toy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(toy.root)
    assert run_command(["pr", "main", "documented"]) == 5
    told = capsys.readouterr()
    assert "not measured: only files changed that are not measured: README.md" in told.out
    assert "turn" not in told.err
    assert run_command(["pr", "main", "documented", "--exit-zero", "--quiet", "--format", "json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["verdict"]["exit_code"] == 5
    assert told.err == "exit 5 passed over by --exit-zero\n"


def test_against_the_tip_of_the_base_where_asked(toy: Toy) -> None:
    config = load(toy.root)
    apart = planned(config, "main", "documented", Asked())
    assert (apart.base.subject, apart.choice.how) == ("main: the first", "nothing")
    tip = planned(config, "main", "documented", Asked(is_merge_base=False))
    assert (tip.base.subject, tip.choice.how) == ("main: the last", "rules")
    assert tip.base.named == "main"


def test_stopped_it_compares_what_both_had(toy: Toy) -> None:
    def stop(progress: Progress) -> None:
        if progress.turn == 3:
            os.kill(os.getpid(), signal.SIGINT)

    config = load(toy.root, {"machine": "bench-1"})
    found = pull(config, "main", "longer", Asked(rounds=8), quiet=True, tell=stop)
    assert (found.exit_code, found.ended, found.rounds) == (2, "interrupted", 1)
    assert say.read(say.as_json(found)) == found


def test_nothing_between_two_commits_is_nothing_to_compare(toy: Toy) -> None:
    with pytest.raises(NothingToCompareError, match="no commit that"):
        toy.asked("fork")
    with pytest.raises(UsageError, match="names no commit"):
        toy.asked("no-such-branch")


def test_what_cannot_be_right_is_refused_before_anything_is_measured(
    toy: Toy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(toy.root)
    assert run_command(["pr", "main", "longer", "--all", "--bench", "x"]) == 4
    assert run_command(["pr", "main", "longer", "--out", "no/such/folder/x.json"]) == 4
    assert run_command(["pr", "main", "longer", "--rounds", "0"]) == 4
    assert "turn" not in capsys.readouterr().err
