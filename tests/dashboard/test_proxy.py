"""A dashboard behind nginx, which speaks TLS and shows it under /perf/: pages, links, a login, what programs ask."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from databases import free_port
from provider import CLIENT_ID, CLIENT_SECRET, Provider, log_in, provider
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from perfwatch.launch import start
from perfwatch.login import read
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader

TOKEN = "a token of more than sixteen characters"
PAGES = ("", "compute-gap", "boundary", "equivalence", "compare", "events", "health", "explore")
# The location is the one of the README.
_NGINX = """\
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 256; }}
http {{
  access_log off; types {{ }} default_type application/octet-stream;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl; ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
    location /perf/ {{
      proxy_pass http://127.0.0.1:{behind};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection upgrade;
    }}
  }}
}}
"""


@contextlib.contextmanager
def nginx(folder: Path, port: int, behind: int) -> Iterator[None]:
    """Put nginx in front of a port of this machine, at another, as whoever runs the tests."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        message = "no nginx: install the package `nginx-light`"
        (pytest.fail if os.environ.get("PERFWATCH_REQUIRE_ALL") == "1" else pytest.skip)(message)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "key.pem", "-days", "2",
         "-out", folder / "cert.pem", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    settings = folder / "nginx.conf"
    settings.write_text(_NGINX.format(folder=folder, port=port, behind=behind))
    # Its first words go to a place of its own, which only root may write to, unless told at the start.
    command = [program, "-e", str(folder / "error.log"), "-p", str(folder), "-c", str(settings)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + 30
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                assert process.poll() is None, (folder / "error.log").read_text()
                assert time.monotonic() < deadline
            yield
        finally:
            process.terminate()
            process.wait(30)


@dataclass(frozen=True)
class Behind:
    """A dashboard behind a proxy: its address to browsers, the provider it trusts, an event in its store."""

    url: str
    provider: Provider
    event: str


@pytest.fixture(scope="module")
def behind(judged: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    port = free_port()
    url = f"https://localhost:{port}/perf"
    with Reader(parse(judged)) as reader:
        [event] = [e.id for e, _ in reader.events("bench-01") if e.kind == "regression"]
    with pytest.MonkeyPatch.context() as patch, provider() as found:
        patch.setenv("PERFWATCH_CLIENT_SECRET", CLIENT_SECRET)
        patch.setenv("PERFWATCH_API_TOKEN", TOKEN)
        found.redirect_uris.add(f"{url}/oauth2callback")
        rules = read({"provider": found.url, "client_id": CLIENT_ID, "viewers": ["*"]})
        with (
            start(str(judged), address="127.0.0.1", public_url=f"{url}/", login=rules) as dashboard,
            nginx(tmp_path_factory.mktemp("nginx"), port, dashboard.port),
        ):
            yield Behind(url, found, event)


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    """A tab of a browser that takes the proxy's certificate for good."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, ignore_https_errors=True)
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


def test_pages_assets_sockets_and_a_login_stay_under_the_path(behind: Behind, tab: Any) -> None:
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("websocket", lambda opened: asked.append(opened.url))
    log_in(tab, f"{behind.url}/events?machine=bench-01&environment=py3.11&event={behind.event}", "grace")
    tab.get_by_role("heading", name="What moved: 1 series").wait_for()
    assert tab.url.startswith(f"{behind.url}/events?")
    tab.get_by_role("link", name="suite_3.time_work(b)", exact=True).click()
    tab.get_by_role("heading", name="Explore", level=1).wait_for()
    tab.get_by_text("Table, 100 rows").wait_for()
    for page in PAGES:
        tab.goto(f"{behind.url}/{page}")
        tab.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
        tab.locator("[data-testid=stMain] h1").first.wait_for()
    tab.get_by_role("button", name="Log out").click()
    tab.get_by_role("heading", name="Log in").wait_for()
    tab.wait_for_url(f"{behind.url}/")
    sockets = [url for url in asked if url.startswith("wss:")]
    assert sockets
    ours = (f"{behind.url}/", f"{behind.url.replace('https', 'wss')}/", behind.provider.url, "data:", "blob:")
    assert [url for url in asked if not url.startswith(ours)] == []


def test_what_a_browser_keeps_of_a_login_is_of_this_path_and_for_tls_only(behind: Behind, tab: Any) -> None:
    log_in(tab, f"{behind.url}/", "grace")
    tab.get_by_role("button", name="Log out").wait_for()
    kept = [c for c in tab.context.cookies() if c["name"].startswith("_streamlit_user")]
    assert kept
    for cookie in kept:
        assert (cookie["path"], cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (
            "/perf",
            True,
            True,
            "Lax",
        )
    assert tab.context.request.get(f"{behind.url}/api/v1/status").status == 200


def test_programs_are_answered_under_the_path_with_the_public_address(behind: Behind, tab: Any) -> None:
    def answer(what: str) -> Any:
        reply = tab.context.request.get(f"{behind.url}/{what}", headers={"Authorization": f"Bearer {TOKEN}"})
        assert reply.status == 200
        return reply

    assert json.loads(answer("api/v1/status").text())["schema"] == "perfwatch.api.status/1"
    assert ElementTree.fromstring(answer("badge.svg").text()).attrib["role"] == "img"
    feed = ElementTree.fromstring(answer("events.atom").text())
    links = [link.attrib["href"] for link in feed.iter("{http://www.w3.org/2005/Atom}link")]
    assert links[0] == f"{behind.url}/events.atom"
    assert f"{behind.url}/events?event={behind.event}" in links
    assert tab.context.request.get(f"{behind.url}/api/v1/status").status == 401


def test_a_socket_is_opened_to_pages_of_the_public_address_and_of_no_other(judged: Path) -> None:
    with start(str(judged), public_url="https://bench.example.org/perf/") as dashboard:
        address = f"{dashboard.url.replace('http', 'ws')}/_stcore/stream"
        assert dashboard.url.endswith("/perf")

        def opened(origin: str) -> None:
            # A proxy that hands on its own name of the server: pages come from another host than the one asked.
            protocol = [Subprotocol("streamlit")]
            with connect(address, subprotocols=protocol, origin=Origin(origin), proxy=None):
                pass

        opened("https://bench.example.org")
        with pytest.raises(InvalidStatus):
            opened("https://elsewhere.example.org")
