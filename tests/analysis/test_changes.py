"""What changed between two commits, and what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from perfwatch.analysis.changes import changes, missing
from perfwatch.model import Measurement, SeriesKey

KEY = SeriesKey("compute.time_sweep", "v1", (("size", "9x9"),), "m", "e", "seconds", "time")


def at(value: float | None, half: float | None = 0.01, status: str = "ok", key: SeriesKey = KEY) -> Measurement:
    bounds = (None, None) if value is None or half is None else (value - half, value + half)
    return Measurement(key, "c0ffee", status, value, None, *bounds, error="boom" if status == "failed" else None)


@pytest.mark.parametrize(
    ("after", "mark"),
    [(at(1.5), "slower"), (at(0.5), "faster"), (at(1.005), "same"), (at(1.5, half=None), "unsure")],
)
def test_a_change_is_marked_only_where_the_interval_of_its_ratio_excludes_one(after: Measurement, mark: str) -> None:
    [found] = changes([at(1.0)], [after])
    assert found.mark == mark


def test_a_fingerprint_has_no_direction() -> None:
    key = replace(KEY, benchmark="equivalence.track_trades", unit="trades", kind="track")
    assert changes([at(3, None, key=key)], [at(4, None, key=key)])[0].mark == "changed"


def test_the_largest_change_comes_first_whichever_way_it_goes() -> None:
    other = replace(KEY, params=(("size", "1x1"),))
    found = changes([at(1.0), at(1.0, key=other)], [at(1.2), at(0.4, key=other)])
    assert [c.key for c in found] == [other, KEY]


def test_another_version_of_a_benchmark_is_not_comparable_and_has_not_vanished() -> None:
    newer = at(1.0, key=replace(KEY, version="v2"))
    assert changes([at(1.0)], [newer]) == []
    assert missing([at(1.0)], [newer], lambda key: True) == []


@pytest.mark.parametrize(
    ("after", "why"),
    [([], "absent"), ([at(None, status="failed")], "failed"), ([at(None, status="skipped")], "skipped")],
)
def test_a_series_that_gave_a_value_and_gives_none_is_missing(after: list[Measurement], why: str) -> None:
    [found] = missing([at(1.0)], after, lambda key: True)
    assert found.why == why


def test_a_benchmark_that_failed_is_missing_even_if_it_is_new() -> None:
    [found] = missing([], [at(None, status="failed")], lambda key: True)
    assert (found.why, found.error) == ("failed", "boom")


@pytest.mark.parametrize(("after", "why"), [([], "absent"), ([at(None, status="skipped")], "skipped")])
def test_a_failure_is_not_mended_by_not_running_it(after: list[Measurement], why: str) -> None:
    [found] = missing([at(None, status="failed")], after, lambda key: True)
    assert found.why == why
    assert missing([at(None, status="skipped")], [], lambda key: True) == []


def test_what_the_run_was_not_asked_for_is_not_missed() -> None:
    assert missing([at(1.0)], [], lambda key: False) == []
