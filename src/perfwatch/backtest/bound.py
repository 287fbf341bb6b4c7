"""How far a running sum's sign can be trusted: the bound of the certified kernels, as in the engine.

`engine/core/src/kernel/bound.rs` derives it, line by line; this is the same arithmetic. The certified kernels compare
|HMA3 - HMA|, computed by running sums over prices less a centre, with

    1.01 · (fast · largest centred price + reference · largest price) + 1e-300

and believe its sign only where it is above.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

# Half the distance from 1 to the next float64: the largest relative error of one rounding.
_U = 2.0**-53
# For what is of second order, for the roundings of this arithmetic, and for all underflows together.
SLACK, TINY = 1.01, 1e-300

# Factor of a weighted moving average, its bars, and the size of what it averages.
_Term = tuple[float, int, float]


class Bound(NamedTuple):
    """What the difference may be off by, per unit of the largest centred price and of the largest price."""

    fast: float
    reference: float


def bound(params: Sequence[int], steps: int) -> Bound:
    """Return the bound for one combination.

    Parameters
    ----------
    params : int (6,), windows in bars, in the order (half, full, sq, p3, p2, p).
    steps : the most steps between two restarts of the running sums.
    """
    half, full, sq, p3, p2, p = (int(n) for n in params)
    slow = _drift([(2.0, half, 1.0), (1.0, full, 1.0)], steps)
    fast = _drift([(3.0, p3, 1.0), (1.0, p2, 1.0), (1.0, p, 1.0)], steps)
    second = _drift([(1.0, sq, 3.0), (1.0, p, 5.0)], steps)
    hma = 2.0 * (half + 1) + (full + 1) + 3.0 + 3.0 * (sq + 1)
    hma3 = 3.0 * (p3 + 1) + (p2 + 1) + (p + 1) + 12.0 + 5.0 * (p + 1)
    return Bound(_U * (8.0 + slow + fast + second), _U * (hma + hma3))


def _drift(terms: Sequence[_Term], steps: int) -> float:
    """Return what a filter can be off by after `steps` steps, in units of `u` times the largest value."""
    start = sum(a * size * (w + 7.0) for a, w, size in terms)
    sums = sum(a * size * 2.0 / (w + 1.0) * (w + 6.0) for a, w, size in terms)
    q = sum(a * size * 2.0 / (w + 1.0) for a, w, size in terms)
    c = sum(a * size * 2.0 / (w * (w + 1.0)) for a, w, size in terms)
    size = sum(a * size for a, _, size in terms)
    return start + steps * (sums + 2.0 * size + 6.0 * q) + steps * steps / 2.0 * (14.0 * c + q)
