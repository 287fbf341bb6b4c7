"""How the browser tests look at a page: opened by its address or from the sidebar, at any width, light and dark."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import axe_playwright_python

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
WIDTHS = {1440: 1000, 390: 844}
PAGES = {
    "": "Overview",
    "compute-gap": "Compute gap",
    "boundary": "Boundary",
    "equivalence": "Equivalence",
    "compare": "Compare",
    "events": "Events",
    "health": "Health",
    "lab": "Lab",
    "explore": "Explore",
}
SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"]'
# Where pictures of every page go; read before a test clears what the caller has set.
PICTURES = os.environ.get("PERFWATCH_SCREENSHOTS")
_TALLEST_PX = 4000

_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
# Each violation with the part of Streamlit it lies in, and the one around that; a shadow tree is looked out of.
_LOOK = """async () => {
  const endless = (a) => a.effect?.getComputedTiming().endTime === Infinity;
  await Promise.all(document.getAnimations().filter((a) => !endless(a)).map((a) => a.finished.catch(() => null)));
  const found = (path) => [path].flat().reduce((root, step) => {
    const element = root.querySelector(step);
    return element.shadowRoot && step !== [path].flat().at(-1) ? element.shadowRoot : element;
  }, document);
  const part = (element) => {
    const names = [];
    for (let at = element; at && names.length < 2; at = at.parentElement ?? at.getRootNode().host) {
      if (at.dataset?.testid) names.push(at.dataset.testid);
    }
    return names.join(" in ");
  };
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.filter((v) => ["serious", "critical"].includes(v.impact)).flatMap((v) => v.nodes.map((node) => ({
    rule: v.id, part: part(found(node.target[0])), what: node.html.slice(0, 200), why: node.failureSummary,
  })));
}"""


@dataclass(frozen=True)
class Violation:
    """A serious or critical violation of a rule of axe, and the part of Streamlit it lies in."""

    rule: str
    part: str
    what: str
    why: str


def opened(tab: Any, address: str, page: str = "") -> Any:
    """Open a page by its address, and return the tab when all of it is there."""
    tab.goto(f"{address}/{page}")
    return arrived(tab, page.partition("?")[0])


def turned(tab: Any, page: str) -> Any:
    """Open a page of the same session from the sidebar, and return the tab when all of it is there."""
    tab.get_by_test_id("stSidebarNavLink").get_by_text(PAGES[page], exact=True).click()
    return arrived(tab, page)


def arrived(tab: Any, page: str) -> Any:
    """Wait until a page is there, without an exception."""
    tab.get_by_role("heading", name=PAGES[page], level=1, exact=True).wait_for()
    settled(tab)
    assert tab.locator('[data-testid="stException"]').count() == 0, shown(tab).inner_text()
    return tab


def settled(tab: Any) -> Any:
    """Wait until nothing runs."""
    tab.wait_for_selector(SETTLED)
    return tab


def shown(tab: Any) -> Any:
    """Return the part of a tab that the page fills."""
    return tab.locator('[data-testid="stMain"]')


def drawn(tab: Any) -> Any:
    """Wait for what a page of results is about: a chart, a table, or why there is none; return the tab."""
    shown(tab).locator(".timeline .line, .mosaic svg, table, [data-testid=stAlert]").first.wait_for(state="attached")
    return settled(tab)


def every_look(tab: Any) -> Iterator[tuple[Theme, int]]:
    """Show the tab's page at each width, light and dark, and yield which; the tab is as before in the end."""
    for theme in THEMES:
        tab.emulate_media(color_scheme=theme, reduced_motion="reduce")
        for width, height in WIDTHS.items():
            tab.set_viewport_size({"width": width, "height": height})
            tab.wait_for_function(
                "([theme, width]) => innerWidth === width"
                " && getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme === theme",
                arg=[theme, width],
            )
            settled(tab)
            yield theme, width
    tab.emulate_media(color_scheme=THEMES[0])
    tab.set_viewport_size({"width": 1440, "height": 1000})


def violations(tab: Any) -> list[Violation]:
    """Return what axe-core finds serious or critical in the tab, shadow trees included."""
    if not tab.evaluate("'axe' in window"):
        tab.evaluate(_AXE)
    return [Violation(**found) for found in tab.evaluate(_LOOK)]


def fits(tab: Any) -> bool:
    """Return whether the page scrolls down only, once what follows a new width has followed."""
    handle = tab.wait_for_function(
        "since => document.documentElement.scrollWidth <= innerWidth ? 'fits'"
        " : performance.now() - since > 3000 && 'sticks out'",
        arg=tab.evaluate("performance.now()"),
    )
    return bool(handle.json_value() == "fits")


def unnamed_charts(tab: Any) -> int:
    """Return how many charts of the tab say nothing to whom they are read out."""
    return int(
        tab.locator(".timeline .plot, svg.spark, img").evaluate_all(
            "charts => charts.filter((c) => !c.closest('[aria-label]:not([aria-label=\"\"])') && !c.alt).length"
        )
    )


def picture(tab: Any, name: str, theme: Theme, width: int) -> None:
    """Keep a picture of the whole page where the caller asked for pictures."""
    if not PICTURES:
        return
    height = tab.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    tab.set_viewport_size({"width": width, "height": min(max(height, WIDTHS[width]), _TALLEST_PX)})
    Path(PICTURES).mkdir(parents=True, exist_ok=True)
    tab.screenshot(path=Path(PICTURES) / f"{name}-{width}-{theme}.png")
    tab.set_viewport_size({"width": width, "height": WIDTHS[width]})
