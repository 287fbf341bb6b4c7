"""The chart of an event, as a message shows it, for whoever may ask and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from api.guard import Guard
from api.routes import routes
from starlette.applications import Starlette
from starlette.testclient import TestClient

from perfwatch.login import API_TOKEN_VARIABLE
from perfwatch.model import Event
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def regression(judged: Path) -> Event:
    """A regression of the judged store."""
    with Reader(parse(judged)) as reader:
        return next(event for event, _ in reader.events() if event.kind == "regression" and event.moved)


@pytest.fixture(scope="module")
def client(judged: Path) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes(str(judged), "", Guard(None, {}), ""))) as found:
        yield found


def test_an_event_has_a_chart_of_what_moved_farthest(client: TestClient, regression: Event) -> None:
    reply = client.get(f"/api/v1/events/{regression.id}.svg")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "image/svg+xml")
    picture = ElementTree.fromstring(reply.content)
    assert str(picture.findtext(f"{SVG}title")).startswith(f"{regression.moved[0]['label']} over ")
    assert regression.commit[:8] in [text.text for text in picture.iter(f"{SVG}text")]
    assert [line for line in picture.iter(f"{SVG}line") if line.get("class") == "pen-bad"]


def test_a_chart_opened_by_itself_runs_and_loads_nothing(client: TestClient, regression: Event) -> None:
    headers = client.get(f"/api/v1/events/{regression.id}.svg").headers
    assert headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert headers["x-content-type-options"] == "nosniff"


def test_a_chart_that_has_not_changed_is_not_drawn_again(client: TestClient, regression: Event) -> None:
    address = f"/api/v1/events/{regression.id}.svg"
    tag = client.get(address).headers["etag"]
    again = client.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_an_event_that_is_none_or_has_no_series_is_told(client: TestClient, judged: Path) -> None:
    reply = client.get("/api/v1/events/000000000000.svg")
    assert (reply.status_code, "/api/v1/events lists them" in reply.json()["error"]) == (404, True)
    with Reader(parse(judged)) as reader:
        bare = [event for event, _ in reader.events() if not event.moved]
    for event in bare:
        reply = client.get(f"/api/v1/events/{event.id}.svg")
        assert (reply.status_code, "no series to be drawn" in reply.json()["error"]) == (404, True)


def test_a_chart_is_shown_to_whom_a_badge_is_shown(judged: Path, regression: Event) -> None:
    guard = Guard(None, {API_TOKEN_VARIABLE: "hush"})
    with TestClient(Starlette(routes=routes(str(judged), "", guard, ""))) as client:
        for address in ("/badge.svg", f"/api/v1/events/{regression.id}.svg", "/api/v1/events/000000000000.svg"):
            assert client.get(address).status_code == 401
        reply = client.get(f"/api/v1/events/{regression.id}.svg", headers={"Authorization": "Bearer hush"})
        assert (reply.status_code, reply.headers["cache-control"]) == (200, "private, max-age=5")
