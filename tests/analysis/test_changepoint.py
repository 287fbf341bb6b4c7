"""Change points over a whole history: found where they are, silent where there are none."""

from __future__ import annotations

import numpy as np
import pytest
from series import KINDS, series

from perfwatch.analysis import changepoint, segment
from perfwatch.errors import UsageError

# False changes in 1,000 points of pure noise, at most: what METHODOLOGY.md states. A host that goes to and fro between
# two levels, and a long drift, cost more than the others.
STATED = dict.fromkeys(KINDS, 0.3) | {"two-state": 3.0, "drift": 2.0}


@pytest.mark.parametrize("kind", KINDS)
def test_noise_stays_under_the_stated_rate(kind: str) -> None:
    found = sum(len(segment(series(kind, 300, seed))) for seed in range(100))
    assert 1000 * found / (100 * 300) <= STATED[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_planted_step_is_found_at_its_commit(kind: str) -> None:
    hits = 0
    for seed in range(40):
        step, at = (0.1, -0.1)[seed % 2], 100 + 3 * seed
        hits += any(abs(found - at) <= 2 for found in segment(series(kind, 300, seed, step=step, at=at)))
    assert hits >= 36


def test_segments_cover_the_series_and_tell_their_levels() -> None:
    values = series("normal", 120, 1, step=0.2, at=70, level=2.0)
    first, second = changepoint.segments(values)
    assert (first.start, first.stop, second.start, second.stop) == (0, 70, 70, 120)
    assert (first.level, second.level) == (pytest.approx(2.0, rel=0.02), pytest.approx(2.4, rel=0.02))


def test_what_is_missing_is_left_out_and_places_are_those_of_the_array() -> None:
    values = series("normal", 120, 1, step=0.2, at=70)
    plain = segment(values)
    holed = np.insert(values, [10, 10, 40, 71], [np.nan, np.inf, np.nan, np.nan])
    # Position 70 moved up by the three put in before it; the one after it is in the new level.
    assert [i - 3 for i in segment(holed)] == plain == [70]
    parts = changepoint.segments(holed)
    assert parts[0].start == 0
    assert parts[-1].stop == len(holed)


def test_series_without_noise_of_few_values_or_of_any_sign_are_handled() -> None:
    assert segment([]) == []
    assert segment([np.nan] * 20) == []
    assert segment([5.0] * 100) == []
    assert segment([1.0, 2.0, 1.0]) == []
    assert segment([0.0] * 30 + [1.0] * 30) == [30]
    assert segment([3.0] * 40 + [4.0] * 40) == [40]
    rng = np.random.default_rng(4)
    assert segment(np.concatenate((rng.normal(-5, 1, 60), rng.normal(5, 1, 60)))) == [60]


def test_one_wild_value_is_no_change_however_wild() -> None:
    values = series("normal", 100, 5)
    for factor in (10.0, 1e6, 1e12, 1e200):
        wild = values.copy()
        wild[50] *= factor
        assert segment(wild) == []


def test_scaling_a_series_changes_nothing() -> None:
    values = series("skewed", 200, 8, step=0.1, at=90)
    assert segment(values) == segment(1e9 * values) == segment(1e-9 * values) != []


def test_two_dimensions_or_a_price_that_is_none_are_errors_of_usage() -> None:
    with pytest.raises(UsageError, match="one dimension"):
        changepoint.segments(np.ones((2, 2)))
    with pytest.raises(UsageError, match="penalty"):
        changepoint.segments(np.ones(5), penalty=0.0)
