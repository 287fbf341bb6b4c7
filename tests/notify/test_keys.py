"""What is another state of an event, the key of a message for ever, and how long one in vain is left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from perfwatch.model import Event, Triage
from perfwatch.notify.backoff import FIRST_S, LONGEST_S, due_at, pause_s
from perfwatch.notify.due import Before, content_of, due, key_of, subject_of
from perfwatch.report.message import of_event

NOW = datetime(2026, 5, 1, tzinfo=UTC)
MOVED = {"label": "a.time_b", "ratio": 1.1, "lower": 1.09, "upper": 1.11, "family": "module a"}
SURE = Event("0123456789ab", "regression", "c0ffee", "m", "e", "CONFIRMED", "a.time_b 10.2 % slower", moved=(MOVED,))
OVER = replace(SURE, standing="RESOLVED")
NEWS = {"c0ffee"}


def word(state: str) -> Triage:
    return Triage(SURE.id, state, "ada", NOW, "see the pull request")


def told(*events: Event, by: Triage | None = None, refused: bool = False) -> dict[str, Before]:
    """Return what a sink was told of the event, the newest last."""
    standings = frozenset(e.standing for e in events)
    reached = frozenset() if refused else standings
    return {subject_of(SURE): Before(standings, reached, content_of(events[-1], by), "key")}


@pytest.mark.parametrize("updates", [False, True])
def test_that_it_is_over_is_told_to_whoever_was_told_that_it_began(updates: bool) -> None:
    assert due([(OVER, None)], told(SURE), set(), NOW, updates=updates) == [OVER]
    assert due([(OVER, word("noise"))], told(SURE), set(), NOW, updates=updates) == [OVER]
    assert due([(OVER, None)], told(SURE, OVER), set(), NOW, updates=updates) == []
    assert due([(OVER, None)], {}, NEWS, NOW, updates=updates) == []
    assert due([(OVER, None)], told(SURE, refused=True), NEWS, NOW, updates=updates) == []


def test_only_a_sink_that_updates_is_told_of_a_change_and_of_a_return() -> None:
    assert due([(SURE, word("acknowledged"))], told(SURE), NEWS, NOW, updates=True) == [SURE]
    assert due([(SURE, word("acknowledged"))], told(SURE), NEWS, NOW, updates=False) == []
    assert due([(SURE, None)], told(SURE, OVER), NEWS, NOW, updates=True) == [SURE]
    assert due([(SURE, None)], told(SURE, OVER), NEWS, NOW, updates=False) == []
    suspect = replace(SURE, standing="SUSPECT")
    assert due([(suspect, None)], told(SURE), NEWS, NOW, updates=True) == []


def test_last_digits_that_move_are_no_change() -> None:
    jittered = replace(SURE, title="a.time_b 10.4 % slower", moved=({**MOVED, "ratio": 1.104, "upper": 1.2},))
    assert content_of(jittered, None) == content_of(SURE, None)


def test_what_people_act_on_is_a_change() -> None:
    states = [
        (SURE, None),
        (OVER, None),
        (replace(SURE, title="a.time_b 10.2 % slower and others"), None),
        (replace(SURE, moved=(MOVED, {**MOVED, "label": "a.time_c"})), None),
        (replace(SURE, moved=({**MOVED, "ratio": 1.4},)), None),
        (replace(SURE, cause="kernel compute"), None),
        (replace(SURE, facts={"environment": {"governor": ["performance", "powersave"]}}), None),
        (SURE, word("acknowledged")),
        (SURE, replace(word("acknowledged"), owner="grace")),
        (SURE, replace(word("acknowledged"), until=NOW)),
    ]
    assert len({content_of(*state) for state in states}) == len(states)


def test_a_key_is_the_same_for_the_same_and_another_for_another_standing_sink_or_receiver() -> None:
    began, over = of_event(SURE, None, None), of_event(OVER, None, None)
    said = [
        (began, "webhook", "a.org"),
        (over, "webhook", "a.org"),
        (began, "apprise", "a.org"),
        (began, "webhook", "b.org"),
    ]
    keys = [key_of(notice, kind, name, None, None) for notice, kind, name in said]
    assert keys == [key_of(notice, kind, name, None, None) for notice, kind, name in said]
    assert len(set(keys)) == 4


def test_a_state_that_comes_back_has_a_key_of_its_own_where_it_is_told_again() -> None:
    notice = of_event(SURE, None, None)
    first = key_of(notice, "github-issue", "ada/engine", "a", None)
    again = key_of(notice, "github-issue", "ada/engine", "a", Before(frozenset(), frozenset(), "b", "of the state b"))
    assert first != again


def test_a_message_in_vain_is_left_alone_twice_as_long_each_time_each_at_its_own_moment() -> None:
    assert pause_s("key", 0) == 0
    for attempts in range(1, 60):
        full = min(FIRST_S * 2 ** (attempts - 1), LONGEST_S)
        pauses = [pause_s(f"key {i}", attempts) for i in range(50)]
        assert all(full / 2 <= pause <= full for pause in pauses)
        assert len(set(pauses)) == 50
        assert pauses == [pause_s(f"key {i}", attempts) for i in range(50)]
    assert due_at("key", 0, None) is None
    assert due_at("key", 1, NOW) == NOW + timedelta(seconds=pause_s("key", 1))
