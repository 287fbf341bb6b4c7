"""Ratios with their intervals one below the other, on one axis with the line that says "nothing changed"."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from perfwatch.report import svg
from perfwatch.report.plain import short
from perfwatch.units import show_ratio

WIDTH, ROW_PX = 640, 20
SHOWN = 20
_LEFT, _RIGHT, _TOP, _BOTTOM = 260, 84, 34, 26
# Nearer to 1 than this an axis shows nothing but noise.
_NEAREST = math.log(1.02)
# Farther than this nobody compares by eye; a bound beyond is drawn to the edge.
_FARTHEST = math.log(1000)


@dataclass(frozen=True)
class Ratio:
    """A series' after / before with its 95 % interval; `is_worse` is None where nothing can be said."""

    label: str
    ratio: float
    lower: float | None = None
    upper: float | None = None
    is_worse: bool | None = None


def forest(rows: Sequence[Ratio], title: str) -> str | None:
    """Return the first `SHOWN` rows as SVG, the rest counted; None without a row that has a ratio."""
    usable = [r for r in rows if math.isfinite(r.ratio) and r.ratio > 0]
    if not usable:
        return None
    shown, more = usable[:SHOWN], len(usable) - SHOWN
    reach = _reach(shown)
    height = _TOP + ROW_PX * (len(shown) + (more > 0)) + _BOTTOM
    told = "; ".join(f"{short(r.label, 80)} {show_ratio(r.ratio)}" for r in shown)
    root = svg.page(WIDTH, height, title, told)
    svg.words(root, "ink", 12, 20, short(title, svg.fits(WIDTH - 24)), font_weight="bold")
    _axis(root, reach, height)
    for i, row in enumerate(shown):
        _row(root, row, reach, _TOP + ROW_PX * (i + 0.5))
    if more > 0:
        y = _TOP + ROW_PX * (len(shown) + 0.7)
        svg.words(root, "quiet", 12, y, f"… and {more:,} more", font_size=svg.SMALL_PX)
    return svg.text(root)


def _reach(rows: Sequence[Ratio]) -> float:
    """Return how far the axis goes on either side of 1, in logarithms: to what is shown, less far bounds."""
    ratios = max(abs(math.log(r.ratio)) for r in rows)
    bounds = [
        abs(math.log(b)) for r in rows for b in (r.lower, r.upper) if b is not None and b > 0 and math.isfinite(b)
    ]
    near = [b for b in bounds if b <= 3 * max(ratios, _NEAREST)]
    return min(max([ratios, _NEAREST, *near]) * 1.08, _FARTHEST)


def _x(log_ratio: float, reach: float) -> float:
    share = (min(max(log_ratio, -reach), reach) + reach) / (2 * reach)
    return _LEFT + share * (WIDTH - _LEFT - _RIGHT)


def _axis(root: svg.Element, reach: float, height: float) -> None:
    bottom = height - _BOTTOM
    low, high = math.exp(-reach), math.exp(reach)
    # Round percents where they tell steps apart, else powers of two or ten.
    if reach < math.log(2):
        found = [1 + t for t in svg.ticks(low - 1, high - 1, 7)]
    else:
        base = 2 if reach < math.log(20) else 10
        most = math.floor(reach / math.log(base))
        found = [float(base) ** k for k in range(-most, most + 1)]
    for tick in found:
        x = _x(math.log(tick), reach)
        is_one = abs(tick - 1) < 1e-9
        svg.add(root, "line", "pen-quiet" if is_one else "rule", x1=x, x2=x, y1=_TOP, y2=bottom)
        said = "same" if is_one else show_ratio(tick).replace(".0 %", " %")
        svg.words(root, "quiet", x, bottom + 14, said, "middle", font_size=svg.SMALL_PX)


def _row(root: svg.Element, row: Ratio, reach: float, y: float) -> None:
    tone = {None: "quiet", True: "bad", False: "good"}[row.is_worse]
    svg.words(root, "ink", 12, y + 4, short(row.label, svg.fits(_LEFT - 24)))
    if row.lower is not None and row.upper is not None and 0 < row.lower <= row.upper:
        ends = [
            _x(math.log(row.lower), reach),
            _x(math.log(row.upper), reach) if math.isfinite(row.upper) else _x(reach, reach),
        ]
        svg.add(root, "line", f"pen-{tone}", x1=ends[0], x2=ends[1], y1=y, y2=y, stroke_width=2)
        for x in ends:
            svg.add(root, "line", f"pen-{tone}", x1=x, x2=x, y1=y - 4, y2=y + 4, stroke_width=1.5)
    x = _x(math.log(row.ratio), reach)
    svg.add(root, "path", tone, d=svg.path([(x - 4, y), (x, y - 4), (x + 4, y), (x, y + 4)], closed=True))
    svg.words(root, tone, WIDTH - 12, y + 4, show_ratio(row.ratio), "end", font_weight="bold")
