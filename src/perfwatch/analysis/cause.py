"""Whose part it is: which family moved while the others stood still.

Families are known for the study's own benchmarks; of any other project a family is a module of benchmarks.
"""

from __future__ import annotations

from collections.abc import Iterable

from perfwatch.model import SeriesKey

KERNEL, BOUNDARY, ENCODING = "kernel compute", "boundary floor", "encoding"
# How the family of any other benchmark begins, its module behind it.
MODULE = "module "

_FAMILIES = {
    "compute.time_sweep": KERNEL,
    "kernels.time_sweep": KERNEL,
    "kernels.time_sweep_on_both_cores": KERNEL,
    "echo.time_round_trip": BOUNDARY,
    "boundary.time_one_bar": BOUNDARY,
    "encodings.time_encode": ENCODING,
    "encodings.time_decode": ENCODING,
}
# What is made of several parts moves with each of them, and so accuses none.
_COMPOSED = {"boundary.time_sweep"}


def family(key: SeriesKey) -> str | None:
    """Return the part of the engine that a series measures; None where it measures several."""
    if key.kind == "derived" or key.benchmark in _COMPOSED:
        return None
    module = key.benchmark.rpartition(".")[0] or key.benchmark
    return _FAMILIES.get(key.benchmark, f"{MODULE}{module}")


def likely(moved: Iterable[SeriesKey], stood: Iterable[SeriesKey]) -> str | None:
    """Return the one family that moved, "several parts" where more did, None where nothing simple moved.

    Parameters
    ----------
    moved, stood : series that changed at a commit, and those judged and found unchanged.

    Notes
    -----
    A sweep across a boundary is kernel and boundary in one. Where it alone moved, the crossing of it is to blame if
    the kernel in process was measured and stood still.
    """
    moved = list(moved)
    families = {f for key in moved if (f := family(key)) is not None}
    if len(families) == 1:
        return families.pop()
    if families:
        return "several parts"
    if any(key.benchmark in _COMPOSED for key in moved) and any(family(key) == KERNEL for key in stood):
        return "boundary, not its kernel"
    return None
