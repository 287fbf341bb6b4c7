"""Whoever does not see, does not point, or does not tell colours apart: what axe-core, a keyboard and a reader find."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from looking import (
    PAGES,
    drawn,
    every_look,
    fits,
    opened,
    picture,
    settled,
    shown,
    turned,
    unnamed_charts,
    violations,
)

from perfwatch import launch

BARE = Path(__file__).parent / "bare_app.py"
Own = set[tuple[str, str]]


@pytest.fixture(scope="module")
def tab(browser: Any) -> Iterator[Any]:
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(60_000)
    yield page
    page.close()


@pytest.fixture(scope="module")
def streamlit_s_own(tab: Any) -> Own:
    """What axe finds in a bare app of the same Streamlit: rules, and the parts of Streamlit they are broken in."""
    port = launch._free_port("localhost", 0)
    flags = {"server.port": port, "server.headless": "true", "browser.gatherUsageStats": "false"}
    command = [sys.executable, "-m", "streamlit", "run", str(BARE), *(f"--{k}={v}" for k, v in flags.items())]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            launch._wait_until_healthy(process, f"http://localhost:{port}")
            tab.goto(f"http://localhost:{port}")
            tab.get_by_role("heading", name="Bare", level=1).wait_for()
            settled(tab)
            return {(v.rule, v.part) for _ in every_look(tab) for v in violations(tab)}
        finally:
            process.terminate()


def complaints(tab: Any, own: Own, name: str) -> str:
    """Return what is wrong with a page at any width, light or dark; pictures are taken on the way."""
    found = []
    for theme, width in every_look(tab):
        look = f"{name}, {theme}, {width} px"
        found += [] if fits(tab) else [f"{look}: sticks out of the page to the right"]
        found += [f"{look}: a chart without words"] if unnamed_charts(tab) else []
        more = [v for v in violations(tab) if (v.rule, v.part) not in own]
        found += [f"{look}: {v.rule} in {v.part}: {v.what}\n  {v.why}" for v in more]
        picture(tab, name, theme, width)
    return "\n".join(found)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_fits_has_words_for_its_charts_and_breaks_no_rule_that_a_bare_app_keeps(
    page: str, served: str, tab: Any, streamlit_s_own: Own
) -> None:
    drawn(opened(tab, served, page))
    assert not (found := complaints(tab, streamlit_s_own, PAGES[page].lower().replace(" ", "-"))), found


def test_so_does_what_is_shown_of_open_events(shown_judged: str, tab: Any, streamlit_s_own: Own) -> None:
    place = "machine=bench-01&environment=py3.11"
    for page, name in (("", "overview-with-events"), ("events", "events-open")):
        drawn(opened(tab, shown_judged, f"{page}?{place}"))
        assert not (found := complaints(tab, streamlit_s_own, name)), found
    tab.get_by_role("link", name="suite_3").first.click()
    shown(tab).get_by_role("heading", name="What moved").wait_for()
    assert not (found := complaints(settled(tab), streamlit_s_own, "event")), found


def test_what_the_keyboard_is_on_is_outlined(shown_judged: str, tab: Any) -> None:
    opened(tab, shown_judged, "?machine=bench-01&environment=py3.11")
    table = shown(tab).get_by_role("region", name="Every series")
    table.wait_for()
    tab.keyboard.press("Tab")
    for within in (table, table.get_by_role("button").first, table.get_by_role("link").first):
        assert outline_px(within) >= 2
    assert outline_px(shown(tab).get_by_role("button", name="Next page")) >= 2
    turned(tab, "explore")
    plot = shown(tab).get_by_role("img", name="Line chart")
    plot.wait_for()
    tab.keyboard.press("Tab")
    assert outline_px(plot) >= 2


def outline_px(element: Any) -> float:
    """Return how wide the outline is that an element has when the keyboard is on it."""
    element.focus()
    return float(
        element.evaluate(
            "e => { const s = getComputedStyle(e); return s.outlineStyle === 'none' ? 0 : parseFloat(s.outlineWidth) }"
        )
    )


def test_axe_looks_into_the_pieces_of_our_own(served: str, tab: Any) -> None:
    opened(tab, served, "health")
    table = shown(tab).get_by_role("table", name="What was measured")
    table.wait_for()
    before = violations(tab)
    table.evaluate("table => table.insertAdjacentHTML('beforeend', '<tr><td><img src=data:,></td></tr>')")
    [more] = [v for v in violations(tab) if v not in before]
    assert more.rule == "image-alt"
