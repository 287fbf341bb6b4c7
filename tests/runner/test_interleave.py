"""Two commits in turns: real git, real asv, real processes."""

from __future__ import annotations

from typing import Any

import pytest

from perfwatch.errors import UsageError
from perfwatch.runner.interleave import interleave, order


def test_turns_are_mirrored_so_that_a_steady_drift_meets_both_alike() -> None:
    assert order(2, 3) == [0, 1, 1, 0, 0, 1]
    for rounds in (2, 4):
        turns = order(2, rounds)
        places = [sum(i for i, side in enumerate(turns) if side == s) for s in (0, 1)]
        assert places[0] == places[1]


def test_each_side_gives_what_it_gives_and_the_projects_results_are_left_alone(project: Any) -> None:
    two, four = project.hashes[1], project.hashes[3]
    config = project.config("turns")
    told: list[tuple[int, int, str]] = []
    taken = interleave(
        config,
        [two, four],
        rounds=2,
        bench=["track_fine", "track_cores"],
        quiet=True,
        tell=lambda *turn: told.append(turn),
    )
    assert [turn.side for turn in taken.turns] == [0, 1, 1, 0]
    assert told == [(1, 4, two), (2, 4, four), (3, 4, four), (4, 4, two)]
    values = [
        {m.key.benchmark: m.value for m in taken.of_side(side) if m.status == "ok" and m.value is not None}
        for side in (0, 1)
    ]
    assert [v["suite.track_fine"] for v in values] == [len("two"), len("four")]
    key = next(k for k in taken.values() if k.benchmark == "suite.track_fine")
    assert taken.values()[key] == [3, 4, 4, 3]
    assert taken.values(side=1)[key] == [4, 4]
    assert not (config.results_dir / "turns").exists()
    assert not taken.is_stopped


def test_what_fails_in_a_turn_is_kept_as_failed(project: Any) -> None:
    four = project.hashes[3]
    taken = interleave(
        project.config("turns"), [four, four], rounds=1, bench=["track_raises", "track_fine"], quiet=True
    )
    assert all(turn.failures for turn in taken.turns)
    assert {m.status for m in taken.of_side(0) if m.key.benchmark == "suite.track_raises"} == {"ok", "failed"}


def test_a_turn_of_a_commit_that_does_not_build_says_so(project: Any) -> None:
    two, broken = project.hashes[1:3]
    taken = interleave(project.config("turns"), [two, broken], rounds=1, bench=["track_fine"], quiet=True)
    first, second = taken.turns
    assert first.unbuilt is None
    assert second.unbuilt is not None
    assert "no_such_backend" in second.unbuilt.stderr


def test_three_commits_in_turns_are_built_once_each(project: Any) -> None:
    one, two, four = project.hashes[0], project.hashes[1], project.hashes[3]
    taken = interleave(project.config("turns"), [one, two, four], rounds=2, bench=["track_fine"], quiet=True)
    assert [turn.side for turn in taken.turns] == [0, 1, 2, 2, 1, 0]
    assert [m.value for side in range(3) for m in taken.of_side(side)] == [len("one"), len("two"), len("four")]
    assert len([*(project.root / ".asv" / "env").glob("*/asv-build-cache/*.timestamp")]) >= 3


def test_it_ends_after_the_whole_round_that_was_enough_and_measures_what_one_was_enough_for_no_more(
    project: Any,
) -> None:
    asked: list[int] = []

    def enough(taken: Any) -> bool:
        asked.append(len(taken.turns))
        return len(asked) == 2

    taken = interleave(
        project.config("turns"),
        [project.hashes[1], project.hashes[3]],
        rounds=4,
        bench=["track_fine", "track_cores"],
        quiet=True,
        enough=enough,
        later=lambda done: ["track_fine"] if len(done.turns) == 2 else [],
    )
    assert asked == [2, 4]
    assert [turn.side for turn in taken.turns] == [0, 1, 1, 0]
    assert taken.is_early
    assert not taken.is_stopped
    names = [sorted({m.key.benchmark for m in turn.measurements if m.status != "skipped"}) for turn in taken.turns]
    assert names[0] == names[1] == ["suite.track_cores", "suite.track_fine"]
    assert names[2] == names[3] == ["suite.track_fine"]


def test_without_rounds_there_is_nothing_to_do(project: Any) -> None:
    with pytest.raises(UsageError, match="rounds"):
        interleave(project.config("turns"), project.hashes[:2], rounds=0)
