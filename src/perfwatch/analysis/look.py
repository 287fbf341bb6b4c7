"""One series of two sides after so many turns of each: how far apart, how surely at this look (see `sequential`)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from perfwatch.model import SeriesKey

FloatArray = NDArray[np.float64]

# Of the interval that is shown, over all looks.
LEVEL = 0.95
# Turns a side before a scatter is believed: of two the interval is 25 scatters wide, and no row was ever decided.
FEWEST = 3
# A tracked number that was the same in so many turns of its side is exact.
_FEWEST_EXACT = 2
_LAST_LOOK = 0.5
# Of a logarithm: what lies beyond is no number any more.
_FARTHEST = 700.0


def share(look: int, most: int) -> float:
    """Return the part of the error that the look after round `look` of `most` has; all parts together are 1."""
    if look < FEWEST:
        return 0.0
    if look >= most:
        return _LAST_LOOK if most > FEWEST else 1.0
    return (1.0 - _LAST_LOOK) / (most - FEWEST)


def two_states(turns: int, astray: int = 0) -> float:
    """Return how likely two equal states part so many turns of two sides by chance, all but `astray` of them."""
    return min(1.0, 2.0 * sum(math.comb(turns, j) for j in range(astray + 1)) / 2.0**turns)


def astray(old: FloatArray, new: FloatArray) -> int:
    """Return how many turns would have to be of the other side for one value to part the two."""
    values = np.concatenate((old, new))
    is_new = np.concatenate((np.zeros(old.size), np.ones(new.size)))
    ascending = np.argsort(values, kind="stable")
    # The value parts at each turn's own: the new at or below it are astray, and the old above it; or all others.
    wrong = np.cumsum(is_new[ascending]) + old.size - np.cumsum(1.0 - is_new[ascending])
    parts = np.append(values[ascending][1:] != values[ascending][:-1], True)
    return int(min(wrong[parts].min(), (values.size - wrong[parts]).min()))


@dataclass(frozen=True)
class Look:
    """A series on its working scale: logarithms, or where a value is not positive parts of the mean before.

    Attributes
    ----------
    n, means : turns and mean (geometric on the log scale) before and after; means in the series' unit.
    is_exact : a tracked number that did not scatter at all.
    step : after less before; infinite where 0 became something else.
    scatter : standard deviation of a turn around its side's mean, pooled, ddof 1 a side; None with too few turns.
    half : half the interval of the step, at this look's level; infinite with too few turns.
    p_value : two-sided, over this look's share; None with too few turns.
    """

    key: SeriesKey
    n: tuple[int, int]
    means: tuple[float, float]
    is_log: bool
    is_exact: bool
    step: float
    scatter: float | None = None
    half: float = math.inf
    p_value: float | None = None

    @property
    def freedom(self) -> int:
        """Degrees of freedom of the scatter."""
        return sum(self.n) - 2

    def as_ratio(self, step: float) -> float:
        """Return a step as after / before."""
        return math.exp(min(step, _FARTHEST)) if self.is_log else 1.0 + step


def look_at(key: SeriesKey, before: Sequence[float], after: Sequence[float], most: int) -> Look:
    """Return a series after a look.

    Parameters
    ----------
    before, after : values of the turns, finite, at least one each.
    most : rounds there will be at most.
    """
    old, new = (np.asarray(side, dtype=np.float64) for side in (before, after))
    n, is_log = (old.size, new.size), bool(old.min() > 0 and new.min() > 0)
    if key.kind == "track" and min(n) >= _FEWEST_EXACT and np.ptp(old) == np.ptp(new) == 0:
        first, second = float(old[0]), float(new[0])
        return Look(
            key, n, (first, second), is_log, True, _step(first, second, is_log), 0.0, 0.0, float(first == second)
        )
    first, second = (float(np.exp(np.log(side).mean()) if is_log else side.mean()) for side in (old, new))
    found = Look(key, n, (first, second), is_log, False, _step(first, second, is_log))
    part = share(min(n), most)
    if part == 0 or not math.isfinite(found.step):
        return found
    x, y = (np.log(side) if is_log else side / (abs(first) or 1.0) for side in (old, new))
    scatter = math.sqrt((x.var() * x.size + y.var() * y.size) / found.freedom)
    error = scatter * error_of(n)
    p_value = max(_p_of(found.step, error, found.freedom), two_states(sum(n), astray(old, new)))
    half = quantile(part * (1.0 - LEVEL), found.freedom) * error
    return replace(found, scatter=scatter, half=half, p_value=min(1.0, p_value / part))


def _step(first: float, second: float, is_log: bool) -> float:
    if first == second:
        return 0.0
    if is_log:
        return math.log(second / first)
    return (second - first) / abs(first) if first else math.copysign(math.inf, second)


def error_of(n: tuple[int, int]) -> float:
    """Return the standard error of a difference of two means, in scatters."""
    return math.sqrt(1.0 / n[0] + 1.0 / n[1])


def _p_of(step: float, error: float, freedom: int) -> float:
    return float(2.0 * special.stdtr(freedom, -abs(step) / error)) if error else float(step == 0)


@lru_cache(maxsize=1024)
def quantile(alpha: float, freedom: int) -> float:
    """Return what |t| exceeds with the chance `alpha`."""
    return float(-special.stdtrit(freedom, alpha / 2.0))
