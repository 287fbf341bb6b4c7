"""Is it the same answer? Fingerprints of sweeps, and the gate that every kernel must pass.

The gate is the study's own: trade counts exactly equal and PnL to an absolute 1e-6, for every combination. The digest
is for display and search; it never decides.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from perfwatch.backtest.sweep import Sweep
from perfwatch.errors import UsageError, WrongAnswerError

# Absolute, in percentage points.
PNL_TOLERANCE_PP = 1e-6

# A digest is kept as a number, and 52 bits are exact in the float64 that it will become in a result file.
DIGEST_BITS = 52
_DIGEST_STEPS_PER_PP = 1e6
# Stands in the digest for a PnL that no i64 can hold: NaN, infinite, or beyond any account.
_NOT_A_NUMBER = np.iinfo(np.int64).min
_LARGEST_PP = 2.0**63 / _DIGEST_STEPS_PER_PP


class Fingerprint(NamedTuple):
    """A sweep in five numbers: sums over combinations, digest, and the first combination, the one that is published."""

    pnl_sum: float
    trades_sum: int
    digest: int
    first_pnl: float
    first_trades: int


class Comparison(NamedTuple):
    """A sweep against the reference.

    Attributes
    ----------
    differing : how many combinations are beyond the gate.
    deviation : largest absolute difference of PnL, percentage points; infinite where a PnL is not a finite number.
    first_difference : the first combination beyond the gate, with both values; None where there is none.
    """

    differing: int
    deviation: float
    first_difference: str | None

    @property
    def ok(self) -> bool:
        """Whether every combination is within the gate."""
        return self.differing == 0


class Anchor(NamedTuple):
    """A published result: one length over the study's 150,000 bars, PnL in percentage points to two decimals."""

    length: int
    n_bars: int
    pnl: float
    trades: int


# The one combination whose result the study published.
PUBLISHED = Anchor(length=6, n_bars=150_000, pnl=-5165.58, trades=57_029)


def fingerprint(sweep: Sweep) -> Fingerprint:
    """Return the fingerprint of `sweep`; a sum over a PnL that is not finite is NaN.

    Errors
    ------
    UsageError : a sweep of no combination has none.
    """
    if len(sweep.pnl) == 0:
        raise UsageError("a sweep of no combination has no fingerprint; give at least one row of params")
    finite = bool(np.isfinite(sweep.pnl).all())
    return Fingerprint(
        pnl_sum=math.fsum(sweep.pnl.tolist()) if finite else math.nan,
        trades_sum=int(sweep.trades.sum()),
        digest=digest(sweep),
        first_pnl=float(sweep.pnl[0]),
        first_trades=int(sweep.trades[0]),
    )


def digest(sweep: Sweep) -> int:
    """Return the first 52 bits of the SHA-256 over the combinations in grid order.

    Each combination is `i64 trades, i64 rint(pnl * 1e6)`, little-endian; a PnL that does not fit is the lowest i64.
    """
    # Not true for NaN either.
    fits = np.abs(sweep.pnl) < _LARGEST_PP
    steps = np.where(fits, np.rint(np.where(fits, sweep.pnl, 0.0) * _DIGEST_STEPS_PER_PP), _NOT_A_NUMBER)
    table = np.column_stack([sweep.trades.astype("<i8"), steps.astype("<i8")])
    head = int.from_bytes(hashlib.sha256(table.tobytes()).digest()[:8], "big")
    return head >> (64 - DIGEST_BITS)


def compare(sweep: Sweep, reference: Sweep, lengths: Sequence[int]) -> Comparison:
    """Return how `sweep` differs from `reference`.

    Parameters
    ----------
    sweep, reference : of the same grid, in the same order.
    lengths : the grid's lengths, to name a combination by.

    Errors
    ------
    UsageError : the three are not of one length.
    """
    if not len(sweep.pnl) == len(reference.pnl) == len(lengths):
        raise UsageError(
            f"cannot compare {len(sweep.pnl)} combinations with {len(reference.pnl)} over {len(lengths)} lengths; "
            "give sweeps of one grid"
        )
    # A PnL that is not finite equals nothing, another one of its kind included.
    comparable = np.isfinite(sweep.pnl) & np.isfinite(reference.pnl)
    deviations = np.full(len(lengths), math.inf)
    deviations[comparable] = np.abs(sweep.pnl[comparable] - reference.pnl[comparable])
    beyond = np.flatnonzero((sweep.trades != reference.trades) | (deviations > PNL_TOLERANCE_PP)).tolist()
    return Comparison(
        differing=len(beyond),
        deviation=float(deviations.max(initial=0.0)),
        first_difference=_describe(sweep, reference, lengths, beyond[0]) if beyond else None,
    )


def require(sweep: Sweep, reference: Sweep, lengths: Sequence[int], what: str) -> None:
    """Return nothing where `sweep` passes the gate.

    Errors
    ------
    WrongAnswerError : it does not; `what` names who computed it.
    """
    comparison = compare(sweep, reference, lengths)
    if not comparison.ok:
        raise WrongAnswerError(
            f"{what} is not the reference: {comparison.differing} of {len(lengths)} combinations differ, "
            f"first {comparison.first_difference}; its time counts for nothing until it computes the same"
        )


def combinations(sweep: Sweep, lengths: Sequence[int]) -> dict[str, list[Any]]:
    """Return `sweep` as plain lists by name (`lengths`, `pnl`, `trades`), fit for JSON.

    A PnL that is not finite is None. It is what a stored run is compared with later, combination by combination.
    """
    return {
        "lengths": list(lengths),
        "pnl": [pnl if math.isfinite(pnl) else None for pnl in sweep.pnl.tolist()],
        "trades": sweep.trades.tolist(),
    }


def is_published(sweep: Sweep, lengths: Sequence[int], n_bars: int) -> bool | None:
    """Return whether `sweep` gives the published result, None where it does not hold the published combination."""
    if n_bars != PUBLISHED.n_bars or PUBLISHED.length not in lengths:
        return None
    i = list(lengths).index(PUBLISHED.length)
    return bool(round(float(sweep.pnl[i]), 2) == PUBLISHED.pnl and sweep.trades[i] == PUBLISHED.trades)


def _describe(sweep: Sweep, reference: Sweep, lengths: Sequence[int], i: int) -> str:
    return (
        f"combination {i} (L={lengths[i]}): "
        f"PnL {sweep.pnl[i]:.7f} instead of {reference.pnl[i]:.7f}, "
        f"trades {sweep.trades[i]:,} instead of {reference.trades[i]:,}"
    )
