"""Many series at once: of what is told of one run, no more than a stated share is false."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def discoveries(p_values: NDArray[np.float64], rate: float) -> NDArray[np.bool_]:
    """Return which of a run's p-values are discoveries at the rate (Benjamini & Hochberg 1995, JRSS B 57).

    Parameters
    ----------
    p_values : float64 (n,), one a series, the choice of a change's place accounted for; NaN where nothing was tested.
    rate : expected share of false ones among the discoveries, at most.

    Notes
    -----
    Series of one run are positively dependent (they share a host and code), under which the procedure holds
    (Benjamini & Yekutieli 2001, Annals of Statistics 29).
    """
    found = np.zeros(p_values.shape, bool)
    known = np.isfinite(p_values)
    ordered = np.sort(p_values[known])
    # scipy's `false_discovery_control` says the same (test), but importing scipy.stats takes longer than judging.
    holds = ordered * (len(ordered) / np.arange(1, len(ordered) + 1)) <= rate
    if holds.any():
        found[known] = p_values[known] <= ordered[np.flatnonzero(holds)[-1]]
    return found
