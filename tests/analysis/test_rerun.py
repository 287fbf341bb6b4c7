"""What a re-run comes to, and the word that is kept of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reruns import PLAIN, RERUNS, rows
from situations import HEAD, NOW, PARENT, REGRESSION

from perfwatch.analysis import rerun
from perfwatch.analysis.triage import RERUN
from perfwatch.model import Failure, Triage

FAILED = Failure("suite.time_it", 1, "ValueError: no good")


@pytest.mark.parametrize(
    ("situation", "outcome", "code"),
    [
        ("confirmed", "confirmed", 1),
        ("not_confirmed", "not confirmed", 0),
        ("not_there_but_around_it", "confirmed", 1),
        ("undecided", "undecided", 7),
        ("answers_differ", "answers differ", 6),
        ("a_side_failed", "failed", 9),
        ("out_of_time", "undecided", 7),
    ],
)
def test_each_outcome_has_its_code(situation: str, outcome: str, code: int) -> None:
    (found,) = RERUNS[situation]
    assert (found.outcome, found.exit_code) == (outcome, code)


def test_one_series_that_surely_got_worse_confirms_and_only_all_of_them_unchanged_do_not() -> None:
    assert rerun.found_again("regression", rows(sweep=1.1, echo=1.0)) == "confirmed"
    assert rerun.found_again("regression", rows(sweep=0.9, echo=1.0)) == "not confirmed"
    assert rerun.found_again("regression", rows(6, sweep=1.029, echo=1.0)) == "undecided"
    assert rerun.found_again("regression", []) == "undecided"
    assert rerun.found_again("improvement", rows(sweep=0.9)) == "confirmed"
    assert rerun.found_again("improvement", rows(sweep=1.1)) == "not confirmed"


def test_an_improvement_that_is_found_again_fails_nothing() -> None:
    found = replace(PLAIN, event=replace(REGRESSION, kind="improvement"), rows=rows(sweep=0.9))
    assert (found.outcome, found.exit_code) == ("confirmed", 0)


def test_a_failure_is_found_again_where_the_commit_fails_and_the_one_before_it_does_not() -> None:
    failure = replace(PLAIN, event=replace(REGRESSION, kind="failure"))
    assert failure.outcome == "not confirmed"
    again = replace(failure, failures=[(HEAD.hash, FAILED)])
    assert (again.outcome, again.exit_code) == ("confirmed", 9)
    assert replace(failure, failures=[(HEAD.hash, FAILED), (PARENT.hash, FAILED)]).outcome == "failed"


def test_what_was_found_becomes_a_word_that_says_how_sure_and_where() -> None:
    word = RERUNS["confirmed"][0].word
    assert word is not None
    assert (word.state, word.author, word.until) == ("accepted", RERUN, None)
    assert word.reason is not None
    assert word.reason.startswith("confirmed: +10")
    assert word.reason.endswith("in 5 rounds on bench-1")
    word = RERUNS["not_confirmed"][0].word
    assert word is not None
    assert (word.state, word.until) == ("noise", NOW + rerun.NOISE_HOLDS)
    word = RERUNS["undecided"][0].word
    assert word is not None
    assert word.state == "new"


def test_a_persons_word_is_never_followed_by_one_of_a_re_run() -> None:
    assert RERUNS["a_person_has_spoken"][0].word is None
    mine = Triage(REGRESSION.id, "new", RERUN, NOW)
    assert rerun.word_of(replace(PLAIN, spoken=mine, rows=rows(sweep=1.1)), NOW) is not None


def test_a_change_found_around_the_commit_says_between_which() -> None:
    (found,) = RERUNS["not_there_but_around_it"]
    assert found.outcome == "confirmed"
    assert found.word is not None
    assert found.word.state == "accepted"
    assert f"between {found.before.hash[:8]} and {found.after.hash[:8]} in 5 rounds" in (found.word.reason or "")


def test_not_found_on_another_machine_is_no_word_but_found_there_is_one() -> None:
    assert RERUNS["on_another_machine"][0].word is None
    elsewhere = replace(PLAIN, machine="laptop", rows=rows(sweep=1.1))
    word = rerun.word_of(elsewhere, NOW)
    assert word is not None
    assert word.state == "accepted"


def test_enough_was_seen_once_one_surely_got_worse_or_none_will_tell_more() -> None:
    assert not rerun.is_enough("regression", rows(1, sweep=1.3))
    assert rerun.is_enough("regression", rows(5, sweep=1.3, echo=1.029))
    assert rerun.is_enough("regression", rows(6, sweep=1.0))
    assert not rerun.is_enough("regression", [])


def test_of_several_codes_the_gravest_ends_the_command() -> None:
    found = [RERUNS[name][0] for name in ("undecided", "confirmed", "a_side_failed", "answers_differ")]
    assert [rerun.exit_code(found[:n]) for n in range(1, 5)] == [7, 1, 9, 6]
    assert rerun.exit_code([]) == 0
    assert rerun.exit_code([*found, replace(PLAIN, is_stopped=True)]) == 2


def test_the_gravest_event_is_the_one_whose_series_moved_furthest_either_way() -> None:
    def moved(ratio: float | None):  # type: ignore[no-untyped-def]
        return rerun.gravity(replace(REGRESSION, moved=({"ratio": ratio},)))

    assert moved(0.5) == moved(2.0) > moved(1.1) > moved(None) == 0.0
