"""Lines over commits: what is sent to the script, and what the script draws, says and does, in a real browser."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from charts.line import Level, Line
from charts.timeline import Mark, timeline
from components import script

from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.units import BYTES, RATIO, SECONDS, TRADES

COMMITS = pd.DataFrame(
    {
        "hash": list("abcd"),
        "label": list("ABCD"),
        "subject": ["one", "<b>two</b>", None, "four"],
        "committed_at": pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03", None], utc=True),
    }
)
EXPLORE = "explore?machine=bench-01&environment=py3.11&benchmark=suite_3.time_work"


def series(values: dict[str, float], **columns: Any) -> pd.DataFrame:
    frame = pd.DataFrame({"commit_hash": list(values), "value": list(values.values())})
    for name, value in {
        "lower": None,
        "upper": None,
        "status": "ok",
        "version": "1",
        "samples": None,
        **columns,
    }.items():
        frame[name] = value if isinstance(value, list) else [value] * len(frame)
    return frame


def points(frame: pd.DataFrame, **asked: Any) -> list[list[Any]]:
    found: list[list[Any]] = timeline([Line("x", frame)], COMMITS, SECONDS, **asked)["lines"][0]["points"]
    return found


def test_a_line_is_joined_only_between_neighbours_of_one_version() -> None:
    joined = {p[0]: p[4] for p in points(series({"a": 1.0, "b": 2.0, "d": 4.0}))}
    assert joined == {0: 0, 1: 1, 3: 0}
    assert [p[4] for p in points(series({"a": 1.0, "b": 2.0, "c": 3.0}, version=["1", "1", "2"]))] == [0, 1, 0]


def test_rows_come_in_any_order_and_commits_elsewhere_are_left_out() -> None:
    found = points(series({"c": 3.0, "elsewhere": 9.0, "a": 1.0}))
    assert [(p[0], p[1]) for p in found] == [(0, 1.0), (2, 3.0)]


def test_what_failed_is_marked_and_what_is_missing_is_not_filled() -> None:
    frame = series({"a": 1.0, "b": math.nan, "c": math.nan}, status=["ok", "failed", "skipped"])
    [line] = timeline([Line("x", frame)], COMMITS, SECONDS)["lines"]
    assert (line["failed"], len(line["points"])) == ([1], 1)


def test_of_two_versions_at_a_commit_the_one_measured_last_is_drawn() -> None:
    frame = pd.concat([series({"a": 1.0}), series({"a": 5.0}, version="2")], ignore_index=True)
    assert [p[1] for p in points(frame)] == [5.0]


def test_a_logarithmic_axis_leaves_out_what_it_has_no_place_for() -> None:
    frame = series({"a": 1.0, "b": 0.0, "c": -1.0}, samples=[[1.0, -1.0], None, None])
    assert [p[1] for p in points(frame, log=True, samples=True)] == [1.0]
    assert points(frame, log=True, samples=True)[0][5] == [1.0]


def test_no_line_at_all_is_a_figure_too() -> None:
    assert timeline([], COMMITS.head(0), SECONDS)["lines"] == []


def test_samples_are_sent_when_asked_for() -> None:
    frame = series({"a": 1.0}, samples=[[0.9, 1.1]])
    assert [points(frame, samples=asked)[0][5] for asked in (False, True)] == [[], [0.9, 1.1]]


def test_events_and_levels_are_placed() -> None:
    found = timeline(
        [Line("x", series({"a": 1.0}))], COMMITS, RATIO,
        levels=[Level(1.0, "as before")], marks=[Mark("c", "slower", "bad"), Mark("elsewhere", "?")],
    )  # fmt: skip
    assert found["marks"] == [{"at": 2, "text": "slower", "tone": "bad"}]
    assert found["levels"] == [{"value": 1.0, "text": "as before"}]
    assert found["commits"][1:3] == [["B", "<b>two</b>", "2026-01-02 00:00"], ["C", "", "2026-01-03 00:00"]]


@pytest.fixture
def shown(shown_judged: str) -> str:
    """Address of a dashboard on the judged store."""
    return shown_judged


def test_numbers_are_read_as_everywhere(tab: Any) -> None:
    chance = random.Random(2)
    values = [s * m * 10.0**e for e in range(-12, 16) for m in (1, 9.9995, chance.uniform(1, 10)) for s in (1, -1)]
    values += [0.0, 1.0, 999.95, 1000.0, 0.5, 57029.0, 1000.5, 1001.5, -1000.5, -1001.5]
    tab.goto("about:blank")
    tab.add_script_tag(content=script("numbers").replace("export ", ""))
    for unit in (SECONDS, BYTES, RATIO, TRADES):
        shown = tab.evaluate(
            "([values, unit]) => values.map((v) => show(v, unit))",
            [values, {"symbol": unit.symbol, "prefixed": unit.prefixed}],
        )
        assert dict(zip(values, shown, strict=True)) == {v: unit.show(v) for v in values}


def plot(tab: Any, address: str) -> Any:
    tab.goto(address)
    found = tab.get_by_role("img", name="Line chart of")
    found.locator(".line").first.wait_for(state="attached")
    return found


def test_a_step_is_drawn_where_it_is_with_its_event(shown: str, tab: Any) -> None:
    drawn = plot(tab, f"{shown}/{EXPLORE}&p_case=b")
    assert drawn.locator(".mark.bad").count() == 1
    assert "33" in drawn.locator(".mark.bad title").text_content()


def test_the_pointer_and_the_keys_tell_each_commit_s_value(shown: str, tab: Any, judged: Path) -> None:
    drawn = plot(tab, f"{shown}/{EXPLORE}&p_case=b")
    with Reader(parse(judged)) as reader:
        [series_id] = [i for i, k in reader.series("suite_3.time_work", "bench-01") if k.param("case") == "b"]
        history = reader.history([series_id])
    tip = tab.get_by_role("status").filter(has_text="ms")
    drawn.focus()
    tab.keyboard.press("Home")
    for i in range(3):
        tip.get_by_text(SECONDS.show(history["value"].iloc[i])).wait_for()
        assert history["commit_hash"].iloc[i][:8] in tip.inner_text()
        tab.keyboard.press("ArrowRight")
    box = drawn.bounding_box()
    tab.mouse.move(box["x"] + box["width"] - 16, box["y"] + 100)
    tip.get_by_text(SECONDS.show(history["value"].iloc[-1])).wait_for()


def test_a_drag_looks_closer_and_escape_shows_all_again(shown: str, tab: Any) -> None:
    drawn = plot(tab, f"{shown}/{EXPLORE}&p_case=b")
    before, box = drawn.locator(".commit").all_text_contents(), drawn.bounding_box()
    tab.mouse.move(box["x"] + 300, box["y"] + 100)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 500, box["y"] + 120)
    tab.mouse.up()
    closer = drawn.locator(".commit").all_text_contents()
    assert closer != before
    assert drawn.locator(".mark").count() == 0
    drawn.focus()
    tab.keyboard.press("Escape")
    assert drawn.locator(".commit").all_text_contents() == before


def test_a_line_is_taken_out_and_put_back_by_its_name(shown: str, tab: Any) -> None:
    drawn = plot(tab, f"{shown}/{EXPLORE}")
    assert drawn.locator(".line").count() == 4
    # A name that would be markup is text here, too.
    button = tab.get_by_role("button", name="<i>d</i>")
    button.click()
    assert drawn.locator(".line").count() == 3
    button.click()
    assert drawn.locator(".line").count() == 4


@pytest.mark.parametrize("width", [1440, 390])
def test_it_fits_its_page(shown: str, tab: Any, width: int) -> None:
    tab.set_viewport_size({"width": width, "height": 900})
    drawn = plot(tab, f"{shown}/{EXPLORE}&p_case=b")
    assert drawn.bounding_box()["width"] <= width
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_table_behind_a_chart_is_made_when_it_is_opened(shown: str, tab: Any) -> None:
    plot(tab, f"{shown}/{EXPLORE}&p_case=b")
    offered = tab.get_by_test_id("stDownloadButton")
    assert offered.count() == 0
    tab.get_by_text("Table, 100 rows").click()
    with tab.expect_download() as download:
        offered.get_by_role("button", name="CSV").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert len(lines) == 101
    assert "suite_3.time_work" in lines[1]
