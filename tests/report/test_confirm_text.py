"""What people read from `perfwatch confirm`, held as goldens in tests/expected/."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from reruns import RERUNS
from situations import SUSPICION

from perfwatch.report import confirm as say

EXPECTED = Path(__file__).parent.parent / "expected"


@pytest.mark.parametrize("situation", RERUNS)
def test_a_re_run_reads_as_the_golden_says(situation: str) -> None:
    assert say.text(RERUNS[situation]) + "\n" == (EXPECTED / f"confirm_{situation}.txt").read_text(encoding="utf-8")


def test_what_no_time_was_left_for_is_counted_and_named() -> None:
    assert say.text([], [SUSPICION]) == f"1 event is left for another time: {SUSPICION.id}"
    assert say.text([]) == "nothing is suspected that nobody has spoken of"


@pytest.mark.parametrize("situation", RERUNS)
def test_the_json_says_the_same_and_can_be_read_back(situation: str) -> None:
    document = json.loads(json.dumps(say.as_json(RERUNS[situation], [SUSPICION]), allow_nan=False, default=str))
    assert document["schema"] == "perfwatch.confirm/1"
    assert document["left"] == [SUSPICION.id]
    (found,) = document["reruns"]
    assert found["outcome"] == RERUNS[situation][0].outcome
    assert len(found["series"]) == len(RERUNS[situation][0].rows)
