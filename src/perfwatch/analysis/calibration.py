"""What one commit against itself tells of the noise: how wide, how often it will alarm, and what it hides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perfwatch.analysis import contrast, online
from perfwatch.analysis.noise import MAD_TO_SD
from perfwatch.model import SeriesKey

FloatArray = NDArray[np.float64]

# Fewer values of a series tell no scatter.
FEWEST = 6
# Histories simulated for the forecast, and how long they are; the first commits of each are the baseline's.
_HISTORIES, _COMMITS, _SETTLING = 5_000, 260, 60
# Where neighbours are alike (a mean lag-one correlation beyond the first) values are drawn in stretches of so many, so
# that what lasts some turns lasts some commits; else one by one: stretches of series whose scatter is known roughly
# only would make quiet and loud spells that are none.
_ALIKE, _STRETCH = 0.2, 4


@dataclass(frozen=True)
class SeriesNoise:
    """The noise of one series.

    Attributes
    ----------
    n : how many values it rests on.
    scatter : robust standard deviation of the logarithm of a value from run to run, a fraction; None with too few.
    memory : lag-one correlation of neighbouring values, clipped at ±3 scales; None with too few.
    minimum_detectable : the smallest change, a fraction, that is confirmed four times in five ten commits after it.
    """

    key: SeriesKey
    n: int
    scatter: float | None
    memory: float | None
    minimum_detectable: float | None


@dataclass(frozen=True)
class Forecast:
    """How often pure noise will be told of.

    Attributes
    ----------
    per_thousand : alarms in 1,000 commits of one series.
    per_month : alarms of the whole suite in a month; an upper bound, since the control of false discoveries over a run
        and the smallest change that matters come after it.
    lower, upper : 95 % interval of `per_month` that the simulation's own chance leaves (exact, of a Poisson count).
    """

    per_thousand: float
    per_month: float
    lower: float
    upper: float


def noise(values: Mapping[SeriesKey, Sequence[float]]) -> list[SeriesNoise]:
    """Return the noise of each series, the widest first.

    Parameters
    ----------
    values : of each series in the order they were taken, all of one commit; what is not positive is left out.
    """
    found = [_of_series(key, np.array([v for v in taken if v > 0])) for key, taken in values.items()]
    return sorted(found, key=lambda s: (-(s.scatter if s.scatter is not None else -1.0), s.key.label))


def _of_series(key: SeriesKey, values: FloatArray) -> SeriesNoise:
    if values.size < FEWEST:
        return SeriesNoise(key, int(values.size), None, None, None)
    residuals = np.log(values) - np.median(np.log(values))
    scatter = _scatter(residuals)
    clipped = np.clip(residuals, -3 * scatter, 3 * scatter) if scatter > 0 else residuals * 0.0
    square = float((clipped**2).sum())
    memory = float((clipped[1:] * clipped[:-1]).sum() / square) if square > 0 else 0.0
    return SeriesNoise(key, int(values.size), scatter, memory, contrast.detectable(scatter, max(0.0, memory)))


def _scatter(residuals: FloatArray) -> float:
    """Return 1.4826 · MAD, enlarged for few values as a standard deviation of n − 1 is over one of n."""
    return float(MAD_TO_SD * np.median(np.abs(residuals)) * np.sqrt(residuals.size / (residuals.size - 1)))


def forecast(
    values: Mapping[SeriesKey, Sequence[float]], *, commits_per_month: float, seed: int = 0
) -> Forecast | None:
    """Return how many alarms noise alone will raise; None where no series has values enough.

    Parameters
    ----------
    values : as for `noise`.
    commits_per_month : how many commits are measured in a month.
    seed : of the simulation.

    Notes
    -----
    Residuals of all series, each in units of its own scatter, are drawn together into histories over which the judge's
    own detector is walked: one series has too few values to show its tails, and those are what alarms are made of. What
    the noise does between days, and not within the minutes of a calibration, is not in it.
    """
    rng = np.random.default_rng(seed)
    pools = [p for taken in values.values() if (p := _standard(np.array([v for v in taken if v > 0]))) is not None]
    if not pools:
        return None
    history = np.empty((_HISTORIES, _COMMITS))
    memories = [float((p[1:] * p[:-1]).sum() / (p**2).sum()) for p in (np.clip(p, -3, 3) for p in pools)]
    steps = np.arange(_STRETCH if np.mean(memories) > _ALIKE else 1)
    pool = np.concatenate(pools)
    for row in history:
        starts = rng.integers(0, pool.size, (-(-_COMMITS // steps.size), 1))
        row[:] = pool[(starts + steps).ravel()[:_COMMITS] % pool.size]
    states = online.advance_all(np.exp(0.01 * history), [None] * _HISTORIES)
    alarms = sum(p.standing != "SUSPECT" and p.found > _SETTLING for state in states for p in state.places)
    seen = _HISTORIES * (_COMMITS - _SETTLING)
    scale = commits_per_month * len(values) / seen
    low, high = _poisson(alarms)
    return Forecast(1000 * alarms / seen, alarms * scale, low * scale, high * scale)


def _standard(values: FloatArray) -> FloatArray | None:
    if values.size < FEWEST:
        return None
    residuals = np.log(values) - np.median(np.log(values))
    scatter = _scatter(residuals)
    return np.asarray(residuals / scatter) if scatter > 0 else None


def _poisson(count: int) -> tuple[float, float]:
    """Return the exact 95 % interval of the mean of a Poisson count (Garwood 1936, Biometrika 28)."""
    from scipy.stats import chi2

    return float(chi2.ppf(0.025, 2 * count) / 2) if count else 0.0, float(chi2.ppf(0.975, 2 * count + 2) / 2)
