"""Many series at once: the share of false ones among what is told."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from perfwatch.analysis.multiple import discoveries


def _slow(p: np.ndarray, rate: float) -> np.ndarray:
    """Return the same by the definition: all up to the largest rank k with p₍ₖ₎ ≤ k/n · rate."""
    known = sorted(float(v) for v in p if np.isfinite(v))
    passed = [v for k, v in enumerate(known, start=1) if v <= k / len(known) * rate]
    return np.array([np.isfinite(v) and bool(passed) and v <= passed[-1] for v in p], bool)


def test_it_is_benjamini_and_hochbergs_procedure() -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        p = rng.random(50) ** rng.integers(1, 8, 50)
        p[rng.random(50) < 0.1] = np.nan
        assert np.array_equal(discoveries(p, 0.05), _slow(p, 0.05))


def test_what_was_not_tested_is_no_discovery_and_does_not_count() -> None:
    assert discoveries(np.array([np.nan, 0.04]), 0.05).tolist() == [False, True]
    assert not discoveries(np.full(3, np.nan), 0.05).any()
    assert discoveries(np.empty(0), 0.05).size == 0


def test_among_what_is_told_no_more_than_the_rate_is_false() -> None:
    rng = np.random.default_rng(2)
    shares = []
    for _ in range(400):
        p = rng.random(500)
        p[:50] = rng.random(50) * 1e-4
        found = discoveries(p, 0.05)
        shares.append(found[50:].sum() / max(found.sum(), 1))
    assert np.mean(shares) <= 0.05


@given(st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.01, 0.02, 0.05, 1.0]), max_size=40), st.floats(0.001, 0.5))
def test_it_says_what_scipy_says(p_values: list[float], rate: float) -> None:
    p = np.array(p_values, float)
    expected = false_discovery_control(p) <= rate if len(p) else np.zeros(0, bool)
    assert np.array_equal(discoveries(p, rate), expected)
