"""Commit by commit: what is suspected, confirmed, taken back, and how soon."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.typing import NDArray
from series import KINDS, series

from perfwatch.analysis import contrast, online
from perfwatch.errors import UsageError

FloatArray = NDArray[np.float64]

# False alarms in 1,000 commits of pure noise, at most: what METHODOLOGY.md states. Where the scatter itself grows, the
# first commits of the wider one look like steps.
STATED = dict.fromkeys(KINDS, 0.25) | {"changing scale": 3.0}


def told(values: FloatArray, standing: str = "CONFIRMED") -> list[online.Place]:
    return [p for p in online.advance(values).places if p.standing == standing]


def found_at(values: FloatArray, at: int, within: int = 2) -> int | None:
    """Return after how many commits the step at `at` was confirmed."""
    return next((p.found - at for p in told(values) if abs(p.start - at) <= within), None)


@pytest.mark.parametrize("kind", KINDS)
def test_noise_stays_under_the_stated_rate(kind: str) -> None:
    matrix = np.array([series(kind, 200, seed) for seed in range(300)])
    states = online.advance_all(matrix, [None] * len(matrix))
    alarms = sum(p.standing != "SUSPECT" for state in states for p in state.places if p.found > 60)
    assert 1000 * alarms / (300 * 140) <= STATED[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_planted_step_is_confirmed_at_its_commit(kind: str) -> None:
    values = [series(kind, 190, 1000 + seed, step=0.10, at=150) for seed in range(60)]
    hits = [found_at(v, 150, within=4) for v in values]
    # Between two states three scales apart a step of five hides longer.
    assert sum(h is not None for h in hits) >= (36 if kind == "two-state" else 45)


def test_five_per_cent_over_noise_of_two_takes_six_commits_and_ten_per_cent_three() -> None:
    for step, most in ((0.05, 6), (0.10, 3)):
        delays = [found_at(series("normal", 130, 2000 + s, step=step, at=100), 100, within=5) for s in range(60)]
        assert None not in delays
        assert np.median(delays) <= most


@pytest.mark.parametrize("scales", [6.0, 10.0, 25.0, 100.0, 1000.0])
@pytest.mark.parametrize("scale", [0.004, 1e-4])
def test_the_clearer_a_step_over_quiet_noise_the_surer_it_is(scales: float, scale: float) -> None:
    hits = [
        found_at(series("normal", 115, 3000 + seed, scale=scale, step=float(np.expm1(scale * scales)), at=100), 100)
        for seed in range(20)
    ]
    assert sum(h is not None for h in hits) >= 18


def test_walked_at_once_in_pieces_and_one_by_one_end_in_the_same_state() -> None:
    values = series("normal", 160, 5, step=0.12, at=100)
    values[[20, 60, 101]] = np.nan
    state = None
    for n in range(1, values.size + 1):
        state = online.advance(values[:n], state)
    pieces = online.advance(values, online.advance(values[:97], online.advance(values[:40])))
    assert state == pieces == online.advance(values)
    assert [p.start for p in told(values)] == [100]


def test_a_state_survives_json_and_one_of_another_past_is_left_aside() -> None:
    values = series("normal", 150, 6, step=0.12, at=100)
    state = online.advance(values[:130])
    again = online.OnlineState.from_json(json.loads(json.dumps(state.as_json())))
    assert again == state
    assert online.advance(values, again) == online.advance(values)
    rewritten = values * np.where(np.arange(150) < 50, 1.2, 1.0)
    assert online.advance(rewritten, again) == online.advance(rewritten)
    assert online.advance(values[:100], again) == online.advance(values[:100])


def test_series_of_a_matrix_do_not_touch_one_another() -> None:
    rows = [series(kind, 150, 7, step=0.1, at=90) for kind in KINDS]
    assert online.advance_all(np.array(rows), [None] * len(rows)) == [online.advance(row) for row in rows]


def test_a_level_that_goes_back_is_resolved() -> None:
    values = series("normal", 200, 8, step=0.15, at=80)
    values[110:] /= 1.15
    places = online.advance(values).places
    assert [(abs(p.start - 80) <= 2, p.standing) for p in places if p.direction > 0] == [(True, "RESOLVED")]


def test_series_of_any_sign_without_noise_or_points_are_handled() -> None:
    for values in (np.empty(0), np.full(50, np.nan), np.ones(80), np.zeros(80), np.array([1.0, 2.0])):
        assert online.advance(values).places == ()
    rng = np.random.default_rng(9)
    signed = np.concatenate((rng.normal(0, 1, 80), rng.normal(12, 1, 20)))
    assert [p.start for p in told(signed)] == [80]
    assert [p.start for p in told(np.concatenate((np.full(60, 3.0), np.full(10, 4.0))))] == [60]


def test_a_matrix_without_a_state_a_row_is_an_error_of_usage() -> None:
    with pytest.raises(UsageError, match="one state"):
        online.advance_all(np.ones((2, 5)), [None])


def test_the_interval_of_a_change_covers_95_per_cent_of_simulated_steps() -> None:
    truth, covered, rng = np.log(1.1), 0, np.random.default_rng(10)
    for _ in range(1_000):
        x = 0.01 * rng.standard_normal(90)
        x[60:] += truth
        seen = contrast.contrast(np.exp(x), 0, 60, 90)
        covered += seen.lower <= 1.1 <= seen.upper
    assert 0.93 <= covered / 1_000 <= 0.97


def test_the_smallest_change_that_could_be_seen_is_seen_about_four_times_in_five() -> None:
    hits = 0
    for seed in range(120):
        quiet = series("normal", 100, 4000 + seed)
        smallest = online.newest(quiet, online.advance(quiet)).minimum_detectable
        assert smallest is not None
        later = series("normal", 110, 4000 + seed, step=smallest, at=100)
        hits += found_at(later, 100, within=5) is not None
    assert 0.65 <= hits / 120 <= 0.95


def test_what_is_compared_with_too_few_points_is_missing() -> None:
    seen = online.newest(np.array([1.0, 1.1, 1.2, 1.0]))
    assert seen.minimum_detectable is None
    assert np.isnan(seen.ratio)


def test_the_contract_of_scorers_is_the_confirmed_steps_upwards() -> None:
    values, state = series("normal", 140, 12, step=0.15, at=90), {}
    seen = [online(values[:n], state) for n in range(1, 141)]
    assert seen[89] == []
    assert seen[-1] == [90]
    down: dict[str, object] = {}
    assert online(1.0 / values, down) == []
