"""The laboratory: calls read as ticks and messages, ways against one of their run, histograms, and its page."""

from __future__ import annotations

import ast
import json
import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from charts.ages import ages
from charts.bars import Bar, bars
from frames import laboratory
from frames.laboratory import PER_SECOND, SECTIONS, Count, Histogram, Question

import perfwatch
from perfwatch.launch import start
from perfwatch.store.location import parse
from perfwatch.store.writer import Writer
from perfwatch.units import SECONDS

ROOT = Path(perfwatch.__file__).parents[2]
TICKS = Question("ticks.time_stream", "Throughput", "", "way", "packed", 50_000, unit=PER_SECOND)
FEED = Question("feed.time_records", "Decode", "", "way", "json", 5_000)


def readings(benchmark: str, *rows: tuple[dict[str, str], str, Any], version: str = "1") -> pd.DataFrame:
    """Rows of (params, commit, value): a number, a text, None for failed, NaN for skipped; bounds half and double."""
    found = []
    for params, commit, value in rows:
        status = "failed" if value is None else "skipped" if value != value else "ok"
        text = value if isinstance(value, str) else None
        number = math.nan if value is None or text is not None else float(value)
        found.append(
            {
                "benchmark": benchmark, "version": version, "params": params, "commit_hash": commit, "status": status,
                "value": number, "lower": number / 2, "upper": number * 2, "text": text, "samples": None,
            }
        )  # fmt: skip
    return pd.DataFrame(found)


@pytest.mark.parametrize("question", [q for s in SECTIONS.values() for q in s.questions], ids=lambda q: q.benchmark)
def test_what_a_call_does_is_what_the_benchmark_says(question: Question) -> None:
    module = question.benchmark.partition(".")[0]
    tree = ast.parse((ROOT / "benchmarks" / f"{module}.py").read_text())
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    a_call = {"ticks": "_N_TICKS", "feed": "_N_MESSAGES", "features": "_N_TICKS"}.get(module)
    # A tracked value is a message's, a tick's already.
    is_timed = question.benchmark.partition(".")[2].startswith("time_")
    assert question.n == (constants[a_call] if a_call and is_timed else 1)


def test_a_call_s_seconds_are_shown_a_message_and_as_a_rate() -> None:
    rows = laboratory.of_question(readings(FEED.benchmark, ({"way": "json"}, "a", 0.1)), FEED)
    assert rows[["value", "lower", "upper"]].iloc[0].tolist() == pytest.approx([2e-5, 1e-5, 4e-5])
    rows = laboratory.of_question(readings(TICKS.benchmark, ({"way": "packed"}, "a", 0.1)), TICKS)
    # The longest time is the lowest rate.
    assert rows[["value", "lower", "upper"]].iloc[0].tolist() == pytest.approx([5e5, 2.5e5, 1e6])


def test_a_version_whose_calls_hold_another_number_is_not_read() -> None:
    known = readings(FEED.benchmark, ({"way": "json"}, "a", 0.1), version="2")
    assert laboratory.of_question(known, FEED).empty


def test_ways_are_against_the_base_of_their_run_the_best_first_what_failed_last() -> None:
    known = readings(
        FEED.benchmark,
        ({"way": "json"}, "a", 0.4), ({"way": "engine"}, "a", 0.1), ({"way": "orjson"}, "a", None),
        ({"way": "msgspec"}, "a", math.nan), ({"way": "json"}, "b", 9.0),
    )  # fmt: skip
    rows = laboratory.of_question(known, FEED)
    found = laboratory.ways(rows, FEED, "a")
    assert [(w.name, w.status) for w in found] == [("engine", "ok"), ("json", "ok"), ("orjson", "failed")]
    assert [w.ratio and w.ratio.value for w in found] == [pytest.approx(0.25), pytest.approx(1.0), None]
    along = laboratory.ratios(rows, "json", "engine")
    assert (along["commit_hash"].tolist(), along["value"].tolist()) == (["a"], [pytest.approx(4.0)])
    assert along["lower"].iloc[0] < 4 < along["upper"].iloc[0]


def test_of_rates_the_highest_is_the_best() -> None:
    known = readings(TICKS.benchmark, ({"way": "packed"}, "a", 0.2), ({"way": "batched"}, "a", 0.1))
    found = laboratory.ways(laboratory.of_question(known, TICKS), TICKS, "a")
    assert [(w.name, w.ratio and w.ratio.value) for w in found] == [
        ("batched", pytest.approx(2.0)),
        ("packed", pytest.approx(1.0)),
    ]


def test_counts_are_summed_and_one_that_failed_makes_the_sum_unknown() -> None:
    count = Count("feed.track_differing", "", "")
    known = readings(count.benchmark, ({"way": "a"}, "a", 1), ({"way": "b"}, "a", 2), ({"way": "a"}, "b", None))
    assert [laboratory.counted(known, count, c) for c in "abc"] == [3.0, None, None]


def test_a_share_of_a_histogram_is_the_step_that_so_many_did_not_exceed() -> None:
    chance = random.Random(6)
    for _ in range(100):
        steps = sorted({chance.uniform(1e-9, 1) for _ in range(chance.randrange(1, 30))})
        found = Histogram(tuple(steps), tuple(chance.randrange(1, 50) for _ in steps))
        every = [step for step, n in zip(found.at_most_s, found.ticks, strict=True) for _ in range(n)]
        for percent in (1, 50, 99, 100):
            assert found.within(percent / 100) == every[math.ceil(len(every) * percent / 100) - 1]


def test_histograms_are_read_by_way_and_empty_or_missing_ones_left_out() -> None:
    told = json.dumps({"at_most_ns": [100, 200], "ticks": [3, 1]})
    known = readings(
        "ticks.track_ages",
        ({"way": "packed", "affinity": "two-cores"}, "a", told),
        ({"way": "batched", "affinity": "two-cores"}, "a", json.dumps({"at_most_ns": [], "ticks": []})),
        ({"way": "extension", "affinity": "two-cores"}, "a", None),
    )
    found = laboratory.histograms(known, "ticks.track_ages", "a")
    assert list(found) == ["packed"]
    assert found["packed"].ticks == (3, 1)
    assert found["packed"].at_most_s == pytest.approx((1e-7, 2e-7))
    assert laboratory.histograms(known, "ticks.track_ages", "b") == {}


def test_pictures_escape_names_and_stand_on_one_scale() -> None:
    html = bars([Bar("<img>", 1e-3, 5e-4, 2e-3, "1", "<i>", "x?a=1&b=2"), Bar("b", None, None, None, "failed", "")],
                SECONDS, "<u>", "c")  # fmt: skip
    assert not any(tag in html for tag in ("<img>", "<i>", "<u>"))
    assert "1 ms" in html
    one = Histogram((1e-7, 1e-6, 1e-3), (100, 10, 1))
    drawn = ages({"<img>": one, "late": Histogram((1.0,), (5,))})
    assert "<img>" not in drawn
    assert drawn.count("<b title=") == 4
    assert "111 ticks: half within 100 ns" in drawn


@pytest.mark.parametrize("values", [[], [0.0], [1.0], [1.0, 1.0], [1e-9, 1e3], [math.inf]])
def test_bars_of_few_equal_or_odd_values_are_drawn_without_fuss(values: list[float]) -> None:
    assert "</table>" in bars([Bar(str(v), v, None, None, "", "") for v in values], SECONDS, "", "")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a dashboard on two commits of the tick and encoding benchmarks, the second one four times as quick."""
    folder = tmp_path_factory.mktemp("lab")
    ways, shares = ["'packed'", "'batched'"], ["0.5", "0.99", "0.999", "1.0"]
    axes = {
        "ticks.time_stream": {"way": ways, "affinity": ["'two-cores'"]},
        "ticks.track_age": {"way": ways, "share": shares, "affinity": ["'two-cores'"]},
        "ticks.track_ages": {"way": ways, "affinity": ["'two-cores'"]},
        "encodings.time_encode": {"encoding": ["'raw'", "'json'"]},
    }
    histogram = {"at_most_ns": [224, 1122], "ticks": [49_500, 500]}
    results = folder / "results" / "box"
    results.mkdir(parents=True)
    for number, speed in enumerate((1, 4)):
        values = {
            "ticks.time_stream": [0.1 / speed, 0.02 / speed],
            "ticks.track_age": [1e-6] * 8,
            "ticks.track_ages": [histogram, histogram],
            "encodings.time_encode": [1e-5, 2e-2],
        }
        document = {
            "commit_hash": f"{number:08x}" * 5, "env_name": "py3.11", "date": 1_790_000_000_000 + number,
            "params": {"machine": "box"}, "python": "3.11", "requirements": {}, "env_vars": {}, "durations": {},
            "result_columns": ["result", "params", "version", "started_at"], "version": 2,
            "results": {n: [v, list(axes[n].values()), "1", 1_790_000_000_000] for n, v in values.items()},
        }  # fmt: skip
        (results / f"{number:08x}-py3.11.json").write_text(json.dumps(document))
    declared = {
        name: {"name": name, "type": "track" if "track" in name else "time", "unit": "seconds", "version": "1",
               "param_names": list(found), "params": list(found.values())}
        for name, found in axes.items()
    }  # fmt: skip
    (folder / "results" / "benchmarks.json").write_text(json.dumps({"version": 2, **declared}))
    with Writer(parse(str(folder / "perfwatch.duckdb"))) as writer:
        writer.load(folder / "results")
    with start(str(folder / "perfwatch.duckdb")) as dashboard:
        yield dashboard.url


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    page = browser.new_page(viewport={"width": 390, "height": 1000})
    page.set_default_timeout(60_000)
    yield page
    page.close()


def test_ticks_have_a_rate_a_ratio_of_their_run_and_a_histogram(lab: str, tab: Any) -> None:
    tab.goto(f"{lab}/lab")
    row = tab.get_by_role("row", name="batched").filter(has_text="/s")
    row.get_by_text("10 M/s").wait_for()
    row.get_by_text("5", exact=True).wait_for()
    tab.get_by_role("img", name="Histogram of the ages of 50,000 ticks by packed: half within 224 ns").wait_for()
    tab.get_by_role("img", name="Line chart of throughput").locator(".line").first.wait_for(state="attached")
    assert "section=ticks" in tab.url
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_section_is_a_link_and_what_is_not_measured_says_how_to(lab: str, tab: Any) -> None:
    tab.goto(f"{lab}/lab?section=encodings")
    tab.get_by_text("2,000 ×").first.wait_for()
    tab.get_by_text(r"perfwatch run --rerun --bench '^encodings\.time_decode'").wait_for()
    tab.get_by_role("radio", name="Feed").or_(tab.get_by_role("button", name="Feed")).first.click()
    tab.get_by_text("perfwatch run --newest 1 --bench '^feed'").wait_for()
    assert "section=feed" in tab.url


def test_another_project_s_page_is_calm(judged: Path, tab: Any) -> None:
    with start(str(judged)) as dashboard:
        tab.goto(f"{dashboard.url}/lab")
        tab.get_by_text("perfwatch run --bench '^(ticks|feed|features|encodings)'").wait_for()
        assert tab.locator('[data-testid="stException"]').count() == 0
