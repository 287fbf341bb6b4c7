"""What people's words do to an event, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from perfwatch.analysis.triage import is_open
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
