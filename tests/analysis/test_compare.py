"""Two commits on their samples: noise is silent over many series, what moved is marked, what cannot be told is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perfwatch.analysis.compare import Compared, Comparison, compare
from perfwatch.analysis.settings import Settings
from perfwatch.model import Measurement, SeriesKey

PLAIN = Settings()


def key(name: str, version: str = "1", unit: str = "seconds", kind: str = "time") -> SeriesKey:
    return SeriesKey(f"m.time_{name}", version, (), "m", "e", unit, kind)


def timed(name: str, seconds: float, rng: np.random.Generator, n: int = 10, scatter: float = 0.01) -> Measurement:
    samples = tuple(seconds * np.exp(scatter * rng.standard_normal(n)))
    return Measurement(key(name), "c", "ok", value=float(np.median(samples)), samples=samples)


def plain(name: str, value: float, lower: float | None = None, upper: float | None = None) -> Measurement:
    return Measurement(key(name), "c", "ok", value=value, lower=lower, upper=upper)


def only(before: list[Measurement], after: list[Measurement], settings: Settings = PLAIN) -> Compared:
    (row,) = compare(before, after, settings)
    return row


def test_of_five_hundred_series_of_one_level_one_in_twenty_comparisons_at_most_calls_any_different() -> None:
    rng, speaking = np.random.default_rng(1), 0
    for _ in range(20):
        sides = [[timed(str(i), 1.0, rng) for i in range(500)] for _ in range(2)]
        speaking += any(r.is_significant for r in compare(*sides, PLAIN))
    assert speaking <= 2


def test_what_moved_is_marked_with_ratio_effect_and_q_and_the_worst_comes_first() -> None:
    rng = np.random.default_rng(2)
    factors = {"a": 1.10, "b": 1.0, "c": 0.8, "d": 1.3}
    before = [timed(name, 1.0, rng) for name in factors]
    rows = compare(before, [timed(name, f, rng) for name, f in factors.items()], PLAIN)
    assert [(r.key.benchmark[-1], r.mark) for r in rows] == [("d", "+"), ("a", "+"), ("b", " "), ("c", "-")]
    slower = rows[1]
    assert slower.ratio is not None
    assert slower.ratio.lower is not None
    assert slower.ratio.upper is not None
    assert slower.ratio.lower < 1.10 < slower.ratio.upper
    assert slower.ratio.upper - slower.ratio.lower < 0.06
    assert slower.superiority == 1.0
    assert slower.q_value is not None
    assert slower.q_value < 0.001


def test_where_more_is_better_more_is_better() -> None:
    # All that is lower-is-better otherwise; a count of combinations is, a percentage point has no direction.
    points = replace(plain("p", 1.0), key=key("p", unit="percentage points", kind="track"))
    row = only([points], [replace(points, value=2.0)])
    assert (row.mark, row.worsening) == (" ", 0.0)


def test_beyond_chance_and_large_enough_are_two_questions() -> None:
    rng = np.random.default_rng(3)
    before, after = timed("a", 1.0, rng, 30, 0.002), timed("a", 1.01, rng, 30, 0.002)
    row = only([before], [after])
    assert (row.is_significant, row.is_relevant, row.mark) == (True, False, " ")
    assert only([before], [after], Settings(relevant_change=0.005)).mark == "+"
    floored = Settings(relevant_change=0.005, absolute_floor={"seconds": 0.1})
    assert only([before], [after], floored).mark == " "
    noisy = only([timed("a", 1.0, rng, 6, 0.2)], [timed("a", 1.15, rng, 6, 0.2)])
    assert noisy.mark in ("~", " ")
    assert not noisy.is_significant


def test_without_samples_intervals_decide_and_without_intervals_nobody() -> None:
    sharp = only([plain("a", 1.0, 0.99, 1.01)], [plain("a", 1.2, 1.19, 1.21)])
    assert (sharp.mark, sharp.superiority) == ("+", None)
    assert sharp.p_value is not None
    assert sharp.p_value < 1e-6
    bare = only([plain("a", 1.0)], [plain("a", 1.2)])
    assert (bare.mark, bare.p_value, bare.is_relevant) == (" ", None, True)


def test_a_tracked_number_moved_or_did_not() -> None:
    size = replace(plain("size", 100.0), key=key("size", unit="bytes", kind="track"))
    assert only([size], [replace(size, value=110.0)]).mark == "+"
    assert only([size], [size]).mark == " "


@pytest.mark.parametrize(
    ("old", "new", "mark"),
    [("ok", "failed", "!"), ("failed", "ok", "*"), ("ok", "skipped", " "), ("failed", "failed", " ")],
)
def test_what_failed_or_was_mended_has_asvs_mark(old: str, new: str, mark: str) -> None:
    def one(status: str) -> Measurement:
        return Measurement(key("a"), "c", status, value=1.0 if status == "ok" else None)

    row = only([one(old)], [one(new)])
    assert (row.mark, row.ratio) == (mark, None)


def test_another_version_is_not_comparable_and_one_side_alone_is_shown_without_a_mark() -> None:
    rewritten = replace(plain("a", 2.0), key=key("a", version="2"))
    assert only([plain("a", 1.0)], [rewritten]).mark == "x"
    alone = only([], [plain("a", 1.0)])
    assert (alone.before, alone.after, alone.mark) == (None, 1.0, " ")


def test_the_same_samples_and_seed_give_the_same_rows() -> None:
    rng = np.random.default_rng(4)
    sides = [[timed(name, 1.0, rng) for name in "abc"] for _ in range(2)]
    assert compare(*sides, PLAIN, seed=3) == compare(*sides, PLAIN, seed=3)
    assert compare([], [], PLAIN) == []


def test_intervals_asked_for_a_few_rows_are_those_of_all() -> None:
    rng = np.random.default_rng(8)
    names = [str(i) for i in range(6)]
    before = [timed(name, 1.0, rng, n=3 if name == "5" else 10) for name in names]
    after = [timed(name, 1.1, rng, n=3 if name == "5" else 10) for name in names]
    both, whole = Comparison(before, after, PLAIN), compare(before, after, PLAIN)
    assert both.bounded(both.rows[2:4]) == whole[2:4]
    assert [replace(row, ratio=None) for row in both.rows] == [replace(row, ratio=None) for row in whole]
