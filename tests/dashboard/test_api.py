"""What programs ask of the dashboard's server: JSON by its schema, a badge, a feed; errors that say what to do."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from perfwatch.launch import start
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader

PLACE = "machine=bench-01&environment=py3.11"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def shown(judged: Path) -> Iterator[str]:
    """Address of a dashboard on the judged store, behind a path."""
    with start(str(judged), base_path="perf") as dashboard:
        assert dashboard.url.endswith("/perf")
        yield dashboard.url


@pytest.fixture(scope="module")
def reader(judged: Path) -> Iterator[Reader]:
    with Reader(parse(judged)) as found:
        yield found


def fetched(address: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as reply:
            return reply.status, dict(reply.headers), reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def answer(shown: str, question: str, code: int = 200) -> dict[str, Any]:
    """Return the answer to a question, which is as the schema says."""
    status, _, body = fetched(f"{shown}/api/v1/{question}")
    assert status == code, body
    schema = json.loads(fetched(f"{shown}/api/v1/schema.json")[2])
    found: dict[str, Any] = json.loads(body)
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(found)
    return found


def test_the_status_says_what_is_measured_where_and_what_is_open(shown: str, reader: Reader) -> None:
    status = answer(shown, "status")
    assert [p["machine"] for p in status["places"]] == ["bench-01", "bench-02"]
    assert status["places"][0]["series"] == 124
    assert status["events"] == len(reader.events())


def test_series_are_those_of_the_store_a_page_at_a_time(shown: str, reader: Reader) -> None:
    found, offset = [], 0
    while True:
        page = answer(shown, f"series?{PLACE}&order=said&limit=50&offset={offset}")
        if not page["series"]:
            break
        found += page["series"]
        offset += 50
    expected = reader.suite("bench-01", "py3.11", order="said", limit=1000).rows
    assert [(s["label"], s["value"], s["said"]) for s in found] == [(r.key.label, r.value, r.said) for r in expected]
    assert page["found"] == 124


def test_points_are_those_of_the_series_asked_for_to_the_last_bit(shown: str, reader: Reader) -> None:
    [series] = answer(shown, f"points?{PLACE}&benchmark=suite_3.time_work&p_case=b")["series"]
    [(series_id, _)] = [(i, k) for i, k in reader.series("suite_3.time_work", "bench-01") if k.param("case") == "b"]
    history = reader.history([series_id])
    assert [p["value"] for p in series["points"]] == history["value"].tolist()
    assert [p["commit"] for p in series["points"]] == history["commit_hash"].tolist()
    assert len(answer(shown, f"points?{PLACE}&benchmark=suite_3.time_work")["series"]) == 4


def test_verdicts_are_of_the_commit_judged_last_or_of_the_one_named(shown: str, reader: Reader) -> None:
    newest = answer(shown, f"verdicts?{PLACE}")
    assert newest["commit"] == reader.judged_commit("bench-01", "py3.11")
    assert len(newest["verdicts"]) == 124
    assert answer(shown, f"verdicts?{PLACE}&commit={newest['commit'][:10]}") == newest


def test_events_are_listed_and_the_open_ones_alone(shown: str, reader: Reader) -> None:
    everything = answer(shown, "events")["events"]
    assert [e["id"] for e in everything] == [event.id for event, _ in reader.events()]
    opened = answer(shown, "events?open=1")["events"]
    assert {e["id"] for e in opened} <= {e["id"] for e in everything}
    assert "regression" in {e["kind"] for e in opened}


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("series?order=best", "none of name, value"),
        ("series?limit=-1", "no number from 0"),
        ("series?limit=100000", "no number from 0 to 1000"),
        ("series?offset=1e3", "no number"),
        ("series?colour=red", "no parameter of this"),
        ("series?machine=nobody", "nothing was measured on that machine"),
        ("points", "benchmark is missing"),
        ("verdicts?commit=zzz", "zzz"),
        ("status?x=1", "it takes none"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(shown: str, question: str, words: str) -> None:
    status, _, body = fetched(f"{shown}/api/v1/{question}")
    assert status in (400, 404)
    assert words in json.loads(body)["error"]


def test_what_has_not_changed_is_not_sent_again(shown: str) -> None:
    _, headers, _ = fetched(f"{shown}/api/v1/status")
    status, _, body = fetched(f"{shown}/api/v1/status", **{"If-None-Match": headers["etag"]})
    assert (status, body) == (304, b"")


def test_a_badge_says_the_gravest_in_words_too(shown: str) -> None:
    status, headers, body = fetched(f"{shown}/badge.svg?{PLACE}")
    assert (status, headers["content-type"]) == (200, "image/svg+xml")
    picture = ElementTree.fromstring(body)
    assert "slower" in picture.attrib["aria-label"]


def test_the_feed_has_an_entry_an_event_with_an_identity_that_lasts(shown: str, reader: Reader) -> None:
    status, headers, body = fetched(f"{shown}/events.atom")
    assert (status, headers["content-type"]) == (200, "application/atom+xml")
    feed = ElementTree.fromstring(body)
    # What RFC 4287 asks of a feed and of each entry.
    for part in (feed, *feed.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(part.findall(f"{ATOM}{name}")) == 1
            assert part.findtext(f"{ATOM}{name}")
    assert feed.find(f"{ATOM}author/{ATOM}name") is not None
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
    assert ids == [f"urn:perfwatch:event:{event.id}" for event, _ in reader.events()]
    [link] = [e.find(f"{ATOM}link") for e in feed.iter(f"{ATOM}entry")][:1]
    assert link is not None
    assert link.attrib["href"].startswith(f"{shown}/events?event=")


def test_a_store_that_is_not_there_is_told_to_programs_too(tmp_path: Path) -> None:
    with start(str(tmp_path / "perfwatch.duckdb")) as dashboard:
        status, _, body = fetched(f"{dashboard.url}/api/v1/status")
    assert status == 404
    assert "perfwatch ingest" in json.loads(body)["error"]


def test_pages_work_behind_a_path(shown: str, browser: Any) -> None:
    tab = browser.new_page()
    tab.goto(f"{shown}/?{PLACE}")
    link = tab.get_by_role("table", name="Every series").get_by_role("link").first
    link.wait_for(timeout=60_000)
    tab.goto(f"{shown}/{quote(link.get_attribute('href'), safe='/?&=%+')}")
    tab.get_by_role("heading", name="Explore", level=1).wait_for(timeout=60_000)
    tab.close()
