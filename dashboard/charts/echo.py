"""The echo curve: a round trip's seconds over its payload, both logarithmic, with floor and slope fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from charts.layout import describe, figure, plain, unit_axis
from charts.palette import CYCLE, GREY, faded
from perfwatch.analysis.derived import BYTES_MOVED_PER_FLOAT
from perfwatch.units import BYTES, SECONDS

BYTES_PER_FLOAT = 8

# Published medians of ten runs on an Apple M2 Max, Unix socket: floats → seconds.
STUDY = {1: 14.1e-6, 100: 16.4e-6, 1_000: 18.1e-6, 10_000: 192.5e-6, 100_000: 1_367.3e-6, 150_000: 2_043.4e-6}


@dataclass(frozen=True)
class Curve:
    """One measured curve.

    Attributes
    ----------
    name : what the legend says.
    group : curves of one group share a colour (a transport, over several commits).
    frame : columns floats (int), value, lower, upper (float64, seconds, NaN where not known).
    floor_s, slope_s_per_byte : the fitted model, None where it could not be fitted.
    chosen : the commit looked at; the one it is compared with is drawn dashed and open.
    """

    name: str
    group: str
    frame: pd.DataFrame
    floor_s: float | None
    slope_s_per_byte: float | None
    chosen: bool


def echo(curves: Sequence[Curve], *, fit: bool = True, study: bool = False) -> go.Figure:
    """Return the figure of `curves`; with `fit` the line floor + slope · bytes of each chosen one."""
    made = figure(440)
    groups = list(dict.fromkeys(curve.group for curve in curves))
    for curve in curves:
        _add_curve(made, curve, CYCLE[groups.index(curve.group) % len(CYCLE)])
    if fit:
        for curve in curves:
            if curve.chosen:
                _add_fit(made, curve, CYCLE[groups.index(curve.group) % len(CYCLE)])
    if study:
        _add_study(made)
    made.update_xaxes(
        type="log",
        title={"text": "floats in the payload"},
        tickvals=list(STUDY),
        ticktext=["1", "100", "1k", "10k", "100k", ""],
        automargin=True,
    )
    seconds = [s for curve in curves for s in curve.frame["value"] if s > 0] + (list(STUDY.values()) if study else [])
    unit_axis(made, SECONDS, log=(min(seconds), max(seconds)) if seconds else None)
    return made


def _add_curve(made: go.Figure, curve: Curve, colour: str) -> None:
    frame = curve.frame[curve.frame["value"] > 0].sort_values("floats")
    made.add_trace(
        go.Scatter(
            x=frame["floats"],
            y=frame["value"],
            error_y={
                "type": "data",
                "array": (frame["upper"] - frame["value"]).fillna(0.0),
                "arrayminus": (frame["value"] - frame["lower"]).fillna(0.0),
                "width": 0,
                "thickness": 1.5,
            },
            mode="lines+markers",
            line={
                "color": colour if curve.chosen else faded(colour, 0.65),
                "dash": "solid" if curve.chosen else "dash",
                "width": 2 if curve.chosen else 1.5,
            },
            marker={
                "color": colour,
                "size": 8,
                "symbol": "circle" if curve.chosen else "diamond-open",
            },
            text=[_hover(curve.name, row.floats, row.value, row.lower, row.upper) for row in frame.itertuples()],
            hovertemplate="%{text}<extra></extra>",
            name=plain(curve.name),
        )
    )


def _hover(name: str, floats: int, value: float, lower: float, upper: float) -> str:
    known = not (np.isnan(lower) or np.isnan(upper))
    return describe(
        [
            f"<b>{plain(name)}</b>",
            f"<b>{SECONDS.show(value)}</b>",
            f"99 % interval {SECONDS.show(lower)} – {SECONDS.show(upper)}" if known else "interval not known",
            f"{floats:,} floats, {BYTES.show(floats * BYTES_PER_FLOAT)} each way",
        ]
    )


def _add_fit(made: go.Figure, curve: Curve, colour: str) -> None:
    if curve.floor_s is None or curve.slope_s_per_byte is None or curve.frame.empty:
        return
    floats = np.geomspace(1, float(curve.frame["floats"].max()), 60)
    made.add_trace(
        go.Scatter(
            x=floats,
            y=curve.floor_s + curve.slope_s_per_byte * BYTES_MOVED_PER_FLOAT * floats,
            mode="lines",
            line={"color": faded(colour, 0.8), "dash": "dot", "width": 1.5},
            hoverinfo="skip",
            name=f"{plain(curve.name)}: floor + slope · bytes",
        )
    )


def _add_study(made: go.Figure) -> None:
    made.add_trace(
        go.Scatter(
            x=list(STUDY),
            y=list(STUDY.values()),
            mode="lines+markers",
            line={"color": GREY, "dash": "longdashdot", "width": 1.5},
            marker={"color": GREY, "symbol": "square-open", "size": 8},
            text=[_hover("the study, M2 Max, Unix", n, s, float("nan"), float("nan")) for n, s in STUDY.items()],
            hovertemplate="%{text}<extra></extra>",
            name="the study (M2 Max, Unix)",
        )
    )
