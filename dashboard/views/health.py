"""Health: can what is measured here be trusted: host, runs, noise, what is missing and what failed."""

from __future__ import annotations

from typing import Final

import judgements
import pandas as pd
import state
import streamlit as st
from charts.line import Level, Line
from charts.timeline import timeline as drawn_from
from components import timeline
from components.grid import Cell, Column, Pages, Row, grid

from perfwatch.units import RATIO
from views import facts
from views.coverage import coverage
from views.runs import runs

_ROWS = 20
_NOISE: Final = (
    Column("series", "Series", head=True),
    Column("noise", "Noise", "right"),
    Column("seen", "Smallest change seen", "right"),
    Column("rounds", "Rounds", "right"),
)


def host(chosen: state.Selection, commits: pd.DataFrame) -> None:
    """Draw the host's factor over the judged commits."""
    st.subheader("Host")
    factors = judgements.factors(chosen.store, chosen.version, chosen.machine, chosen.environment)
    if not factors:
        st.info("The host's part is told when commits are judged: run `perfwatch check`.", icon=":material/gavel:")
        return
    st.caption("How much slower everything ran at once, what owes the commit nothing included. 1 is as usual.")
    frame = pd.DataFrame({"commit_hash": list(factors), "value": list(factors.values())})
    frame = frame.assign(lower=None, upper=None, status="ok", version="")
    drawn = drawn_from([Line("host factor", frame)], commits, RATIO, levels=[Level(1.0, "as usual")])
    timeline.timeline(drawn, "Line chart of the host's factor over commits", "host")


def noise(chosen: state.Selection) -> None:
    """Draw what one commit against itself told of the noise, the noisiest first."""
    st.subheader("Noise")
    known = judgements.noise(chosen.store, chosen.version, chosen.machine, chosen.environment)
    newest = [c for c in known if known and c.calibrated_at == known[0].calibrated_at and c.noise is not None]
    if not newest:
        st.info("Nobody has measured a commit against itself here: run `perfwatch calibrate`.", icon=":material/tune:")
        return
    newest.sort(key=lambda c: -(c.noise or 0.0))
    page = state.page("noise", len(newest), _ROWS)
    rows = [
        Row(
            at,
            (
                Cell(f"{c.benchmark}({', '.join(value for _, value in c.params)})" if c.params else c.benchmark),
                Cell(f"{c.noise:.2%}"),
                Cell("" if c.minimum_detectable is None else f"{c.minimum_detectable:.1%}"),
                Cell(f"{c.rounds}"),
            ),
        )
        for at, c in enumerate(newest[_ROWS * page : _ROWS * (page + 1)])
    ]
    st.caption(f"Commit `{newest[0].commit[:8]}` against itself, {newest[0].calibrated_at:%Y-%m-%d %H:%M} UTC.")
    pages = Pages(page, _ROWS, len(newest), "noise")
    grid(_NOISE, rows, says="Noise of each series, the noisiest first", key="noise", pages=pages)


chosen = state.chosen()
commits = facts.commits(chosen)
st.title("Health")
facts.where_and_when(chosen, commits)
host(chosen, commits)
runs(chosen, commits)
noise(chosen)
coverage(chosen, commits)
facts.machine(chosen)
