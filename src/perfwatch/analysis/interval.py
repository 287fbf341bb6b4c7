"""Estimates with intervals, and the interval of a ratio or a difference of two of them.

Where both have their samples, the interval is a bootstrap over both (`bootstrap`). Where they have not, it is recovered
from those of its parts (MOVER: Zou & Donner 2008, "Construction of confidence limits about effect measures", Statistics
in Medicine 27): with asv's 99 % intervals of two medians, the result is a 99 % interval too. Either way as far as the
two are independent. They share a host, so a drift between the two widens nothing here: what the interval covers is the
scatter of the samples, not the drift of the machine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from perfwatch.analysis import bootstrap
from perfwatch.model import Measurement

# asv's own level, so that what comes of samples and what comes of intervals say the same.
LEVEL = 0.99


@dataclass(frozen=True)
class Estimate:
    """A value and the bounds of its 99 % interval; a bound that is not known is None.

    `samples` are those the value is the median of, None where they are not known.
    """

    value: float
    lower: float | None = None
    upper: float | None = None
    samples: tuple[float, ...] | None = None

    @classmethod
    def of(cls, measurement: Measurement) -> Estimate | None:
        """Return what a measurement estimates; None where it has no value."""
        m = measurement
        return None if m.status != "ok" or m.value is None else cls(m.value, m.lower, m.upper, m.samples)

    def scaled(self, factor: float) -> Estimate:
        """Return this estimate times `factor` (> 0)."""
        return Estimate(
            self.value * factor,
            None if self.lower is None else self.lower * factor,
            None if self.upper is None else self.upper * factor,
            None if self.samples is None else tuple(s * factor for s in self.samples),
        )


def ratio(above: Estimate, below: Estimate) -> Estimate | None:
    """Return above / below, its interval built on the log scale; None where either value is not positive.

    A bound of the result is None where a bound it needs is missing or not positive.
    """
    if not (above.value > 0 and below.value > 0):
        return None
    value = above.value / below.value
    if above.samples and below.samples:
        bounds = bootstrap.ratio_bounds(above.samples, below.samples, level=LEVEL)
        if bounds is not None:
            return Estimate(value, *bounds)
    down = _root_of_squares(_log_gap(above.value, above.lower), _log_gap(below.upper, below.value))
    up = _root_of_squares(_log_gap(above.upper, above.value), _log_gap(below.value, below.lower))
    return Estimate(
        value,
        None if down is None else value * math.exp(-down),
        None if up is None else value * math.exp(up),
    )


def difference(first: Estimate, second: Estimate) -> Estimate:
    """Return first - second with its interval; a bound is None where a bound it needs is missing."""
    value = first.value - second.value
    if first.samples and second.samples:
        bounds = bootstrap.difference_bounds(first.samples, second.samples, level=LEVEL)
        if bounds is not None:
            return Estimate(value, *bounds)
    down = _root_of_squares(_gap(first.value, first.lower), _gap(second.upper, second.value))
    up = _root_of_squares(_gap(first.upper, first.value), _gap(second.value, second.lower))
    return Estimate(value, None if down is None else value - down, None if up is None else value + up)


def _known(number: float | None) -> bool:
    return number is not None and math.isfinite(number)


def _gap(high: float | None, low: float | None) -> float | None:
    if high is None or low is None or not (_known(high) and _known(low)):
        return None
    return high - low


def _log_gap(high: float | None, low: float | None) -> float | None:
    if high is None or low is None or not (_known(high) and _known(low)) or high <= 0 or low <= 0:
        return None
    return math.log(high / low)


def _root_of_squares(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else math.hypot(a, b)
