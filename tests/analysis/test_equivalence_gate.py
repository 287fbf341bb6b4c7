"""The gate over stored fingerprints and counts: DISAGREES, MOVED and PARITY."""

from __future__ import annotations

import json

import pytest

from perfwatch.analysis.equivalence import (
    Fingerprint,
    disagreements,
    fingerprints,
    is_fingerprint,
    moves,
    parities,
)
from perfwatch.model import Measurement, SeriesKey

SIZE = "30000x20"


def tracked(function: str, architecture: str, value: float | None = None, text: str | None = None) -> Measurement:
    key = SeriesKey(
        f"equivalence.{function}", "v", (("architecture", architecture), ("size", SIZE)), "m", "e", "x", "track"
    )
    return Measurement(key, "c0ffee", "ok", value, text)


def reference(pnl: list[float | None], trades: list[int], lengths: tuple[int, ...] = (6, 8)) -> dict:
    return {(SIZE, "reference"): Fingerprint("reference", SIZE, lengths, tuple(pnl), tuple(trades))}


def test_an_architecture_that_differs_in_one_combination_disagrees_and_the_combination_is_named() -> None:
    detail = "combination 0 (L=6): PnL -4035.2 instead of -5165.58"
    [found] = disagreements(
        [
            tracked("track_differing", "in_process", 0),
            tracked("track_differing", "rust_batch_unix", 1),
            tracked("track_first_difference", "rust_batch_unix", text=detail),
        ]
    )
    assert (found.kind, found.architecture, found.size, found.detail) == ("DISAGREES", "rust_batch_unix", SIZE, detail)


def counted(benchmark: str, value: float | None, status: str = "ok") -> Measurement:
    key = SeriesKey(benchmark, "1", (("way", "json"),), "m", "e", "bytes", "track")
    return Measurement(key, "c0ffee", status, value)


@pytest.mark.parametrize(
    ("benchmark", "says"),
    [
        ("feed.track_differing", "3 bytes of the feed's records differ from the engine's"),
        ("features.track_disagreeing", "3 features are further from numpy's than their bound"),
        ("features.track_late", "3 signals were not made after their tick"),
    ],
)
def test_a_count_of_what_must_not_be_is_a_break_unless_it_is_zero(benchmark: str, says: str) -> None:
    [found] = parities([counted(benchmark, 3.0), counted(benchmark, 0.0), counted(benchmark, None, "failed")])
    assert (found.kind, found.size, found.differing, found.detail) == ("PARITY", "", 3, says)
    assert benchmark in found.architecture
    # By the gate, and not by how much it changed.
    assert is_fingerprint(counted(benchmark, 0.0).key)


def test_a_count_of_another_project_is_judged_like_any_series() -> None:
    other = counted("suite.track_differing", 3.0)
    assert parities([other]) == []
    assert not is_fingerprint(other.key)


def test_the_same_answer_has_not_moved() -> None:
    assert moves(reference([1.0, 2.0], [3, 4]), reference([1.0, 2.0], [3, 4])) == []


@pytest.mark.parametrize(("shift", "broken"), [(0.9e-6, 0), (1.1e-6, 1), (-1.1e-6, 1)])
def test_a_pnl_moves_beyond_a_millionth_of_a_percentage_point(shift: float, broken: int) -> None:
    assert len(moves(reference([0.0, 2.0], [3, 4]), reference([shift, 2.0], [3, 4]))) == broken


def test_one_trade_more_in_the_last_combination_is_found_and_named() -> None:
    [found] = moves(reference([1.0, 2.0], [3, 5]), reference([1.0, 2.0], [3, 4]))
    assert found.kind == "MOVED"
    assert found.detail == ("combination 1 (L=8): PnL 2.000000 instead of 2.000000, trades 5 instead of 4")


def test_moves_that_cancel_in_the_sum_are_still_found() -> None:
    assert moves(reference([1.5, 1.5], [3, 4]), reference([1.0, 2.0], [3, 4]))[0].differing == 2


def test_a_pnl_that_is_not_a_number_equals_nothing() -> None:
    assert moves(reference([None, 2.0], [3, 4]), reference([None, 2.0], [3, 4]))[0].differing == 1


def test_another_grid_is_a_move_of_everything() -> None:
    [found] = moves(reference([1.0, 2.0], [3, 4], (6, 10)), reference([1.0, 2.0], [3, 4]))
    assert found.differing == 2
    assert "grid" in found.detail


def test_a_size_without_an_accepted_fingerprint_has_not_moved() -> None:
    assert moves(reference([1.0], [3], (6,)), {}) == []


def test_fingerprints_are_read_from_the_tracked_table() -> None:
    table = json.dumps({"lengths": [6, 8], "pnl": [1.0, None], "trades": [3, 4]})
    found = fingerprints([tracked("track_combinations", "reference", text=table)])
    assert found == reference([1.0, None], [3, 4])
