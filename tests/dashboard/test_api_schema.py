"""Every answer of the API is as its schema says, on a store with nothing, with one commit, with twelve, and judged."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from api.guard import Guard
from api.routes import routes
from jsonschema import Draft202012Validator, FormatChecker
from starlette.applications import Starlette
from starlette.testclient import TestClient

from perfwatch.store.location import parse
from perfwatch.store.writer import Writer

SCHEMA = json.loads((Path(__file__).parents[2] / "dashboard" / "api" / "schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
QUESTIONS = ("status", "series", "points?benchmark={benchmark}", "verdicts", "events", "events?open=1")


@pytest.fixture(params=["nothing", "one commit", "twelve commits", "judged"])
def asked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str, TestClient]]:
    """A store's name, a benchmark in it, and a client of the API on it."""
    benchmark = "echo.time_round_trip"
    if request.param == "nothing":
        store = tmp_path / "perfwatch.duckdb"
        (tmp_path / "results").mkdir()
        with Writer(parse(store)) as writer:
            writer.load(tmp_path / "results", None, [])
    elif request.param == "one commit":
        project = request.getfixturevalue("project")
        project.measure(11)
        project.load()
        store = project.store
    elif request.param == "twelve commits":
        store = request.getfixturevalue("whole").store
    else:
        store, benchmark = request.getfixturevalue("judged"), "suite_3.time_work"
    with TestClient(Starlette(routes=routes(str(store), "", Guard(None, {}), ""))) as client:
        yield request.param, benchmark, client


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_is_as_the_schema_says(question: str, asked: tuple[str, str, TestClient]) -> None:
    name, benchmark, client = asked
    reply = client.get(f"/api/v1/{question.format(benchmark=benchmark)}")
    found = reply.json()
    VALIDATOR.validate(found)
    kind = question.partition("?")[0]
    if name == "nothing" and kind in ("series", "points", "verdicts"):
        assert (reply.status_code, "perfwatch ingest" in found["error"]) == (404, True)
        return
    assert (reply.status_code, found["schema"]) == (200, f"perfwatch.api.{kind}/1")
    if name != "nothing" and kind in ("series", "points"):
        assert found["series"]


def test_a_badge_is_a_picture_whatever_the_store_holds(asked: tuple[str, str, TestClient]) -> None:
    name, _, client = asked
    reply = client.get("/badge.svg")
    says = ElementTree.fromstring(reply.text).attrib["aria-label"]
    expected = {"nothing": "not measured", "judged": "1 slower"}.get(name, "not judged")
    assert (reply.status_code, says) == (200, f"perfwatch: {expected}")


def test_the_schema_is_one_and_refuses_what_lacks_or_has_more_than_it_names(
    asked: tuple[str, str, TestClient],
) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    _, _, client = asked
    found = client.get("/api/v1/status").json()
    for name in found:
        less = copy.deepcopy(found)
        del less[name]
        assert not VALIDATOR.is_valid(less), name
    assert not VALIDATOR.is_valid({**found, "more": 1})
    assert not VALIDATOR.is_valid({**found, "open_events": -1})
