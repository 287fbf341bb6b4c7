"""Many rank tests at once say what scipy says of each pair."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from perfwatch.analysis.ranks import rank_tests

# Few values, so that ties are frequent; sizes on both sides of where scipy counts exactly.
_SIDE = st.lists(st.sampled_from([1.0, 1.5, 2.0, 3.0, 5.0]) | st.floats(0.5, 9.0), min_size=1, max_size=12)


@settings(deadline=None)
@given(st.lists(st.tuples(_SIDE, _SIDE), min_size=1, max_size=6))
def test_each_pair_is_as_scipy_has_it(pairs: list[tuple[list[float], list[float]]]) -> None:
    for (first, second), (superiority, p_value) in zip(pairs, rank_tests(pairs), strict=True):
        told = mannwhitneyu(first, second, alternative="two-sided")
        np.testing.assert_allclose(superiority, told.statistic / (len(first) * len(second)), rtol=1e-12)
        np.testing.assert_allclose(p_value, told.pvalue, rtol=1e-9, equal_nan=True)


def test_nothing_to_test_is_nothing() -> None:
    assert rank_tests([]) == []
