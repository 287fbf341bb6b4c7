"""The noise of a series: its scale, its memory, and what a residual costs under its own distribution.

A benchmark's noise is skewed, has outliers, comes in two states, is rounded. So nothing here assumes a shape: scales
are medians, and the cost of a residual is learnt from the residuals themselves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perfwatch.analysis.compiled import compiled

FloatArray = NDArray[np.float64]

# median |z| of a standard normal is 0.6745: the factor that makes a median absolute deviation a standard deviation.
MAD_TO_SD = 1.4826
# The memory that is believed. Beyond it differences tell drift from memory no more, and the inflation (1+φ)/(1−φ) is 4.
LARGEST_MEMORY = 0.6
# A change of a billionth is nobody's concern; a smaller scale is the arithmetic's rounding.
SMALLEST_SCALE = 1e-9

# The table of a learnt cost: residuals from −8 to 8 scales in steps of a tenth; what lies farther out costs the cap.
STEPS_PER_SCALE = 10
REACH = 8 * STEPS_PER_SCALE
# Kernel width in scales: a fifth and a half were tried too; narrower finds smaller steps and believes more chance.
_KERNEL_WIDTH = 0.35
# How many points the Student prior weighs against the series' own; 5 to 40 made no difference above 60 points.
_PRIOR_POINTS = 15.0
# Of the prior: tails as of a benchmark's timings (Student, 3 degrees of freedom).
_PRIOR_FREEDOM = 3.0
_PLACES = np.arange(-REACH, REACH + 1) / STEPS_PER_SCALE
_PRIOR = (1.0 + _PLACES**2 / _PRIOR_FREEDOM) ** (-(_PRIOR_FREEDOM + 1.0) / 2.0)
_PRIOR *= _PRIOR_POINTS / _PRIOR.sum()
_KERNEL = np.exp(-0.5 * (_PLACES[np.abs(_PLACES) <= 4.0 * _KERNEL_WIDTH] / _KERNEL_WIDTH) ** 2)
_KERNEL /= _KERNEL.sum()
# No residual costs more than this, in units of 2·log-likelihood: some 3.5 scales of a normal, so that a single wild
# timing never pays for two changes.
COST_CAP = 12.0


def on_working_scale(values: FloatArray) -> tuple[FloatArray, bool]:
    """Return `values` on the scale steps are looked for, centred on its median, and whether that is the log scale.

    Parameters
    ----------
    values : float64 (n,), any unit, finite, n ≥ 1.

    Notes
    -----
    Timings scatter in proportion, so positive values are taken as logarithms. A series with a value ≤ 0 is left as it
    is, divided by the median of its absolute values, so that the smallest scale means the same in both.
    """
    if values.min() > 0.0:
        x = np.log(values)
        return x - np.median(x), True
    size = np.median(np.abs(values))
    if size == 0.0:
        size = float(np.abs(values).max()) or 1.0
    x = values / size
    return x - np.median(x), False


@compiled
def scale_and_memory(x: FloatArray) -> tuple[float, float]:
    """Return the standard deviation σ of the noise of x and its lag-one autocorrelation φ, steps notwithstanding.

    Parameters
    ----------
    x : float64 (n,), oldest first, finite.

    Notes
    -----
    With d_k = median |x_t+k − x_t|, an AR(1) process has d_k² ∝ 2 σ² (1 − φᵏ): the ratios d_2²/d_1² = 1 + φ and
    d_3²/d_1² = 1 + φ + φ² each give a φ, and their mean is taken. A step touches k of the differences and no median of
    them. φ is kept within 0 and `LARGEST_MEMORY`. Where more than half of the differences are zero (rounded values) the
    mean absolute difference stands in and φ is 0. σ is 0 for a constant series, and for one shorter than 4.
    """
    n = x.size
    if n < 4:
        return 0.0, 0.0
    d1 = np.median(np.abs(x[1:] - x[:-1]))
    if d1 <= SMALLEST_SCALE:
        # mean |Δ| of a normal is 2σ/√π.
        d = np.abs(x[1:] - x[:-1]).mean() * np.sqrt(np.pi) / 2.0
        return (max(d, SMALLEST_SCALE) if d > 0.0 else 0.0), 0.0
    r2 = (np.median(np.abs(x[2:] - x[:-2])) / d1) ** 2
    r3 = (np.median(np.abs(x[3:] - x[:-3])) / d1) ** 2
    from_two = r2 - 1.0
    from_three = (np.sqrt(max(0.0, 4.0 * r3 - 3.0)) - 1.0) / 2.0
    memory = min(max((from_two + from_three) / 2.0, 0.0), LARGEST_MEMORY)
    return MAD_TO_SD * d1 / np.sqrt(2.0 * (1.0 - memory)), memory


@compiled
def inflation(memory: float) -> float:
    """Return by how much the variance of a long mean exceeds that of independent points: (1 + φ) / (1 − φ)."""
    return (1.0 + memory) / (1.0 - memory)


@compiled
def learnt_cost(residuals: FloatArray) -> FloatArray:
    """Return −2 log density of `residuals`, its least value 0, as a table over −`REACH` … `REACH` steps.

    Parameters
    ----------
    residuals : float64 (n,), in units of the noise's scale, around the level of their segment.

    Returns
    -------
    float64 (2 · REACH + 1,), at residuals (i − REACH) / STEPS_PER_SCALE, none above `COST_CAP`.

    Notes
    -----
    A Gaussian kernel density of the residuals, mixed with a Student density that counts for `_PRIOR_POINTS` points.
    Residuals beyond the table are left out of it.
    """
    counts = np.zeros(_PLACES.size)
    for r in residuals:
        place = r * STEPS_PER_SCALE + REACH
        if 0.0 < place < counts.size - 1:
            i = int(place)
            counts[i] += 1.0 - (place - i)
            counts[i + 1] += place - i
    density = _PRIOR.copy()
    half = _KERNEL.size // 2
    for i in range(counts.size):
        if counts[i] > 0.0:
            for j in range(max(0, i - half), min(counts.size, i + half + 1)):
                density[j] += counts[i] * _KERNEL[j - i + half]
    cost = -2.0 * np.log(density)
    capped: FloatArray = np.minimum(cost - cost.min(), COST_CAP)
    return capped


@compiled
def costs(residual: float, table: FloatArray) -> float:
    """Return what one residual costs under a table from `learnt_cost`; beyond its ends, what it costs there."""
    place = min(max(residual * STEPS_PER_SCALE + REACH, 0.0), 2.0 * REACH - 1e-9)
    i = int(place)
    return float(table[i] + (place - i) * (table[i + 1] - table[i]))
