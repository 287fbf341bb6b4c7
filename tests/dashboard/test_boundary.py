"""The break-even's arithmetic and the ways in units of the job, on data; the two pages in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from frames.crossing import Way, fitted, lost, missing, needed, typed, ways
from frames.lines import Lines
from frames.ways import prices
from frames.ways import ways as in_units_of_the_job
from views.lost import between, percent
from views.steps import derived, marks

from perfwatch.analysis.interval import Estimate
from perfwatch.launch import start
from perfwatch.model import Event, SeriesKey

FULL = "150000x80"
CORE = {"affinity": "same-core"}


def reading(series_id: int, commit: str, value: float, benchmark: str, params: dict[str, str]) -> dict[str, Any]:
    key = SeriesKey(benchmark, "1", tuple(params.items()), "m", "e", "seconds", "time")
    return {
        "series_id": series_id,
        "commit_hash": commit,
        "status": "ok",
        "value": value,
        "lower": value * 0.98,
        "upper": value * 1.02,
        "started_at": pd.Timestamp("2026-01-01", tz="UTC"),
        "benchmark": benchmark,
        "version": "1",
        "params": params,
        "label": key.label,
    }


def echo(series_id: int, floats: int, seconds: float) -> dict[str, Any]:
    params = {"transport": "unix", "floats": str(floats), **CORE}
    return reading(series_id, "a", seconds, "echo.time_round_trip", params=params)


def sweep(
    series_id: int, seconds: float, benchmark: str, architecture: str, affinity: str = "same-core"
) -> dict[str, Any]:
    params = {"architecture": architecture, "size": FULL, "affinity": affinity}
    return reading(series_id, "a", seconds, benchmark, params=params)


def test_a_call_costs_what_was_measured_and_between_two_payloads_the_straight_line() -> None:
    way = Way("x", ((16.0, Estimate(10e-6, 9e-6, 11e-6)), (1016.0, Estimate(20e-6, 18e-6, 24e-6))))
    assert [way.seconds(b).value for b in (0, 16, 516, 1016)] == pytest.approx([10e-6, 10e-6, 15e-6, 20e-6])
    assert (way.seconds(516).lower, way.seconds(516).upper) == pytest.approx((13.5e-6, 17.5e-6))
    # Beyond the largest: the last stretch's 10 ns a byte; the interval keeps its share of the value.
    assert way.seconds(2016).value == pytest.approx(30e-6)
    assert way.seconds(2016).upper == pytest.approx(30e-6 * 1.2)


def test_what_is_lost_is_the_crossing_s_share_of_compute_and_crossing() -> None:
    share = lost(90e-6, Estimate(10e-6, 5e-6, 30e-6))
    assert (share.value, share.lower, share.upper) == pytest.approx((0.1, 5 / 95, 30 / 120))
    assert lost(0.0, Estimate(1e-6)).value == 1.0


@pytest.mark.parametrize(("share", "seconds"), [(0.01, 990e-6), (0.05, 190e-6), (0.1, 90e-6), (0.5, 10e-6)])
def test_at_the_compute_that_is_needed_just_that_share_is_lost(share: float, seconds: float) -> None:
    call = Estimate(10e-6, 9e-6, 12e-6)
    found = needed(share, call)
    assert found.value == pytest.approx(seconds)
    assert lost(found.value, call).value == pytest.approx(share)
    assert found.upper == pytest.approx(seconds * 1.2)


@pytest.mark.parametrize(
    ("text", "number"),
    [("25", 25.0), (" 2.5 ", 2.5), ("2,5", 2.5), ("150,000", 150_000.0), ("1,200,000.5", 1_200_000.5), ("1e3", 1e3),
     ("0", 0.0), ("150 000", 150_000.0), ("-1", None), ("nan", None), ("inf", None), ("", None), ("ten", None)],
)  # fmt: skip
def test_a_number_is_read_as_people_write_it(text: str, number: float | None) -> None:
    assert typed(text, 1.0) == number


def test_shares_are_read_as_percent() -> None:
    assert [percent(s) for s in (1.0, 0.0231, 0.00012)] == ["100 %", "2.31 %", "0.012 %"]
    assert between(Estimate(0.02, 0.019, 0.021)) == "1.9 – 2.1 %"
    assert between(Estimate(0.02)) == "not known"


def test_the_ways_of_a_commit_are_those_measured_there() -> None:
    rows = [
        echo(1, 1, 10e-6),
        echo(2, 1000, 12e-6),
        reading(3, "a", 8e-6, "sessions.time_call", params=CORE),
        reading(4, "a", 1.2e-3, "boundary.time_one_bar", params={"transport": "spawn", **CORE}),
        sweep(5, 2.0, "compute.time_sweep", "rust_in_process", "one-core"),
        sweep(6, 2.16, "deployed.time_sweep", "rust_spawn_each"),
        reading(7, "b", 1.0, "flight.time_round_trip", params={"floats": "1", **CORE}),
    ]
    found = {way.label: way for way in ways(Lines(pd.DataFrame(rows)), "a")}
    assert list(found) == ["Unix · same core", "Session over Unix · same core", "A process a call · same core"]
    assert [(b, s.value) for b, s in found["Unix · same core"].points] == [(16.0, 10e-6), (16_000.0, 12e-6)]
    assert not found["Session over Unix · same core"].carries
    # 0.16 s more than the kernel alone, for 80 calls that ship 150,000 floats one way.
    assert [(b, round(s.value, 6)) for b, s in found["A process a call · same core"].points] == [
        (16.0, 0.0012),
        (1_200_000.0, 0.002),
    ]
    assert ways(Lines(pd.DataFrame(rows)), "nowhere") == []
    assert missing(Lines(pd.DataFrame(rows)), found.values()) == []
    assert missing(Lines(pd.DataFrame(rows)), []) == ["Unix · same core"]


def test_floor_and_slope_are_those_of_the_judge() -> None:
    rows = [echo(i, n, 10e-6 + 1e-9 * 16 * n) for i, n in enumerate((1, 1000, 100_000))]
    found = fitted(pd.DataFrame(rows), "a")
    assert found["boundary_floor", "unix", "same-core"] == pytest.approx(10e-6, rel=0.01)
    assert found["boundary_slope", "unix", "same-core"] == pytest.approx(1e-9, rel=0.01)
    assert fitted(pd.DataFrame(rows), "b") == {}


def test_ways_are_in_units_of_the_job_and_counted_by_its_bars() -> None:
    rows = [
        sweep(1, 2.0, "compute.time_sweep", "in_process", "one-core"),
        sweep(2, 2.5, "boundary.time_sweep", "rust_batch_unix"),
        sweep(3, 2.66, "boundary.time_sweep", "rust_chatty_unix"),
        echo(4, 1, 10e-6),
        echo(5, 150_000, 400e-6),
        reading(6, "a", 0.3, "deployed.time_bars", params={"boundary": "batch_json", "bars": "1000", **CORE}),
    ]
    lines = Lines(pd.DataFrame(rows))
    found = {
        way.key: (way.line["value"].tolist(), way.is_whole) for way in in_units_of_the_job(lines, FULL, "same-core")
    }
    assert found["rust_batch_unix"] == ([1.25], True)
    assert found["once_unix"] == ([pytest.approx(200e-6)], False)
    # 150,000 calls at 10 µs are 1.5 s of a job of 2 s; at 300 µs they are 45 s.
    assert found["bar_floor"] == ([pytest.approx(0.75)], False)
    assert found["bar_batch_json"] == ([pytest.approx(22.5)], False)
    assert set(found) == {"rust_batch_unix", "rust_chatty_unix", "once_unix", "bar_floor", "bar_batch_json"}
    assert prices(lines, FULL, "same-core")["chatty_penalty"]["value"].tolist() == [pytest.approx(0.16 / 79)]


def test_an_event_is_marked_on_the_lines_that_it_moved() -> None:
    gap = derived("compute_gap", size=FULL)
    assert gap == f"derived.compute_gap({FULL})"
    event = Event("1", "regression", "c", "m", "e", "CONFIRMED", "slower", moved=({"label": gap, "ratio": 1.06},))
    [mark] = marks([event], {gap, None})
    assert (mark.commit, mark.tone, mark.text) == ("c", "bad", f"slower; {gap} +6.0 %")
    assert marks([event], {"another"}) == []


def test_what_is_typed_is_reckoned_and_its_link_shows_the_same(served: str, tab: Any, browser: Any) -> None:
    # Nothing travels but the floor: some 7.4 µs of 10 on one core.
    tab.goto(f"{served}/boundary")
    tab.get_by_label("Compute a call", exact=True).fill("2.6")
    tab.get_by_label("Compute a call", exact=True).press("Enter")
    tab.get_by_text("computes 2.6 ms").wait_for()
    tab.get_by_label("Payload", exact=True).fill("1")
    tab.get_by_label("Payload", exact=True).press("Enter")
    sentence = tab.get_by_text("moves 8 B")
    sentence.wait_for()
    tab.wait_for_url("**payload=1**")
    said, lost_by_row = sentence.inner_text(), tab.locator(".pw-dots").first.locator("tbody tr").all_inner_texts()
    # 7.4 µs of 2.6 ms.
    assert "Unix · same core" in lost_by_row[0]
    assert "0.28" in lost_by_row[0]
    other = browser.new_page()
    other.set_default_timeout(60_000)
    other.goto(tab.url)
    other.get_by_text("moves 8 B").wait_for()
    assert other.get_by_text("moves 8 B").inner_text() == said
    other.get_by_label("Compute a call", exact=True).fill("soon")
    other.get_by_label("Compute a call", exact=True).press("Enter")
    other.get_by_text("Type a number of nought or more").wait_for()
    other.close()


def test_a_commit_s_change_is_told_in_words_with_the_part_that_made_it(served: str, tab: Any) -> None:
    tab.goto(f"{served}/compute-gap?commit=6eaf654e&size=150000x80")
    said = tab.get_by_text("beyond the scatter of the samples")
    said.wait_for()
    assert "codegen" in said.inner_text()
    assert "boundary" not in said.inner_text()


@pytest.mark.parametrize(
    ("page", "shows"), [("compute-gap", "every further kernel"), ("boundary", "cross into another process")]
)
def test_another_project_is_told_what_a_page_would_show(page: str, shows: str, judged: Path, tab: Any) -> None:
    with start(str(judged)) as dashboard:
        tab.goto(f"{dashboard.url}/{page}")
        tab.get_by_text("None of this page's benchmarks is measured here").wait_for()
        # The browser loads what shows a command when it first needs it: waited for, not read at once.
        tab.locator('[data-testid="stMain"]').filter(has_text=shows).filter(has_text="perfwatch run --bench").wait_for()
        assert tab.locator(".timeline").count() == 0
