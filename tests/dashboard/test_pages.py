"""Every page in a real browser: with real data, with nothing, with a broken store, and while results land."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from perfwatch.launch import start

PAGES = {
    "": "Overview",
    "compute-gap": "Compute gap",
    "boundary": "Boundary",
    "equivalence": "Equivalence",
    "compare": "Compare",
    "events": "Events",
    "health": "Health",
    "explore": "Explore",
}
_SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"]'


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    """A tab that remembers what its console complained of."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(60_000)
    yield page
    page.close()


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a dashboard whose store does not exist."""
    with start(str(tmp_path_factory.mktemp("nothing") / "perfwatch.duckdb")) as dashboard:
        yield dashboard.url


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a dashboard whose store is a text file."""
    path = tmp_path_factory.mktemp("foreign") / "perfwatch.duckdb"
    path.write_text("my notes, not a database\n" * 1000)
    with start(str(path)) as dashboard:
        yield dashboard.url


def opened(tab: Any, address: str, page: str) -> Any:
    tab.goto(f"{address}/{page}")
    tab.get_by_role("heading", name=PAGES[page.partition("?")[0]], level=1, exact=True).wait_for()
    tab.wait_for_selector(_SETTLED)
    assert tab.locator('[data-testid="stException"]').count() == 0, tab.inner_text('[data-testid="stMain"]')
    return tab


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_shows_real_data(page: str, width: int, served: str, tab: Any) -> None:
    tab.set_viewport_size({"width": width, "height": 1000})
    opened(tab, served, page)
    if page in ("", "events", "health"):
        tab.get_by_role("table").or_(tab.get_by_text("Nothing has happened yet")).first.wait_for()
    else:
        tab.locator(".js-plotly-plot .main-svg, .timeline .line, .mosaic svg").first.wait_for(state="attached")
    # Nothing sticks out of the page: it scrolls down only.
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_an_empty_store_says_what_to_run(page: str, nothing: str, tab: Any) -> None:
    shown = opened(tab, nothing, page).locator('[data-testid="stMain"]')
    # The browser loads what shows a command when it first needs it: waited for, not read at once.
    shown.filter(has_text="perfwatch run").filter(has_text="perfwatch ingest").wait_for()


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_a_foreign_file_says_what_is_wrong_without_a_traceback(page: str, foreign: str, tab: Any) -> None:
    shown = opened(tab, foreign, page).locator('[data-testid="stMain"]')
    shown.filter(has_text="cannot be read").wait_for()
    assert "Traceback" not in shown.inner_text()


def test_the_overview_says_equivalence_gap_floor_and_tax(served: str, tab: Any) -> None:
    page = opened(tab, served, "").locator('[data-testid="stMain"]')
    for words in ("Equivalence", "Compute gap", "Boundary floor", "JSON tax", "Suite", "bench-01", "µs"):
        page.get_by_text(words).first.wait_for()


def test_a_page_s_title_is_larger_than_its_sections(served: str, tab: Any) -> None:
    page = opened(tab, served, "")
    tab.get_by_role("heading", name="Suite").wait_for()
    title, section = (
        page.locator(f'[data-testid="stMain"] {h}').first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
        for h in ("h1", "h3")
    )
    assert title > section > 16


def test_markup_in_a_commit_s_subject_stays_text(served: str, tab: Any) -> None:
    opened(tab, served, "")
    tab.get_by_text("<b>after</b>").first.wait_for()


@pytest.mark.parametrize(("size", "words"), [("150000x80", "150,000 bars × 80"), ("30000x20", "30,000 bars × 20")])
def test_a_link_shows_what_it_names(size: str, words: str, served: str, tab: Any) -> None:
    tab.goto(f"{served}/explore?size={size}")
    tab.locator(".timeline .line").first.wait_for(state="attached")
    shown = [box.input_value() for box in tab.locator('[data-testid="stSidebar"] input').all()]
    assert any(words in text for text in shown), shown
    assert f"size={size}" in tab.url


def test_a_page_fills_by_itself_as_soon_as_results_land(project: Any, tab: Any) -> None:
    with start(str(project.store)) as dashboard:
        opened(tab, dashboard.url, "").get_by_text("Nothing is measured yet").wait_for()
        project.measure(0, 1)
        project.load()
        tab.get_by_role("heading", name="Suite").wait_for()
        project.measure(2, 3)
        project.load()
        newest = tab.get_by_text("Echo: receive into one buffer")
        newest.first.wait_for()


def test_the_dashboard_asks_nobody_outside_for_anything(served: str, tab: Any) -> None:
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    for page in PAGES:
        opened(tab, served, page)
    foreign = [url for url in asked if not url.startswith((served, "data:", "blob:", served.replace("http", "ws")))]
    assert foreign == []


def test_the_store_is_only_read(served: str, whole: Any, tab: Any) -> None:
    def state() -> list[tuple[str, int]]:
        files = [whole.store, *Path(f"{whole.store}.d").iterdir()]
        return sorted((path.name, path.stat().st_mtime_ns) for path in files)

    before = state()
    for page in PAGES:
        opened(tab, served, page)
    assert state() == before
