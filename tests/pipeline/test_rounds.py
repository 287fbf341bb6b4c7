"""When the rounds of a pull request end: by what they tell, by the time given, or with the last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from perfwatch.analysis.pull import Allowed, Row
from perfwatch.analysis.settings import Settings
from perfwatch.config import load
from perfwatch.errors import UsageError
from perfwatch.model import Failure, Measurement, Run, SeriesKey
from perfwatch.pipeline.allowing import Words, heard, let_pass
from perfwatch.pipeline.overriding import Overrides
from perfwatch.pipeline.pull import Asked, planned
from perfwatch.pipeline.rounds import Progress, Rounds
from perfwatch.pipeline.sides import answers, controls, errors_of, last_words, same_artefacts
from perfwatch.runner.interleave import Interleaved, Turn, order

KEY = SeriesKey("x.time_y", "1", (), "m", "e", "seconds", "time")
SIDES = ("a" * 40, "b" * 40)


def taken(rounds: int, *, step: float = 0.0, scale: float = 0.003, seed: int = 1) -> Interleaved:
    """Return so many rounds of one timing."""
    rng = np.random.default_rng(seed)
    done = Interleaved(SIDES)
    for side in order(2, rounds):
        value = 1e-3 * float(np.exp(scale * rng.standard_normal())) * (1 + step * side)
        done.turns.append(Turn(side, (Measurement(KEY, SIDES[side], "ok", value),)))
    return done


class Clock:
    """Goes on by so many seconds each time it is looked at."""

    def __init__(self, step_s: float) -> None:
        self.now, self.step_s = 0.0, step_s

    def __call__(self) -> float:
        self.now += self.step_s
        return self.now


def test_they_end_when_more_would_tell_no_more() -> None:
    rounds = Rounds(Settings(), 8, None, Clock(1.0))
    assert [rounds.is_enough(taken(n)) for n in (1, 2, 3)] == [False, False, True]
    assert rounds.ended == "decided"


def test_without_a_series_in_common_they_end_after_the_first() -> None:
    rounds = Rounds(Settings(), 8, None, Clock(1.0))
    alone = Interleaved(SIDES, [taken(1).turns[0], Turn(1, ())])
    assert rounds.is_enough(alone)
    assert rounds.ended == "decided"


def test_a_budget_sets_how_many_there_will_be_before_the_first_look() -> None:
    rounds = Rounds(Settings(), 8, 50.0, Clock(10.0))
    assert not rounds.is_enough(taken(1, scale=0.02))
    # A round took at most twenty seconds as this clock goes.
    assert rounds.most < 8
    ended = [n for n in range(2, 9) if rounds.is_enough(taken(n, scale=0.02))]
    assert ended[0] == rounds.most
    assert rounds.ended == "budget"


def test_a_budget_that_holds_not_even_one_round_more_ends_them() -> None:
    rounds = Rounds(Settings(), 8, 1.0, Clock(100.0))
    assert rounds.is_enough(taken(1))
    assert (rounds.ended, rounds.most) == ("budget", 1)


def test_a_broken_answer_ends_them_whatever_the_timings() -> None:
    wrong = replace(KEY, benchmark="feed.track_differing", unit="bytes", kind="track")
    broken = taken(1)
    broken.turns[1] = Turn(1, (*broken.turns[1].measurements, Measurement(wrong, SIDES[1], "ok", 3.0)))
    rounds = Rounds(Settings(), 8, None, Clock(1.0))
    assert rounds.is_enough(broken)
    assert rounds.ended == "equivalence"


def test_a_side_that_does_not_build_ends_them() -> None:
    broken = taken(1)
    broken.turns[1] = Turn(1, (), (Failure("(build)", 1, "error: no"),))
    rounds = Rounds(Settings(), 8, None, Clock(1.0))
    assert rounds.is_enough(broken)
    assert rounds.ended == "not built"


def test_what_is_told_before_a_turn_is_how_far_it_is_and_how_long_at_most() -> None:
    told: list[Progress] = []
    rounds = Rounds(Settings(), 8, None, Clock(1.0), told.append)
    rounds.begun(SIDES, 1, 16, SIDES[0])
    rounds.is_enough(taken(3, step=0.2))
    rounds.begun(SIDES, 7, 16, SIDES[1])
    assert (told[0].side, told[0].rows, told[0].left_s) == ("base", 0, None)
    assert (told[1].side, told[1].turn, told[1].most_turns, told[1].rows) == ("head", 7, 16, 1)
    assert told[1].left_s is not None
    assert told[1].left_s > 0


def run(commit: str, controls: dict[str, Sequence[float]], artefacts: dict[str, str]) -> Run:
    from datetime import UTC, datetime

    now = datetime(2026, 1, 1, tzinfo=UTC)
    timed = {name: {"version": "1", "before": list(t[:1]), "after": list(t[1:])} for name, t in controls.items()}
    return Run(commit, "m", "e", now, now, "asv", 0, controls=timed, artefacts=artefacts)


def test_controls_are_set_side_by_side_over_all_turns() -> None:
    before = [run("a", {"echo": (1.0, 1.0), "gone": (1.0,)}, {}), run("a", {"echo": (1.0, 9.0)}, {})]
    after = [run("b", {"echo": (1.5, 1.5)}, {})]
    assert controls(before, after) == {"echo": 1.5}


def test_an_artefact_that_one_side_lacks_is_not_the_same() -> None:
    old, new = run("a", {}, {"engine": "1", "numba": "2"}), run("b", {}, {"engine": "1", "python": "3"})
    assert same_artefacts([old], [new]) == {"engine": True, "numba": False, "python": False}
    assert same_artefacts([], []) == {}


def test_the_last_line_of_what_fails_at_head_is_told() -> None:
    done = Interleaved(SIDES, [Turn(0, (), (Failure("x", 1, "old\n"),)), Turn(1, (), (Failure("x", 1, "a\nnew\n"),))])
    key = replace(KEY, benchmark="x")
    assert errors_of(done, [key, replace(KEY, benchmark="y")]) == {key: "new"}


def test_each_set_of_parameters_is_told_its_own_error() -> None:
    wrote = "\nFor parameters: 'a', 1\nTraceback …\nfirst\nFor parameters: 'b', 1\nTraceback …\nsecond\n"
    done = Interleaved(SIDES, [Turn(1, (), (Failure("x", 1, wrote),))])
    a, b = (replace(KEY, benchmark="x", params=(("way", way), ("n", "1"))) for way in "ab")
    assert errors_of(done, [a, b]) == {a: "first", b: "second"}


def test_answers_are_compared_within_each_environment() -> None:
    differing = replace(KEY, benchmark="equivalence.track_differing", kind="track", params=(("architecture", "x"),))
    other = replace(differing, environment="f")
    now = [Measurement(differing, "b", "ok", 0.0), Measurement(other, "b", "ok", 2.0)]
    found = answers([], now)
    assert [b.differing for b in found.breaks] == [2]
    assert found.compared == 0


def test_others_are_not_told_the_folders_of_this_machine() -> None:
    said = "x\nERROR: Failed to build 'file:///tmp/some/a/b.whl' at /home/me/x.py:3, see https://a.example/b/c\n"
    assert last_words(said) == "ERROR: Failed to build '…/b.whl' at …/x.py:3, see https://a.example/b/c"


def test_a_word_lets_pass_the_series_it_names_and_those_that_name_none_of_them_are_left_out() -> None:
    rows = [
        Row(name, (), "seconds", "time", "e", word)
        for name, word in (("a.x", "worse"), ("b.y", "worse"), ("a.z", "same"))
    ]
    words = Words([("^a[.]", Allowed("why", "one")), ("^c", Allowed("no", "other"))])
    found, allowed = let_pass(rows, words)
    assert [row.is_allowed for row in found] == [True, False, False]
    assert allowed == (Allowed("why", "one"),)


def test_messages_of_the_pull_request_s_own_commits_are_heard_and_those_that_say_nothing_usable_are_told(
    tmp_path: Path, git: Callable[..., str]
) -> None:
    git(tmp_path, "init", "-q", "-b", "main")

    def commit(message: str) -> str:
        git(tmp_path, "commit", "-q", "--allow-empty", "-m", message)
        return git(tmp_path, "rev-parse", "HEAD")

    base = commit("before\n\nPerfwatch-Allow: regression; of another time")
    commit("one\n\nPerfwatch-Allow: regression ^compute; the rule costs this")
    commit("two\n\nPerfwatch-Allow: regression")
    head = commit("three\n\nPerfwatch-Allow: 3fa91c; found last week")
    found = heard(load(tmp_path), base, head, Overrides("so be it"))
    assert [pattern for pattern, _ in found.heard] == [None, "^compute"]
    assert [one.reason for _, one in found.heard] == ["so be it", "the rule costs this"]
    assert ["no reason" in line for line in found.in_vain] == [True, False]
    assert heard(load(tmp_path), base, head, Overrides(are_trailers_heard=False)) == Words([], ())


def test_a_project_without_a_suite_is_told_so_before_anything_else(tmp_path: Path, git: Callable[..., str]) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    with pytest.raises(UsageError, match=r"no asv.conf.json here"):
        planned(load(tmp_path), "main", "HEAD", Asked())
