"""How much the newest points of a series say for a step: nine figures, and what they weigh together.

No single statistic told real steps from real noise well enough (METHODOLOGY.md has the figures of each alone): the
likelihood ratio believes runs of outliers, the robust z is blind to a level never seen before, both are silent on
whether the place is right. Their logistic combination is: its score is the log odds that there is a step and that its
first commit is known within five. The weights were fitted on two thirds of the windows of real noise with one step or
none injected, on simulated noise, and held against the rest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perfwatch.analysis.changepoint import fitted, levels_of, likeliest, residuals_of
from perfwatch.analysis.compiled import compiled
from perfwatch.analysis.guards import CAP
from perfwatch.analysis.noise import costs, learnt_cost

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# How many points before the step the robust z looks at: as many as are one regime in most projects, fewer are noisier.
BASELINE = 120
# The penalty of the segmentation that proposes steps: a sensitive one, since the evidence is weighed afterwards.
SENSITIVE = 3.0
# Within this many points of its place the step has to be, for "near"; the score's own tolerance is five.
_NEAR = 4
# A known level younger than this is taken back rather than followed by another: with 8 instead, false alarms in real
# noise rose by a tenth.
_FEWEST_OF_A_LEVEL = 24
# More points than this in the level before say nothing more.
_LONG_ENOUGH = 60.0
# Beyond this many standard errors a z is simply large.
_LARGEST_Z = 12.0
# Lags over which outliers that come in runs are counted as one.
_RUN_LAGS = 3
_LAGS = 6

# A past of so many points within so many scales has no excursions; the cap on the size of a step there, and else.
_QUIET_FOR, _QUIET = 25, 4.0
_LARGEST_QUIET, _LARGEST = 5.0, 8.0

FIGURES = 11
# Of z, log gain/f, log k, log |μ1 − μ0|, f, log gain/q, log spread, z·log k, near, log length of the level before, rank
# z, and the constant: log odds, so a weight of 1 is a factor of e.
WEIGHTS = np.array([0.986, 2.881, -1.733, -3.328, 1.396, 0.425, 0.554, -0.153, 2.092, 1.665, 0.137, -17.082])


@compiled
def newest_step(x: FloatArray, since: int, known: int, figures: FloatArray) -> tuple[int, int]:
    """Return the first index of the newest level and its direction (1 up, −1 down); −1 and 0 where there is none.

    Parameters
    ----------
    x : float64 (n,), on the working scale (`noise.on_working_scale`), oldest first, finite, n ≥ `changepoint.FEWEST`.
    since, known : where the level that is known began, and in which direction; what a step the other way is compared
        with lies after it, if there is enough of it.
    figures : float64 (`FIGURES`,), out: what `score` weighs; left as it is where there is no step.

    Notes
    -----
    Let μ0 and μ1 be the levels before and after, ρ the learnt cost, k the points since the step. Then

        gain = Σ over the new points of ρ(x − μ0) − ρ(x − μ1)

    is twice a log-likelihood ratio; f is the inflation by memory; q the same of the points' own scores in the past,
    which is large where outliers come in runs. z compares clipped means in units of the baseline's interquartile range.
    Near is the posterior weight, under the biweight cost, of the places close to the one found.
    """
    z, bounds, _, f = fitted(x, SENSITIVE)
    if bounds.size <= 2:
        return -1, 0
    levels = levels_of(z, bounds)
    residuals = residuals_of(z, bounds, levels)
    table = learnt_cost(residuals)
    start, previous = bounds[-2], bounds[-3]
    before, after = levels[-2], levels[-1]
    k = z.size - start
    gain = 0.0
    for i in range(start, z.size):
        gain += costs(z[i] - before, table) - costs(z[i] - after, table)
    gain = max(gain, 1e-3)
    direction = 1 if after > before else -1
    # A level that goes back to an older one is new all the same, once the one between is known.
    goes_back = direction == -known and start - since >= _FEWEST_OF_A_LEVEL
    low = max(since if goes_back else 0, start - BASELINE)
    standard, spread = standard_step(direction * z[low:], start - low)
    q = max(f, _runs(residuals[:start], after - before, table))
    figures[0] = min(max(standard, -2.0), _LARGEST_Z)
    figures[1] = np.log(gain / f)
    figures[2] = np.log(k)
    figures[3] = np.log(min(abs(after - before), _largest_step(residuals[:start])))
    figures[4] = f
    figures[5] = np.log(gain / q)
    figures[6] = np.log(spread)
    figures[7] = figures[0] * figures[2]
    place = likeliest(z, previous, z.size, before, after, table, f, _NEAR)
    figures[8] = _near(z, previous, place, before, after, q)
    figures[9] = np.log(min(float(start - previous), _LONG_ENOUGH))
    figures[10] = ranked(direction * z[low:], start - low)
    return place, direction


@compiled
def _largest_step(before: FloatArray) -> float:
    """Return the size of step, in scales, from which on a larger one is no less likely to be a step.

    The weights were fitted on steps of up to five scales and excursions of any size, and so take size for a sign of an
    excursion. Where the past shows none, a larger step is only a clearer one.
    """
    recent = before[max(0, before.size - BASELINE) :]
    quiet = recent.size >= _QUIET_FOR and np.abs(recent).max() < _QUIET
    return _LARGEST_QUIET if quiet else _LARGEST


@compiled
def score(figures: FloatArray) -> float:
    """Return the log odds that there is a step where `newest_step` found it."""
    total = WEIGHTS[FIGURES]
    for i in range(FIGURES):
        total += WEIGHTS[i] * figures[i]
    return float(total)


@compiled
def standard_step(x: FloatArray, many: int) -> tuple[float, float]:
    """Return the robust z of the points from `many` on against those before, and the baseline's spread.

    Notes
    -----
    Points are taken in units of the baseline's median and interquartile range / 1.349 and clipped at ±`CAP`, so that no
    outlier counts for more than three. z = difference of means / √(g(k)/k + g/m), with g the variance inflation of a
    mean of an AR(1) process whose φ is the lag-one correlation of the clipped baseline; population moments throughout.
    """
    k = x.size - many
    base = np.sort(x[:many])
    middle = np.median(base)
    spread = (base[int(0.75 * (many - 1))] - base[int(0.25 * (many - 1))]) / 1.349
    # A baseline that mostly repeats one value still has a resolution: a thousandth of the noise's own scale.
    spread = max(spread, 1e-3)
    old = np.minimum(np.maximum((x[:many] - middle) / spread, -CAP), CAP)
    new = np.minimum(np.maximum((x[many:] - middle) / spread, -CAP), CAP).mean()
    mean = old.mean()
    memory, square = 0.0, 1e-12
    for i in range(many):
        square += (old[i] - mean) ** 2
        if i > 0:
            memory += (old[i] - mean) * (old[i - 1] - mean)
    memory = min(max(memory / square, 0.0), 0.9)
    return (new - mean) / np.sqrt(mean_variance(memory, k) + mean_variance(memory, 10**9) * 1e9 / many), spread


@compiled
def ranked(x: FloatArray, many: int) -> float:
    """Return the z of the mean rank of the points from `many` on among those before.

    Notes
    -----
    A point's rank is the part of the baseline below it, ties counted half. The variance of a mean of ranks comes from
    the long-run variance of the baseline's own ranks (Bartlett's weights, `_LAGS` lags), divided by the number of
    points on each side.
    """
    k = x.size - many
    ordered = np.sort(x[:many])
    own = np.empty(many)
    for i in range(many):
        own[i] = _rank(ordered, x[i]) - 0.5
    long_run = (own * own).mean()
    for lag in range(1, min(_LAGS, many - 1) + 1):
        long_run += 2.0 * (1.0 - lag / (_LAGS + 1.0)) * (own[lag:] * own[:-lag]).sum() / many
    long_run = max(long_run, 1.0 / 36.0)
    mean = 0.0
    for i in range(many, x.size):
        mean += (_rank(ordered, x[i]) - 0.5) / k
    return float(mean / np.sqrt(long_run * (1.0 / k + 1.0 / many)))


@compiled
def _rank(ordered: FloatArray, value: float) -> float:
    low = np.searchsorted(ordered, value)
    high = low
    while high < ordered.size and ordered[high] == value:
        high += 1
    return float((low + high) / 2.0 / ordered.size)


@compiled
def mean_variance(memory: float, k: int) -> float:
    """Return the variance of the mean of k points of a unit AR(1) process with lag-one correlation `memory`."""
    whole = (1.0 + memory) / (1.0 - memory)
    return (whole - 2.0 * memory * (1.0 - memory**k) / (k * (1.0 - memory) ** 2)) / k


@compiled
def _runs(residuals: FloatArray, step: float, table: FloatArray) -> float:
    """Return 1 + 2 Σ of the positive autocorrelations of what each old point would have said for this step."""
    n = residuals.size
    said = np.empty(n)
    for i in range(n):
        said[i] = costs(residuals[i], table) - costs(residuals[i] - step, table)
    said -= said.mean()
    square = (said * said).sum() / n + 1e-12
    inflation = 1.0
    for lag in range(1, min(_RUN_LAGS, n - 1) + 1):
        total = 0.0
        for i in range(lag, n):
            total += said[i] * said[i - lag]
        inflation += 2.0 * min(max(total / (n - lag) / square, 0.0), 1.0)
    return inflation


@compiled
def _near(z: FloatArray, previous: int, start: int, before: float, after: float, inflation: float) -> float:
    """Return the posterior weight of the places within `_NEAR` of `start`, given both levels and a flat prior."""
    profile = np.empty(z.size)
    running, best = 0.0, -np.inf
    for i in range(z.size - 1, previous, -1):
        running += min((z[i] - before) ** 2, CAP * CAP) - min((z[i] - after) ** 2, CAP * CAP)
        profile[i] = running
        best = max(best, running)
    total, near = 0.0, 0.0
    for i in range(previous + 1, z.size):
        exponent = 0.5 * (profile[i] - best) / inflation
        weight = np.exp(exponent) if exponent > -30.0 else 0.0
        total += weight
        if abs(i - start) <= _NEAR:
            near += weight
    return near / total
