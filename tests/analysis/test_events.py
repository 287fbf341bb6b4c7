"""One event for what moved together, with an identity that lasts."""

from __future__ import annotations

from dataclasses import replace

from histories import key

from perfwatch.analysis.events import APART, Move, carried, grouped, identity, place_of
from perfwatch.model import Event, Standing

LINE = [f"{i:040x}" for i in range(60)]
ORDER = {c: i for i, c in enumerate(LINE)}


def move(place: int, case: int = 0, standing: Standing = "CONFIRMED") -> Move:
    return Move(key("sort.time_sort", case), place, "regression", standing, 1.1, None, None, "module sort")


def event(place: int, *cases: int, standing: Standing = "CONFIRMED") -> Event:
    return Event(
        identity("regression", LINE[place], "m", "e"),
        "regression",
        LINE[place],
        "m",
        "e",
        standing,
        "slower",
        moved=tuple(move(place, c).as_json() for c in cases),
    )


def test_what_moved_within_five_commits_is_one_group_at_the_place_that_most_name() -> None:
    (group,) = grouped([move(30, 0), move(28, 1), move(30, 2), move(30 + APART, 3)])
    assert len(group) == 4
    assert place_of(group) == 30


def test_two_steps_far_apart_are_two_groups_earliest_first() -> None:
    found = grouped([move(40, 0), move(20, 1), move(40, 2)])
    assert [place_of(g) for g in found] == [20, 40]


def test_the_confirmed_outvote_the_suspected() -> None:
    moves = [move(30, 0), move(32, 1, "SUSPECT"), move(32, 2, "SUSPECT")]
    assert place_of(moves) == 30


def test_one_happening_seen_a_few_commits_off_keeps_its_identity() -> None:
    known = event(30, 0, 1)
    (again,) = carried([event(32, 1, 2)], [known], ORDER)
    assert (again.id, again.commit) == (known.id, LINE[32])


def test_another_series_or_a_place_far_off_is_another_happening() -> None:
    known = event(30, 0)
    assert known.id not in {e.id for e in carried([event(32, 5)], [known], ORDER) if e.standing != "RESOLVED"}
    assert known.id not in {e.id for e in carried([event(50, 0)], [known], ORDER) if e.standing != "RESOLVED"}


def test_what_stood_before_and_is_not_found_any_more_is_over_not_forgotten() -> None:
    known = event(30, 0)
    assert carried([], [known], ORDER) == [replace(known, standing="RESOLVED")]


def test_of_two_known_happenings_the_nearer_goes_on_and_each_is_taken_once() -> None:
    far, near = event(24, 0), event(31, 0)
    out = carried([event(30, 0)], [far, near], ORDER)
    assert {e.id: e.standing for e in out} == {near.id: "CONFIRMED", far.id: "RESOLVED"}
