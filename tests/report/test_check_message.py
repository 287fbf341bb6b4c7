"""What is told of a check: green only where it is, bounds, and that no word breaks out."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from foreign import EVIL
from situations import HEAD, NOW, REGRESSION, SITUATIONS, SWEEP, place, verdict
from test_markdown import by_github, read
from test_message import MARKDOWN_TAGS, WORD_TAGS, is_bounded, many

from perfwatch.analysis.check import Check
from perfwatch.model import Failure, Triage
from perfwatch.report.message import of_check

CONCLUSIONS = {
    "clean": "success",
    "changed_against_the_parent": "success",
    "an_architecture_disagrees": "failure",
    "two_forms_of_a_rule_differ": "failure",
    "the_reference_moved": "failure",
    "no_baseline": "neutral",
    "a_commit_that_does_not_build": "failure",
    "nothing_measured": "failure",
    "regressed": "failure",
    "regressed_and_acknowledged": "success",
    "a_benchmark_is_missing": "failure",
    "a_benchmark_is_gone_for_longer": "success",
    "the_host_changed": "success",
    "suspected_and_inconclusive": "success",
    "suspected_and_found_again": "failure",
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_commit_is_green_only_where_it_was_measured_and_is_clean(name: str) -> None:
    notice = of_check(Check(HEAD, SITUATIONS[name], NOW))
    assert notice.standing == CONCLUSIONS[name]
    assert (notice.subject, notice.commit) == (f"commit {HEAD.hash}", HEAD.hash)
    assert len(notice.title) <= 140
    assert notice.document["schema"] == "perfwatch.check/2"


def test_what_could_not_be_seen_is_neutral_only_under_strict() -> None:
    blind = Check(HEAD, SITUATIONS["suspected_and_inconclusive"], NOW)
    assert of_check(blind).standing == "success"
    assert of_check(replace(blind, strict=True)).standing == "neutral"


def test_a_status_says_what_failed_the_commit() -> None:
    titles = {name: of_check(Check(HEAD, places, NOW)).title for name, places in SITUATIONS.items()}
    assert titles["regressed"].startswith("REGRESSED: kernel compute: compute.time_sweep")
    assert titles["an_architecture_disagrees"].startswith("EQUIVALENCE BROKEN: rust_batch_unix, rust_spawn_stdin")
    assert titles["a_commit_that_does_not_build"] == "not everything was measured: (build): error: no such field"
    assert titles["suspected_and_inconclusive"].endswith("everything was measured; 1 suspected; 2 inconclusive")


def test_a_check_with_thousands_of_events_and_series_is_bounded() -> None:
    events = [
        (replace(REGRESSION, id=f"{i:012x}", title="<@|" * 4000, moved=many(2000).moved), None) for i in range(200)
    ]
    verdicts = [verdict(SWEEP, "INCONCLUSIVE", None, 0.1)] * 2000
    notice = of_check(Check(replace(HEAD, subject="x" * 10_000), [place(events=events, verdicts=verdicts)], NOW))
    is_bounded(notice)
    assert "more events" in notice.markdown


@pytest.mark.parametrize("evil", EVIL)
def test_no_word_of_a_check_is_more_than_a_word(evil: str) -> None:
    event = replace(REGRESSION, title=evil, moved=({"label": evil, "ratio": 1.1, "lower": 1.0, "upper": 1.2},))
    word = Triage(event.id, "accepted", evil, NOW, evil)
    there = replace(place(events=[(event, word)], unbuilt=[Failure(evil, 1, evil)]), machine=evil, environment=evil)
    notice = of_check(Check(replace(HEAD, subject=evil), [there], NOW), project=evil, dashboard_url=evil)
    page = read(notice.markdown, by_github)
    assert {e.tag for e in page.iter()} <= MARKDOWN_TAGS | WORD_TAGS | {"h2"}
    assert not list(page.iter("a"))
    assert all(c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in notice.text)
