"""Ratios with their intervals as letters, one below the other, for where no picture can stand."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.cells import cell_len

from perfwatch.report.forest import Ratio
from perfwatch.report.plain import clean, short
from perfwatch.units import show_ratio

# Of the axis; odd, so that "the same" has a column of its own.
_WIDTH = 41
_LONGEST_LABEL = 44
# An axis as of a change of 2 % at least, where it would show noise only, and of the double at most.
_NEAREST, _FARTHEST = math.log(1.02), math.log(2.0)


def bars(rows: Sequence[Ratio]) -> list[str]:
    """Return a line for each ratio, under the axis: `├──●──┤` is its interval, `◀` and `▶` what lies beyond the edge.

    Parameters
    ----------
    rows : those without a positive, finite ratio are left out.
    """
    shown = [row for row in rows if math.isfinite(row.ratio) and row.ratio > 0]
    if not shown:
        return []
    reach = _reach(shown)
    labels = [short(clean(row.label), _LONGEST_LABEL) for row in shown]
    width = max(cell_len(label) for label in labels)
    ends = show_ratio(math.exp(-reach)), "same", show_ratio(math.exp(reach))
    inner = _WIDTH - len(ends[0]) - len(ends[2])
    lines = [f"{' ' * width}  {ends[0]}{ends[1]:^{inner}}{ends[2]}"]
    for label, row in zip(labels, shown, strict=True):
        pad = " " * (width - cell_len(label))
        lines.append(f"{label}{pad}  {_bar(row, reach)}  {show_ratio(row.ratio)}")
    return lines


def _reach(rows: Sequence[Ratio]) -> float:
    told = [b for row in rows for b in (row.ratio, row.lower, row.upper) if b is not None and 0 < b < math.inf]
    return min(max(_NEAREST, *(abs(math.log(b)) for b in told)), _FARTHEST)


def _column(ratio: float, reach: float) -> int:
    """Return the column of a ratio, −1 left of the axis, `_WIDTH` right of it."""
    share = math.log(ratio) / reach if ratio > 0 else -math.inf
    if abs(share) > 1.001:
        return -1 if share < 0 else _WIDTH
    return round((_WIDTH - 1) * (1 + share) / 2)


def _bar(row: Ratio, reach: float) -> str:
    line = [" "] * _WIDTH
    line[_WIDTH // 2] = "│"
    if row.lower is not None and row.upper is not None and 0 < row.lower <= row.upper:
        low, high = (_column(bound, reach) for bound in (row.lower, row.upper))
        for place in range(max(low, 0), min(high, _WIDTH - 1) + 1):
            line[place] = "─"
        if low >= 0:
            line[min(low, _WIDTH - 1)] = "├"
        if high < _WIDTH:
            line[max(high, 0)] = "┤"
    place = _column(row.ratio, reach)
    line[min(max(place, 0), _WIDTH - 1)] = "◀" if place < 0 else "▶" if place >= _WIDTH else "●"
    return "".join(line)
