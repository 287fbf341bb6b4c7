"""The echo curve: a round trip's seconds over its payload, both logarithmic, with floor and slope fitted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from charts.curve import Axis, Trace, curve
from charts.palette import CYCLE, GREY
from perfwatch.analysis.derived import BYTES_MOVED_PER_FLOAT
from perfwatch.analysis.interval import Estimate
from perfwatch.units import BYTES, SECONDS

BYTES_PER_FLOAT = 8

# Published medians of ten runs on an Apple M2 Max, Unix socket: floats → seconds.
STUDY = {1: 14.1e-6, 100: 16.4e-6, 1_000: 18.1e-6, 10_000: 192.5e-6, 100_000: 1_367.3e-6, 150_000: 2_043.4e-6}
_TICKS = (1.0, 10.0, 100.0, 1_000.0, 10_000.0, 100_000.0)


@dataclass(frozen=True)
class Curve:
    """One measured curve.

    Attributes
    ----------
    name : what the legend says.
    group : curves of one group share a colour (a transport at a place, over several commits).
    points : floats in the payload, and seconds a round trip with their interval; ascending.
    floor_s, slope_s_per_byte : the fitted model, None where it could not be fitted.
    chosen : the commit looked at; the one it is compared with is drawn dashed.
    """

    name: str
    group: str
    points: tuple[tuple[int, Estimate], ...]
    floor_s: float | None
    slope_s_per_byte: float | None
    chosen: bool


def echo(curves: Sequence[Curve], *, study: bool = False) -> dict[str, Any]:
    """Return what is drawn of `curves`, and of each chosen one's model floor + slope · bytes."""
    groups = list(dict.fromkeys(curve.group for curve in curves))
    colours = {group: CYCLE[i % (len(CYCLE) - 1)] for i, group in enumerate(groups)}
    measured = [
        Trace(c.name, colours[c.group], c.points, "" if c.chosen else "6 4", is_faint=not c.chosen) for c in curves
    ]
    traces = [*measured, *_models(curves, colours)]
    if study:
        published = tuple((float(floats), Estimate(seconds)) for floats, seconds in STUDY.items())
        traces.append(Trace("the study (M2 Max, Unix)", GREY, published, "11 3 2 3", is_faint=True))
    x = Axis("floats in the payload, there and back", _payload, ticks=_TICKS, tick=_short)
    return curve(traces, x, Axis("seconds", SECONDS.show), height_px=420)


def _models(curves: Sequence[Curve], colours: dict[str, str]) -> Iterator[Trace]:
    for found in curves:
        if not found.chosen or found.floor_s is None or found.slope_s_per_byte is None or not found.points:
            continue
        floats = np.geomspace(1, found.points[-1][0], 40)
        seconds = found.floor_s + found.slope_s_per_byte * BYTES_MOVED_PER_FLOAT * floats
        line = tuple((float(n), Estimate(float(s))) for n, s in zip(floats, seconds, strict=True))
        # Of its curve's name: taken out of the picture together.
        yield Trace(found.name, colours[found.group], line, "2 3", is_measured=False, is_told=False, is_faint=True)


def _payload(floats: float) -> str:
    return f"{floats:,.0f} floats, {BYTES.show(floats * BYTES_PER_FLOAT)} each way"


def _short(floats: float) -> str:
    return f"{floats / 1000:g}k" if floats >= 1000 else f"{floats:g}"
