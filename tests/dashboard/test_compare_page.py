"""Compare in a real browser: commits by any name, the answers before the speed, families as folds, a file of it all."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from perfwatch.model import Commit

_SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"]'
# That of the tests' project, which would be a picture, were it markup.
BRANCH = "<img/src=x/onerror=alert(1)>"


def opened(tab: Any, address: str) -> Any:
    tab.goto(address)
    tab.wait_for_selector(_SETTLED)
    return tab


def typed(tab: Any, label: str, text: str) -> None:
    field = tab.get_by_role("combobox", name=label)
    field.click()
    field.fill(text)
    tab.get_by_role("option").first.wait_for()
    tab.keyboard.press("Enter")


def test_names_are_followed_and_the_address_holds_the_commits(named: str, line: list[Commit], tab: Any) -> None:
    opened(tab, f"{named}/compare?before=v1.0&after=main")
    tab.wait_for_url(f"**before={line[3].hash[:12]}*")
    tab.wait_for_url(f"**after={line[11].hash[:12]}*")
    typed(tab, "Before", BRANCH)
    tab.wait_for_url(f"**before={line[5].hash[:12]}*")
    typed(tab, "Before", "fee as a CONSTANT")
    tab.wait_for_url(f"**before={line[7].hash[:12]}*")
    typed(tab, "After", "zzz")
    tab.get_by_text("No commit measured here is called").wait_for()
    assert line[11].hash[:12] in tab.url


def test_words_of_several_commits_offer_them(named: str, line: list[Commit], tab: Any) -> None:
    opened(tab, f"{named}/compare?before=fee&after=main")
    tab.get_by_text("3 commits may be meant").wait_for()
    tab.get_by_role("button", name=line[8].subject).click()
    tab.wait_for_url(f"**before={line[8].hash[:12]}*")


def test_where_the_answers_differ_that_is_said_before_any_speed(named: str, line: list[Commit], tab: Any) -> None:
    before, after = (line[i].hash[:12] for i in (8, 9))
    opened(tab, f"{named}/compare?before={before}&after={after}")
    said = tab.get_by_text("are not the same: what was measured is not comparable")
    said.wait_for()
    table = tab.get_by_role("table").first
    assert said.bounding_box()["y"] < table.bounding_box()["y"]
    opened(tab, f"{named}/compare?before={after}&after=main")
    tab.get_by_text("The answers are the same, by 2 fingerprints").wait_for()


def test_a_family_opens_to_its_series_and_what_is_shown_is_a_file(named: str, tab: Any, tmp_path: Path) -> None:
    opened(tab, f"{named}/compare?before=v1.0&after=main")
    families = tab.get_by_role("table", name="Families of series")
    families.get_by_role("img").first.wait_for()
    families.get_by_role("link", name="compute").click()
    tab.wait_for_url("**family=compute*")
    series = tab.get_by_role("table", name="Series at both commits")
    tab.get_by_text("1 – 6 of 6").wait_for()
    assert all(name.startswith("compute.") for name in series.locator("tbody th").all_inner_texts())
    assert series.get_by_role("img").count() == 6
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Download as CSV, 6 rows").click()
    download.value.save_as(tmp_path / "compared.csv")
    rows = list(csv.DictReader((tmp_path / "compared.csv").read_text().splitlines()))
    assert len(rows) == 6
    assert all(float(r["lower"]) < float(r["ratio"]) < float(r["upper"]) for r in rows)
