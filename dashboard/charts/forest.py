"""A forest plot: each series' ratio with its interval around "as before", on a logarithmic axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import plotly.graph_objects as go

from charts.layout import figure, plain
from charts.palette import GREEN, GREY, VERMILLION

Tone = Literal["bad", "good", "plain"]
_PENS = {"bad": (VERMILLION, "diamond"), "good": (GREEN, "square"), "plain": (GREY, "circle")}
_ROW_PX, _FRAME_PX = 22, 60
# A label longer than this would leave no room for what is drawn.
_LABEL_CHARS = 48


@dataclass(frozen=True)
class Ratio:
    """After / before of one series; bounds are None where they are not known."""

    label: str
    value: float
    lower: float | None
    upper: float | None
    tone: Tone


def forest(ratios: Sequence[Ratio]) -> go.Figure:
    """Return the figure, the first ratio on top."""
    made = figure(_FRAME_PX + _ROW_PX * max(len(ratios), 2))
    for tone, (colour, symbol) in _PENS.items():
        rows = [(at, r) for at, r in enumerate(ratios) if r.tone == tone]
        if not rows:
            continue
        made.add_trace(
            go.Scatter(
                x=[r.value for _, r in rows],
                y=[at for at, _ in rows],
                mode="markers",
                name={"bad": "worse", "good": "better", "plain": "not told apart"}[tone],
                marker={"color": colour, "symbol": symbol, "size": 9},
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [0 if r.upper is None else r.upper - r.value for _, r in rows],
                    "arrayminus": [0 if r.lower is None else r.value - r.lower for _, r in rows],
                    "color": colour,
                    "thickness": 2,
                },
                text=[plain(r.label) for _, r in rows],
                hovertemplate="%{text}<br>%{x:.4g} ×<extra></extra>",
            )
        )
    made.add_vline(x=1, line={"color": GREY, "dash": "dot", "width": 1})
    made.update_xaxes(type="log", ticksuffix=" ×", automargin=True, nticks=8)
    made.update_yaxes(
        tickvals=list(range(len(ratios))),
        ticktext=[plain(_short(r.label)) for r in ratios],
        range=[len(ratios) - 0.5, -0.5],
        automargin=True,
        zeroline=False,
    )
    return made


def _short(label: str) -> str:
    """Return the end of a label, which tells more than its beginning."""
    return label if len(label) <= _LABEL_CHARS else f"…{label[1 - _LABEL_CHARS :]}"
