"""How soon does the dashboard show what it is opened for, in a browser, with 10 M points in the store?

    make bench-dashboard                       10,000 series at 1,000 commits, each page opened ten times
    make bench-dashboard ARGS="--asv"          asv publish's site of the same results beside it; making it takes minutes
    make bench-dashboard ARGS="--commits 50 --loads 3"

A bare Streamlit page of the same version is opened in turns with the rest: what it takes no page here can beat. Every
load is a browser's first visit (a new context, nothing cached) to a server that has shown the page once. What is timed
ends when the thing asked for is on the page, and is compared with what the store says.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import numpy as np
import psutil
from playwright.sync_api import Page, sync_playwright

from benchmarks.generated import ENVIRONMENT, MACHINE, project
from perfwatch import launch
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.units import unit

# A container has no sandbox to give, and nothing of the browser's own is to reach for the network.
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
BARE = """import streamlit as st
st.set_page_config(page_title="bare", layout="wide")
st.title("Bare")
st.write("all that is here")
"""
# What each is held to, in seconds; people wait no longer without noticing.
GATES = {"overview": 2.0, "series": 1.5, "next page": 0.6, "search": 0.6, "sort": 0.6, "verdict": 0.6, "to a page": 0.6}
MEMORY_GATE_MB = 700
PLACE = urlencode({"machine": MACHINE, "environment": ENVIRONMENT})
N_ROWS = 50


def main() -> int:
    """Return the exit code: 4 without Chromium."""
    asked = _arguments()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("bench-dashboard: no Chromium here; install the package `chromium`", file=sys.stderr)
        return 4
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="perfwatch-bench-")))
        _say(f"making {asked.series:,} series at {asked.commits:,} commits")
        store = _store(folder, asked.series, asked.commits)
        sites = {"bare Streamlit page": stack.enter_context(_bare(folder))}
        if asked.asv:
            _say("asv publish of the same results")
            sites["asv"] = stack.enter_context(_asv(folder, asked.asv_scripts))
        dashboard = stack.enter_context(launch.start(str(store)))
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=chromium, args=CHROMIUM)
        reader = stack.enter_context(Reader(parse(str(store))))
        loads = _loads(dashboard.url, sites, reader)
        taken: dict[str, list[float]] = {}
        for turn in range(asked.loads + 1):
            _say(f"turn {turn} of {asked.loads}" if turn else "once, so that the server is warm")
            for name, load in loads.items():
                page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
                for what, seconds in load(page):
                    if turn:
                        taken.setdefault(what or name, []).append(seconds)
                page.context.close()
        memory = _memory_mb(dashboard, browser, asked.sessions)
    _print(taken, memory, asked)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=10_000, help="a multiple of 100")
    parser.add_argument("--commits", type=int, default=1_000)
    parser.add_argument("--loads", type=int, default=10)
    parser.add_argument("--sessions", type=int, default=10, help="browsers that are open while memory is looked at")
    parser.add_argument("--asv", action="store_true", help="measure asv publish's site, too")
    parser.add_argument(
        "--asv-scripts", type=Path, metavar="DIR", help="what that site loads from the net, by file name"
    )
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    return parser.parse_args()


def _say(text: str) -> None:
    print(f"bench-dashboard: {text}", file=sys.stderr, flush=True)


def _store(folder: Path, n_series: int, n_commits: int) -> Path:
    """Return a store of a generated project, judged; a hundredth of its series got slower forty commits ago."""
    project(folder, n_commits, n_series // 100, 100, step_at=max(n_commits - 40, 1))
    store = folder / "perfwatch.duckdb"
    for command in (["ingest"], ["check", "--format", "json"]):
        done = subprocess.run(
            [sys.executable, "-m", "perfwatch", *command, "--store", str(store)],
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        # 1 is what was planted: something got slower.
        if done.returncode not in (0, 1):
            raise SystemExit(f"bench-dashboard: perfwatch {command[0]} ended with {done.returncode}: {done.stderr}")
    return store


@contextmanager
def _bare(folder: Path) -> Iterator[str]:
    script = folder / "bare.py"
    script.write_text(BARE)
    with launch.start(str(folder / "none"), script=script) as server:
        yield server.url


@contextmanager
def _asv(folder: Path, scripts: Path | None) -> Iterator[str]:
    """Yield the address of asv's site of the results, behind the server of Python's that `asv preview` uses as well."""
    command = [sys.executable, "-m", "asv", "publish", "--html-dir", str(folder / "html")]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    if scripts is not None:
        shutil.copytree(scripts, folder / "html" / "net")
        index = folder / "html" / "index.html"
        text = re.sub(r'(src|href)="https://[^"]*/([^"/]+[.](?:js|css))"', r'\1="net/\2"', index.read_text())
        index.write_text(re.sub(r' integrity="[^"]*"', "", text))
    handler = partial(_Quiet, directory=str(folder / "html"))
    with _Server(("localhost", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing of a browser that went away in the middle of a file."""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


Timed = Iterator[tuple[str, float]]

# Looked at in each frame, shadow trees too: Playwright's own waiting looks every half second after the first few times.
_THERE = """([selector, n, text]) => {
  const all = (root) => [...root.querySelectorAll(selector), ...[...root.querySelectorAll('*')]
    .filter((e) => e.shadowRoot).flatMap((e) => all(e.shadowRoot))];
  return all(document).filter((e) => e.getClientRects().length && e.textContent.includes(text)).length >= n;
}"""


def _wait(page: Page, selector: str, n: int = 1, text: str = "") -> None:
    """Wait until so many elements with a text are drawn."""
    page.wait_for_function(_THERE, arg=[selector, n, text], polling="raf")


def _loads(url: str, sites: dict[str, str], reader: Reader) -> dict[str, Callable[[Page], Timed]]:
    found: dict[str, Callable[[Page], Timed]] = {}
    if "asv" in sites:
        found["asv: its grid of all benchmarks"] = partial(_asv_grid, sites["asv"])
        found["asv: a benchmark's graph"] = partial(_asv_graph, sites["asv"])
    found["bare Streamlit page"] = partial(_bare_load, sites["bare Streamlit page"])
    found["overview"] = partial(_overview, url, reader)
    found["series"] = partial(_series, url, reader)
    return found


def _timed(what: str, act: Callable[[], object]) -> tuple[str, float]:
    began = time.perf_counter()
    act()
    return what, time.perf_counter() - began


def _bare_load(url: str, page: Page) -> Timed:
    def load() -> None:
        page.goto(url, wait_until="commit")
        _wait(page, "p", text="all that is here")

    yield _timed("", load)


def _overview(url: str, reader: Reader, page: Page) -> Timed:
    """Open the overview, then use its table and go to other pages, as somebody would."""
    table = page.get_by_role("table", name="Every series")
    rows = table.locator("tbody tr")
    ask = partial(reader.suite, MACHINE, ENVIRONMENT, limit=N_ROWS)

    def load() -> None:
        page.goto(f"{url}/?{PLACE}", wait_until="commit")
        _wait(page, "tbody tr", N_ROWS)

    def shows(first: str) -> None:
        _wait(page, "tbody tr:first-child th", text=first)

    yield _timed("", load)
    found = ask(order="said").rows
    shown = [row.inner_text() for row in rows.all()]
    if not all(row.key.label in text and unit(row.key.unit).show(row.value) in text
               for row, text in zip(found, shown, strict=True)):  # fmt: skip
        raise SystemExit("bench-dashboard: the table does not show what the store says")
    if page.locator(".pw-tile").count() < 4 or not page.get_by_role("heading", name="Open events").is_visible():
        raise SystemExit("bench-dashboard: the overview has no tiles or no events")
    following = ask(order="said", offset=N_ROWS).rows[0].key.label
    yield _timed("next page", lambda: (page.get_by_role("button", name="Next page").click(), shows(following)))
    first = ask(order="name").rows[0].key.label
    yield _timed("sort", lambda: (page.get_by_role("button", name="Benchmark").click(), shows(first)))
    search = page.get_by_placeholder("words of a name")
    searched = ask(order="name", search="work_17 64").rows[0].key.label
    yield _timed("search", lambda: (search.fill("work_17 64"), search.press("Enter"), shows(searched)))
    search.fill("")
    search.press("Enter")
    shows(first)
    slower = ask(order="name", said=["REGRESSED"]).rows[0].key.label
    pill = page.get_by_role("button", name="slower")
    yield _timed("verdict", lambda: (pill.first.click(), shows(slower)))
    settled = '[data-testid="stApp"][data-test-script-state="notRunning"]'
    for name in ("Events", "Health", "Explore", "Overview"):
        link = page.get_by_role("link", name=name, exact=True).first
        yield _timed("to a page", lambda link=link, name=name: (  # type: ignore[misc]
            link.click(), _wait(page, "h1", text=name), _wait(page, settled)))  # fmt: skip


def _series(url: str, reader: Reader, page: Page) -> Timed:
    """Open the link of one series."""
    row = reader.suite(MACHINE, ENVIRONMENT, search="work_17 64", limit=1).rows[0]
    address = f"{url}/explore?{PLACE}&{urlencode({'benchmark': row.key.benchmark, 'p_n': row.key.param('n') or ''})}"

    def load() -> None:
        page.goto(address, wait_until="commit")
        _wait(page, ".timeline .line")

    yield _timed("", load)
    drawn = page.locator(".timeline .line").get_attribute("d") or ""
    if drawn.count("M") + drawn.count("L") != row.n:
        raise SystemExit(f"bench-dashboard: {drawn.count('L') + 1} points are drawn, the store has {row.n}")


def _asv_grid(url: str, page: Page) -> Timed:
    def load() -> None:
        page.goto(f"{url}/", wait_until="commit")
        _wait(page, "#summarygrid-display .benchmark-container")

    yield _timed("", load)


def _asv_graph(url: str, page: Page) -> Timed:
    def load() -> None:
        page.goto(f"{url}/#module_3.Suite.time_work_17?x-axis=commit", wait_until="commit")
        _wait(page, "#main-graph canvas.flot-base")

    yield _timed("", load)


def _memory_mb(dashboard: launch.Dashboard, browser: Any, n_sessions: int) -> float:
    """Return what the server holds while so many people look at it, half of them at a series."""
    open_pages = []
    for i in range(n_sessions):
        page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
        page.goto(f"{dashboard.url}/{'explore' if i % 2 else ''}?{PLACE}")
        page.locator("table tbody tr, .timeline .line").first.wait_for(state="attached")
        open_pages.append(page)
    held = psutil.Process(dashboard.process.pid).memory_info().rss / 1e6
    for page in open_pages:
        page.context.close()
    return held


def _print(taken: dict[str, list[float]], memory_mb: float, asked: argparse.Namespace) -> None:
    figures = {
        what: {"median_s": float(np.median(t)), "p95_s": float(np.quantile(t, 0.95)), "gate_s": GATES.get(what)}
        for what, t in taken.items()
    }
    if asked.json:
        print(json.dumps({"schema": "perfwatch.bench-dashboard/1", "loads": figures, "memory_mb": memory_mb}))
        return
    print(f"{asked.series:,} series at {asked.commits:,} commits; seconds over {asked.loads} loads, in turns")
    print(f"{'':36}{'median':>8}{'p95':>8}{'gate':>8}")
    for what, row in figures.items():
        gate = f"{row['gate_s']:8.1f}" if row["gate_s"] else ""
        print(f"{what:36}{row['median_s']:8.2f}{row['p95_s']:8.2f}{gate}")
    print(f"server's memory with {asked.sessions} sessions: {memory_mb:,.0f} MB (gate {MEMORY_GATE_MB})")


if __name__ == "__main__":
    sys.exit(main())
