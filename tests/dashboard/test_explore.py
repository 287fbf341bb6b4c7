"""Explore in a real browser: what a link shows, what a click opens, what is found, and what is handed out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest

from perfwatch.launch import start
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader

STEP = "explore?machine=bench-01&environment=py3.11&benchmark=suite_3.time_work"
SECOND = "bench-02+%C2%B7+py3.11"
_SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"]'


@pytest.fixture(scope="module")
def shown(judged: Path) -> Iterator[str]:
    with start(str(judged)) as dashboard:
        yield dashboard.url


def plot(tab: Any, address: str) -> Any:
    tab.goto(address)
    found = tab.get_by_role("img", name="Line chart of")
    found.locator(".line").first.wait_for(state="attached")
    tab.wait_for_selector(_SETTLED)
    return found


def history(store: Path, machine: str, case: str) -> pd.DataFrame:
    with Reader(parse(str(store))) as reader:
        ids = [i for i, key in reader.series("suite_3.time_work", machine) if key.param("case") == case]
        return reader.history(ids)


def told(tab: Any, drawn: Any, key: str) -> str:
    """What is said of the column that a key goes to."""
    drawn.focus()
    tab.keyboard.press(key)
    return str(tab.locator(".tip").inner_text())


def test_a_ratio_is_told_to_the_base_in_the_address(shown: str, tab: Any, judged: Path) -> None:
    values = history(judged, "bench-01", "b")
    base, newest = values["value"].iloc[7], values["value"].iloc[-1]
    drawn = plot(tab, f"{shown}/{STEP}&p_case=b&ratio=1&base={values['commit_hash'].iloc[7][:8]}")
    assert f"{newest / base:.4g} ×" in told(tab, drawn, "End")
    # The level before the step and the one after it, and how far they are apart.
    assert drawn.locator(".segment").count() == 2
    ratio = values["value"].iloc[90:].median() / values["value"].iloc[:90].median()
    assert drawn.locator(".ratio").evaluate("text => text.firstChild.data") == f"{ratio - 1:+.1%}".replace("%", " %")


def test_two_machines_stand_in_one_chart_and_are_named(shown: str, tab: Any, judged: Path) -> None:
    drawn = plot(tab, f"{shown}/{STEP}&p_case=b&place={SECOND}")
    assert drawn.locator(".line").count() == 2
    assert tab.locator(".legend button").all_text_contents() == ["bench-01", "bench-02"]
    said = told(tab, drawn, "Home")
    for machine in ("bench-01", "bench-02"):
        assert f"{history(judged, machine, 'b')['value'].iloc[0] * 1e3:.4g} ms" in said
    # The second machine stopped at the fortieth commit: later ones say nothing of it.
    assert "bench-02" not in told(tab, drawn, "End")


def test_a_parameter_is_an_axis_with_a_line_for_each_other_and_two_commits(served: str, tab: Any) -> None:
    drawn = plot(tab, f"{served}/explore?benchmark=echo.time_round_trip&p_transport=unix&x=p_floats&log=1")
    assert drawn.locator(".line").count() == 2
    assert drawn.locator(".tick").first.text_content() == "1"
    # Unix on one core: 7.4 µs of floor, .16 ns a byte.
    assert re.search(r"same-core\W+7\.\d+ µs", told(tab, drawn, "Home"))
    assert re.search(r"same-core\W+39\d(\.\d)? µs", told(tab, drawn, "End"))
    second = plot(tab, f"{tab.url}&against=686780ca")
    assert second.locator(".line").count() == 4
    assert second.locator(".series.faint").count() == 2


def test_a_point_opens_its_commit_s_page(served: str, tab: Any, whole: Any) -> None:
    tab.context.route("https://example.org/**", lambda route: route.fulfill(body="a commit"))
    drawn = plot(tab, f"{served}/explore?benchmark=compute.time_sweep&p_architecture=in_process")
    with Reader(parse(str(whole.store))) as reader:
        newest = reader.commits()[-1].hash
    told(tab, drawn, "End")
    with tab.context.expect_page() as opened:
        tab.keyboard.press("Enter")
    assert opened.value.url == f"https://example.org/commit/{newest}"
    opened.value.close()
    point = drawn.locator(".over circle").bounding_box()
    with tab.context.expect_page() as opened:
        tab.mouse.click(point["x"] + 4, point["y"] + 4)
    assert opened.value.url == f"https://example.org/commit/{newest}"
    opened.value.close()


def test_without_pages_for_commits_a_point_opens_the_comparison_with_the_one_before(shown: str, tab: Any) -> None:
    drawn = plot(tab, f"{shown}/{STEP}&p_case=b")
    told(tab, drawn, "End")
    after, before = (told(tab, drawn, "ArrowLeft")[:8] for _ in range(2))
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Enter")
    tab.get_by_role("heading", name="Compare", level=1).wait_for()
    tab.wait_for_url(lambda address: f"before={before}" in address and f"after={after}" in address)


def test_a_look_closer_is_in_the_address_and_a_link_shows_it(shown: str, tab: Any) -> None:
    drawn = plot(tab, f"{shown}/{STEP}&p_case=b")
    box = drawn.bounding_box()
    tab.mouse.move(box["x"] + 300, box["y"] + 100)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 500, box["y"] + 120)
    tab.mouse.up()
    tab.wait_for_url(re.compile(r"zoom=\w{8}\.\.\w{8}"))
    closer = drawn.locator(".commit").all_text_contents()
    again = plot(tab, tab.url)
    assert again.locator(".commit").all_text_contents() == closer
    tab.get_by_role("button", name="Show all commits again").click()
    tab.wait_for_url(lambda address: "zoom=" not in address)
    assert again.locator(".commit").all_text_contents() != closer


def test_true_time_is_an_axis_of_days(shown: str, tab: Any) -> None:
    drawn = plot(tab, f"{shown}/{STEP}&p_case=b&x=time")
    assert all(re.fullmatch(r"2026-\d\d-\d\d", text) for text in drawn.locator(".tick").all_text_contents())
    assert drawn.locator(".tick").count() >= 3


def test_what_is_found_by_words_and_tags_is_drawn_beside_what_is(shown: str, tab: Any) -> None:
    plot(tab, f"{shown}/{STEP}")
    tab.get_by_text("Find benchmarks by name, tag or parameter").click()
    table = tab.get_by_role("table")
    # Ten benchmarks a page below the headings.
    table.get_by_role("row").nth(10).wait_for()
    tab.get_by_label("Words").fill("time_work suite_12 b")
    tab.get_by_label("Words").press("Enter")
    tab.get_by_text("1 – 1 of 1").wait_for()
    table.get_by_role("link", name="suite_12.time_work").click()
    tab.wait_for_url(re.compile("benchmark=suite_12.time_work"))
    tab.get_by_role("img", name="Line chart of 8 series").wait_for()
    # A second click takes it away again.
    table.get_by_role("link", name="suite_12.time_work").click()
    tab.get_by_role("img", name="Line chart of 4 series").wait_for()


def test_files_hold_what_the_store_holds(shown: str, tab: Any, judged: Path) -> None:
    plot(tab, f"{shown}/{STEP}&p_case=b&place={SECOND}")
    expected = pd.concat([history(judged, machine, "b") for machine in ("bench-01", "bench-02")])
    key = ["machine", "committed_at"]
    tab.get_by_text("Table, 140 rows").click()
    for kind, read in (("CSV", pd.read_csv), ("Parquet", pd.read_parquet)):
        with tab.expect_download() as download:
            tab.get_by_test_id("stDownloadButton").filter(has_text=kind).get_by_role("button").click()
        found = read(download.value.path()).sort_values(key)
        assert found["hash"].tolist() == expected["commit_hash"].tolist()
        assert found["value"].tolist() == expected["value"].tolist()
        assert set(found["param_case"]) == {"b"}


def test_the_chart_is_handed_out_as_a_picture_with_its_names(shown: str, tab: Any) -> None:
    plot(tab, f"{shown}/{STEP}")
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Save the chart as SVG").click()
    drawing = ElementTree.parse(download.value.path()).getroot()
    texts = [element.text for element in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert {"a", "b", "c", "<i>d</i>", "+33.2 %"} <= set(texts)
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Save the chart as PNG").click()
    assert Path(download.value.path()).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
