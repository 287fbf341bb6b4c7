"""What people's words do to an event, and for how long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from perfwatch.analysis.triage import RERUN, is_confirmed, is_left_to_a_rerun, is_open
from perfwatch.model import Event, Triage, TriageState

NOW = datetime(2026, 11, 28, tzinfo=UTC)
EVENT = Event("e", "regression", "a" * 40, "bench-01", "py3.11", "CONFIRMED", "slower", None, (), {})


@pytest.mark.parametrize(
    ("state", "until", "expected"),
    [
        ("noise", None, False),
        ("noise", NOW + timedelta(days=1), False),
        ("noise", NOW, True),
        ("acknowledged", None, True),
        ("acknowledged", NOW - timedelta(days=1), True),
        ("new", None, True),
    ],
)
def test_a_word_settles_an_event_until_it_runs_out(state: TriageState, until: datetime | None, expected: bool) -> None:
    assert is_open(EVENT, Triage("e", state, "Ada", NOW - timedelta(days=9), until=until), NOW) is expected


def test_an_event_that_nobody_spoke_of_is_open_and_one_that_is_over_is_not() -> None:
    assert is_open(EVENT, None, NOW)
    over = Event("e", "regression", "a" * 40, "bench-01", "py3.11", "RESOLVED", "slower", None, (), {})
    assert not is_open(over, None, NOW)


def by(author: str, state: TriageState, until: datetime | None = None) -> Triage:
    return Triage("e", state, author, NOW, until=until)


def test_a_suspicion_is_sure_once_a_re_run_found_it_again_and_stays_open_until_a_person_speaks() -> None:
    suspect = replace(EVENT, standing="SUSPECT")
    assert not is_confirmed(suspect, None)
    assert not is_confirmed(suspect, by(RERUN, "new"))
    assert not is_confirmed(suspect, by(RERUN, "noise"))
    assert not is_confirmed(suspect, by("Ada", "acknowledged"))
    assert is_confirmed(suspect, by(RERUN, "accepted"))
    assert is_open(suspect, by(RERUN, "accepted"), NOW)
    assert not is_open(suspect, by("Ada", "accepted"), NOW)
    assert not is_confirmed(replace(EVENT, standing="RESOLVED"), by(RERUN, "accepted"))


def test_a_re_run_is_asked_again_where_it_left_an_event_open_or_its_word_ran_out_and_never_after_a_person() -> None:
    assert is_left_to_a_rerun(None, NOW)
    assert is_left_to_a_rerun(by(RERUN, "new"), NOW)
    assert is_left_to_a_rerun(by(RERUN, "noise", NOW), NOW)
    assert not is_left_to_a_rerun(by(RERUN, "noise", NOW + timedelta(days=1)), NOW)
    assert not is_left_to_a_rerun(by(RERUN, "accepted"), NOW)
    assert not is_left_to_a_rerun(by("Ada", "new"), NOW)
    assert not is_left_to_a_rerun(by("Ada", "noise", NOW), NOW)
