"""What is told, and once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from perfwatch.model import Commit, Event, Triage
from perfwatch.notify.message import due, message

NOW = datetime(2026, 5, 1, tzinfo=UTC)
MOVED = {"label": "a.time_b", "ratio": 1.1, "lower": 1.09, "upper": 1.11, "family": "module a"}
SURE = Event("0123456789ab", "regression", "c0ffee", "m", "e", "CONFIRMED", "a.time_b 10 % slower", moved=(MOVED,))
OVER = replace(SURE, standing="RESOLVED")
NEWS = {"c0ffee"}
URL = "https://example.org/hook?token=hush"


def word(state: str) -> Triage:
    return Triage(SURE.id, state, "ada", NOW, "see #12")


def test_what_is_sure_and_new_is_told_once() -> None:
    assert due([(SURE, None)], set(), NEWS, NOW) == [SURE]
    assert due([(SURE, None)], {(SURE.id, "CONFIRMED")}, NEWS, NOW) == []


def test_what_is_suspected_or_long_past_is_not_told() -> None:
    assert due([(replace(SURE, standing="SUSPECT"), None)], set(), NEWS, NOW) == []
    assert due([(SURE, None)], set(), {"beef"}, NOW) == []


def test_that_it_is_over_is_told_to_whoever_was_told_that_it_began() -> None:
    assert due([(OVER, None)], {(SURE.id, "CONFIRMED")}, set(), NOW) == [OVER]
    assert due([(OVER, None)], set(), NEWS, NOW) == []


def test_what_somebody_knows_of_is_not_told_but_what_is_accepted_is() -> None:
    for state in ("acknowledged", "expected", "infra", "noise", "fixed"):
        assert due([(SURE, word(state))], set(), NEWS, NOW) == []
    assert due([(SURE, word("accepted"))], set(), NEWS, NOW) == [SURE]


def test_a_message_says_the_event_its_commit_and_the_same_in_words() -> None:
    told = message(SURE, word("accepted"), Commit("c0ffee", author="Ada", subject="a: slower"), URL)
    body = json.loads(told.body)
    assert body["schema"] == "perfwatch.event/1"
    assert body["key"] == told.key
    assert body["event"]["id"] == SURE.id
    assert body["event"]["moved"] == [MOVED]
    assert body["event"]["triage"]["state"] == "accepted"
    assert body["commit"] == {"hash": "c0ffee", "author": "Ada", "subject": "a: slower"}
    assert "10 % slower" in body["text"]
    assert "hush" not in told.body


def test_the_key_is_the_same_for_the_same_and_another_for_another_standing_or_receiver() -> None:
    keys = [message(e, None, None, url).key for e, url in ((SURE, URL), (SURE, URL), (OVER, URL), (SURE, URL + "2"))]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
