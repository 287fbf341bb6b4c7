"""What was built tells where a change can have happened, and nothing where it is unknown."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from perfwatch.analysis.artefacts import changed, placed, same_artefacts
from perfwatch.analysis.online import OnlineState, Place

A, B = {"engine": "a"}, {"engine": "b"}


def state(*starts: int) -> OnlineState:
    return OnlineState(20, places=tuple(Place(start, 20, 1, "CONFIRMED") for start in starts))


def starts(found: OnlineState) -> list[int]:
    return [place.start for place in found.places]


def test_a_commit_whose_artefacts_are_unknown_may_have_built_anything() -> None:
    assert changed([A, A, {}, A, A, B]).tolist() == [True, False, True, True, False, True]


def test_nothing_changed_is_said_only_of_commits_with_none_of_another_build_within_two() -> None:
    assert same_artefacts([A, A, A, A, A, A, A, B]).tolist() == [False] * 3 + [True] * 2 + [False] * 3


def test_a_change_moves_to_the_one_commit_within_two_that_built_something_else() -> None:
    values = np.ones(20)
    for found, at in ((8, 8), (9, 9), (10, 10), (11, 11), (12, 12), (13, 13)):
        other = np.zeros(20, bool)
        other[11] = True
        expected = 11 if abs(found - 11) <= 2 else at
        assert starts(placed(state(found), values, other)) == [expected]


def test_a_change_where_something_else_was_built_stays_there() -> None:
    other = np.zeros(20, bool)
    other[[10, 11]] = True
    assert starts(placed(state(10), np.ones(20), other)) == [10]


def test_of_two_commits_that_built_something_else_the_values_decide() -> None:
    other = np.zeros(20, bool)
    other[[9, 11]] = True
    for truth in (9, 11):
        values = np.where(np.arange(20) < truth, 1.0, 1.1)
        assert starts(placed(state(10), values, other)) == [truth]


def test_a_commit_that_was_not_measured_is_no_place() -> None:
    values, other = np.ones(20), np.zeros(20, bool)
    values[11], other[11] = np.nan, True
    assert starts(placed(state(10), values, other)) == [10]


def test_two_changes_are_never_moved_to_one_place() -> None:
    other = np.zeros(20, bool)
    other[11] = True
    assert starts(placed(state(10, 12), np.ones(20), other)) == [10, 12]


@given(st.lists(st.sampled_from([A, B, {}]), min_size=20, max_size=20), st.integers(8, 17))
def test_a_change_moves_by_two_at_most_and_only_from_where_nothing_was_built(built: list[dict[str, str]], at: int):
    other = changed(built)
    (moved,) = starts(placed(state(at), np.linspace(1.0, 2.0, 20), other))
    assert abs(moved - at) <= 2
    assert moved == at or (other[moved] and not other[at])
