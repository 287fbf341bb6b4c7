"""All points of one machine and environment as matrices, series by commits: what the judge looks at in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from perfwatch.model import SeriesKey

NOT_MEASURED, OK, FAILED, SKIPPED = 0, 1, 2, 3

# `$ids` (INTEGER[]) are the rows and `$commits` (VARCHAR[]) the columns. A join with two short lists, so that the
# database does the looking up: ten million points take seconds where a dictionary in Python takes minutes.
POINTS = f"""
SELECT r.place - 1 AS row, c.place - 1 AS column,
       CASE status WHEN 'ok' THEN {OK} WHEN 'failed' THEN {FAILED} ELSE {SKIPPED} END::TINYINT AS status,
       coalesce(value, 'nan') AS value, coalesce(lower, 'nan') AS lower, coalesce(upper, 'nan') AS upper
FROM measurements
JOIN (SELECT unnest($ids::INTEGER[]) AS id, generate_subscripts($ids, 1) AS place) r ON r.id = series_id
JOIN (SELECT unnest($commits::VARCHAR[]) AS hash, generate_subscripts($commits, 1) AS place) c ON c.hash = commit_hash
"""


@dataclass(frozen=True)
class Matrix:
    """What was measured on one machine in one environment.

    Attributes
    ----------
    commits : hashes, in the order they were asked for: the columns.
    keys : identities: the rows.
    values, lower, upper : float64 (n_series, n_commits), SI; NaN where there is no number.
    status : int8 (n_series, n_commits), 0 not measured, 1 ok, 2 failed, 3 skipped. A result that is text is ok and NaN.
    """

    commits: tuple[str, ...]
    keys: tuple[SeriesKey, ...]
    values: npt.NDArray[np.float64]
    lower: npt.NDArray[np.float64]
    upper: npt.NDArray[np.float64]
    status: npt.NDArray[np.int8]


def pivot(
    series: Sequence[tuple[int, SeriesKey]], commits: Sequence[str], points: dict[str, npt.NDArray[np.generic]]
) -> Matrix:
    """Return the points of `points` in rows and columns.

    Parameters
    ----------
    series : identifier and identity, in the order of the rows.
    commits : hashes, in the order of the columns.
    points : arrays of one length: `row` and `column` (int), `status` (int8), `value`, `lower`, `upper` (float64).
    """
    shape = (len(series), len(commits))
    at = points["row"], points["column"]
    status = np.zeros(shape, np.int8)
    status[at] = points["status"]
    columns = {}
    for name in ("value", "lower", "upper"):
        columns[name] = np.full(shape, np.nan)
        columns[name][at] = points[name]
    return Matrix(
        tuple(commits), tuple(k for _, k in series), columns["value"], columns["lower"], columns["upper"], status
    )
