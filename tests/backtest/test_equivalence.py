from __future__ import annotations

import hashlib
import json
import math
import struct

import numpy as np
import pytest

from perfwatch.backtest import equivalence, grid
from perfwatch.backtest.grid import Workload
from perfwatch.backtest.sweep import Sweep
from perfwatch.errors import UsageError, WrongAnswerError

LENGTHS = (6, 8, 10)


def sweep(pnl: list[float], trades: list[int]) -> Sweep:
    return Sweep(np.array(pnl, dtype=np.float64), np.array(trades, dtype=np.int64))


REFERENCE = sweep([-5165.584357717, 12.5, 0.0], [57_029, 3, 0])


def test_the_same_sweep_is_within_the_gate() -> None:
    got = equivalence.compare(REFERENCE, REFERENCE, LENGTHS)
    assert got == (0, 0.0, None)
    assert got.ok


@pytest.mark.parametrize("change", [0.5e-6, -0.5e-6])
def test_half_the_tolerance_is_not_a_difference(change: float) -> None:
    got = equivalence.compare(sweep([-5165.584357717, 12.5 + change, 0.0], [57_029, 3, 0]), REFERENCE, LENGTHS)
    assert got.ok
    assert got.deviation == pytest.approx(0.5e-6, rel=1e-6)


@pytest.mark.parametrize("change", [2e-6, -2e-6])
def test_twice_the_tolerance_is_a_difference(change: float) -> None:
    got = equivalence.compare(sweep([-5165.584357717, 12.5 + change, 0.0], [57_029, 3, 0]), REFERENCE, LENGTHS)
    assert got.differing == 1
    assert got.deviation == pytest.approx(2e-6, rel=1e-6)
    assert got.first_difference == (
        f"combination 1 (L=8): PnL {12.5 + change:.7f} instead of 12.5000000, trades 3 instead of 3"
    )


def test_one_trade_is_a_difference_even_with_the_same_pnl() -> None:
    got = equivalence.compare(sweep([-5165.584357717, 12.5, 0.0], [57_028, 3, 0]), REFERENCE, LENGTHS)
    assert (got.differing, got.deviation) == (1, 0.0)
    assert got.first_difference == (
        "combination 0 (L=6): PnL -5165.5843577 instead of -5165.5843577, trades 57,028 instead of 57,029"
    )


def test_every_combination_beyond_the_gate_counts_and_the_first_is_named() -> None:
    got = equivalence.compare(sweep([-5165.584357717, 13.5, 7.0], [57_029, 3, 1]), REFERENCE, LENGTHS)
    assert (got.differing, got.deviation) == (2, 7.0)
    assert got.first_difference is not None
    assert got.first_difference.startswith("combination 1 (L=8)")


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_a_pnl_that_is_not_a_number_equals_nothing(wrong: float) -> None:
    broken = sweep([-5165.584357717, wrong, 0.0], [57_029, 3, 0])
    for one, other in ((broken, REFERENCE), (REFERENCE, broken), (broken, broken)):
        got = equivalence.compare(one, other, LENGTHS)
        assert (got.differing, got.deviation) == (1, math.inf)


def test_sweeps_of_different_grids_cannot_be_compared() -> None:
    with pytest.raises(UsageError, match="cannot compare 2 combinations with 3 over 3 lengths"):
        equivalence.compare(sweep([1.0, 2.0], [1, 2]), REFERENCE, LENGTHS)


def test_a_wrong_answer_is_an_error_that_says_whose_and_where() -> None:
    equivalence.require(REFERENCE, REFERENCE, LENGTHS, "numba")
    with pytest.raises(WrongAnswerError, match=r"^rust is not the reference: 1 of 3 .*first combination 2 \(L=10\)"):
        equivalence.require(sweep([-5165.584357717, 12.5, 0.0], [57_029, 3, 1]), REFERENCE, LENGTHS, "rust")


def test_the_digest_is_the_first_52_bits_of_the_sha_256_in_grid_order() -> None:
    table = struct.pack("<6q", 57_029, -5_165_584_358, 3, 12_500_000, 0, 0)
    assert equivalence.digest(REFERENCE) == int(hashlib.sha256(table).hexdigest()[:13], 16)


def test_the_digest_rounds_halves_to_even() -> None:
    # 0.5 and 1.5 millionths become 0 and 2; both factors are exact.
    got = equivalence.digest(sweep([0.5e-6, 1.5e-6], [0, 0]))
    assert [round(0.5e-6 * 1e6), round(1.5e-6 * 1e6)] == [0, 2]
    assert got == int(hashlib.sha256(struct.pack("<4q", 0, 0, 0, 2)).hexdigest()[:13], 16)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf, 1e300])
def test_the_digest_of_what_no_integer_holds_is_defined(wrong: float) -> None:
    table = struct.pack("<2q", 1, -(2**63))
    assert equivalence.digest(sweep([wrong], [1])) == int(hashlib.sha256(table).hexdigest()[:13], 16)


def test_the_digest_is_exact_as_a_float() -> None:
    got = equivalence.digest(REFERENCE)
    assert 0 <= got < 2**52
    assert int(float(got)) == got


def test_the_digest_sees_the_order_of_the_grid() -> None:
    swapped = Sweep(REFERENCE.pnl[::-1].copy(), REFERENCE.trades[::-1].copy())
    assert equivalence.digest(swapped) != equivalence.digest(REFERENCE)


def test_a_fingerprint_holds_the_sums_and_the_first_combination() -> None:
    got = equivalence.fingerprint(REFERENCE)
    assert got.pnl_sum == -5165.584357717 + 12.5
    assert (got.trades_sum, got.first_pnl, got.first_trades) == (57_032, -5165.584357717, 57_029)
    # What a result file can hold: no numpy numbers.
    assert json.loads(json.dumps(got)) == list(got)


def test_a_sum_over_something_that_is_not_a_number_is_not_a_number() -> None:
    assert math.isnan(equivalence.fingerprint(sweep([math.inf, -math.inf], [1, 1])).pnl_sum)


def test_no_combination_has_no_fingerprint() -> None:
    with pytest.raises(UsageError, match="no fingerprint"):
        equivalence.fingerprint(sweep([], []))


def test_combinations_are_plain_lists_with_none_for_what_is_not_a_number() -> None:
    table = equivalence.combinations(sweep([1.5, math.nan, -math.inf], [1, 2, 3]), LENGTHS)
    assert json.loads(json.dumps(table, allow_nan=False)) == {
        "lengths": [6, 8, 10],
        "pnl": [1.5, None, None],
        "trades": [1, 2, 3],
    }


def test_the_published_anchor_is_recognised(full: Workload, full_oracle: Sweep) -> None:
    assert equivalence.is_published(full_oracle, full.lengths, len(full.close)) is True
    one_off = Sweep(full_oracle.pnl, full_oracle.trades + 1)
    assert equivalence.is_published(one_off, full.lengths, len(full.close)) is False


def test_nothing_is_published_for_other_lengths_or_fewer_bars(quick: Workload, quick_oracle: Sweep) -> None:
    assert equivalence.is_published(quick_oracle, quick.lengths, len(quick.close)) is None
    assert equivalence.is_published(REFERENCE, (8, 10, 12), grid.FULL.n_bars) is None
