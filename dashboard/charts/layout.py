"""What every figure shares: margins, axes of commits and of units, text that may hold markup of its own."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

import plotly.graph_objects as go

from perfwatch.units import Unit

HEIGHT_PX = 380


def figure(height_px: int = HEIGHT_PX) -> go.Figure:
    """Return an empty figure with the shared layout: legend above, room for turned commit labels below."""
    made = go.Figure()
    made.update_layout(
        height=height_px,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        hovermode="closest",
        hoverlabel={"align": "left", "namelength": -1},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "title": {"text": ""}},
    )
    return made


def commit_axis(made: go.Figure, labels: Sequence[str]) -> None:
    """Make x the commits in the order given; plotly leaves out labels where they would touch."""
    made.update_xaxes(
        type="category",
        categoryorder="array",
        categoryarray=list(labels),
        range=[-0.5, max(len(labels) - 0.5, 0.5)],
        tickfont={"family": "monospace", "size": 11},
        automargin=True,
        showgrid=False,
        zeroline=False,
    )


def unit_axis(made: go.Figure, unit: Unit, *, log: tuple[float, float] | None = None) -> None:
    """Make y the unit's: SI prefixes at the ticks where the unit has them, the symbol behind each number.

    Parameters
    ----------
    log : smallest and largest value, both positive, for a logarithmic axis; None for a linear one.
    """
    if log is not None:
        values = log_ticks(*log)
        made.update_yaxes(type="log", tickvals=values, ticktext=[unit.show(v) for v in values], automargin=True)
        return
    suffix = unit.symbol if unit.prefixed or unit.symbol in ("×", "%") else ""
    made.update_yaxes(
        tickformat="~s" if unit.prefixed else ",.6~r",
        ticksuffix=suffix if unit.prefixed else f" {suffix}" if suffix else "",
        title={"text": "" if suffix else unit.symbol},
        automargin=True,
        zeroline=False,
        nticks=7,
    )


def log_ticks(low: float, high: float) -> list[float]:
    """Return round numbers that span `low` to `high`: 1, 2, 5 of each decade, beyond three decades only the 1."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = (1, 2, 5) if last - first <= 3 else (1,)
    # By text, so that 5e-06 is the number nearest to it and shown as 5 µs.
    return [float(f"{step}e{decade}") for decade in range(first - 1, last + 1) for step in steps]


def plain(text: object) -> str:
    """Return `text` such that plotly, which reads a kind of HTML, shows it as it is."""
    return html.escape(str(text), quote=False)


def describe(lines: Sequence[str]) -> str:
    """Return hover text, one of `lines` below the other; empty ones are left out."""
    return "<br>".join(line for line in lines if line)
