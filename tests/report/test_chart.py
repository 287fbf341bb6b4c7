"""What is measured is drawn, what is not is not; and nothing in a picture is more than a picture."""

from __future__ import annotations

import math
import re

import pytest
from foreign import EVIL
from lxml import etree

from perfwatch.report.chart import HEIGHT, SHOWN, WIDTH, History, chart, says, sparkline
from perfwatch.report.forest import SHOWN as SHOWN_ROWS
from perfwatch.report.forest import Ratio, forest

SVG = "{http://www.w3.org/2000/svg}"
LOOKS = {"svg", "title", "desc", "style", "rect", "line", "path", "circle", "text"}


def history(values: list[float | None], at: int, label: str = "a.time_b", unit: str = "seconds") -> History:
    commits = [f"{i:08x}" * 5 for i in range(len(values))]
    lower = [None if v is None else v * 0.99 for v in values]
    upper = [None if v is None else v * 1.01 for v in values]
    return History(label, unit, commits, values, lower, upper, at)


def drawn(picture: str | None) -> etree._Element:
    assert picture is not None
    return etree.fromstring(picture.encode())


def find(root: etree._Element, tag: str, look: str) -> list[etree._Element]:
    return [e for e in root.iter(f"{SVG}{tag}") if e.get("class") == look]


def said(root: etree._Element) -> list[str]:
    return [str(e.text) for e in root.iter(f"{SVG}text")]


STEP = history([0.1] * 10 + [0.11] * 10, 10)


def test_the_step_and_both_levels_are_drawn_and_named() -> None:
    root = drawn(chart(STEP))
    assert len(find(root, "circle", "dot")) == 20
    assert {"100 ms", "110 ms"} <= set(said(root))
    assert STEP.commits[10][:8] in said(root)
    # The step itself and the level after it, in the colour of what is worse.
    assert len(find(root, "line", "pen-bad")) == 2
    assert (root.get("width"), root.get("height")) == (str(WIDTH), str(HEIGHT))


def test_which_way_is_worse_is_the_units() -> None:
    assert find(drawn(chart(history([9.0, 9.0, 5.0, 5.0], 2, unit="MB/s"))), "line", "pen-bad")
    assert find(drawn(chart(history([5.0, 5.0, 9.0, 9.0], 2, unit="MB/s"))), "line", "pen-good")
    assert find(drawn(chart(history([5.0, 5.0, 9.0, 9.0], 2, unit="trades"))), "line", "pen-quiet")


def test_a_gap_stays_a_gap() -> None:
    values = [0.1, 0.1, None, 0.1, math.nan, 0.1, 0.1, 0.2]
    root = drawn(chart(history(values, 7)))
    assert len(find(root, "circle", "dot")) == 6
    # Two runs of several points have a line each, a point alone has none.
    assert len(find(root, "path", "line")) == 2
    assert sparkline(history(values, 7)) == "▁▁ ▁ ▁▁|█"


def test_a_value_without_an_interval_has_no_band_that_claims_one() -> None:
    bare = History("a", "seconds", ["a" * 40, "b" * 40], [0.1, 0.2], [None, 0.19], [None, 0.21], 1)
    assert find(drawn(chart(bare)), "path", "band") == []


def test_what_has_nothing_to_show_is_not_drawn() -> None:
    assert chart(history([None, math.nan, math.inf], 1)) is None
    assert chart(history([], 0)) is None
    assert sparkline(history([None], 0)) == ""
    assert forest([], "x") is None
    assert forest([Ratio("a", math.nan), Ratio("b", -1.0), Ratio("c", 0.0)], "x") is None


@pytest.mark.parametrize("values", [[0.1], [0.0, 0.0], [1e300, 1e-300], [-1.0, 1.0], [0.1] * 500])
@pytest.mark.parametrize("at", [0, 1, 400, 999])
def test_every_series_has_its_place_on_the_paper(values: list[float | None], at: int) -> None:
    root = drawn(chart(history(values, min(at, len(values)))))
    dots = find(root, "circle", "dot")
    assert 0 < len(dots) <= SHOWN
    assert all(0 <= float(e.get("cx", "")) <= WIDTH and 0 <= float(e.get("cy", "")) <= HEIGHT for e in dots)


def test_the_commits_shown_are_those_around_the_step() -> None:
    part = history([0.1] * 300, 150).around()
    assert (len(part.values), part.at) == (SHOWN, SHOWN // 3)
    assert part.commits[part.at] == history([0.1] * 300, 150).commits[150]
    assert history([0.1] * 300, 299).around().at == SHOWN - 1


def test_a_chart_is_said_in_words() -> None:
    assert says(STEP) == "100 ms before, 110 ms from 0000000a on, as measured"
    root = drawn(chart(STEP))
    assert root.findtext(f"{SVG}desc") == says(STEP)
    assert root.findtext(f"{SVG}title") == "a.time_b over 20 commits"


def test_a_forest_shows_each_ratio_with_its_interval_beside_the_line_of_no_change() -> None:
    rows = [Ratio("a", 1.1, 1.05, 1.15, True), Ratio("b", 0.9, 0.85, 0.95, False), Ratio("c", 1.0), Ratio("d", 5.0)]
    root = drawn(forest(rows[:3], "head / base"))
    assert {"a", "b", "c", "+10.0 %", "-10.0 %", "+0.0 %", "same"} <= set(said(root))
    one = [e for e in find(root, "line", "pen-quiet") if e.get("x1") == e.get("x2")]
    assert len(one) == 1
    worse, better = find(root, "line", "pen-bad")[0], find(root, "line", "pen-good")[0]
    assert float(better.get("x2", "")) < float(one[0].get("x1", "")) < float(worse.get("x1", ""))
    # Far ratios have an axis of powers.
    assert {"× 2", "× 4"} <= set(said(drawn(forest(rows, "x"))))


def test_rows_beyond_those_shown_are_counted() -> None:
    root = drawn(forest([Ratio(f"r{i}", 1 + i / 100) for i in range(2000)], "x"))
    assert len([s for s in said(root) if re.fullmatch(r"r\d+", s)]) == SHOWN_ROWS
    assert f"… and {2000 - SHOWN_ROWS:,} more" in said(root)


@pytest.mark.parametrize("evil", [*EVIL, "x" * 10_000])
def test_a_name_in_a_picture_is_a_name(evil: str) -> None:
    pictures = chart(history([0.1, 0.2], 1, evil, evil)), forest([Ratio(evil, 1.1, 1.0, 1.2)], evil)
    for picture in pictures:
        root = drawn(picture)
        assert {etree.QName(e).localname for e in root.iter()} <= LOOKS
        names = {name for e in root.iter() for name in e.attrib}
        assert not any(str(n).lower().startswith("on") or "href" in str(n).lower() for n in names)
        assert "url(" not in str(picture)
        assert "@import" not in str(picture)
        assert len(str(picture)) < 40_000
