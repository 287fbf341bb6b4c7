"""DECIDE: measurements in, findings out; no I/O.

`segment(values)` and `online(values, state)` are the detector in the form in which detectors are scored against one
another: thin views of what everything else here uses, without any smallest change that matters. `online` is the module
of that name, which can be called.
"""

from __future__ import annotations

from numpy.typing import ArrayLike

from perfwatch.analysis import changepoint, online

__all__ = ["online", "segment"]


def segment(values: ArrayLike) -> list[int]:
    """Return the index of the first value of each new level of a whole history, ascending.

    Parameters
    ----------
    values : float64 (n,), any unit, oldest first; see `changepoint.segments`.
    """
    return [part.start for part in changepoint.segments(values)[1:]]
