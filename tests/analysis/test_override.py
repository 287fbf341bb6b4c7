"""What a commit's message may let pass, and what nobody may."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from perfwatch.analysis.override import Allowance, Unusable, decide, read
from perfwatch.model import Event, Triage

NOW = datetime(2026, 5, 1, tzinfo=UTC)
COMMIT = "c0ffee00" * 5
MOVED = tuple({"label": label, "ratio": 1.1} for label in ("compute.time_sweep(a)", "compute.time_sweep(b)"))
EVENT = Event("0123456789ab", "regression", COMMIT, "m", "e", "CONFIRMED", "slower", moved=MOVED)
HERE = {EVENT.id: [COMMIT]}


def allowed(value: str, commit: str = COMMIT, said_at: datetime = NOW) -> Allowance:
    found = read(commit, "Ada", said_at, value)
    assert isinstance(found, Allowance)
    return found


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "gives no reason"),
        ("regression", "gives no reason"),
        ("regression;  ", "gives no reason"),
        ("regression (; why", "no pattern"),
        ("equivalence; I meant it", "perfwatch accept"),
        ("failure; it is flaky", "only regression, improvement, host"),
        ("everything; why", "only regression, improvement, host"),
        ("abc; too short for an identity", "only regression, improvement, host"),
    ],
)
def test_what_says_no_reason_or_asks_for_what_nobody_may_counts_for_nothing(value: str, why: str) -> None:
    found = read(COMMIT, "Ada", NOW, value)
    assert isinstance(found, Unusable)
    assert why in found.why


def test_a_message_speaks_of_what_came_with_its_commit_or_of_the_event_it_names() -> None:
    for value, is_heard in (("regression; why", True), ("improvement; why", False), ("host; why", False)):
        said, _ = decide([EVENT], [allowed(value)], HERE, {}, NOW)
        assert bool(said) is is_heard
    assert decide([EVENT], [allowed("regression; why", "beef" * 10)], HERE, {}, NOW) == ([], [])
    (word,), _ = decide([EVENT], [allowed("0123; why", "beef" * 10)], HERE, {}, NOW)
    assert (word.state, word.author, word.reason) == ("expected", "Ada", "why (Perfwatch-Allow in beefbeefbeef)")


def test_an_event_is_allowed_whole_or_not_at_all() -> None:
    (word,), in_vain = decide([EVENT], [allowed("regression ^compute; why")], HERE, {}, NOW)
    assert (word.event_id, in_vain) == (EVENT.id, [])
    said, (in_vain,) = decide([EVENT], [allowed(r"regression \(a\)$; why")], HERE, {}, NOW)
    assert said == []
    assert "compute.time_sweep(b) moved, too" in in_vain


@pytest.mark.parametrize("kind", ["equivalence break", "failure", "vanished benchmark", "stale runner"])
def test_no_message_lets_an_answer_or_what_was_not_measured_pass(kind: str) -> None:
    event = replace(EVENT, kind=kind)
    said, (in_vain,) = decide([event], [allowed("0123456789ab; why")], HERE, {}, NOW)
    assert said == []
    assert "perfwatch accept" in in_vain
    assert decide([event], [allowed("regression; why")], HERE, {}, NOW)[0] == []


def test_a_message_is_heard_once_and_people_s_later_words_hold() -> None:
    one = allowed("regression; why")
    (word,), _ = decide([EVENT], [one], HERE, {}, NOW)
    assert decide([EVENT], [one], HERE, {EVENT.id: [word]}, NOW) == ([], [])
    later = Triage(EVENT.id, "new", "grace", NOW + timedelta(hours=1), "took it back")
    assert decide([EVENT], [one], HERE, {EVENT.id: [word, later]}, NOW) == ([], [])
    before_it = Triage(EVENT.id, "accepted", "grace", NOW + timedelta(hours=1), "real")
    assert decide([EVENT], [one], HERE, {EVENT.id: [before_it]}, NOW) == ([], [])
    # Somebody who only sees to it has said nothing of what it is.
    owned = Triage(EVENT.id, "new", "grace", NOW + timedelta(hours=1), owner="lin")
    (word,), _ = decide([EVENT], [one], HERE, {EVENT.id: [owned]}, NOW)
    assert (word.state, word.owner) == ("expected", "lin")


def test_a_word_is_taken_back_when_the_event_grew_by_what_it_does_not_name() -> None:
    one = allowed("regression ^compute; why")
    said, _ = decide([EVENT], [one], HERE, {}, NOW)
    grown = replace(EVENT, moved=(*MOVED, {"label": "echo.time_round_trip", "ratio": 1.2}))
    (word,), (in_vain,) = decide([grown], [one], HERE, {EVENT.id: said}, NOW)
    assert word.state == "new"
    assert "echo.time_round_trip moved, too" in in_vain
    # Once it is taken back, it stays so.
    assert decide([EVENT], [one], HERE, {EVENT.id: [*said, word]}, NOW) == ([], [])
