"""The store as a static site: read back by a real browser, from the disk."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from perfwatch.cli import run_command
from perfwatch.config import Config, load
from perfwatch.errors import NothingToCompareError, UsageError
from perfwatch.model import Commit
from perfwatch.pipeline.publishing import publish
from perfwatch.report.site import COMMITS_PER_STRETCH, SERIES_PER_GROUP
from perfwatch.report.site.index import series_id
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer
from perfwatch.units import show_ratio, unit

N_COMMITS, N_PARAMS, STEP_AT = COMMITS_PER_STRETCH + 30, SERIES_PER_GROUP + 8, 200
MARKUP = '<img src=x onerror="window.broken=1"><script>window.broken=1</script>'
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
COLUMNS = ["result", "params", "version", "started_at", "duration", "stats_ci_99_a", "stats_ci_99_b"]

ALL_POINTS = """async () => {
    const out = {}, site = perfwatch.site;
    const text = (v) => (Number.isNaN(v) ? null : String(v));
    for (const one of perfwatch.list) {
        const points = await perfwatch.pointsOf(one);
        const hash = (column) => site.commits.hash[site.places[one.place].commits[column]];
        out[one.id] = {
            value: points.column.map((c, i) =>
                [hash(c), String(points.value[i]), text(points.lower[i]), text(points.upper[i])]),
            notes: [...points.notes].map(([c, t]) => [hash(c), t]),
        };
    }
    return out;
}"""


def commits(n: int = N_COMMITS) -> list[Commit]:
    subjects = {STEP_AT: f"Make it slow {MARKUP}"}
    hashes = [sha1(str(i).encode()).hexdigest() for i in range(n)]
    return [
        Commit(h, FIRST + timedelta(hours=i), "Ada", subjects.get(i, f"commit {i}"), hashes[i - 1] if i else None, i)
        for i, h in enumerate(hashes)
    ]


def results(at: int, rng: np.random.Generator, machine: str) -> dict[str, Any]:
    """What one commit's file holds: forty times of which the first gets slower, and whatever else asv writes."""
    noise = np.exp(rng.normal(0, 0.01, N_PARAMS))
    times = (1e-3 * np.arange(1, N_PARAMS + 1) * noise).tolist()
    times[0] *= 1.5 if at >= STEP_AT else 1.0
    axis = [repr(i) for i in range(N_PARAMS)]
    odd = [None, math.nan, math.inf, -math.inf, 0.0, -2.5][at % 6]
    found = {
        "sort.time_sort": [times, [axis], "1", None, None, [t * 0.99 for t in times], [t * 1.01 for t in times]],
        f"odd.track_{MARKUP}": [[odd], [], "2"],
        "text.track_word": [[f"word {at}" if at % 2 else True], [], "3"],
    }
    if machine == "other" or at % 3 == 0:
        found["rare.track_bytes"] = [[2**53 + 1 + at], [], "4"]
    return found


def write(folder: Path, at: int, commit: Commit, machine: str = "bench-1") -> None:
    rng = np.random.default_rng([at, len(machine)])
    document = {
        "commit_hash": commit.hash, "env_name": "py3.12", "date": int((FIRST.timestamp() + at * 3600) * 1000),
        "params": {"machine": machine, "cpu": MARKUP}, "python": "3.12", "requirements": {}, "env_vars": {},
        "result_columns": COLUMNS, "results": results(at, rng, machine), "durations": {}, "version": 2,
    }  # fmt: skip
    (folder / machine).mkdir(parents=True, exist_ok=True)
    (folder / machine / "machine.json").write_text(json.dumps({"machine": machine, "cpu": MARKUP, "version": 1}))
    (folder / machine / f"{commit.hash[:8]}-py3.12.json").write_text(json.dumps(document))


def ingest(config: Config, line: list[Commit]) -> None:
    with Writer(parse(config.store)) as writer:
        report = writer.load(config.root / "results", None, line)
    assert not report.unreadable
    assert not report.problems


def project(folder: Path) -> Config:
    (folder / "asv.conf.json").write_text(
        json.dumps({"project": "scratch", "results_dir": "results", "show_commit_url": "https://example.org/c/"})
    )
    return load(folder)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A project of two machines with everything a result file can hold; not to be changed."""
    folder = tmp_path_factory.mktemp("project")
    line = commits()
    for at, commit in enumerate(line):
        write(folder / "results", at, commit)
        if at % 50 == 0:
            write(folder / "results", at, commit, "other")
    found = project(folder)
    ingest(found, line)
    return found


@pytest.fixture(scope="module")
def site(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = publish(config, folder)
    assert (done.places, done.series, done.commits) == (2, 2 * (N_PARAMS + 3), N_COMMITS)
    return folder


@pytest.fixture(scope="module")
def page(browser: Any) -> Iterator[Any]:
    found = browser.new_page(viewport={"width": 1280, "height": 900})
    problems: list[str] = []
    found.on("pageerror", lambda error: problems.append(str(error)))
    found.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    yield found
    found.close()
    assert problems == []


def open_page(page: Any, site: Path, route: str = "#/") -> None:
    page.goto("about:blank")
    page.goto(f"file://{quote(str(site))}/index.html{route}")
    page.wait_for_selector("body[data-shown]")


def identity(config: Config, benchmark: str, *params: str, machine: str = "bench-1") -> str:
    with Reader(parse(config.store)) as reader:
        [found] = [key for _, key in reader.series(benchmark, machine) if tuple(v for _, v in key.params) == params]
    return series_id(found)


def test_every_point_of_every_series_arrives_in_the_browser_to_the_last_bit(
    config: Config, site: Path, page: Any
) -> None:
    open_page(page, site)
    arrived = page.evaluate(ALL_POINTS)
    with Reader(parse(config.store)) as reader:
        series = reader.series()
        assert len(arrived) == len(series)
        for number, key in series:
            history = reader.history([number])
            ok = history[(history["status"] == "ok") & history["text"].isna()]
            there = arrived[series_id(key)]
            assert [h for h, *_ in there["value"]] == ok["commit_hash"].tolist()
            assert [float(v.replace("Infinity", "inf")) for _, v, _, _ in there["value"]] == ok["value"].tolist()
            for at, column in ((2, "lower"), (3, "upper")):
                bounds = [math.nan if row[at] is None else float(row[at]) for row in there["value"]]
                np.testing.assert_array_equal(bounds, ok[column].to_numpy(np.float32).astype(float))
            said = history[history["text"].notna() | (history["status"] == "failed")]
            told = ["failed" if t is None else t for t in said["text"]]
            assert sorted(map(tuple, there["notes"])) == sorted(zip(said["commit_hash"], told, strict=True))


def test_numbers_read_as_they_do_everywhere_else(site: Path, page: Any) -> None:
    open_page(page, site)
    rng = np.random.default_rng(3)
    numbers = [0.0, 1.0, 999.96, 1e15, -3.25, 12345.678, 1e-12, 0.00012345]
    numbers += (rng.choice([-1, 1], 500) * 10 ** rng.uniform(-13, 14, 500)).tolist()
    for name in ("seconds", "bytes", "ratio", "widgets"):
        shown = unit(name)
        of_page = page.evaluate(
            "([values, unit]) => values.map((v) => perfwatch.show(v, unit))",
            [numbers, {"symbol": shown.symbol, "prefixed": shown.prefixed}],
        )
        assert of_page == [shown.show(v) for v in numbers]
    ratios = [r for r in numbers if r > 0]
    of_page = page.evaluate("(values) => values.map(perfwatch.showRatio)", ratios)
    assert [r.replace("−", "-") for r in of_page] == [show_ratio(r) for r in ratios]


def test_a_link_to_a_series_shows_its_chart_its_step_and_its_event(config: Config, site: Path, page: Any) -> None:
    open_page(page, site, f"#/series/{identity(config, 'sort.time_sort', '0')}")
    assert page.locator("h1").inner_text() == "sort.time_sort(0)"
    page.wait_for_selector(".chart .main-svg")
    hashes = [c.hash[:8] for c in commits()]
    events = page.locator("ul.events li").all_inner_texts()
    assert len(events) == 1
    assert hashes[STEP_AT] in events[0]
    for _ in range((N_COMMITS - STEP_AT) // 50):
        page.get_by_role("button", name="Older").click()
    step = page.locator("tr", has_text="a new level begins")
    assert hashes[STEP_AT] in step.inner_text()
    assert page.locator("a[href^='https://example.org/c/']").count() > 0


def test_what_does_not_move_has_no_step(config: Config, site: Path, page: Any) -> None:
    open_page(page, site)
    steps = page.evaluate("perfwatch.list.filter((s) => s.steps.length).map((s) => s.id)")
    assert steps == [identity(config, "sort.time_sort", "0")]


def test_benchmarks_are_searched_sorted_and_paged_and_the_address_keeps_it(site: Path, page: Any) -> None:
    open_page(page, site)
    assert page.locator("tbody tr").count() == 50
    page.get_by_role("button", name="Next").click()
    page.wait_for_function("document.querySelector('.pages span').textContent === 'page 2 of 2'")
    page.get_by_label("Search").fill("SORT (3")
    page.get_by_label("Machine and environment").select_option("0")
    assert page.locator("td.name a").all_inner_texts() == [
        "sort.time_sort(3)", *(f"sort.time_sort({i})" for i in range(30, 40))
    ]  # fmt: skip
    page.get_by_role("button", name="newest", exact=True).click()
    assert page.locator("td.name a").first.inner_text() == "sort.time_sort(39)"
    page.reload()
    page.wait_for_selector("body[data-shown]")
    assert page.locator("td.name a").first.inner_text() == "sort.time_sort(39)"
    page.get_by_label("Search").fill("no such thing")
    assert "No series fits" in page.locator("main").inner_text()


def test_an_event_tells_what_moved_and_leads_to_it(config: Config, site: Path, page: Any) -> None:
    open_page(page, site, "#/events")
    page.locator("ul.events a").first.click()
    page.wait_for_selector("dl")
    assert "regression" in page.locator("dl").inner_text()
    page.locator("td.name a", has_text="sort.time_sort(0)").click()
    page.wait_for_function(f"location.hash === '#/series/{identity(config, 'sort.time_sort', '0')}'")


def test_several_series_are_drawn_beside_each_other(config: Config, site: Path, page: Any) -> None:
    ids = [identity(config, "sort.time_sort", p) for p in ("1", "2")]
    open_page(page, site, f"#/series/{','.join(ids)}?x=date&log=1")
    page.wait_for_selector(".chart .main-svg")
    assert page.locator(".legend li").count() == 2
    assert page.evaluate("document.querySelector('.chart')._fullLayout.yaxis.type") == "log"
    assert page.evaluate("document.querySelector('.chart')._fullLayout.xaxis.type") == "date"


def test_markup_in_names_subjects_and_facts_is_shown_and_does_nothing(config: Config, site: Path, page: Any) -> None:
    for route in ("#/", "#/events", "#/about", f"#/series/{identity(config, f'odd.track_{MARKUP}')}"):
        open_page(page, site, route)
        assert page.evaluate("window.broken === undefined")
        assert page.locator("main img, main script").count() == 0
    assert page.locator("h1").inner_text() == f"odd.track_{MARKUP}"


@pytest.mark.parametrize("route", ["#/series/0123456789ab", "#/event/0123456789ab", "#/nonsense"])
def test_a_link_to_what_is_not_there_says_so(site: Path, page: Any, route: str) -> None:
    open_page(page, site, route)
    assert "No such" in page.locator("h1").inner_text()


def test_what_has_not_changed_is_not_written_again(tmp_path: Path) -> None:
    line, found, folder = commits(COMMITS_PER_STRETCH + 3), project(tmp_path), tmp_path / "site"
    for at, commit in enumerate(line[:-1]):
        write(tmp_path / "results", at, commit)
    ingest(found, line)
    first = publish(found, folder)
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    again = publish(found, folder)
    assert (again.written, again.judged) == (0, 0)
    assert again.kept == first.written
    write(tmp_path / "results", len(line) - 1, line[-1])
    ingest(found, line)
    more = publish(found, folder)
    assert more.judged == 1
    changed = {p.relative_to(folder).as_posix() for p, content in before.items() if p.read_bytes() != content}
    assert changed == {"data/index.js", "data/0/0-1.js", "data/0/1-1.js", "perfwatch-site.json"}
    # The same as if it had been written at once.
    publish(found, tmp_path / "at once")
    for path in (tmp_path / "at once").rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (folder / path.relative_to(tmp_path / "at once")).read_bytes(), path


def test_what_the_store_no_longer_holds_leaves_the_site(tmp_path: Path) -> None:
    line, found, folder = commits(3), project(tmp_path), tmp_path / "site"
    write(tmp_path / "results", 0, line[0])
    write(tmp_path / "results", 1, line[1], "other")
    ingest(found, line)
    publish(found, folder)
    assert (folder / "data" / "1").is_dir()
    Path(found.store).unlink()
    (tmp_path / "results" / "other" / f"{line[1].hash[:8]}-py3.12.json").unlink()
    ingest(found, line)
    publish(found, folder)
    assert not list((folder / "data" / "1").iterdir())


def test_points_that_were_pruned_leave_the_site_though_their_commit_stays(tmp_path: Path) -> None:
    line, found, folder = commits(COMMITS_PER_STRETCH), project(tmp_path), tmp_path / "site"
    for at, commit in enumerate(line):
        write(tmp_path / "results", at, commit)
    ingest(found, line)
    publish(found, folder)
    with Reader(parse(found.store)) as reader:
        [number] = [i for i, key in reader.series("sort.time_sort") if key.params[0][1] == "5"]
    gone = [commit.hash for commit in line[10:60]]
    with Writer(parse(found.store)) as writer:
        writer.thin("bench-1", "py3.12", (np.full(len(gone), number, np.int32), gone), [], [], None)
    publish(found, folder)
    publish(found, tmp_path / "anew")
    for path in (tmp_path / "anew").rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (folder / path.relative_to(tmp_path / "anew")).read_bytes(), path


def test_a_folder_of_something_else_is_refused_and_left_alone(config: Config, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="name a new folder"):
        publish(config, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("content", ["{", "[]", '{"name": "somebody\'s app"}'])
def test_a_folder_with_another_manifest_is_refused(config: Config, tmp_path: Path, content: str) -> None:
    (tmp_path / "perfwatch-site.json").write_text(content)
    with pytest.raises(UsageError, match="name a new folder"):
        publish(config, tmp_path)
    assert (tmp_path / "perfwatch-site.json").read_text() == content


def test_a_manifest_cannot_make_it_remove_what_lies_outside(config: Config, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    folder = tmp_path / "site"
    folder.mkdir()
    files = {"../thesis.txt": "0", str(tmp_path / "thesis.txt"): "0"}
    (folder / "perfwatch-site.json").write_text(json.dumps({"schema": "perfwatch.site/1", "files": files}))
    publish(config, folder)
    assert (tmp_path / "thesis.txt").exists()


def test_a_site_with_a_file_missing_says_what_to_do(config: Config, tmp_path: Path, browser: Any) -> None:
    folder = tmp_path / "site"
    publish(config, folder)
    (folder / "data" / "0" / "0-1.js").unlink()
    one = identity(config, "sort.time_sort", "0")
    other = browser.new_page()
    open_page(other, folder, f"#/series/{one}")
    assert "Publish again" in other.locator("main").inner_text()
    other.close()


def test_a_store_without_a_measurement_is_no_site(tmp_path: Path) -> None:
    found = project(tmp_path)
    with pytest.raises(NothingToCompareError):
        publish(found, tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_one_command_loads_judges_and_publishes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    line = commits(40)
    for at, commit in enumerate(line):
        write(tmp_path / "results", at, commit)
    found = project(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run_command(["publish", "site", "--ingest"]) == 0
    assert "loaded 40 files" in capsys.readouterr().out
    assert run_command(["publish", "site", "--ingest", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) | {"folder": ""} == {
        "schema": "perfwatch.publish/1", "folder": "", "places": 1, "series": N_PARAMS + 3, "commits": 40,
        "events": 0, "judged": 0, "written": 0, "kept": 13,
    }  # fmt: skip
    assert Path(found.store).exists()


def test_where_nothing_can_be_read_there_is_nothing_to_publish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path)
    (tmp_path / "results" / "box").mkdir(parents=True)
    (tmp_path / "results" / "box" / "0123abcd-py.json").write_text("{")
    monkeypatch.chdir(tmp_path)
    assert run_command(["publish", "site", "--ingest"]) == 8
    assert not (tmp_path / "site").exists()
