"""Figures from data, without a browser and without streamlit."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from charts.curve import Axis, Trace, curve, linear_ticks, log_ticks
from charts.dots import Dot, Scale, dots
from charts.echo import Curve, echo
from charts.forest import axis
from charts.palette import CYCLE, DARK_PAGE, LIGHT_PAGE, WORDS, pen
from charts.tiles import Card, sparkline, tiles

from perfwatch.analysis.interval import Estimate


def test_the_echo_curve_is_drawn_on_logarithmic_axes_with_its_model() -> None:
    points = tuple((floats, Estimate(s, 0.9 * s, 1.1 * s)) for floats, s in ((1, 1e-5), (1000, 2e-5), (100000, 1e-3)))
    drawn = echo([Curve("Unix", "Unix", points, 1e-5, 6e-10, True)], study=True)
    assert (drawn["x"]["log"], drawn["y"]["log"]) == (True, True)
    measured, model, study = drawn["lines"]
    assert [point[:2] for point in measured["points"]] == [[1, 1e-5], [1000, 2e-5], [100000, 1e-3]]
    # 6e-10 s a byte, sixteen bytes a float there and back.
    assert model["points"][-1][1] == pytest.approx(1e-5 + 6e-10 * 16 * 100000)
    assert (measured["told"], model["told"], study["name"]) == (True, False, "the study (M2 Max, Unix)")
    assert [text for _, text in drawn["x"]["ticks"]] == ["1", "10", "100", "1k", "10k", "100k"]


def test_a_curve_leaves_out_what_a_logarithmic_axis_has_no_place_for() -> None:
    points = ((1.0, Estimate(-1.0)), (2.0, Estimate(3.0, -1.0, 4.0)), (3.0, Estimate(5.0, 4.0, 6.0)))
    drawn = curve([Trace("x", "#000000", points)], Axis("x", str), Axis("y", str), marks=[(0.0, "none"), (2.0, "here")])
    assert drawn["lines"][0]["points"] == [
        [2.0, 3.0, None, 4.0, "3.0", ""],
        [3.0, 5.0, 4.0, 6.0, "5.0", "99 %: 4.0 – 6.0"],
    ]
    assert (drawn["told"], drawn["marks"]) == ([[2.0, "2.0"], [3.0, "3.0"]], [{"x": 2.0, "text": "here"}])


def test_no_curve_at_all_is_a_figure_too() -> None:
    assert curve([], Axis("x", str), Axis("y", str))["lines"] == []


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0.9, 12.0, [1, 2, 5, 10]), (5e-6, 3e-3, [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3]),
     (1e-6, 1.0, [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1])],
)  # fmt: skip
def test_ticks_are_round_and_few(low: float, high: float, ticks: list[float]) -> None:
    assert log_ticks(low, high) == ticks
    assert linear_ticks(0.96, 1.32) == [1.0, 1.1, 1.2, 1.3]


def test_dots_stand_where_their_values_are_and_escape_what_they_say() -> None:
    rows = [Dot("<b>ten</b>", Estimate(10.0, 1.0, 100.0), (("<i>", "bad"),))]
    html = dots(["way", "value"], rows, Scale(low=1.0, high=100.0, one=10.0), "says <u>")
    assert "left:50.00%" in html
    assert "left:0.00%;width:100.00%" in html
    assert not any(tag in html for tag in ("<b>ten", "<i>", "says <u>"))


def test_a_tile_escapes_what_comes_from_the_store() -> None:
    html = tiles([Card("<script>", "1 s", ("<i>",), "<u>", says='"><img>')])
    assert not any(tag in html for tag in ("<script>", "<i>", "<u>", "<img>"))


@pytest.mark.parametrize("values", [(), (1.0,), (1.0, 1.0), (1.0, float("nan"), 2.0)])
def test_a_sparkline_of_few_equal_or_missing_values_is_drawn_without_fuss(values: tuple[float, ...]) -> None:
    assert isinstance(sparkline(values, "#000000"), str)


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` as WCAG 2.2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two colours as WCAG 2.2 defines it."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("page", [LIGHT_PAGE, DARK_PAGE])
@pytest.mark.parametrize("colour", CYCLE)
def test_a_colour_stands_out_from_a_light_and_from_a_dark_page(colour: str, page: str) -> None:
    assert contrast(colour, page) >= 3


@pytest.mark.parametrize("tone", WORDS)
def test_a_word_in_colour_is_legible_on_a_light_and_on_a_dark_page(tone: str) -> None:
    assert all(contrast(*pair) >= 4.5 for pair in zip(WORDS[tone], (LIGHT_PAGE, DARK_PAGE), strict=True))


def test_neighbouring_lines_differ_by_more_than_colour() -> None:
    pens = [pen(i) for i in range(36)]
    assert len(set(pens)) == 36
    for one, other in pairwise(pens):
        assert one.colour != other.colour
        assert one.dash != other.dash or one.symbol != other.symbol


def test_an_axis_of_ratios_has_as_before_in_its_middle_and_its_ends_at_round_numbers() -> None:
    on = axis([1.0, 1.3, 0.9])
    assert on.end == 1.5
    assert [on.place(r) for r in (1 / 1.5, 1.0, 1.5, 3.0, 0.1, None, 0.0)] == [0, 500, 1000, 1000, 0, None, None]
    assert on.place(1.2) == 1000 - (on.place(1 / 1.2) or 0)
    assert [text for _, text in on.ticks] == ["0.667", "0.833", "1 ×", "1.2", "1.5"]
    assert [on.is_beyond(r) for r in (1.5, 1.51, 1 / 1.51, None)] == [False, True, True, False]


def test_one_series_that_is_far_off_does_not_press_the_others_into_a_line() -> None:
    assert axis([1.01] * 99 + [100.0]).end < 1.1
    assert axis([1.01, 100.0]).end > 100
    # Those that moved are few among many, and are what is looked for.
    assert axis([1.0] * 9_900 + [1.12] * 97 + [100.0] * 3).end == 1.2


@pytest.mark.parametrize("ratios", [[], [1.0], [0.0, math.inf, math.nan]])
def test_an_axis_of_nothing_is_one_per_cent_wide(ratios: list[float]) -> None:
    assert axis(ratios).end == 1.01
