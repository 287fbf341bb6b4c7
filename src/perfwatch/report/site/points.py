"""The points of a group of series in a stretch of commits, as a script."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# A text as a result is shown up to here; a fingerprint's table has thousands of digits.
LONGEST_TEXT = 200


def points(
    group: int,
    stretch: int,
    values: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    notes: Mapping[tuple[int, int], str],
) -> bytes | None:
    """Return the script that hands the points over, None where there is none.

    Each series is a list: positions of its points in the stretch (uint8, absent where it has one at every commit),
    values (float64), lower and upper bounds (float32, absent where none is known), in base64 of little-endian numbers;
    and notes, position → text, for points without a number.

    Parameters
    ----------
    values, lower, upper : float64 (n_series, n_commits), at most 256 commits, NaN where there is no number.
    notes : (row, column) → what a point without a number is: `failed`, or the text that came out.
    """
    n_commits = values.shape[1]
    present = np.isfinite(values) | np.isinf(values)
    noted: dict[int, dict[str, str]] = {}
    for (row, column), text in notes.items():
        noted.setdefault(row, {})[str(column)] = text[:LONGEST_TEXT]
    series: dict[str, list[Any]] = {}
    for row in range(values.shape[0]):
        at = np.flatnonzero(present[row])
        if not at.size and row not in noted:
            continue
        positions = None if at.size == n_commits else _base64(at.astype(np.uint8))
        bounds = [_bounds(one[row, at]) for one in (lower, upper)]
        said = [positions, _base64(values[row, at].astype("<f8")), *bounds]
        series[str(row)] = [*said, noted[row]] if row in noted else said
    if not series:
        return None
    return b"perfwatch.points(%d,%d,%s);\n" % (group, stretch, orjson.dumps(series))


def _bounds(bounds: FloatArray) -> str | None:
    return None if np.isnan(bounds).all() else _base64(bounds.astype("<f4"))


def _base64(numbers: NDArray[Any]) -> str:
    return base64.b64encode(numbers.tobytes()).decode()
