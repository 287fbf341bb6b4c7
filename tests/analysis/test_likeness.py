"""Which of two levels a commit is on: rates of wrong answers under noise, and a whole search with the real rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from perfwatch.analysis.likeness import ERROR, exact, likeness
from perfwatch.analysis.search import Answer, questions, search

MOST = 8
Noise = Callable[[np.random.Generator, int], np.ndarray]


def gauss(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.normal(0, 0.01, n)


def heavy(rng: np.random.Generator, n: int) -> np.ndarray:
    return 0.006 * rng.standard_t(3, n)


def two_states(rng: np.random.Generator, n: int) -> np.ndarray:
    """A layout in memory that each turn draws anew, 8 % apart."""
    return rng.normal(0, 0.003, n) + 0.08 * rng.integers(0, 2, n)


def measured(rng: np.random.Generator, levels: list[float], noise: Noise) -> list[list[float]]:
    """Return the turns of each side over `MOST` rounds, on a host that is faster or slower in each round."""
    host = np.cumsum(rng.normal(0, 0.003, MOST))
    return [list(np.exp(np.log(level) + host + noise(rng, MOST))) for level in levels]


def answer(rng: np.random.Generator, levels: list[float], noise: Noise, answers: int) -> Answer:
    """Ask after each round until it is decided, as a search does."""
    sides = measured(rng, levels, noise)
    for n in range(1, MOST + 1):
        side, is_worth_it = likeness(*(s[:n] for s in sides), answers=answers, most=MOST)
        if side is not None:
            return side
        if not is_worth_it:
            break
    return "undecided"


@pytest.mark.parametrize("noise", [gauss, heavy, two_states])
def test_a_commit_half_way_is_called_good_or_bad_no_more_often_than_stated(noise: Noise) -> None:
    rng = np.random.default_rng(1)
    n = 400
    found = Counter(answer(rng, [1.0, np.sqrt(1.1), 1.1], noise, answers=1) for _ in range(n))
    wrong = n - found["undecided"]
    # Three standard errors above the stated rate.
    assert wrong <= n * ERROR + 3 * np.sqrt(n * ERROR * (1 - ERROR)), found


@pytest.mark.parametrize(("level", "side", "other"), [(1.0, "good", "bad"), (1.1, "bad", "good")])
@pytest.mark.parametrize("noise", [gauss, heavy])
def test_a_commit_on_one_level_is_found_on_it_and_hardly_ever_on_the_other(
    noise: Noise, level: float, side: str, other: str
) -> None:
    rng = np.random.default_rng(2)
    n = 200
    found = Counter(answer(rng, [1.0, level, 1.1], noise, answers=4) for _ in range(n))
    assert found[side] >= 0.9 * n, found
    assert found[other] <= 0.02 * n, found


def test_what_is_smaller_afterwards_is_searched_as_well() -> None:
    sides = ([1.0, 1.01, 0.99, 1.0, 1.01, 0.99], [0.9, 0.91, 0.89] * 2, [0.9, 0.89, 0.91] * 2)
    assert likeness(*sides, answers=1, most=6) == ("bad", False)


def test_one_round_decides_nothing_however_far_apart() -> None:
    assert likeness([1.0], [9.0], [9.0], answers=1, most=MOST) == (None, True)


def test_a_number_without_scatter_is_on_the_nearer_side() -> None:
    assert [exact(3, x, 7) for x in (3, 4, 6, 7)] == ["good", "good", "bad", "bad"]
    assert exact(7, 6, 3) == "good"
    assert exact(3, 5, 7) == "bad"


@pytest.mark.parametrize("noise", [gauss, heavy])
def test_a_search_under_noise_names_the_commit_or_a_range_that_holds_it(noise: Noise) -> None:
    rng = np.random.default_rng(3)
    n, searches = 16, 60
    exactly = wrong = 0
    for _ in range(searches):
        step = int(rng.integers(0, n))

        def ask(at: int, step: int = step) -> Answer:
            return answer(rng, [1.0, 1.08 if at >= step else 1.0, 1.08], noise, questions(n))

        found = search(n, ask)
        wrong += step not in found.candidates
        exactly += found.candidates == range(step, step + 1)
    assert wrong <= searches * ERROR + 3 * np.sqrt(searches * ERROR * (1 - ERROR))
    assert exactly >= 0.85 * searches


def test_under_noise_as_wide_as_the_step_a_search_says_that_it_does_not_know() -> None:
    rng = np.random.default_rng(4)
    n, searches, step = 16, 40, 5
    wrong, widths = 0, []
    for _ in range(searches):
        found = search(n, lambda at: answer(rng, [1.0, 1.03 if at >= step else 1.0, 1.03], two_states, questions(n)))
        wrong += step not in found.candidates
        widths.append(len(found.candidates))
    assert wrong <= 3
    assert np.median(widths) > 4
