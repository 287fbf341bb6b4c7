"""How good the alerts were: people's words make the precision, hindsight the recall."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from histories import history, key, quiet, suite

from perfwatch.analysis.events import Move, identity
from perfwatch.analysis.judge import History
from perfwatch.analysis.score import Share, hindsight, is_real, score
from perfwatch.analysis.settings import Settings
from perfwatch.model import Event, EventKind, SeriesKey, Triage, TriageState

DAY = datetime(2026, 5, 1, tzinfo=UTC)
SLOWER, FASTER = 4, 7


def words(*states: TriageState) -> list[Triage]:
    return [Triage("x", s, "ada", DAY + timedelta(hours=i)) for i, s in enumerate(states)]


def stepped(seed: int = 5) -> History:
    """A hundred commits: one series 20 % slower from the 40th, another 20 % faster from the 60th."""
    keys = suite()
    values = quiet(keys, 100, seed)
    values[SLOWER, 40:] *= 1.2
    values[FASTER, 60:] /= 1.2
    return history(keys, values)


def told(made: History, kind: EventKind, place: int, series: SeriesKey, standing: str = "CONFIRMED") -> Event:
    commit = made.commits[place]
    moved = (Move(series, place, kind, "CONFIRMED", 1.2, None, None, None).as_json(),)
    return Event(identity(kind, commit, "m", "e"), kind, commit, "m", "e", standing, "title", moved=moved)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "real"),
    [
        ((), None),
        (("acknowledged",), True),
        (("noise",), False),
        (("infra",), False),
        (("noise", "fixed"), True),
        (("acknowledged", "noise"), False),
        (("noise", "new"), None),
        (("acknowledged", "recovered"), True),
    ],
)
def test_the_newest_word_that_decides_holds(said: tuple[TriageState, ...], real: bool | None) -> None:
    assert is_real(words(*said)) is real


def test_hindsight_sees_the_planted_steps_at_their_commits_and_nothing_else() -> None:
    made = stepped()
    found = hindsight(made, [], Settings())
    assert [(s.commit, s.kind) for s in found] == [(made.commits[40], "regression"), (made.commits[60], "improvement")]
    assert not any(s.was_told for s in found)


def test_hindsight_sees_nothing_in_noise() -> None:
    keys = suite(10, 10)
    assert hindsight(history(keys, quiet(keys, 200, 11)), [], Settings()) == []


def test_hindsight_leaves_out_what_the_host_did_what_does_not_matter_and_what_may_still_be_told() -> None:
    keys = suite()
    values = quiet(keys, 100, 3)
    values[:, 30:] *= 1.3
    values[1, 50:] *= 1.02
    values[2, 95:] *= 1.5
    assert hindsight(history(keys, values), [], Settings()) == []


def test_with_equal_artefacts_no_step_could_have_been_told() -> None:
    made = stepped()
    same = history(made.keys, made.values, artefacts=({"engine": "a"},) * 100)
    assert hindsight(same, [], Settings()) == []


def test_recall_is_the_share_of_hindsights_steps_that_was_told() -> None:
    made = stepped()
    found = score(made, [told(made, "regression", 42, made.keys[SLOWER])], {}, Settings())
    assert (found.recall.count, found.recall.of) == (1, 2)
    assert [s.commit for s in found.missed] == [made.commits[60]]
    assert (found.told, found.undecided, found.precision.value) == (1, 1, None)


def test_another_series_another_direction_and_a_mere_suspicion_tell_of_nothing() -> None:
    made = stepped()
    events = [
        told(made, "regression", 40, made.keys[0]),
        told(made, "improvement", 40, made.keys[SLOWER]),
        told(made, "regression", 41, made.keys[SLOWER], "SUSPECT"),
    ]
    assert score(made, events, {}, Settings()).recall.count == 0


def test_precision_counts_what_people_decided_on_and_facts_are_no_part_of_it() -> None:
    made = stepped()
    right = told(made, "regression", 40, made.keys[SLOWER])
    wrong = told(made, "improvement", 20, made.keys[0])
    fact = told(made, "equivalence break", 50, key("equivalence.track_differing"))
    said = {right.id: words("acknowledged"), wrong.id: words("noise"), fact.id: words("fixed")}
    found = score(made, [right, wrong, fact], said, Settings())
    assert (found.precision.count, found.precision.of, found.undecided) == (1, 2, 0)
    assert {kind: (s.count, s.of) for kind, s in found.by_kind.items()} == {"regression": (1, 1), "improvement": (0, 1)}


def test_what_people_called_noise_is_no_step_in_hindsight() -> None:
    made = stepped()
    alert = told(made, "regression", 40, made.keys[SLOWER])
    found = score(made, [alert], {alert.id: words("noise")}, Settings())
    assert (found.recall.count, found.recall.of) == (0, 1)


def test_a_share_has_wilsons_interval_and_none_of_none_has_no_value() -> None:
    low, high = Share(7, 8).interval or (0, 0)
    z, p, n = 1.959964, 7 / 8, 8
    middle, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    assert (low, high) == pytest.approx(((middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)))
    assert Share(0, 0).value is None
    assert Share(0, 0).interval is None
