"""Every page in a real browser: of nothing, one commit, ten thousand series, a broken store, and while it grows."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from looking import PAGES, arrived, drawn, opened, shown, turned

from perfwatch.launch import start
from perfwatch.model import Commit
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer
from perfwatch.units import SECONDS

N_COMMITS, N_BENCHMARKS, N_PARAMS = 20, 500, 20
Opened = Callable[[str], Any]


@pytest.fixture(scope="module")
def opened_on(browser: Any) -> Iterator[Opened]:
    """Start a dashboard on a store, and return a tab that shows its first page; all end with the module."""
    ends: list[Callable[[], object]] = []

    def begin(store: str) -> Any:
        dashboard = start(store)
        address = dashboard.__enter__().url
        tab = browser.new_page(viewport={"width": 1440, "height": 1000})
        tab.set_default_timeout(60_000)
        ends.extend([tab.close, lambda: dashboard.__exit__(None, None, None)])
        return opened(tab, address)

    yield begin
    for end in ends:
        end()


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory, opened_on: Opened) -> Any:
    """A tab on a store that does not exist."""
    return opened_on(str(tmp_path_factory.mktemp("nothing") / "perfwatch.duckdb"))


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory, opened_on: Opened) -> Any:
    """A tab on a store that is a text file."""
    path = tmp_path_factory.mktemp("foreign") / "perfwatch.duckdb"
    path.write_text("my notes, not a database\n" * 1000)
    return opened_on(str(path))


@pytest.fixture(scope="module")
def one(project_of: Callable[..., Any], opened_on: Opened) -> Any:
    """A tab on a store of one commit."""
    return opened_on(str(project_of(0).store))


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """A store of ten thousand series at twenty commits."""
    spec = importlib.util.spec_from_file_location("generated", root / "benchmarks" / "generated.py")
    assert spec is not None
    assert spec.loader is not None
    generated = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generated)
    folder = tmp_path_factory.mktemp("big")
    generated.tree(folder / "results", N_COMMITS, N_BENCHMARKS, N_PARAMS)
    line = [Commit(h, subject=f"commit {i}", position=i) for i, h in enumerate(generated.commits(N_COMMITS))]
    store = folder / "perfwatch.duckdb"
    with Writer(parse(store)) as writer:
        writer.load(folder / "results", None, line)
    return store


@pytest.fixture(scope="module")
def crowded(big: Path, opened_on: Opened) -> Any:
    """A tab on the big store."""
    return opened_on(str(big))


def test_these_are_all_pages_there_are(nothing: Any) -> None:
    names = nothing.get_by_test_id("stSidebarNavLink").all_inner_texts()
    assert [name.rpartition("\n")[2] for name in names] == list(PAGES.values())


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_an_empty_store_says_what_to_run(page: str, nothing: Any) -> None:
    # The browser loads what shows a command when it first needs it: waited for, not read at once.
    shown(turned(nothing, page)).filter(has_text="perfwatch run").filter(has_text="perfwatch ingest").wait_for()


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_a_foreign_file_says_what_is_wrong_without_a_traceback(page: str, foreign: Any) -> None:
    found = shown(turned(foreign, page))
    found.filter(has_text="cannot be read").wait_for()
    assert "Traceback" not in found.inner_text()


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_one_commit_shows_what_there_is(page: str, one: Any) -> None:
    drawn(turned(one, page))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_ten_thousand_series_shows_what_there_is(page: str, crowded: Any) -> None:
    drawn(turned(crowded, page))


def test_ten_thousand_series_are_found_paged_and_shown_as_they_were_measured(crowded: Any, big: Path) -> None:
    with Reader(parse(big)) as reader:
        [value] = [n.value for n in reader.newest("bench-1", "virtualenv-py3.11-numpy")
                   if n.key.label == "module_99.Suite.time_work_499(524288)"]  # fmt: skip
    turned(crowded, "")
    table = crowded.get_by_role("table", name="Every series of the suite")
    crowded.get_by_text("1 – 50 of 10,000").wait_for()
    crowded.get_by_role("button", name="Last page").click()
    crowded.get_by_text("9,951 – 10,000 of 10,000").wait_for()
    crowded.get_by_placeholder("words of a name").fill("work_499 524288")
    crowded.keyboard.press("Enter")
    crowded.get_by_text("1 – 1 of 1").wait_for()
    assert SECONDS.show(value) in table.locator("tbody tr").inner_text()
    table.get_by_role("link").click()
    arrived(crowded, "explore")
    crowded.get_by_text(f"Table, {N_COMMITS} rows").wait_for()


def test_the_overview_says_equivalence_gap_floor_and_tax(served: str, tab: Any) -> None:
    page = shown(opened(tab, served))
    for words in ("Equivalence", "Compute gap", "Boundary floor", "JSON tax", "Suite", "bench-01", "µs"):
        page.get_by_text(words).first.wait_for()
    # Markup in a commit's subject stays text, and titles are larger than what stands below them.
    page.get_by_text("<b>after</b>").first.wait_for()
    page.get_by_role("heading", name="Suite").wait_for()
    title, section = (
        page.locator(h).first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") for h in ("h1", "h3")
    )
    assert title > section > 16


def test_the_overview_s_first_sentence_says_what_is_wrong_and_is_read_out(served: str, tab: Any) -> None:
    sentence = shown(opened(tab, served)).get_by_role("status").filter(has_text="architectures")
    sentence.wait_for()
    assert sentence.inner_text().split("\n")[-1].startswith("12 measurements failed at the newest commit. ")
    assert sentence.bounding_box()["y"] < 300


def test_health_says_which_family_failed_at_which_commit_and_what_the_host_told_otherwise(
    served: str, tab: Any
) -> None:
    page = shown(opened(tab, served, "health"))
    families = page.get_by_role("table", name="How much of each family")
    echo = families.get_by_role("row", name="echo, 24")
    echo.wait_for()
    assert echo.get_by_role("cell").all_inner_texts()[0].split("\n") == ["✕", "12 of 24 came out, 12 failed"]
    assert echo.get_by_text("none was measured").count() == 1
    changes = page.get_by_role("table", name="What the host told otherwise")
    assert changes.locator("tbody td").all_inner_texts()[1:] == ["governor", "performance", "powersave"]
    assert page.get_by_role("img", name="Line chart of how long a run took").count() == 1


@pytest.mark.parametrize(("size", "words"), [("150000x80", "150,000 bars × 80"), ("30000x20", "30,000 bars × 20")])
def test_a_link_shows_what_it_names(size: str, words: str, served: str, tab: Any) -> None:
    tab.goto(f"{served}/explore?size={size}")
    tab.locator(".timeline .line").first.wait_for(state="attached")
    named = [box.input_value() for box in tab.locator('[data-testid="stSidebar"] input').all()]
    assert any(words in text for text in named), named
    assert f"size={size}" in tab.url


def test_a_page_fills_by_itself_and_keeps_its_place_while_results_land(project: Any, tab: Any) -> None:
    with start(str(project.store)) as dashboard:
        opened(tab, dashboard.url).get_by_text("Nothing is measured yet").wait_for()
        project.measure(0, 1)
        project.load()
        tab.get_by_role("heading", name="Suite").wait_for()
        tab.get_by_role("button", name="Benchmark").wait_for()
        tab.get_by_placeholder("words of a name").fill("time")
        tab.keyboard.press("Enter")
        tab.get_by_role("button", name="Next page").click()
        second = tab.get_by_text("51 – ").filter(has_text="of ")
        second.wait_for()
        before, address = second.inner_text(), tab.url
        project.measure(2, 3)
        project.load()
        tab.get_by_text("Echo: receive into one buffer").first.wait_for()
        assert (second.inner_text(), tab.url) == (before, address)
        assert tab.get_by_placeholder("words of a name").input_value() == "time"


def test_all_pages_ask_nobody_outside_and_only_read_the_store(served: str, whole: Any, tab: Any) -> None:
    def state() -> list[tuple[str, int]]:
        files = [whole.store, *Path(f"{whole.store}.d").iterdir()]
        return sorted((path.name, path.stat().st_mtime_ns) for path in files)

    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    before = state()
    opened(tab, served)
    for page in PAGES:
        drawn(turned(tab, page))
    foreign = [url for url in asked if not url.startswith((served, "data:", "blob:", served.replace("http", "ws")))]
    assert foreign == []
    assert state() == before
