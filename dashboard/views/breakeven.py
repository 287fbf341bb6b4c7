"""The break-even: your compute a call and your payload, and what would be lost on each way to cross."""

from __future__ import annotations

import numpy as np
import pandas as pd
import state
import streamlit as st
from charts.curve import Axis, Trace
from charts.curve import curve as drawn_from
from charts.palette import CYCLE
from components import curve
from frames import crossing
from frames.lines import Lines

from perfwatch.analysis.interval import Estimate
from perfwatch.units import BYTES, SECONDS
from views import lost, parts

# Where nothing was typed yet: a combination of the study's sweep, with the series shipped for it.
_FIRST = {"compute": "25", "payload": "150,000"}
_COMPUTE = {"us": "µs", "ms": "ms", "s": "s"}
_BACK = {"little": "a few numbers", "same": "as much as went out"}
_MOST_LINES = 6
# A smaller share is none to anybody.
_LEAST = 5e-5


def draw(lines: Lines, commits: pd.DataFrame, commit: str | None) -> None:
    """Draw the calculator with the costs measured at a commit."""
    st.subheader("Break-even: is a call worth making?")
    ways = [] if commit is None else crossing.ways(lines, commit)
    if not ways:
        st.info("Needs the echo: `perfwatch run --bench '^echo'` measures it.", icon=":material/balance:")
        return
    st.markdown(
        "Type what one call of yours computes, and what it ships; what is lost is the crossing's share of both."
    )
    compute_s, n_bytes = _typed()
    if compute_s is None or n_bytes is None:
        st.error("Type a number of nought or more, such as 2.5 or 150,000.", icon=":material/edit:")
        return
    label = commits.loc[commits["hash"] == commit, "label"].iloc[0]
    calls = {way.label: way.seconds(n_bytes if way.carries else 0.0) for way in ways}
    best = min(ways, key=lambda way: (not way.carries, calls[way.label].value))
    share = crossing.lost(compute_s, calls[best.label])
    st.markdown(
        f"Of a call that computes **{SECONDS.show(compute_s)}** and moves **{BYTES.show(n_bytes)}**, "
        f"**{lost.percent(share.value)}** is lost on the cheapest way here, {parts.literal(best.label)} "
        f"({SECONDS.show(calls[best.label].value)} a call, at `{label}`). {lost.hurdle(calls[best.label])}"
        f"{_loaded(ways, calls, compute_s)}"
    )
    st.html(lost.table(ways, calls, compute_s))
    absent = crossing.missing(lines, ways)
    if absent:
        st.caption(f"Not measured at `{label}`: {parts.literal(', '.join(absent))}.")
    parts.table_below(lambda: lost.numbers(ways, calls, compute_s), len(ways), "break-even-table")
    st.caption(
        "A session loads the series once: its payload does not cross again. Between two measured payloads a straight "
        f"line; beyond the largest ({BYTES.show(max(w.largest for w in ways))} moved) by what the last stretch costs a "
        "byte. A byte costs the same out and back."
    )
    _chart(ways, calls, compute_s)


def _loaded(ways: list[crossing.Way], calls: dict[str, Estimate], compute_s: float) -> str:
    """Return what would be lost in a session, which ships its payload once and not in the call; "" without one."""
    sessions = [calls[way.label] for way in ways if not way.carries]
    if not sessions:
        return ""
    share = crossing.lost(compute_s, min(sessions, key=lambda call: call.value))
    return f" With the payload loaded once, in a session, **{lost.percent(share.value)}** is lost."


def _typed() -> tuple[float | None, float | None]:
    """Return the seconds of compute and the bytes moved that are typed; None for what is no number."""
    for parameter, value in _FIRST.items():
        if parameter not in st.session_state and parameter not in st.query_params:
            st.session_state[parameter] = value
    columns = st.columns([2, 1.2, 2, 1.2, 2])
    with columns[0]:
        compute = state.text("compute", "Compute a call")
    with columns[1]:
        unit = state.pick("cu", list(_COMPUTE), "ms", st.selectbox, "Unit", format_func=_COMPUTE.__getitem__)
    with columns[2]:
        payload = state.text("payload", "Payload")
    with columns[3]:
        of = state.pick("pu", list(crossing.PAYLOAD_UNITS), "floats", st.selectbox, "Payload's unit")
    with columns[4]:
        back = state.pick("back", list(_BACK), "little", st.selectbox, "Comes back", format_func=_BACK.__getitem__)
    return (
        crossing.typed(compute, crossing.COMPUTE_UNITS[unit]),
        crossing.typed(payload, crossing.PAYLOAD_UNITS[of] * crossing.BACK[back]),
    )


def _chart(ways: list[crossing.Way], calls: dict[str, Estimate], compute_s: float) -> None:
    """Draw the share lost over the compute a call."""
    names = [way.label for way in ways]
    shown = state.pick_several(
        "way", names, [], st.multiselect, "Ways in the chart", placeholder=f"the first {min(len(names), 4)}"
    )
    shown = shown[:_MOST_LINES] or names[:4]
    xs = np.geomspace(1e-6, 100.0, 65)
    traces = [
        Trace(
            name,
            CYCLE[i % len(CYCLE)],
            tuple((float(x), share) for x in xs if (share := crossing.lost(float(x), calls[name])).value > _LEAST),
            ("", "7 4", "2 3", "7 3 2 3", "11 4", "11 3 2 3")[i % 6],
            is_measured=False,
        )
        for i, name in enumerate(shown)
    ]
    marks = [(min(max(compute_s, 1e-6), 100.0), "yours")]
    drawn = drawn_from(
        traces,
        Axis("compute a call", SECONDS.show),
        Axis("share lost", lost.percent, ticks=tuple(value for value, _ in lost.TICKS)),
        marks=marks,
    )
    curve.curve(
        drawn,
        "Line chart of the share lost over the compute a call, both logarithmic; the table above has the values",
        "break-even",
    )
