"""The shell: Streamlit's own page and files, sent so that a browser needs one round for them."""

from __future__ import annotations

import asyncio
import gzip
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import shell
from pages import PAGES, Page

from perfwatch.launch import start

_SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"]'
_SCRIPT = "static/js/" + next((shell.STATIC / "static" / "js").glob("react-dom.*.js")).name


def fetched(address: str, **headers: str) -> Any:
    return urlopen(Request(address, headers=headers), timeout=20)


def answered(path: str, accept: str = "gzip", prefix: str = "") -> str:
    """Return who answers a request: the shell, or Streamlit behind it."""
    seen: list[str] = []

    async def streamlit(*_: object) -> None:
        seen.append("Streamlit")

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            seen.append("shell")

    async def receive() -> None:
        raise AssertionError("nothing is read of a question without a body")

    scope = {"type": "http", "method": "GET", "path": path, "headers": [(b"accept-encoding", accept.encode())]}
    asked = shell.Shell(streamlit, prefix, {"": ["Html"], "explore": ["Html"]})(scope, receive, send)
    # In a thread: where a browser runs, this one has an event loop already.
    with ThreadPoolExecutor(1) as threads:
        threads.submit(asyncio.run, asked).result()
    [who] = seen
    return who


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_every_widget_named_is_one_of_the_installed_streamlit(page: Page) -> None:
    names = shell.needed(shell.STATIC, page.needs)
    for widget in page.needs:
        assert any(name.startswith(f"{widget}.") for name in names), widget


def test_the_page_names_each_script_once_and_each_is_there() -> None:
    text = shell.page(shell.STATIC, "", PAGES[0].needs)
    names = [part.partition('"')[0] for part in text.split("./static/js/")[1:]]
    assert len(names) == len(set(names)) > 60
    assert all((shell.STATIC / "static" / "js" / name).is_file() for name in names)


def test_a_page_of_another_form_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<html><body>another one</body></html>")
    assert shell.page(tmp_path, "", ["Html"]) == "<html><body>another one</body></html>"


@pytest.mark.parametrize(
    ("path", "who"),
    [
        ("/", "shell"),
        ("/explore", "shell"),
        ("/no-such-page", "Streamlit"),
        (f"/{_SCRIPT}", "shell"),
        ("/static/js/no-such.js", "Streamlit"),
        ("/static/../../__init__.py", "Streamlit"),
        ("/static/js/../../../../__init__.js", "Streamlit"),
        ("/_stcore/health", "Streamlit"),
        ("/api/v1/status", "Streamlit"),
    ],
)
def test_what_is_not_known_is_streamlit_s_to_answer(path: str, who: str) -> None:
    assert answered(path) == who


def test_a_reader_that_cannot_decompress_gets_streamlit_s_answer() -> None:
    assert answered("/", accept="identity") == answered(f"/{_SCRIPT}", accept="") == "Streamlit"


def test_behind_a_proxy_only_addresses_below_the_prefix_are_known() -> None:
    assert answered("/perf", prefix="/perf") == answered(f"/perf/{_SCRIPT}", prefix="/perf") == "shell"
    assert answered("/explore", prefix="/perf") == answered(f"/{_SCRIPT}", prefix="/perf") == "Streamlit"


def test_a_file_is_the_same_compressed_and_not(served: str) -> None:
    packed, plain = (fetched(f"{served}/{_SCRIPT}", **{"Accept-Encoding": way}) for way in ("gzip", "identity"))
    body = packed.read()
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "immutable" in packed.headers["Cache-Control"]
    assert gzip.decompress(body) == plain.read() == (shell.STATIC / "static" / "js" / Path(_SCRIPT).name).read_bytes()


@pytest.mark.parametrize(("page", "prefix"), [("", ""), ("explore", ""), ("explore", "perf")])
def test_a_page_needs_no_script_that_it_did_not_name(page: str, prefix: str, judged: Path, browser: Any) -> None:
    with start(str(judged), base_path=prefix) as dashboard:
        tab = browser.new_page()
        asked: list[str] = []
        tab.on("request", lambda request: asked.append(request.url.removeprefix(dashboard.url)))
        tab.goto(f"{dashboard.url}/{page}")
        tab.locator("table tbody tr, .timeline .line").first.wait_for(state="attached")
        tab.wait_for_selector(_SETTLED)
        tab.close()
    named = shell.page(shell.STATIC, "", next(known.needs for known in PAGES if known.path == page))
    scripts = [Path(url).name for url in asked if url.startswith("/static/js/")]
    assert scripts
    assert [name for name in scripts if name not in named] == []
    # Streamlit's script would look for its server below the page's own address first, and be refused.
    assert f"/{page}/_stcore/health" not in asked or not page


def test_a_streamlit_without_these_widgets_is_still_told_where_its_server_is(tmp_path: Path) -> None:
    shutil.copy(shell.STATIC / "index.html", tmp_path)
    text = shell.page(tmp_path, "/perf", ["Html"])
    assert 'BACKEND_BASE_URL:location.origin+"/perf/"' in text
    assert text.count("modulepreload") == (tmp_path / "index.html").read_text().count("modulepreload")
