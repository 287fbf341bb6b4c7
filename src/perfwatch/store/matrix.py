"""All points of one machine and environment as matrices, series by commits: what the judge looks at in one go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from perfwatch.model import SeriesKey

NOT_MEASURED, OK, FAILED, SKIPPED = 0, 1, 2, 3

# `$ids` (INTEGER[]) are the rows and `$commits` (VARCHAR[]) the columns. A join with two short lists, so that the
# database does the looking up: ten million points take seconds where a dictionary in Python takes minutes.
_POINTS = f"""
SELECT r.place - 1 AS row, c.place - 1 AS column,
       CASE status WHEN 'ok' THEN {OK} WHEN 'failed' THEN {FAILED} ELSE {SKIPPED} END::TINYINT AS status, {{numbers}}
FROM measurements
JOIN (SELECT unnest($ids::INTEGER[]) AS id, generate_subscripts($ids, 1) AS place) r ON r.id = series_id
JOIN (SELECT unnest($commits::VARCHAR[]) AS hash, generate_subscripts($commits, 1) AS place) c ON c.hash = commit_hash
"""


def points(*numbers: str) -> str:
    """Return the question for points with these columns of `measurements`, NaN where there is no number."""
    return _POINTS.format(numbers=", ".join(f"coalesce({name}, 'nan') AS {name}" for name in numbers))


@dataclass(frozen=True)
class Matrix:
    """What was measured on one machine in one environment.

    Attributes
    ----------
    commits : hashes, in the order they were asked for: the columns.
    keys : identities: the rows.
    values : float64 (n_series, n_commits), SI; NaN where there is no number.
    status : int8 (n_series, n_commits), 0 not measured, 1 ok, 2 failed, 3 skipped. A result that is text is ok and NaN.
    """

    commits: tuple[str, ...]
    keys: tuple[SeriesKey, ...]
    values: npt.NDArray[np.float64]
    status: npt.NDArray[np.int8]


@dataclass(frozen=True)
class BoundedMatrix(Matrix):
    """The same with each value's interval: `lower`, `upper` as `values`."""

    lower: npt.NDArray[np.float64]
    upper: npt.NDArray[np.float64]


def pivot(
    shape: tuple[int, int], batches: Iterable[Mapping[str, npt.NDArray[Any]]], *numbers: str
) -> tuple[npt.NDArray[np.int8], list[npt.NDArray[np.float64]]]:
    """Return points in rows and columns: their status, and a matrix for each of `numbers`.

    Parameters
    ----------
    batches : the points, some at a time, as arrays of one length: `row` and `column` (int), `status` (int8) and the
        numbers (float64).
    """
    status = np.zeros(shape, np.int8)
    found = [np.full(shape, np.nan) for _ in numbers]
    for batch in batches:
        at = batch["row"], batch["column"]
        status[at] = batch["status"]
        for name, matrix in zip(numbers, found, strict=True):
            matrix[at] = batch[name]
    return status, found
