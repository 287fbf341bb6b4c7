"""Boundary: what crossing costs, by transport, payload and place, and what that means for a way to call."""

from __future__ import annotations

import data
import pandas as pd
import state
import streamlit as st
import words
from charts.echo import Curve, echo
from charts.line import Line
from charts.timeline import timeline as drawn_from
from components import curve, timeline
from frames import crossing, history
from frames.lines import Lines, commits_of, estimates, plain, together
from frames.ways import BENCHMARKS as OF_WAYS

from perfwatch.analysis.derived import SAYS
from perfwatch.units import SECONDS
from views import breakeven, facts, parts, prices, steps

_ECHO = "echo.time_round_trip"
BENCHMARKS = tuple(dict.fromkeys((*crossing.BENCHMARKS, *OF_WAYS)))


def places(lines: Lines) -> dict[str, tuple[str, str]]:
    """Return transport and affinity of every echo, by the name of the two."""
    every = [(t, a) for t in lines.values("transport", _ECHO) for a in lines.values("affinity", _ECHO)]
    return {
        words.place(t, a): (t, a)
        for t, a in every
        if lines.find(_ECHO, transport=t, floats="1", affinity=a) is not None
    }


def floor(lines: Lines) -> None:
    """Draw the floor over commits: tiles, timeline, table."""
    st.subheader("Floor: one float there and back")
    found = {n: lines.find(_ECHO, transport=t, floats="1", affinity=a) for n, (t, a) in places(lines).items()}
    if not found:
        st.info("The echo was not measured here; `perfwatch run --bench '^echo'` measures it.", icon=":material/timer:")
        return
    parts.cards(
        [parts.card(n, history.tile(line, commits, SECONDS), SAYS["boundary_floor"]) for n, line in found.items()]
    )
    log = state.switch("log", "Logarithmic", default=True, help="Transports and places lie up to ten times apart")
    labels = {lines.label(_ECHO, transport=t, floats="1", affinity=a) for t, a in places(lines).values()}
    labels |= {steps.derived("boundary_floor", affinity=a, transport=t) for t, a in places(lines).values()}
    timeline.timeline(
        drawn_from(
            [Line(n, line) for n, line in found.items()], commits, SECONDS, log=log, marks=steps.of(chosen, labels)
        ),
        "Line chart of the boundary floor over commits, a line for each transport and place, with 99 % intervals",
        "floor",
    )
    rows = together(found, SECONDS)
    parts.table_below(lambda: history.table(rows, commits), len(rows), "floor-table", raw=lambda: plain(rows, commits))


def curves(lines: Lines, commit: str, label: str, names: list[str], is_chosen: bool) -> list[Curve]:
    """Return the echo curves of a commit, one for each transport and place named."""
    fitted = crossing.fitted(readings, commit)
    made = []
    for name in names:
        transport, affinity = places(lines)[name]
        points = [
            (int(floats), found)
            for floats in lines.values("floats", _ECHO)
            if (
                found := estimates(lines.find(_ECHO, transport=transport, floats=floats, affinity=affinity)).get(commit)
            )
        ]
        floor_s, slope = (
            fitted.get(("boundary_floor", transport, affinity)),
            fitted.get(("boundary_slope", transport, affinity)),
        )
        if points:
            made.append(
                Curve(f"{name}, {label}", name, tuple(sorted(points, key=lambda p: p[0])), floor_s, slope, is_chosen)
            )
    return made


def table_of(found: list[Curve]) -> pd.DataFrame:
    """Return every point of the curves, and below each its floor, slope and bandwidth, as a table."""
    rows = []
    for one in found:
        slope = one.slope_s_per_byte
        row = {
            "curve": one.name,
            "floor": SECONDS.show(one.floor_s),
            "slope, a MB moved": SECONDS.show(None if slope is None else slope * 1e6),
            "bandwidth": "—" if not slope or slope <= 0 else f"{1e-9 / slope:.3g} GB/s",
        }
        rows.append(
            row
            | {
                f"{floats:,} {'float' if floats == 1 else 'floats'}": SECONDS.show(point.value)
                for floats, point in one.points
            }
        )
    return pd.DataFrame(rows)


def curve_of(lines: Lines) -> str | None:
    """Draw the echo curve of a commit beside that of another, and return the commit chosen."""
    st.subheader("Echo curve: seconds over payload")
    every = [lines.find(_ECHO, **params) for params in lines.params(_ECHO)]
    measured = commits[commits["hash"].isin(commits_of(line for line in every if line is not None))]
    if measured.empty:
        return None
    labels, known = measured["label"].tolist(), list(places(lines))
    left, right = st.columns(2)
    with left:
        commit = parts.pick_commit("commit", "Commit", measured, labels[-1])
    with right:
        other = parts.pick_commit("against", "Against", measured, labels[-2] if len(labels) > 1 else labels[-1])
    shown = state.pick_several("where", known, [], st.multiselect, "Transports and places", placeholder="all")
    study = state.switch("study", "Show the study's curve", help="Published medians, Apple M2 Max, Unix socket")
    names = dict(zip(measured["hash"], measured["label"], strict=True))
    found = curves(lines, commit, names[commit], shown or known, True)
    if other != commit:
        found += curves(lines, other, names[other], shown or known, False)
    curve.curve(
        echo(found, study=study),
        "Chart on logarithmic axes of a round trip's seconds over the floats in the payload, two commits compared; "
        "the table below has every point",
        "echo",
    )
    st.caption(
        "Dashed: the commit compared with. Dotted: floor + slope × bytes moved, out and back, fitted to relative "
        "residuals with the floor held."
    )
    st.dataframe(table_of(found), hide_index=True, key="fits")
    return commit


chosen = state.chosen()
commits = facts.commits(chosen)
st.title("Boundary")
readings = data.lines(chosen.store, chosen.version, chosen.machine, chosen.environment, BENCHMARKS)
if readings.empty:
    parts.not_here(
        "what it costs to cross into another process, by transport and payload, over commits; what of your own "
        "computation would be lost on it; and what each way to call costs in units of the whole job",
        "perfwatch run --bench '^(echo|compute|boundary)'",
        "`echo`, `compute` and `boundary`",
    )
else:
    st.markdown(
        "What it costs to cross into another process: a floor that each call pays, and a slope that each byte pays."
    )
    found = Lines(readings)
    floor(found)
    at = curve_of(found)
    breakeven.draw(found, commits, at)
    prices.draw(chosen, found, commits)
