"""What people read from `perfwatch bisect`, held as goldens in tests/expected/, and what it ends with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bisections import BISECTIONS, LINE

from perfwatch.analysis.triage import BISECT
from perfwatch.report import bisect as say

EXPECTED = Path(__file__).parent.parent / "expected"


@pytest.mark.parametrize("situation", BISECTIONS)
def test_a_search_reads_as_the_golden_says(situation: str) -> None:
    expected = (EXPECTED / f"bisect_{situation}.txt").read_text(encoding="utf-8")
    assert say.text(BISECTIONS[situation]) + "\n" == expected


@pytest.mark.parametrize(
    ("situation", "code"),
    [
        ("found", 1),
        ("passed_over", 7),
        ("a_range_that_does_not_build", 1),
        ("in_doubt_by_itself", 7),
        ("broken_answers", 6),
        ("a_failure", 9),
        ("stopped", 2),
        ("nothing_to_find", 0),
        ("ends_undecided", 7),
        ("the_good_one_fails", 9),
    ],
)
def test_each_outcome_has_its_code(situation: str, code: int) -> None:
    assert BISECTIONS[situation].exit_code == code


def test_a_commit_or_a_range_is_kept_as_a_word_and_doubt_or_a_persons_word_is_not_followed_by_one() -> None:
    word = BISECTIONS["found"].word
    assert word is not None
    assert (word.state, word.author) == ("accepted", BISECT)
    assert word.reason is not None
    assert word.reason.startswith("brought by 30303030 engine: change the fee: +9")
    word = BISECTIONS["a_range_that_does_not_build"].word
    assert word is not None
    assert word.reason is not None
    assert word.reason.startswith("brought by one of 2 commits")
    for situation in ("passed_over", "in_doubt_by_itself", "a_person_has_spoken", "nothing_to_find"):
        assert BISECTIONS[situation].word is None


@pytest.mark.parametrize("situation", BISECTIONS)
def test_the_json_says_the_same_and_can_be_read_back(situation: str) -> None:
    found = BISECTIONS[situation]
    document = json.loads(json.dumps(say.as_json(found), allow_nan=False, default=str))
    assert document["schema"] == "perfwatch.bisect/1"
    assert [c["hash"] for c in document["candidates"]] == [c.hash for c in found.candidates]
    assert document["commits"] == [c.hash for c in LINE]
