"""The grid of lengths, the six parameters each stands for, and the sizes that are measured.

The published text names 80 lengths but not which. Ours are L = 6, 8, 10, …, 164, so that the first combination is the
published one; only L = 6 is anchored to a published number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from perfwatch.backtest import market
from perfwatch.errors import UsageError

IntArray = NDArray[np.int64]

LENGTHS: tuple[int, ...] = tuple(range(6, 166, 2))
# Order of the columns of `params`.
PARAM_NAMES = ("half", "full", "sq", "p3", "p2", "p")


class Size(NamedTuple):
    """How much is swept; `label` is `bars x combinations` and part of a series' identity."""

    label: str
    n_bars: int
    lengths: tuple[int, ...]


class Workload(NamedTuple):
    """What a sweep takes: close float64 (n,), params int64 (m, 6), and the length behind each row of params."""

    close: NDArray[np.float64]
    params: IntArray
    lengths: tuple[int, ...]


def _size(n_bars: int, lengths: tuple[int, ...]) -> Size:
    return Size(f"{n_bars}x{len(lengths)}", n_bars, lengths)


# Quick is a twentieth of the work and shares bars and lengths with full: a second's answer to "does it still run?".
QUICK = _size(30_000, LENGTHS[::4])
FULL = _size(market.N_BARS, LENGTHS)
SIZES: dict[str, Size] = {s.label: s for s in (QUICK, FULL)}
_NICKNAMES = {"quick": QUICK, "full": FULL}


def size(name: str) -> Size:
    """Return the size called `name`: `quick`, `full`, or a label such as `150000x80`.

    Errors
    ------
    UsageError : there is no such size.
    """
    found = _NICKNAMES.get(name) or SIZES.get(name)
    if found is None:
        raise UsageError(f"size {name!r} is not known; give one of {', '.join([*_NICKNAMES, *SIZES])}")
    return found


def workload(name: str) -> Workload:
    """Return the series and the parameters of the size called `name` (see `size`)."""
    chosen = size(name)
    return Workload(market.close(chosen.n_bars), params(chosen.lengths), chosen.lengths)


def params(lengths: Sequence[int] = LENGTHS) -> IntArray:
    """Return the six parameters of each length, one row a combination.

    With r(x) = max(1, round(x)), Python's banker's rounding, and p = r(L/2), a row is
    (r(L/2), L, r(sqrt(L)), r(p/3), r(p/2), p); L = 6 gives (3, 6, 2, 1, 2, 3).

    Parameters
    ----------
    lengths : bars, each at least 1, in grid order.

    Returns
    -------
    int64 (len(lengths), 6), columns as in PARAM_NAMES.

    Errors
    ------
    UsageError : a length below 1.
    """
    if any(length < 1 for length in lengths):
        raise UsageError(f"a length must be at least 1 bar; the smallest given is {min(lengths)}")
    rows = [_row(length) for length in lengths]
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(PARAM_NAMES))


def _row(length: int) -> tuple[int, ...]:
    p = _rounded(length / 2)
    return _rounded(length / 2), length, _rounded(math.sqrt(length)), _rounded(p / 3), _rounded(p / 2), p


def _rounded(x: float) -> int:
    return max(1, round(x))
