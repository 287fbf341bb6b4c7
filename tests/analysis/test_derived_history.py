"""Derived series over commits are what each commit's own measurements make, no more and no less."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from perfwatch.analysis.derived import derive, is_derived
from perfwatch.analysis.derived_history import derived_points, derived_series
from perfwatch.model import Measurement, SeriesKey

GAP, UNCHECKED = "derived.compute_gap(30000x20)", "derived.compute_gap_unchecked(30000x20)"


def sweep(architecture: str) -> SeriesKey:
    params = (("architecture", architecture), ("size", "30000x20"), ("affinity", "one-core"))
    return SeriesKey("compute.time_sweep", "1", params, "m", "e", "seconds", "time")


@dataclass
class Points:
    values: NDArray[np.float64]
    keys: tuple[SeriesKey, ...] = tuple(map(sweep, ("in_process", "rust_in_process", "rust_in_process_unchecked")))
    commits: tuple[str, ...] = ("a", "b", "c")


@dataclass
class Bounded(Points):
    lower: NDArray[np.float64] = field(default_factory=lambda: np.full((3, 3), np.nan))
    upper: NDArray[np.float64] = field(default_factory=lambda: np.full((3, 3), np.nan))


VALUES = np.array([[1.0, 2.0, np.nan], [1.5, 2.0, 3.0], [np.nan, 1.0, np.nan]])


def test_each_commit_gives_what_derive_says_of_its_measurements_alone() -> None:
    points = Points(VALUES)
    found = {(key.label, column): one.value for key, column, one in derived_points(points)}
    expected = {}
    for column, commit in enumerate(points.commits):
        there = [(k, v) for k, v in zip(points.keys, VALUES[:, column], strict=True) if np.isfinite(v)]
        for one in derive([Measurement(k, commit, "ok", value=float(v)) for k, v in there]):
            expected[one.key("m", "e").label, column] = one.value
    assert found == expected
    assert {GAP, UNCHECKED} == {label for label, _ in found}


def test_a_commit_without_the_measurements_has_no_derived_value() -> None:
    _, by_column = derived_series(Bounded(VALUES), [GAP]) or (None, {})
    assert {column: value for column, (value, _, _) in by_column.items()} == {0: 1.5, 1: 1.0}


def test_intervals_of_what_it_is_made_of_make_its_own() -> None:
    one = Bounded(VALUES, lower=VALUES * 0.99, upper=VALUES * 1.01)
    _, by_column = derived_series(one, [GAP]) or (None, {})
    value, lower, upper = by_column[0]
    assert lower is not None
    assert upper is not None
    assert lower < value < upper
    assert (derived_series(Bounded(VALUES), [GAP]) or (None, {}))[1][0] == (1.5, None, None)


def test_the_first_label_that_there_is_is_returned_and_measured_ones_are_passed_over() -> None:
    found = derived_series(Bounded(VALUES), ["compute.time_sweep(in_process)", "derived.nothing", UNCHECKED, GAP])
    assert found is not None
    assert found[0].label == UNCHECKED
    assert derived_series(Bounded(VALUES), ["compute.time_sweep(in_process)"]) is None
    assert (is_derived(GAP), is_derived("compute.derived.x")) == (True, False)
