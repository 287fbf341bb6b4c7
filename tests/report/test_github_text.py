"""What a workflow's run and its summary show of a finding, held as goldens in tests/expected/."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from situations import HEAD, MORE, NOW, REGRESSION, SITUATIONS, place

from perfwatch.analysis.check import Check
from perfwatch.report import github

EXPECTED = Path(__file__).parent.parent / "expected"


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_finding_reads_as_expected(name: str) -> None:
    check = Check(HEAD, SITUATIONS[name], NOW)
    shown = f"{github.commands(check)}\n--- summary\n{github.summary(check)}"
    assert shown == (EXPECTED / f"github_{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", MORE)
def test_what_is_more_than_what_was_found_at_each_place_reads_as_expected(name: str) -> None:
    shown = f"{github.commands(MORE[name])}\n--- summary\n{github.summary(MORE[name])}"
    assert shown == (EXPECTED / f"github_{name}.md").read_text(encoding="utf-8")


def test_no_text_of_a_commit_or_a_benchmark_ends_a_command_or_a_cell() -> None:
    evil = replace(REGRESSION, title="a|b\n::error::c `d` <script> 100%")
    check = Check(replace(HEAD, subject="x\n| y"), [place(events=[(evil, None)])], NOW)
    assert len(github.commands(check).splitlines()) == 1
    assert "100%25" in github.commands(check)
    rows = [line for line in github.summary(check).splitlines() if "script" in line]
    assert len(rows) == 1
    assert "<script>" not in rows[0]


def test_many_events_are_cut_to_what_is_read_and_the_rest_is_counted() -> None:
    many = [(replace(REGRESSION, id=f"{i:012x}"), None) for i in range(30)]
    lines = github.commands(Check(HEAD, [place(events=many)], NOW)).splitlines()
    assert len(lines) == github.SHOWN_ANNOTATIONS + 1
    assert "22 more" in lines[-1]
    huge = Check(HEAD, [place(events=many * 200)], NOW)
    assert len(github.summary(huge)) < 61_000
    assert "check --format json" in github.summary(huge)
