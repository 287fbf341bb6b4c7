"""Overview's table and events in a real browser: found, sorted, followed by links; said by somebody, and taken back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from perfwatch.launch import start
from perfwatch.model import Triage
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

_SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"]'
SLOWER = "suite_3.time_work(b)"


@pytest.fixture
def shown(shown_judged: str) -> str:
    """Address of a dashboard on the judged store."""
    return shown_judged


def opened(tab: Any, address: str) -> Any:
    tab.goto(address)
    tab.wait_for_selector(_SETTLED)
    return tab


def suite(tab: Any) -> Any:
    return tab.get_by_role("table", name="Every series of the suite")


def names(tab: Any) -> list[str]:
    return list(suite(tab).locator("tbody th").all_inner_texts())


def test_the_overview_lists_the_suite_with_what_needs_a_look_first(shown: str, tab: Any) -> None:
    opened(tab, f"{shown}/?machine=bench-01&environment=py3.11")
    suite(tab).locator("tbody tr").nth(49).wait_for()
    assert names(tab)[0] == SLOWER
    assert len(names(tab)) == 50
    first = suite(tab).locator("tbody tr").first
    assert "slower" in first.inner_text()
    assert "+3" in first.inner_text()
    assert first.get_by_role("img", name=SLOWER).count() == 1
    tab.get_by_text("1 – 50 of 124").wait_for()


def test_the_table_is_sorted_paged_and_searched_and_its_address_says_so(shown: str, tab: Any, browser: Any) -> None:
    opened(tab, f"{shown}/?machine=bench-01&environment=py3.11")
    tab.get_by_role("button", name="Benchmark").click()
    suite(tab).get_by_text("suite_0.time_work(a)").wait_for()
    tab.get_by_role("button", name="Next page").click()
    tab.get_by_text("51 – 100 of 124").wait_for()
    tab.get_by_placeholder("words of a name").fill("suite_2 b")
    tab.keyboard.press("Enter")
    tab.get_by_text("1 – 11 of 11").wait_for()
    assert all("suite_2" in name and "(b)" in name for name in names(tab))
    tab.wait_for_url("**q=suite_2*")
    again = opened(browser.new_page(), tab.url)
    again.get_by_text("1 – 11 of 11").wait_for()
    assert names(again) == names(tab)
    again.close()


def test_a_search_that_finds_nothing_says_so(shown: str, tab: Any) -> None:
    opened(tab, f"{shown}/?q=nosuchthing")
    tab.get_by_text("No series is like that").wait_for()


def test_a_row_leads_to_its_series_and_so_does_its_address(shown: str, tab: Any, browser: Any) -> None:
    opened(tab, f"{shown}/?machine=bench-01&environment=py3.11")
    link = suite(tab).get_by_role("link", name=SLOWER)
    address = link.get_attribute("href")
    link.click()
    tab.get_by_role("heading", name="Explore", level=1).wait_for()
    tab.get_by_text("Table, 100 rows").wait_for()
    again = opened(browser.new_page(), f"{shown}/{address}")
    again.get_by_text("Table, 100 rows").wait_for()
    again.close()


def test_markup_in_names_stays_text(shown: str, tab: Any) -> None:
    opened(tab, f"{shown}/?machine=bench-01&environment=py3.11&q=img")
    suite(tab).get_by_text("<img src=x onerror=alert(1)>(<i>d</i>)").wait_for()
    assert suite(tab).locator("img").count() == 0


def test_an_event_is_listed_with_its_cause_and_leads_to_what_moved(shown: str, tab: Any) -> None:
    opened(tab, f"{shown}/events?machine=bench-01&environment=py3.11")
    tab.get_by_role("link", name=SLOWER).click()
    tab.get_by_role("heading", name="What moved: 1 series").wait_for()
    tab.wait_for_url("**event=*")
    tab.get_by_role("link", name=SLOWER, exact=True).click()
    tab.get_by_role("heading", name="Explore", level=1).wait_for()
    tab.get_by_text("Table, 100 rows").wait_for()


def test_what_is_said_of_an_event_is_kept_with_its_author_and_can_be_taken_back(
    own: tuple[str, Path], tab: Any
) -> None:
    address, store = own
    with Reader(parse(store)) as reader:
        [event] = [e for e, _ in reader.events("bench-01") if e.kind == "regression"]
    opened(tab, f"{address}/events?machine=bench-01&environment=py3.11&event={event.id}")
    tab.get_by_text("nobody has looked at it").wait_for()
    tab.get_by_label("Why").fill("the cache is <b>cold</b>")
    tab.get_by_label("Who sees to it").fill("Grace")
    tab.get_by_role("button", name="Say so").click()
    tab.get_by_text("Say who you are").wait_for()
    tab.get_by_label("You are").fill("Ada")
    tab.get_by_role("button", name="Say so").click()
    tab.get_by_text("Ada, 20").wait_for()
    assert "the cache is <b>cold</b>" in tab.locator('[data-testid="stMain"]').inner_text()
    with Reader(parse(store)) as reader:
        [word] = reader.triages(event.id)
    assert (word.state, word.author, word.owner, word.reason) == (
        "accepted",
        "Ada",
        "Grace",
        "the cache is <b>cold</b>",
    )
    tab.get_by_role("button", name="Take the last word back").click()
    tab.get_by_text("took back “accepted” of Ada").wait_for()
    with Reader(parse(store)) as reader:
        words = reader.triages(event.id)
    assert [w.state for w in words] == ["accepted", "new"]


def test_nobody_without_a_name_takes_a_word_back(own: tuple[str, Path], tab: Any) -> None:
    address, store = own
    with Reader(parse(store)) as reader:
        [event] = [e for e, _ in reader.events("bench-01") if e.kind == "regression"]
    with Writer(parse(store)) as writer:
        writer.triage(Triage(event.id, "noise", "Grace", datetime.now(UTC)))
    opened(tab, f"{address}/events?machine=bench-01&environment=py3.11&event={event.id}")
    tab.get_by_role("button", name="Take the last word back").click()
    tab.get_by_text("Say who you are").wait_for()
    with Reader(parse(store)) as reader:
        assert len(reader.triages(event.id)) == 1
    tab.get_by_label("You are").fill("Ada")
    tab.get_by_role("button", name="Take the last word back").click()
    tab.get_by_text("took back “noise” of Grace").wait_for()
    with Reader(parse(store)) as reader:
        assert [w.author for w in reader.triages(event.id)] == ["Grace", "Ada"]


def test_what_is_said_while_somebody_else_writes_is_not_lost_in_silence(own: tuple[str, Path], tab: Any) -> None:
    address, store = own
    with Reader(parse(store)) as reader:
        [event] = [e for e, _ in reader.events("bench-01") if e.kind == "regression"]
    opened(tab, f"{address}/events?machine=bench-01&environment=py3.11&event={event.id}")
    tab.get_by_label("You are").fill("Ada")
    with Writer(parse(store)) as other:
        other._connection()
        tab.get_by_role("button", name="Say so").click()
        tab.get_by_text("Not kept").wait_for()
    tab.get_by_role("button", name="Say so").click()
    tab.get_by_text("Ada, 20").wait_for()


def test_a_read_only_dashboard_lets_nobody_say_anything(
    judged: Path, tab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERFWATCH_READ_ONLY", "1")
    with Reader(parse(judged)) as reader:
        [event] = [e for e, _ in reader.events("bench-01") if e.kind == "regression"]
    with start(str(judged)) as dashboard:
        opened(tab, f"{dashboard.url}/events?machine=bench-01&environment=py3.11&event={event.id}")
        tab.get_by_text("This dashboard is read-only").wait_for()
        assert tab.get_by_role("button", name="Say so").count() == 0


def test_an_event_that_is_not_there_is_told(shown: str, tab: Any) -> None:
    opened(tab, f"{shown}/events?event=000000000000")
    tab.get_by_text("is in the store").wait_for()


def test_the_machines_lead_to_each_other_and_that_they_are_silent_is_said(shown: str, tab: Any) -> None:
    opened(tab, f"{shown}/?machine=bench-01&environment=py3.11")
    table = tab.get_by_role("table", name="Machines and environments")
    table.get_by_text("dead").first.wait_for()
    table.get_by_role("link", name="bench-02").click()
    tab.wait_for_url("**machine=bench-02*")
    tab.get_by_text("Nothing stands out").wait_for()


def test_two_commits_are_compared_with_what_changed_first(shown: str, tab: Any, judged: Path, browser: Any) -> None:
    with Reader(parse(judged)) as reader:
        measured = reader.measured_commits("bench-01")
        line = [c.hash[:8] for c in reader.commits() if c.hash in measured]
        values = [m.value for c in (line[10], line[95]) for m in reader.measurements(reader.commit(c).hash, "bench-01")
                  if m.key.label == SLOWER]  # fmt: skip
    opened(tab, f"{shown}/compare?machine=bench-01&environment=py3.11&before={line[10]}&after={line[95]}")
    table = tab.get_by_role("table", name="Series at both commits")
    first = table.locator("tbody tr").first
    first.get_by_text(SLOWER).wait_for()
    change = (values[1] / values[0] - 1) * 100
    assert f"+{change:.1f} %" in first.inner_text()
    first.get_by_role("img", name=f"{values[1] / values[0]:.4g} times").wait_for()
    tab.get_by_text("1 – 50 of 124").wait_for()
    tab.get_by_role("button", name="Next page").last.click()
    tab.get_by_text("51 – 100 of 124").wait_for()
    again = opened(browser.new_page(), tab.url)
    again.get_by_text("51 – 100 of 124").wait_for()
    again.close()
