"""What a replay would have told, beside what was told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from histories import history, quiet, suite

from perfwatch.analysis import judge
from perfwatch.analysis.judge import Judgement
from perfwatch.analysis.retold import retold, told_first
from perfwatch.analysis.settings import Settings
from perfwatch.model import Triage


@pytest.fixture(scope="module")
def replays() -> dict[float, list[Judgement]]:
    """Under two smallest changes that matter: forty commits with one series 15 % slower from the 25th."""
    keys = suite()
    values = quiet(keys, 40, 9)
    values[3, 25:] *= 1.15
    made = history(keys, values)
    return {matters: judge.replay(made, Settings(relevant_change=matters)) for matters in (0.03, 0.5)}


def test_each_event_is_told_once_where_it_was_first_sure(replays: dict[float, list[Judgement]]) -> None:
    ((commit, event),) = told_first(replays[0.03])
    places = [j.commit for j in replays[0.03]]
    assert places.index(event.commit) == 25
    assert 25 <= places.index(commit) <= 35


def test_the_same_settings_tell_the_same(replays: dict[float, list[Judgement]]) -> None:
    stored = replays[0.03][-1].events
    found = retold(replays[0.03], stored)
    assert [(now.id, then.id) for now, then in found.both] == [(stored[0].id, stored[0].id)]
    assert (found.only_now, found.only_then) == ((), ())


def test_what_other_settings_leave_out_and_add_is_named(replays: dict[float, list[Judgement]]) -> None:
    stored = replays[0.03][-1].events
    assert [e.id for e in retold(replays[0.5], stored).only_then] == [stored[0].id]
    assert [e.id for e in retold(replays[0.03], []).only_now] == [stored[0].id]


def test_peoples_words_on_what_was_told_hold_for_what_would_be(replays: dict[float, list[Judgement]]) -> None:
    stored = replays[0.03][-1].events
    found = retold(replays[0.03], stored)
    noise = {stored[0].id: [Triage(stored[0].id, "noise", "ada", datetime(2026, 5, 1, tzinfo=UTC))]}
    assert found.precision(noise).value == 0.0
    assert found.precision({}).value is None
