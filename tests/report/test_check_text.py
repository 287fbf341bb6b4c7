"""What people read from `perfwatch check`, held as goldens in tests/expected/."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from situations import HEAD, MORE, NOW, SITUATIONS, STALE, SWEEP, place

from perfwatch.analysis.changes import Change
from perfwatch.analysis.check import Check
from perfwatch.analysis.interval import Estimate
from perfwatch.model import Verdict
from perfwatch.report import check as say

EXPECTED = Path(__file__).parent.parent / "expected"


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_finding_reads_as_expected(name: str) -> None:
    golden = EXPECTED / f"check_{name}.txt"
    assert say.text(Check(HEAD, SITUATIONS[name], NOW)) + "\n" == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", MORE)
def test_what_is_more_than_what_was_found_at_each_place_reads_as_expected(name: str) -> None:
    golden = EXPECTED / f"check_{name}.txt"
    assert say.text(MORE[name]) + "\n" == golden.read_text(encoding="utf-8")


def test_the_json_names_silent_runners_and_what_counts_for_nothing() -> None:
    assert say.as_json(MORE["a_runner_is_silent"])["stale"][0]["id"] == STALE.id
    assert say.as_json(MORE["overridden"])["notes"] == list(MORE["overridden"].notes)


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_json_of_a_finding_is_json_and_names_its_schema(name: str) -> None:
    document = json.loads(json.dumps(say.as_json(Check(HEAD, SITUATIONS[name], NOW))))
    assert document["schema"] == "perfwatch.check/2"
    assert document["exit_code"] == Check(HEAD, SITUATIONS[name], NOW).exit_code


def test_a_project_that_tracks_no_answers_is_not_said_to_have_answers_that_hold() -> None:
    assert say.verdict_in_words(Check(HEAD, [place(accepted_from={})], NOW)) == "everything was measured"


def test_a_gate_that_is_green_for_want_of_commits_says_so_and_how_many_it_takes() -> None:
    young = [
        Verdict(SWEEP, HEAD.hash, "TOO_FEW", n_before=before, detail=f"{before} of the 10 commits it takes")
        for before in (7, 4)
    ]
    said = say.text(Check(HEAD, [place(verdicts=young)], NOW))
    assert said.splitlines()[0].endswith("everything was measured; 2 with too few commits to judge (exit 0)")
    (line,) = [line for line in said.splitlines() if "too few commits:" in line]
    assert line.startswith(f"  too few commits: 4 of the 10 commits it takes have been measured of {SWEEP.label}; ")


def test_a_hundred_changes_are_cut_and_the_rest_is_counted() -> None:
    many = [Change(SWEEP, 1.0, 2.0, Estimate(2.0, 1.9, 2.1), "slower")] * 100
    assert "… and 85 more" in say.text(Check(HEAD, [place(changes=many)], NOW))
