"""Families: how many moved, and by how much on the whole."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from perfwatch.analysis.compare import Compared, Mark
from perfwatch.analysis.families import families, geometric_mean
from perfwatch.analysis.interval import Estimate
from perfwatch.model import SeriesKey


def row(benchmark: str, ratio: float | None, mark: Mark = " ", unit: str = "seconds") -> Compared:
    key = SeriesKey(benchmark, "1", (), "m", "e", unit, "time")
    return Compared(key, 1.0, ratio, ratio=None if ratio is None else Estimate(ratio), mark=mark)


def test_a_family_is_the_file_and_the_one_with_most_that_got_worse_comes_first() -> None:
    found = families(
        [
            row("a.time_x", 0.5, "-"), row("a.Class.time_y", 1.0), row("b.time_x", 1.2, "+"),
            row("b.time_y", None, "!"), row("b.time_z", None, "*"),
        ]
    )  # fmt: skip
    assert [(f.name, f.n, f.n_worse, f.n_better) for f in found] == [("b", 3, 2, 1), ("a", 2, 0, 1)]
    assert found[0].ratio == Estimate(pytest.approx(1.2))
    assert found[1].ratio is not None
    assert found[1].ratio.value == pytest.approx(math.sqrt(0.5))


def test_where_more_is_better_the_ratio_is_turned_over_and_what_has_no_direction_is_left_out() -> None:
    [family] = families([row("a.x", 0.5, unit="items per second"), row("a.y", 2.0), row("a.z", 9.0, unit="digest")])
    assert family.ratio is not None
    assert family.ratio.value == pytest.approx(2.0)


def test_the_interval_is_student_s_over_the_series() -> None:
    logs = np.random.default_rng(3).normal(0.1, 0.05, 12)
    told = ttest_1samp(logs, 0).confidence_interval(0.95)
    found = geometric_mean(logs.tolist())
    assert found is not None
    assert [found.value, found.lower, found.upper] == pytest.approx(np.exp([logs.mean(), told.low, told.high]).tolist())


def test_of_one_series_there_is_no_interval_and_of_none_nothing() -> None:
    assert geometric_mean([0.5]) == Estimate(math.exp(0.5))
    assert geometric_mean([]) is None
    assert geometric_mean([math.inf, math.nan]) is None
