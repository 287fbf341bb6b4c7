"""Events in a real browser: found, shown with all that is known, markup as text; said while another process ingests."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from views.event import command

from perfwatch.model import Event, SeriesKey, Triage
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

_SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"]'
PLACE = "machine=bench-01&environment=py3.11"
SAID_AT = datetime(2026, 11, 1, tzinfo=UTC)
PICTURE = "<img src=x onerror=alert(1)>"
# Loads a tree that changes before each load, so many times, and says how many files came through.
INGEST = """
import json, sys
from pathlib import Path
from perfwatch.store.location import parse
from perfwatch.store.writer import Writer

store, template, folder, loads = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
template = json.loads(template.read_text())
loaded = 0
for load in range(loads):
    template["commit_hash"] = f"{load:08x}" * 5
    template["params"] = {"machine": "bench-09"}
    (folder / "bench-09").mkdir(parents=True, exist_ok=True)
    (folder / "bench-09" / f"{load:08x}-py3.11.json").write_text(json.dumps(template))
    with Writer(parse(store), wait_s=60) as writer:
        loaded += writer.load(folder).loaded
    print(loaded, flush=True)
"""


def opened(tab: Any, address: str) -> Any:
    tab.goto(address)
    tab.wait_for_selector(_SETTLED)
    return tab


def regression(store: Path) -> Event:
    with Reader(parse(store)) as reader:
        [event] = [e for e, _ in reader.events("bench-01") if e.kind == "regression"]
    return event


def keep(store: Path, *events: Event) -> None:
    """Keep events as a judgement of their commit would."""
    with Writer(parse(store)) as writer:
        writer.keep(
            "bench-01", "py3.11", events[0].commit, verdicts=[], events=events, factors={}, settings={},
            inputs_digest="", state={},
        )  # fmt: skip


def test_words_come_through_while_another_process_ingests_and_nothing_of_either_is_lost(
    own: tuple[str, Path], judged: Path, tab: Any, tmp_path: Path
) -> None:
    (address, store), loads = own, 12
    event = regression(store)
    template = next((judged.parent / "results" / "bench-01").glob("*.json"))
    opened(tab, f"{address}/events?{PLACE}&event={event.id}")
    tab.get_by_label("You are").fill("Ada")
    arguments = [str(store), str(template), str(tmp_path / "other"), str(loads)]
    with subprocess.Popen(
        [sys.executable, "-c", INGEST, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as ingester:
        assert ingester.stdout is not None
        assert ingester.stdout.readline() == "1\n"
        for said in range(3):
            tab.get_by_label("Why").fill(f"word {said}")
            tab.get_by_role("button", name="Say so").click()
            tab.get_by_text(f"word {said}").nth(0).wait_for()
            tab.locator("p", has_text=f"word {said}").wait_for()
        told, complaints = ingester.communicate(timeout=300)
    assert ingester.returncode == 0, complaints
    assert told.split()[-1] == str(loads)
    with Reader(parse(store)) as reader:
        assert [w.reason for w in reader.triages(event.id)] == ["word 0", "word 1", "word 2"]
        assert len(reader.measured_commits("bench-09")) == loads
        assert len(reader.measured_commits("bench-01")) == 100


def test_markup_in_titles_causes_names_facts_and_comments_is_text_wherever_it_shows(
    own: tuple[str, Path], tab: Any
) -> None:
    address, store = own
    found = regression(store)
    event = Event(
        "feed", "regression", found.commit, "bench-01", "py3.11", "CONFIRMED", f"title {PICTURE}", f"cause {PICTURE}",
        ({"label": f"left {PICTURE}", "ratio": 1.5, "lower": 1.4, "upper": 1.6, "family": "x"},),
        {"environment": {f"fact {PICTURE}": [f"old {PICTURE}", None]}, "note": f"note {PICTURE}"},
    )  # fmt: skip
    keep(store, found, event)
    with Writer(parse(store)) as writer:
        writer.triage(
            Triage(event.id, "acknowledged", f"author {PICTURE}", SAID_AT, f"why {PICTURE}", f"owner {PICTURE}")
        )
    page = opened(tab, f"{address}/events?{PLACE}&event=feed").locator('[data-testid="stMain"]')
    page.get_by_role("table", name="What the host").get_by_text("fact").first.wait_for()
    page.get_by_text("1 of these series is not measured here any more").wait_for()
    for what in ("title", "cause", "left", "fact", "old", "note", "author", "why", "owner"):
        page.get_by_text(f"{what} {PICTURE}").first.wait_for()
    pages = ["", "events", "events?event=feed", "compare", "health", "explore?benchmark=suite_x.time_" + PICTURE]
    for path in pages:
        opened(tab, f"{address}/{path}{'&' if '?' in path else '?'}{PLACE}")
        tab.get_by_role("heading", level=1).wait_for()
        assert tab.locator('img[src="x"]').count() == 0, path


def test_events_are_searched_and_narrowed_and_the_address_says_so(own: tuple[str, Path], tab: Any) -> None:
    address, store = own
    found = regression(store)
    gone = Event("gone", "vanished benchmark", found.commit, "bench-01", "py3.11", "CONFIRMED", "b vanished", None)
    keep(store, found, gone)
    with Writer(parse(store)) as writer:
        writer.triage(Triage("gone", "acknowledged", "Ada", SAID_AT, None, "Grace"))
    table = tab.get_by_role("table", name="Events of the place")
    for query, titles in (
        ("", [found.title, "b vanished"]), ("&q=SUITE_3+slower", [found.title]),
        ("&kind=vanished+benchmark", ["b vanished"]), ("&state=acknowledged", ["b vanished"]),
        ("&owner=Grace", ["b vanished"]),
    ):  # fmt: skip
        opened(tab, f"{address}/events?{PLACE}{query}")
        tab.get_by_text(f"1 – {len(titles)} of {len(titles)}").wait_for()
        assert sorted(table.locator("tbody th").all_inner_texts()) == sorted(titles)
    opened(tab, f"{address}/events?{PLACE}&q=nosuchthing")
    tab.get_by_text("No event is like that").wait_for()


def test_an_event_leads_to_its_commit_against_the_one_before_and_to_its_own_place(
    own: tuple[str, Path], tab: Any
) -> None:
    address, store = own
    event = regression(store)
    opened(tab, f"{address}/events?machine=bench-02&environment=py3.11&event={event.id}")
    tab.wait_for_url("**machine=bench-01*")
    tab.get_by_role("img", name="times").wait_for()
    tab.get_by_text("perfwatch bench").wait_for()
    tab.get_by_role("button", name="Compare with the commit before").click()
    tab.wait_for_url(f"**after={event.commit[:12]}*")
    tab.get_by_role("table", name="Series at both commits").wait_for()


KEY = SeriesKey("a.time_$(touch x) 'y'", "1", (), "m", "e", "seconds", "time")


@pytest.mark.parametrize(
    ("kind", "before", "line"),
    [
        ("regression", "b" * 40, f"perfwatch bench {'b' * 12} {'c' * 12}"),
        ("regression", None, None),
        ("failure", None, f"perfwatch run {'c' * 12} --rerun"),
        ("host change", "b" * 40, None),
    ],
)
def test_the_command_that_shows_it_again_takes_names_as_they_are(kind: Any, before: str | None, line: str) -> None:
    event = Event("i", kind, "c" * 40, "m", "e", "CONFIRMED", "t", None, ({"label": KEY.label}, {"label": "left"}))
    found = command(event, before, {KEY.label: KEY})
    if line is None:
        assert found is None
        return
    assert found is not None
    assert found.startswith(f"{line} --bench ")
    told = subprocess.run(
        ["bash", "-c", found.replace("perfwatch", "printf '%s\\n'", 1)], capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines()[-1] == "^" + re.escape(KEY.benchmark)


def test_what_is_computed_is_shown_again_by_what_it_is_made_of() -> None:
    moved = ({"label": "derived.boundary_share(30000x20, same-core, unix)"},)
    event = Event("i", "regression", "c" * 40, "m", "e", "CONFIRMED", "t", None, moved)
    found = command(event, "b" * 40, {})
    assert found is not None
    assert found.count("--bench") == 2
    assert re.escape("compute.time_sweep") in found
    assert re.escape("echo.time_round_trip") in found
