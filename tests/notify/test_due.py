"""What is told, and once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from perfwatch.analysis.triage import RERUN
from perfwatch.model import Event, Triage
from perfwatch.notify.due import Before, content_of, due

NOW = datetime(2026, 5, 1, tzinfo=UTC)
MOVED = {"label": "a.time_b", "ratio": 1.1, "lower": 1.09, "upper": 1.11, "family": "module a"}
SURE = Event("0123456789ab", "regression", "c0ffee", "m", "e", "CONFIRMED", "a.time_b 10 % slower", moved=(MOVED,))
OVER, SUSPECT = replace(SURE, standing="RESOLVED"), replace(SURE, standing="SUSPECT")
NEWS = {"c0ffee"}
asked = partial(due, before={}, news=NEWS, now=NOW, updates=False)


def word(state: str, author: str = "ada") -> Triage:
    return Triage(SURE.id, state, author, NOW, "see #12")


def told(*standings: str, content: str | None = None) -> dict[str, Before]:
    return {f"event {SURE.id}": Before(frozenset(standings), frozenset(standings), content, "key")}


def test_what_is_sure_and_new_is_told_once() -> None:
    assert asked([(SURE, None)]) == [SURE]
    assert asked([(SURE, None)], before=told("CONFIRMED")) == []


def test_what_is_suspected_or_long_past_is_not_told() -> None:
    assert asked([(SUSPECT, None)]) == []
    assert asked([(SURE, None)], news={"beef"}) == []


def test_that_it_is_over_is_told_once_to_whoever_was_told_that_it_began() -> None:
    assert asked([(OVER, None)], before=told("CONFIRMED"), news=set()) == [OVER]
    assert asked([(OVER, None)], before=told("CONFIRMED", "RESOLVED")) == []
    assert asked([(OVER, None)]) == []


def test_what_somebody_knows_of_is_not_told_but_what_is_accepted_is() -> None:
    for state in ("acknowledged", "expected", "infra", "noise", "fixed"):
        assert asked([(SURE, word(state))]) == []
    assert asked([(SURE, word("accepted"))]) == [SURE]


def test_who_can_change_a_message_is_told_of_what_people_act_on_and_not_of_last_digits() -> None:
    before = told("CONFIRMED", content=content_of(SURE, None))
    updated = partial(asked, before=before, updates=True)
    nearly = replace(SURE, title="a.time_b 10.2 % slower", moved=({**MOVED, "ratio": 1.102},))
    assert updated([(nearly, None)]) == []
    assert updated([(SURE, word("acknowledged"))]) == [SURE]
    wider = replace(SURE, moved=(MOVED, {**MOVED, "label": "a.time_c"}))
    assert updated([(wider, None)]) == [wider]
    assert updated([(OVER, None)]) == [OVER]
    assert asked([(wider, None)], before=told("CONFIRMED")) == []


def test_a_suspicion_is_told_as_confirmed_once_a_re_run_found_it_again_and_only_that_once() -> None:
    found = word("accepted", RERUN)
    assert asked([(SUSPECT, found)]) == [SURE]
    assert asked([(SUSPECT, word("noise", RERUN))]) == []
    assert asked([(SUSPECT, word("accepted"))]) == []
    for event in (SUSPECT, SURE):
        assert asked([(event, found)], before=told("CONFIRMED")) == []
    assert asked([(OVER, found)], before=told("CONFIRMED")) == [OVER]


def test_where_only_re_runs_are_told_a_change_of_speed_waits_for_one_and_nothing_else_does() -> None:
    waiting = partial(asked, wait_for_rerun=True)
    assert waiting([(SURE, None)]) == []
    assert waiting([(SURE, word("new", RERUN))]) == []
    assert waiting([(SURE, word("accepted", RERUN))]) == [SURE]
    assert waiting([(SURE, word("accepted"))]) == [SURE]
    failed = replace(SURE, kind="failure")
    assert waiting([(failed, None)]) == [failed]
    assert waiting([(OVER, None)], before=told("CONFIRMED")) == [OVER]
