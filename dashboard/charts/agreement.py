"""The equivalence grid: architecture × commit, each cell a sign as well as a colour."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from charts.layout import commit_axis, describe, figure, plain
from charts.palette import BLUE, GREEN, GREY, VERMILLION, faded

# state: (what is written in the cell, its colour, the colour below it); in the order of the colour scale. What is right
# is quiet and what is wrong is not.
STATES = {
    "not measured": ("", GREY, faded(GREY, 0.07)),
    "skipped": ("–", GREY, faded(GREY, 0.14)),
    "failed": ("!", "#ffffff", GREY),
    "agrees": ("✓", GREEN, faded(GREEN, 0.16)),
    "accepted": ("★", BLUE, faded(BLUE, 0.2)),
    "DISAGREES": ("✕", "#ffffff", VERMILLION),
    "MOVED": ("→", "#ffffff", VERMILLION),
}
# Beyond this many commits a cell is too narrow for its sign.
_SIGNED_COMMITS = 80
_ROW_PX = 34


def agreement(cells: pd.DataFrame, commits: pd.DataFrame) -> go.Figure:
    """Return the grid.

    Parameters
    ----------
    cells : columns architecture, commit_hash, state (one of STATES), detail (text or None); architectures are drawn in
        the order of their first row, from the top.
    commits : columns hash, label, subject; oldest first, from the left.
    """
    architectures = list(dict.fromkeys(cells["architecture"]))
    found = {(c.architecture, c.commit_hash): c for c in cells.itertuples()}
    codes, hovers = [], []
    for architecture in architectures:
        row = [found.get((architecture, commit)) for commit in commits["hash"]]
        states = ["not measured" if cell is None else cell.state for cell in row]
        codes.append([list(STATES).index(state) for state in states])
        hovers.append(
            [
                describe(
                    [
                        f"<b>{plain(architecture)}: {state}</b>",
                        "" if cell is None or not cell.detail else plain(cell.detail),
                        f"{plain(commit.label)}  {plain(commit.subject or '')}",
                    ]
                )
                for commit, state, cell in zip(commits.itertuples(), states, row, strict=True)
            ]
        )
    made = figure(max(150, 70 + _ROW_PX * len(architectures)))
    made.add_trace(
        go.Heatmap(
            z=codes,
            x=commits["label"].tolist(),
            y=architectures,
            customdata=hovers,
            hovertemplate="%{customdata}<extra></extra>",
            colorscale=_scale(),
            zmin=-0.5,
            zmax=len(STATES) - 0.5,
            showscale=False,
            xgap=2,
            ygap=2,
        )
    )
    if len(commits) <= _SIGNED_COMMITS:
        _add_signs(made, codes, commits["label"].tolist(), architectures)
    commit_axis(made, commits["label"].tolist())
    made.update_yaxes(autorange="reversed", automargin=True, showgrid=False, zeroline=False, ticks="")
    return made


def _add_signs(made: go.Figure, codes: list[list[int]], labels: list[str], architectures: list[str]) -> None:
    """Write the signs over the cells: a heat map's own text has one colour, which suits either light or dark pages."""
    looks = list(STATES.values())
    cells = [
        (label, name, looks[code])
        for name, row in zip(architectures, codes, strict=True)
        for label, code in zip(labels, row, strict=True)
    ]
    made.add_trace(
        go.Scatter(
            x=[label for label, *_ in cells],
            y=[name for _, name, _ in cells],
            text=[sign for *_, (sign, _, _) in cells],
            mode="text",
            textfont={"size": 15, "color": [colour for *_, (_, colour, _) in cells]},
            hoverinfo="skip",
            showlegend=False,
        )
    )


def _scale() -> list[list[object]]:
    """Return a colour scale of steps, one for each state."""
    width = 1 / len(STATES)
    return [
        [edge, colour]
        for i, (_, _, colour) in enumerate(STATES.values())
        for edge in (i * width, min((i + 1) * width, 1.0))
    ]
