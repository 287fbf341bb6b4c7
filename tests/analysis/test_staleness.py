"""When a runner is stale: commits wait for longer than is usual on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from perfwatch.analysis.staleness import LONGEST_S, SHORTEST_S, Runner, followed, patience_s, stale
from perfwatch.model import Commit

START = datetime(2026, 3, 1, tzinfo=UTC)
HOURLY = [START + timedelta(hours=h) for h in range(10)]
LAST = HOURLY[-1]
WAITING = Commit("beef" * 10, LAST + timedelta(hours=1))
RUNNER = Runner("bench-1", "py", "c0de" * 10, HOURLY, [WAITING])
DAY = timedelta(days=1)


def test_what_is_usual_is_learnt_within_a_day_and_a_week() -> None:
    assert patience_s(HOURLY) == SHORTEST_S
    assert patience_s([START + 1.2 * DAY * i for i in range(10)]) == 6 * 86_400
    assert patience_s([START + 30 * DAY * i for i in range(10)]) == LONGEST_S
    assert patience_s(HOURLY[:2]) == LONGEST_S
    assert patience_s(HOURLY, stale_after_s=7.0) == 7.0


def test_silence_counts_from_the_oldest_commit_that_waits() -> None:
    assert stale(RUNNER, WAITING.committed_at + timedelta(hours=24)) is None
    found = stale(RUNNER, WAITING.committed_at + timedelta(hours=25))
    assert found is not None
    assert found.kind == "stale runner"
    assert found.title == "bench-1 has measured nothing since 2026-03-01 09:00 UTC, and commits wait"
    assert found.facts["last_measured_at"] == LAST.isoformat()
    assert found.facts["waiting"] == WAITING.hash


def test_a_commit_that_was_written_long_ago_and_lands_now_does_not_make_a_runner_stale() -> None:
    old = Commit("beef" * 10, START - 90 * DAY)
    assert stale(replace(RUNNER, waiting=[old]), LAST + timedelta(hours=23)) is None
    assert stale(replace(RUNNER, waiting=[old]), LAST + timedelta(hours=25)) is not None


@pytest.mark.parametrize("runner", [replace(RUNNER, waiting=[]), replace(RUNNER, runs=[])])
def test_where_nothing_waits_or_no_time_is_known_silence_says_nothing(runner: Runner) -> None:
    assert stale(runner, LAST + 5 * DAY) is None


def test_a_machine_that_was_given_up_long_ago_is_no_news() -> None:
    assert stale(RUNNER, LAST + 30 * DAY) is not None
    assert stale(RUNNER, LAST + 90 * DAY) is None


def test_the_same_silence_is_the_same_event_and_another_one_after_it_is_another() -> None:
    one, later = stale(RUNNER, LAST + 2 * DAY), stale(RUNNER, LAST + 9 * DAY)
    assert one == later
    again = replace(RUNNER, newest="feed" * 10)
    assert stale(again, LAST + 2 * DAY).id != one.id


def test_it_is_over_when_the_machine_measured_again_or_nothing_waits_any_more() -> None:
    event = stale(RUNNER, LAST + 2 * DAY)
    assert followed([event], [event], [RUNNER]) == [event]
    for runner in (replace(RUNNER, newest=WAITING.hash, waiting=[]), replace(RUNNER, waiting=[])):
        assert followed([], [event], [runner]) == [replace(event, standing="RESOLVED")]
    assert followed([], [replace(event, standing="RESOLVED")], [RUNNER]) == [replace(event, standing="RESOLVED")]


def test_one_that_was_told_stands_however_long_the_silence_lasts() -> None:
    event = stale(RUNNER, LAST + 2 * DAY)
    assert stale(RUNNER, LAST + 90 * DAY) is None
    assert followed([], [event], [RUNNER]) == [event]
