"""How numbers are shown."""

from __future__ import annotations

import pytest

from perfwatch.units import BYTES, PERCENTAGE_POINTS, RATIO, SECONDS, TRADES, show_ratio, unit


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (2.0104, "2.01 s"),
        (0.1, "100 ms"),
        (5.4e-6, "5.4 µs"),
        (0.36e-9, "0.36 ns"),
        (0.9999e-3, "999.9 µs"),
        (0.99999e-3, "1 ms"),
        (0, "0 s"),
        (-0.002, "-2 ms"),
        (None, "—"),
        (float("nan"), "—"),
    ],
)
def test_seconds_are_shown_with_a_prefix(value: float | None, shown: str) -> None:
    assert SECONDS.show(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1.1323, "1.132 ×"), (98850.3, "98,850 ×"), (0.001, "0.001 ×"), (1348.2, "1,348 ×"), (2, "2 ×")],
)
def test_a_ratio_is_shown_without_an_exponent_as_long_as_people_can_read_it(value: float, shown: str) -> None:
    assert RATIO.show(value) == shown


def test_counts_are_whole_and_grouped() -> None:
    assert TRADES.show(57029) == "57,029 trades"
    assert BYTES.show(1_200_000) == "1.2 MB"


def test_a_fingerprint_has_no_direction_and_a_time_has() -> None:
    assert PERCENTAGE_POINTS.lower_is_better is None
    assert SECONDS.lower_is_better is True


def test_an_unknown_unit_keeps_its_name() -> None:
    assert unit("furlongs").show(3) == "3 furlongs"
    assert unit(None).show(3) == "3"


def test_a_ratio_is_shown_as_a_change_in_percent_and_from_twice_or_half_on_as_a_factor() -> None:
    shown = {1.102: "+10.2 %", 0.93: "-7.0 %", 1.0: "+0.0 %", 2.0: "× 2", 0.25: "× 0.25", 4292.4: "× 4,292"}
    assert {ratio: show_ratio(ratio) for ratio in shown} == shown
    assert show_ratio(float("nan")) == "—"


@pytest.mark.parametrize("name", ["MB/s", "ops/s", "ops/ms", "items/s", "bytes/s", "ticks per second"])
def test_of_a_rate_more_is_better(name: str) -> None:
    assert unit(name).lower_is_better is False


@pytest.mark.parametrize("name", ["s/B", "seconds per byte", "ns/op", "allocs/op", "/s", "features", "unit"])
def test_of_what_is_no_rate_less_is_better(name: str) -> None:
    assert unit(name).lower_is_better is True
