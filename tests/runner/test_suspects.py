"""perfwatch confirm and bisect, end to end: real git, real asv, a real store; numbers that do not scatter."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import toy_package

from perfwatch import errors
from perfwatch.analysis.triage import BISECT, RERUN
from perfwatch.cli import run_command
from perfwatch.config import Config
from perfwatch.errors import NothingToCompareError, UsageError
from perfwatch.model import Event
from perfwatch.pipeline import suspects
from perfwatch.pipeline.bisect import bisect
from perfwatch.pipeline.confirm import confirm
from perfwatch.pipeline.triage import triage
from perfwatch.sources import git as asked
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

FINE = "suite.track_fine"
MACHINE, ENVIRONMENT = "suspects", "py"
# What `track_fine` gives is the length of the name: from 3 to 5 at the fifth. The fourth does not build.
NAMES = ("abc", "xyz", "uvw", "broken", "other", "brown", "green")


@dataclass(frozen=True)
class Line:
    """A branch beside the project's own, never checked out there, and its commits, oldest first."""

    root: Path
    hashes: tuple[str, ...]

    def event(self, at: int, identity: str = "0123456789ab", **more: Any) -> Event:
        moved = ({"label": FINE, "ratio": 5 / 3, "lower": None, "upper": None, "family": None},)
        said = {"kind": "regression", "standing": "SUSPECT", "title": f"{FINE} 67 % worse", "moved": moved} | more
        return Event(identity, commit=self.hashes[at], machine=MACHINE, environment=ENVIRONMENT, **said)


@pytest.fixture(scope="session")
def line(project: Any, tmp_path_factory: pytest.TempPathFactory) -> Line:
    """A line of commits in the project's repository; asv's environment is that of all other tests."""
    tree = tmp_path_factory.mktemp("side") / "tree"
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]

    def git(*arguments: str, at: Path = tree) -> str:
        return asked._git(at, *identity, *arguments).strip()

    git("worktree", "add", "-q", "-b", "side", str(tree), project.hashes[1], at=project.root)
    hashes = []
    for name in NAMES:
        backend = toy_package.BROKEN if name == "broken" else toy_package.OWN
        toy_package.write(tree, f'NAME = "{name}"\n', backend)
        git("commit", "-qam", f"name: {name}")
        hashes.append(git("rev-parse", "HEAD"))
    git("worktree", "remove", "--force", str(tree), at=project.root)
    return Line(project.root, tuple(hashes))


@pytest.fixture
def config(project: Any, line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Settings with a store in which the second and the last commit of the line are measured."""
    results = tmp_path / "results"
    (results / MACHINE).mkdir(parents=True)
    (results / "benchmarks.json").write_text(json.dumps({"version": 2}))
    for at, value in ((1, 3), (6, 5)):
        result = {
            "commit_hash": line.hashes[at],
            "env_name": ENVIRONMENT,
            "date": 1772323200000 + at,
            "params": {"machine": MACHINE},
            "python": "3.11",
            "requirements": {},
            "env_vars": {},
            "result_columns": ["result", "params"],
            "results": {FINE: [[value], []]},
            "durations": {},
            "version": 2,
        }
        (results / MACHINE / f"{line.hashes[at][:8]}-{ENVIRONMENT}.json").write_text(json.dumps(result))
    found = project.config(MACHINE, store=str(tmp_path / "store.duckdb"))
    with Writer(parse(found.store)) as writer:
        # By date where git's own line, that of main, does not know them.
        writer.load(results, tmp_path / "runs", [], None)
    monkeypatch.chdir(project.root)
    return found


def keep(config: Config, *events: Event) -> None:
    with Writer(parse(config.store)) as writer:
        writer.keep(
            MACHINE,
            ENVIRONMENT,
            events[0].commit,
            verdicts=[],
            events=events,
            factors={},
            settings={},
            inputs_digest="",
            state={"digest": ""},
        )


def words(config: Config, identity: str) -> list[tuple[str, str, str | None]]:
    with Reader(parse(config.store)) as reader:
        return [(w.author, w.state, w.reason) for w in reader.triages(identity)]


def test_what_is_suspected_is_measured_against_the_commit_measured_before_it_and_told_and_kept(
    line: Line, config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(config, line.event(6))
    told = run_command(["confirm", "-q", "--store", config.store, "--machine", MACHINE])
    out = capsys.readouterr().out
    assert told == errors.EXIT_REGRESSION, out
    assert f"{line.hashes[1][:8]} name: xyz → {line.hashes[6][:8]} name: green" in out
    assert "CONFIRMED" in out
    assert f"perfwatch bisect {line.hashes[1][:8]} {line.hashes[6][:8]} --event 0123456789ab" in out
    ((author, state, reason),) = words(config, "0123456789ab")
    assert (author, state) == (RERUN, "accepted")
    assert reason is not None
    assert reason.startswith("confirmed: +66.7 %")
    # Nobody is asked twice.
    assert run_command(["confirm", "-q", "--store", config.store, "--machine", MACHINE]) == errors.EXIT_CLEAN
    assert "nothing is suspected" in capsys.readouterr().out


def test_what_is_not_at_its_commit_is_looked_for_around_it_before_it_is_called_noise(
    line: Line, config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(config, line.event(1))
    told = run_command(["confirm", "-q", "0123456789ab", "--store", config.store, "--machine", MACHINE])
    out = capsys.readouterr().out
    assert told == errors.EXIT_REGRESSION, out
    assert f"not there: {line.hashes[0][:8]} name: abc → {line.hashes[1][:8]} name: xyz" in out
    assert f"perfwatch bisect {line.hashes[1][:8]} {line.hashes[6][:8]} --event 0123456789ab" in out
    ((_, state, reason),) = words(config, "0123456789ab")
    assert state == "accepted"
    assert f"between {line.hashes[1][:8]} and {line.hashes[6][:8]}" in (reason or "")


def test_the_commit_is_found_behind_one_that_does_not_build_and_kept_as_a_word(
    line: Line, config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(config, line.event(6))
    said = ["bisect", line.hashes[1], line.hashes[6], "--event", "0123", "--store", config.store, "-q"]
    told = run_command([*said, "--machine", MACHINE, "--format", "json"])
    found = json.loads(capsys.readouterr().out)
    assert told == errors.EXIT_REGRESSION, found
    assert found["criterion"] == "number"
    assert found["by"] == FINE
    answers = {step["commit"]: step["answer"] for step in found["steps"]}
    assert answers[line.hashes[3]] == "unmeasurable"
    # It may as well be the one that cannot be measured.
    assert [c["hash"] for c in found["candidates"]] == list(line.hashes[3:5])
    ((author, state, reason),) = words(config, "0123456789ab")
    assert (author, state) == (BISECT, "accepted")
    assert reason is not None
    assert "one of 2 commits" in reason


def test_a_benchmark_that_fails_is_searched_for_with_one_look_at_each_commit(line: Line, config: Config) -> None:
    # The build: from the third to the fourth.
    found = bisect(config, line.hashes[0], line.hashes[3], rounds=3, bench=[FINE], quiet=True)
    assert found.criterion == "failure"
    assert [c.hash for c in found.candidates] == [line.hashes[3]]
    assert "src/toy/__init__.py" in found.diffstat
    assert all(step.rounds == 1 for step in found.steps)
    assert found.exit_code == errors.EXIT_NOT_MEASURED


def test_with_no_time_left_nothing_is_begun_and_what_is_left_is_named(line: Line, config: Config) -> None:
    keep(config, line.event(6), line.event(6, "ffff456789ab"))
    found = confirm(config, rounds=3, budget_s=0.0, quiet=True)
    assert found.reruns == []
    assert {s.event.id for s in found.left if s.event} == {"0123456789ab", "ffff456789ab"}


def test_the_gravest_come_first_and_what_a_person_spoke_of_or_is_long_past_does_not_come(
    line: Line, config: Config
) -> None:
    small = ({"label": FINE, "ratio": 1.05, "lower": None, "upper": None, "family": None},)
    slight = line.event(6, "aaaa456789ab", moved=small)
    spoken, host = line.event(6, "bbbb456789ab"), line.event(6, "cccc456789ab", kind="host change", moved=())
    unmeasured = line.event(5, "dddd456789ab")
    keep(config, slight, line.event(6), spoken, host, unmeasured)
    triage(config, spoken.id, "acknowledged", reason="known", author="ada")
    found = confirm(config, rounds=3, budget_s=0.0, quiet=True)
    assert [s.event.id for s in found.left if s.event] == ["0123456789ab", "aaaa456789ab"]


def test_names_that_are_none_and_commits_without_an_event_are_told(line: Line, config: Config) -> None:
    keep(config, line.event(6), line.event(6, "cccc456789ab", kind="host change", moved=()))
    with Reader(parse(config.store)) as reader:
        with pytest.raises(NothingToCompareError, match="neither an event nor a commit"):
            suspects.named(reader, config, "nonsense", ())
        with pytest.raises(NothingToCompareError, match=f"no event at {line.hashes[2][:8]}"):
            suspects.named(reader, config, line.hashes[2], ())
        with pytest.raises(UsageError, match="host change"):
            suspects.named(reader, config, "cccc", ())
        (found,) = suspects.named(reader, config, line.hashes[6], ())
        assert found.event == line.event(6)
        assert (found.before.hash, len(found.gap)) == (line.hashes[1], 5)
        (alone,) = suspects.named(reader, config, line.hashes[2], ["fine"])
        assert (alone.event, alone.before.hash) == (None, line.hashes[1])


def test_two_commits_that_are_not_of_one_line_cannot_be_searched(line: Line, config: Config) -> None:
    for good, bad in ((line.hashes[6], line.hashes[1]), (line.hashes[1], line.hashes[1])):
        with pytest.raises(UsageError, match="is not before"):
            bisect(config, good, bad, rounds=3)
