"""How a commit between two ends is asked what it is like, on simulated turns: the real rules, noise from a seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from perfwatch.analysis.search import search
from perfwatch.analysis.settings import Settings
from perfwatch.config import Config, load
from perfwatch.errors import CommitError
from perfwatch.model import Commit, Failure, Measurement, SeriesKey
from perfwatch.pipeline.confirm import result
from perfwatch.pipeline.criteria import Criterion, Stopped, criterion
from perfwatch.pipeline.suspects import Suspect
from perfwatch.runner.interleave import Enough, Interleaved, Turn, order
from perfwatch.runner.output import BUILD

TIME = SeriesKey("suite.time_it", "1", (), "m", "e", "seconds", "time")
NUMBER = SeriesKey("suite.track_it", "1", (), "m", "e", "bytes", "track")
PARITY = SeriesKey("feed.track_differing", "1", (), "m", "e", "bytes", "track")
LINE = [Commit(f"{n:x}" * 40) for n in range(9)]
ROUNDS = 8
Level = Callable[[int], float]


@dataclass
class Simulated:
    """Turns as an interleaver gives them: the level of each commit, noise, and commits that do not build."""

    key: SeriesKey
    level: Level
    noise: float = 0.0
    unbuilt: Sequence[int] = ()
    failing: Sequence[int] = ()
    is_stopped: bool = False
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))
    asked: list[int] = field(default_factory=list)

    def turns(
        self, config: Config, commits: Sequence[str], *, rounds: int, enough: Enough | None = None, **_: object
    ) -> Interleaved:
        taken = Interleaved(tuple(commits), is_stopped=self.is_stopped)
        for number, side in enumerate(order(len(commits), rounds), start=1):
            taken.turns.append(self._turn(side, next(at for at, c in enumerate(LINE) if c.hash == commits[side])))
            is_whole = number % len(commits) == 0 and number < rounds * len(commits)
            if is_whole and enough is not None and enough(taken):
                break
        return taken

    def _turn(self, side: int, at: int) -> Turn:
        self.asked.append(at)
        if at in self.unbuilt:
            return Turn(side, (), (Failure(BUILD, 1, "Compiling …\nerror: no such field"),))
        if at in self.failing:
            return Turn(side, (), (Failure(self.key.benchmark, 1, "ValueError: no good"),))
        value = self.level(at) * float(np.exp(self.rng.normal(0, self.noise)))
        return Turn(side, (Measurement(self.key, LINE[at].hash, "ok", value=value),))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(tmp_path)


def asked_by(config: Config, simulated: Simulated) -> Criterion | None:
    """Return by what the ends of the line differ, with simulated turns in the place of the interleaver's."""
    suspect = Suspect(None, None, LINE[0], LINE[-1], LINE[1:], ["."])
    taken = simulated.turns(config, [LINE[0].hash, LINE[-1].hash], rounds=ROUNDS)
    ends = result(config, suspect, taken, Settings(), ROUNDS)
    simulated.asked.clear()
    return criterion(config, suspect, ends, taken, ROUNDS, measure=lambda *a, **more: simulated.turns(*a, **more))


def step_at(at: int, before: float = 1.0, after: float = 1.1) -> Level:
    return lambda n: after if n >= at else before


@pytest.mark.parametrize("at", range(1, 9))
def test_a_time_is_searched_in_turns_with_both_ends_until_it_is_decided(config: Config, at: int) -> None:
    simulated = Simulated(TIME, step_at(at), noise=0.005)
    by = asked_by(config, simulated)
    assert by is not None
    assert (by.kind, by.name) == ("time", "suite.time_it")
    found = search(8, lambda n: by.ask(LINE[n + 1]).answer)
    assert [LINE[n + 1] for n in found.candidates] == [LINE[at]]
    step = by.ask(LINE[4])
    # Never on one look, and never all rounds where it is as plain as this.
    assert 5 <= step.rounds < ROUNDS


def test_a_time_half_way_between_both_stays_in_doubt(config: Config) -> None:
    simulated = Simulated(TIME, lambda n: (1.0, 1.0488, 1.1)[(n > 0) + (n > 7)], noise=0.005)
    by = asked_by(config, simulated)
    assert by is not None
    assert by.ask(LINE[4]).answer == "undecided"


def test_one_that_does_not_build_costs_one_turn_and_says_why(config: Config) -> None:
    for key in (TIME, NUMBER):
        simulated = Simulated(key, step_at(6), noise=0.005 if key is TIME else 0.0, unbuilt=[4])
        by = asked_by(config, simulated)
        assert by is not None
        step = by.ask(LINE[4])
        assert (step.answer, step.detail) == ("unmeasurable", "(build) error: no such field")
        assert simulated.asked == [4]


def test_a_number_that_does_not_scatter_takes_one_look(config: Config) -> None:
    simulated = Simulated(NUMBER, step_at(3, 100, 150))
    by = asked_by(config, simulated)
    assert by is not None
    assert by.kind == "number"
    found = search(8, lambda n: by.ask(LINE[n + 1]).answer)
    assert [LINE[n + 1] for n in found.candidates] == [LINE[3]]
    assert len(simulated.asked) == 3


def test_answers_that_break_take_one_look_and_go_before_speed(config: Config) -> None:
    simulated = Simulated(PARITY, step_at(6, 0.0, 96.0))
    by = asked_by(config, simulated)
    assert by is not None
    assert (by.kind, by.name) == ("answers", "feed.track_differing")
    steps = [by.ask(commit) for commit in LINE[1:]]
    assert [step.answer for step in steps] == ["good"] * 5 + ["bad"] * 3
    assert "96" in steps[-1].detail


def test_a_benchmark_that_fails_is_no_commit_that_does_not_build(config: Config) -> None:
    simulated = Simulated(TIME, lambda n: 1.0, failing=range(5, 9), unbuilt=[4])
    by = asked_by(config, simulated)
    assert by is not None
    assert (by.kind, by.name) == ("failure", "suite.time_it")
    answers = [by.ask(commit).answer for commit in LINE[1:]]
    assert answers == ["good"] * 3 + ["unmeasurable"] + ["bad"] * 4


def test_what_does_not_build_any_more_is_searched_for_as_a_failure(config: Config) -> None:
    by = asked_by(config, Simulated(TIME, lambda n: 1.0, unbuilt=range(5, 9)))
    assert by is not None
    assert by.name == BUILD
    assert [by.ask(commit).answer for commit in LINE[3:7]] == ["good", "good", "bad", "bad"]


def test_ends_that_do_not_differ_or_a_good_one_that_fails_give_nothing_to_search_by(config: Config) -> None:
    for simulated in (Simulated(TIME, lambda n: 1.0, noise=0.005), Simulated(TIME, lambda n: 1.0, failing=[0])):
        assert asked_by(config, simulated) is None


def test_whoever_is_stopped_says_so(config: Config) -> None:
    simulated = Simulated(TIME, step_at(3), noise=0.005)
    by = asked_by(config, simulated)
    assert by is not None
    simulated.is_stopped = True
    with pytest.raises(Stopped):
        by.ask(LINE[4])


def test_a_commit_of_which_nothing_comes_is_passed_over(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    simulated = Simulated(TIME, step_at(3), noise=0.005)
    by = asked_by(config, simulated)
    assert by is not None

    def nothing(*_: object, **__: object) -> Interleaved:
        raise CommitError("c0ffee00: nothing of it")

    monkeypatch.setattr(simulated, "turns", nothing)
    assert by.ask(LINE[4]).answer == "unmeasurable"
    other = replace(TIME, version="2")
    monkeypatch.setattr(simulated, "turns", Simulated(other, step_at(3)).turns)
    assert "version" in by.ask(LINE[4]).detail
