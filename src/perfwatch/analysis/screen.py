"""Whether the newest points stand out at all: the cheap question that spares most points the dear one.

For every k the mean of the last k points is compared with a robust baseline before them, in standard errors under an
AR(1) process. The baseline is not taken anew at every point, and all k share it; what a close look decides does not
depend on either, only whether there is one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perfwatch.analysis.compiled import compiled
from perfwatch.analysis.evidence import BASELINE, mean_variance
from perfwatch.analysis.guards import CAP

FloatArray = NDArray[np.float64]

# Fewer points than this confirm nothing.
FEWEST_AFTER = 3
# The longest stretch that is compared. Slower changes than this show none the less: its mean moves on.
LONGEST = 48
# From how many standard errors a stretch of up to 6, up to 24 and more points is looked at closely. Of the steps that
# are confirmed, 99 in 100 are beyond these; long stretches of drifting series are beyond lower ones most of the time.
_SHORT, _SHORT_Z = 6, 4.3
_MIDDLE, _MIDDLE_Z = 24, 4.0
_LONG_Z = 5.0
# The baseline is renewed at multiples of these many points: of a level younger than `_YOUNG`, and of an older one.
_RENEWED_YOUNG, _YOUNG, _RENEWED = 4, 80, 32
# Fewer points tell no baseline.
_FEWEST_BASE = 4


@compiled
def renewed_at(t: int, since: int) -> int:
    """Return the point at which the baseline that serves point t was taken, for a level that began at `since`."""
    return t - t % (_RENEWED_YOUNG if t - since < _YOUNG else _RENEWED)


@compiled
def baseline(w: FloatArray, since: int, basis: int, limits: FloatArray) -> tuple[float, float, float]:
    """Return median, spread and clipped mean of the baseline taken at `basis`.

    Parameters
    ----------
    w : float64 (n,), oldest first, finite.
    since : where the level known begins.
    basis : as from `renewed_at`.
    limits : float64 (LONGEST + 1,), out: what the clipped sum of the last k points must pass to stand out.
    """
    end = basis - longest(basis - since)
    base = w[max(since, end - BASELINE) : end]
    many = base.size
    if many < _FEWEST_BASE:
        limits[:] = 0.0
        return 0.0, 1.0, 0.0
    ordered = np.sort(base)
    middle = ordered[many // 2]
    spread = (ordered[(3 * (many - 1)) // 4] - ordered[(many - 1) // 4]) / 1.349
    if spread <= 0.0:
        # Most points are one value; the others, or the arithmetic, are the noise.
        spread = max(np.abs(base - middle).mean(), 1e-9 * max(abs(middle), 1e-300))
    old = np.minimum(np.maximum((base - middle) / spread, -CAP), CAP)
    mean = old.mean()
    memory, square = 0.0, 1e-12
    for i in range(many):
        square += (old[i] - mean) ** 2
        if i > 0:
            memory += (old[i] - mean) * (old[i - 1] - mean)
    memory = min(max(memory / square, 0.0), 0.9)
    own = mean_variance(memory, many)
    for k in range(1, limits.size):
        z = _SHORT_Z if k <= _SHORT else _MIDDLE_Z if k <= _MIDDLE else _LONG_Z
        limits[k] = z * k * np.sqrt(mean_variance(memory, k) + own)
    return middle, spread, mean


@compiled
def longest(age: int) -> int:
    """Return the longest stretch that is compared on a level of so many points: half of them are the baseline."""
    return min(LONGEST, age // 2)


@compiled
def stands_out(
    w: FloatArray, since: int, t: int, middle: float, spread: float, mean: float, limits: FloatArray
) -> bool:
    """Return whether some stretch that ends before t lies beyond its limit, up or down."""
    total = 0.0
    for k in range(1, longest(t - since) + 1):
        total += min(max((w[t - k] - middle) / spread, -CAP), CAP) - mean
        if k >= FEWEST_AFTER and abs(total) > limits[k]:
            return True
    return False
