"""What people read from `perfwatch replay` and `perfwatch score`, held as goldens in tests/expected/."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from situations import HEAD, NOW, PARENT, REGRESSION, SUSPICION, SWEEP

from perfwatch.analysis.events import Move
from perfwatch.analysis.judge import Judgement
from perfwatch.analysis.score import Score, Share, Step
from perfwatch.model import Commit, Event, Triage
from perfwatch.report import replay, score

EXPECTED = Path(__file__).parent.parent / "expected"
PLACE = ("bench-1", "virtualenv-py3.11")
LINE = [PARENT, HEAD, Commit("0" * 40), Commit("1" * 40)]
NEW = replace(REGRESSION, id="777777777777", kind="improvement", commit=LINE[2].hash, title="encoding: json 9 % faster")
GONE = replace(REGRESSION, id="888888888888", commit=HEAD.hash, title="module x: x.time_y 3.1 % slower", moved=())


def judgements(*events: list[Event]) -> list[Judgement]:
    return [Judgement(c.hash, [], found, [], {}) for c, found in zip(LINE, events, strict=True)]


REPLAYED = {PLACE: judgements([], [SUSPICION], [REGRESSION, NEW], [REGRESSION, NEW])}
WORDS = {
    REGRESSION.id: [Triage(REGRESSION.id, "acknowledged", "ada", NOW)],
    GONE.id: [Triage(GONE.id, "noise", "ada", NOW)],
}


def step(commit: Commit, ratio: float, n: int = 1) -> Step:
    kind = "regression" if ratio > 1 else "improvement"
    move = Move(SWEEP, 0, kind, "CONFIRMED", ratio, None, None, None)
    return Step(commit.hash, kind, (move,) * n, was_told=False)


SCORED = Score(
    told=9,
    undecided=1,
    precision=Share(7, 8),
    by_kind={"regression": Share(4, 5), "improvement": Share(3, 3)},
    recall=Share(6, 13),
    missed=(step(HEAD, 1.31, 3), *(step(LINE[2], 0.8 + i / 100) for i in range(6))),
)
EMPTY = Score(0, 0, Share(0, 0), {}, Share(0, 0), ())


def test_a_replay_reads_as_expected() -> None:
    shown = "\n\n".join(
        [
            replay.text(REPLAYED, [REGRESSION, GONE], WORDS),
            replay.text({PLACE: judgements([], [], [], [])}, []),
            replay.text(REPLAYED),
        ]
    )
    assert shown + "\n" == (EXPECTED / "replay.txt").read_text(encoding="utf-8")


def test_a_score_reads_as_expected() -> None:
    shown = score.text({PLACE: SCORED, ("bench-2", "virtualenv-py3.12"): EMPTY})
    assert shown + "\n" == (EXPECTED / "score.txt").read_text(encoding="utf-8")


def test_the_json_of_both_is_json_and_missing_stays_missing() -> None:
    (told,) = json.loads(json.dumps(replay.as_json(REPLAYED, [REGRESSION, GONE]), allow_nan=False))["places"]
    assert told["told_now_only"] == [NEW.id]
    assert told["told_then_only"] == [GONE.id]
    assert told["told_before"] == [{"now": REGRESSION.id, "then": REGRESSION.id}]
    full, empty = json.loads(json.dumps(score.as_json({PLACE: SCORED, ("b", "e"): EMPTY}), allow_nan=False))["places"]
    assert len(full["missed"]) == 7
    assert empty["precision"] == {"count": 0, "of": 0, "value": None, "lower": None, "upper": None}
