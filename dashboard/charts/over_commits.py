"""A value over commits: lines with interval bands, samples, failures; missing stays missing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from charts.layout import commit_axis, describe, figure, plain, unit_axis
from charts.palette import VERMILLION, Pen, faded, pen
from perfwatch.units import Unit

# Above this many points SVG costs seconds a redraw; the GPU's canvas does not, but draws less finely.
SVG_POINTS = 2_000


@dataclass(frozen=True)
class Line:
    """One series to draw.

    Attributes
    ----------
    name : what the legend says.
    frame : columns commit_hash, value, lower, upper (float64, NaN where not known), status and version; optional
        samples (a sequence or None each). In any order; commits that are not there were not measured.
    steps : commits (hashes) at which a new level begins.
    """

    name: str
    frame: pd.DataFrame
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Level:
    """A horizontal line to compare with."""

    value: float
    text: str


def over_commits(
    lines: Sequence[Line],
    commits: pd.DataFrame,
    unit: Unit,
    *,
    log: bool = False,
    samples: bool = False,
    levels: Sequence[Level] = (),
) -> go.Figure:
    """Return the figure of `lines` over `commits`.

    Parameters
    ----------
    commits : columns hash, label, subject, committed_at; oldest first. They are the x axis, all of them.
    log : logarithmic y; values that are not positive are left out there.
    samples : draw every sample as a faint point.

    A line is broken where a commit has no value and where the benchmark's version changed: what was measured before
    and after is not the same series.
    """
    made = figure()
    drawn = [(line, pen(i), _on_axis(line.frame, commits, log)) for i, line in enumerate(lines)]
    scatter = go.Scattergl if sum(len(f) for *_, f in drawn) > SVG_POINTS else go.Scatter
    for line, drawn_with, frame in drawn:
        for stretch in _stretches(frame):
            _add_band(made, stretch, drawn_with, line.name)
    if samples:
        for line, drawn_with, frame in drawn:
            _add_samples(made, frame, drawn_with, line.name, unit)
    for line, drawn_with, frame in drawn:
        made.add_trace(scatter(**_centre(line.name, drawn_with, frame, unit)))
    _add_failures(made, drawn)
    for level in levels:
        made.add_hline(
            y=level.value,
            line={"width": 1, "dash": "dot", "color": "#7f7f7f"},
            annotation={"text": plain(level.text), "font": {"size": 11, "color": "#7f7f7f"}},
            annotation_position="top left",
        )
    commit_axis(made, commits["label"].tolist())
    _value_axis(made, drawn, unit, log)
    made.update_layout(showlegend=len(lines) > 1)
    return made


def _on_axis(frame: pd.DataFrame, commits: pd.DataFrame, log: bool) -> pd.DataFrame:
    """Return one row a commit in the axis's order; where nothing was measured, NaN."""
    measured = frame.drop_duplicates("commit_hash", keep="last").set_index("commit_hash")
    placed = commits.set_index("hash").join(measured[[c for c in _COLUMNS if c in measured.columns]])
    for column in ("value", "lower", "upper"):
        numbers = pd.to_numeric(placed[column], errors="coerce").astype("float64")
        finite = numbers.map(math.isfinite) & ((numbers > 0) if log else True)
        placed[column] = numbers.where(finite)
    return placed


_COLUMNS = ("value", "lower", "upper", "status", "version", "samples")


def _value_axis(made: go.Figure, drawn: Sequence[tuple[Line, Pen, pd.DataFrame]], unit: Unit, log: bool) -> None:
    """Give y its unit, and a range where all values are the same: plotly's own would be of the last bits."""
    values = pd.concat([frame["value"] for *_, frame in drawn]).dropna() if drawn else pd.Series(dtype="float64")
    unit_axis(made, unit, log=(float(values.min()), float(values.max())) if log and len(values) else None)
    if log or values.empty:
        return
    middle, span = float(values.median()), float(values.max() - values.min())
    if span <= 1e-6 * abs(middle):
        room = 0.02 * abs(middle) or 1.0
        made.update_yaxes(range=[middle - room, middle + room])


def _stretches(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the runs of neighbouring commits that have a value of one version."""
    present = frame["value"].notna()
    version = frame["version"].fillna("")
    begins = present & (~present.shift(fill_value=False) | (version != version.shift()))
    for _, stretch in frame[present].groupby(begins.cumsum()[present]):
        yield stretch


def _add_band(made: go.Figure, stretch: pd.DataFrame, drawn_with: Pen, name: str) -> None:
    known = stretch.dropna(subset=["lower", "upper"])
    if len(known) < 2:
        return  # a single commit has no area; its interval is the bar at its point
    made.add_trace(
        go.Scatter(
            x=[*known["label"], *known["label"][::-1]],
            y=[*known["upper"], *known["lower"][::-1]],
            fill="toself",
            fillcolor=faded(drawn_with.colour, 0.16),
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
            showlegend=False,
            legendgroup=name,
            name=f"{name}, interval",
        )
    )


def _add_samples(made: go.Figure, frame: pd.DataFrame, drawn_with: Pen, name: str, unit: Unit) -> None:
    if "samples" not in frame.columns:
        return
    x: list[str] = []
    y: list[float] = []
    for label, taken in zip(frame["label"], frame["samples"], strict=True):
        values = [] if taken is None or isinstance(taken, float) else [float(v) for v in taken]
        x += [label] * len(values)
        y += values
    made.add_trace(
        (go.Scattergl if len(x) > SVG_POINTS else go.Scatter)(
            x=x,
            y=y,
            mode="markers",
            marker={"size": 5, "color": faded(drawn_with.colour, 0.35), "symbol": drawn_with.symbol},
            text=[unit.show(value) for value in y],
            hovertemplate="sample %{text}<br>%{x}<extra></extra>",
            showlegend=False,
            legendgroup=name,
            name=f"{name}, samples",
        )
    )


def _centre(name: str, drawn_with: Pen, frame: pd.DataFrame, unit: Unit) -> dict[str, object]:
    x, y, text, single = _with_breaks(frame, unit, name)
    return {
        "x": x,
        "y": y,
        "error_y": single,
        "mode": "lines+markers",
        "line": {"color": drawn_with.colour, "dash": drawn_with.dash, "width": 2},
        "marker": {"color": drawn_with.colour, "symbol": drawn_with.symbol, "size": 7},
        "connectgaps": False,
        "text": text,
        "hovertemplate": "%{text}<extra></extra>",
        "legendgroup": name,
        "name": plain(name),
    }


def _with_breaks(
    frame: pd.DataFrame, unit: Unit, name: str
) -> tuple[list[str], list[float | None], list[str], dict[str, object]]:
    """Return x, y, hover text and error bars, with an empty point wherever the line must not connect."""
    x: list[str] = []
    y: list[float | None] = []
    text: list[str] = []
    up: list[float] = []
    down: list[float] = []
    for stretch in _stretches(frame):
        if x:
            x.append(stretch["label"].iloc[0])
            y.append(None)
            text.append("")
            up.append(0.0)
            down.append(0.0)
        alone = len(stretch.dropna(subset=["lower", "upper"])) == 1
        for row in stretch.itertuples():
            x.append(row.label)
            y.append(row.value)
            text.append(_hover(row, unit, name))
            bar = alone and not (math.isnan(row.upper) or math.isnan(row.lower))
            up.append(row.upper - row.value if bar else 0.0)
            down.append(row.value - row.lower if bar else 0.0)
    bars = {"type": "data", "array": up, "arrayminus": down, "width": 0, "thickness": 2, "visible": any(up)}
    return x, y, text, bars


def _hover(row: object, unit: Unit, name: str) -> str:
    value, lower, upper = row.value, row.lower, row.upper  # type: ignore[attr-defined]
    taken = getattr(row, "samples", None)
    spread = ""
    if taken is not None and not isinstance(taken, float) and len(taken):
        spread = f"{len(taken)} samples, {unit.show(min(taken))} – {unit.show(max(taken))}"
    known = not (math.isnan(lower) or math.isnan(upper))
    when = row.committed_at  # type: ignore[attr-defined]
    return describe(
        [
            f"<b>{plain(name)}</b>",
            f"<b>{plain(unit.show(value))}</b>",
            f"99 % interval {unit.show(lower)} – {unit.show(upper)}" if known else "",
            spread,
            f"{plain(row.label)}  {plain(row.subject or '')}",  # type: ignore[attr-defined]
            "" if pd.isna(when) else f"{when:%Y-%m-%d %H:%M}",
        ]
    )


def _add_failures(made: go.Figure, drawn: Sequence[tuple[Line, Pen, pd.DataFrame]]) -> None:
    failed: dict[str, list[str]] = {}
    for line, _, frame in drawn:
        for label in frame.loc[frame["status"] == "failed", "label"]:
            failed.setdefault(label, []).append(line.name)
    for label, names in failed.items():
        made.add_annotation(
            x=label,
            y=0,
            yref="paper",
            yanchor="bottom",
            text="✕ failed",
            textangle=-90,
            showarrow=False,
            font={"size": 11, "color": VERMILLION},
            hovertext=describe([f"failed at {plain(label)}", *(plain(n) for n in names)]),
        )
