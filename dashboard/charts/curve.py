"""What a curve is drawn from: seconds, or shares, over a payload or a length of time on a logarithmic axis.

No picture: the script that draws (`components/curve.js`) gets numbers, and every text that stands beside one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from perfwatch.analysis.interval import Estimate

# More ticks than this touch each other on a telephone.
_MOST_TICKS = 7


@dataclass(frozen=True)
class Trace:
    """One curve.

    Attributes
    ----------
    points : (x, y with its interval), ascending; x > 0.
    dash : as in SVG, "" for a solid line.
    is_measured : whether each point is one that was measured: it gets a dot, and its interval a bar. Else the line is
        computed, and its interval a band.
    is_told : whether the legend and the pointer tell of it; a model's line has the name of the curve it is fitted to.
    """

    name: str
    colour: str
    points: tuple[tuple[float, Estimate], ...]
    dash: str = ""
    is_measured: bool = True
    is_told: bool = True
    is_faint: bool = False


@dataclass(frozen=True)
class Axis:
    """An axis: what stands at it, how a value is written, and whether it is logarithmic.

    `ticks` are the values that are written, None for round ones; `tick` writes them, None for `show`.
    """

    title: str
    show: Callable[[float], str]
    log: bool = True
    ticks: tuple[float, ...] | None = None
    tick: Callable[[float], str] | None = None


def curve(
    traces: Sequence[Trace], x: Axis, y: Axis, *, marks: Sequence[tuple[float, str]] = (), height_px: int = 380
) -> dict[str, Any]:
    """Return what the script draws.

    Parameters
    ----------
    marks : values of x with a vertical line and what it says.

    A value that is not positive has no place on a logarithmic axis and is left out.
    """
    lines = [_line(trace, y) for trace in traces]
    xs = [point[0] for line in lines for point in line["points"]] + [at for at, _ in marks if at > 0]
    ys = [v for line in lines for point in line["points"] for v in point[1:4] if v is not None]
    told = sorted({point[0] for trace, line in zip(traces, lines, strict=True) if trace.is_told
                   for point in line["points"]})  # fmt: skip
    return {
        "height": height_px,
        "x": _axis(x, xs, 1.15),
        "y": _axis(y, ys, 1.25),
        "told": [[value, x.show(value)] for value in told],
        "lines": lines,
        "marks": [{"x": at, "text": text} for at, text in marks if at > 0],
    }


def _line(trace: Trace, y: Axis) -> dict[str, Any]:
    points = []
    for at, found in trace.points:
        if at <= 0 or not math.isfinite(found.value) or (y.log and found.value <= 0):
            continue
        bounds = [b if b is not None and math.isfinite(b) and not (y.log and b <= 0) else None
                  for b in (found.lower, found.upper)]  # fmt: skip
        known = None not in bounds
        interval = f"99 %: {y.show(bounds[0])} – {y.show(bounds[1])}" if known and trace.is_told else ""  # type: ignore[arg-type]
        points.append([at, found.value, *bounds, y.show(found.value) if trace.is_told else "", interval])
    return {
        "name": trace.name,
        "colour": trace.colour,
        "dash": trace.dash,
        "measured": trace.is_measured,
        "told": trace.is_told,
        "faint": trace.is_faint,
        "points": points,
    }


def _axis(axis: Axis, values: Sequence[float], room: float) -> dict[str, Any]:
    low, high = (min(values), max(values)) if values else (1.0, 10.0)
    if axis.log:
        low, high = low / room, high * room
        ticks = axis.ticks or log_ticks(low, high)
    else:
        low, high = min(0.0, low), high if high > low else low + 1.0
        ticks = axis.ticks or linear_ticks(low, high)
    shown = [[value, (axis.tick or axis.show)(value)] for value in ticks if low <= value <= high]
    return {"low": low, "high": high, "log": axis.log, "title": axis.title, "ticks": shown}


def log_ticks(low: float, high: float) -> list[float]:
    """Return round values between two positive ones: as many of each decade as there is room for, the 1 at least."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        # By text, so that 5e-06 is the number nearest to it.
        found = [v for d in decades for s in steps if low <= (v := float(f"{s}e{d}")) <= high]
        if len(found) <= _MOST_TICKS:
            return found
    return found


def linear_ticks(low: float, high: float) -> list[float]:
    """Return round values from `low` to `high`, at most `_MOST_TICKS` of them."""
    power = 10.0 ** math.floor(math.log10((high - low) / _MOST_TICKS))
    step = next(s * power for s in (1, 2, 5, 10) if (high - low) / (s * power) <= _MOST_TICKS)
    first = math.ceil(low / step - 1e-9)
    return [float(f"{i * step:.12g}") for i in range(first, math.floor(high / step + 1e-9) + 1)]
