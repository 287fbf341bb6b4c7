"""Rows of a query as an aligned table and as JSON."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from perfwatch.report.table import Column, table

if TYPE_CHECKING:
    import pandas as pd


def text(frame: pd.DataFrame) -> str:
    """Return the rows as a table with a line that counts them; a missing value is shown as an em dash."""
    numeric = [frame[name].dtype.kind in "iuf" for name in frame.columns]
    columns = [Column(str(n), "right" if is_number else "left") for n, is_number in zip(frame, numeric, strict=True)]
    rows = [tuple(_cell(value) for value in row) for row in frame.itertuples(index=False)]
    count = "1 row" if len(rows) == 1 else f"{len(rows):,} rows"
    return "\n".join([*table(columns, rows), f"({count})"])


def _cell(value: Any) -> str:
    if _is_missing(value):
        return "—"
    return " ".join(str(value).split())


def as_json(frame: pd.DataFrame) -> str:
    """Return the rows as a JSON array of objects; a missing value is null, an infinite one its name as text."""
    records = [dict(zip(frame.columns, map(_plain, row), strict=True)) for row in frame.itertuples(index=False)]
    return json.dumps(records, indent=2, ensure_ascii=False, default=str, allow_nan=False)


def _plain(value: Any) -> Any:
    if _is_missing(value):
        return None
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, float) and math.isinf(value):
        return str(value)
    return value


def _is_missing(value: Any) -> bool:
    if value is None:
        return True
    if hasattr(value, "__len__"):
        return False  # An array is a value of its own.
    try:
        # NaN and the missing time of day are not equal to themselves.
        return bool(value != value)
    except TypeError:
        return True  # pandas' NA does not say whether it is.
