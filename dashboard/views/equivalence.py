"""Equivalence: every architecture at every commit, against the reference and against what was accepted."""

from __future__ import annotations

import math
from typing import Final

import judgements
import numpy as np
import pandas as pd
import state
import streamlit as st
from charts.agreement import agreement
from charts.line import Line
from charts.timeline import timeline as drawn_from
from components import mosaic, timeline
from components.grid import Cell, Column, Pages, Row, grid
from frames import answers

from perfwatch.analysis.equivalence import PNL_TOLERANCE_PP
from perfwatch.units import PERCENTAGE_POINTS, TRADES
from views import closer, facts, parts

_ROWS = 8
_BREAKS: Final = (
    Column("commit", "Since", head=True),
    Column("commits", "Commits", "right"),
    Column("what", "What"),
    Column("who", "Architectures"),
    Column("how", "How it differs"),
)


def standing(cells: pd.DataFrame, commits: pd.DataFrame) -> None:
    """Say in one line whether it is still the same answer."""
    found = answers.standing(cells, commits)
    if found is None:
        st.info("No fingerprint was measured here; `perfwatch run --bench '^equivalence'` measures it.")
        st.stop()
    n = f"{found.commits:,} commit{'s' if found.commits > 1 else ''}"
    if found.broken:
        names = ", ".join(parts.literal(name) for name in found.broken)
        st.error(f"**Broken** since `{found.since}`, {n}: {names}.", icon=":material/emergency_home:")
    else:
        st.success(
            f"**{found.agreeing} of {found.measured} architectures agree with the reference**, and it is the accepted "
            f"one. So since `{found.since}`, {n}.",
            icon=":material/verified:",
        )


def breaks(cells: pd.DataFrame, commits: pd.DataFrame) -> None:
    """Draw what broke, the newest first; each leads to where it began."""
    found = answers.breaks(cells)
    if not found:
        return
    page = state.page("breaks", len(found), _ROWS)
    part = found[_ROWS * page : _ROWS * (page + 1)]
    named = commits.set_index("hash")
    rows = [_break(at, stretch, named) for at, stretch in enumerate(part)]
    pages = Pages(page, _ROWS, len(found), "breaks")
    clicked = grid(_BREAKS, rows, says="What broke, the newest first", key="breaks-table", pages=pages)
    if "open" in clicked:
        stretch = part[clicked["open"]]
        state.put(commit=named.at[stretch.first, "label"], architecture=stretch.architectures[0])
        st.rerun()


def _break(at: int, stretch: answers.Stretch, named: pd.DataFrame) -> Row:
    label, subject = named.at[stretch.first, "label"], named.at[stretch.first, "subject"] or ""
    first, *others = stretch.architectures
    cells = (
        Cell(f"{label}  {subject}".strip()),
        Cell(f"{stretch.commits:,}"),
        Cell(stretch.state, "bad"),
        Cell(f"{first} and {len(others)} more" if others else first, title=", ".join(stretch.architectures)),
        # How much differs; the rest to who points at it.
        Cell(stretch.detail.partition(";")[0], title=stretch.detail),
    )
    return Row(at, cells, state.link("equivalence", size=chosen.size or "", commit=label, architecture=first))


def every_fingerprint(cells: pd.DataFrame, commits: pd.DataFrame) -> pd.DataFrame:
    """Return the fingerprints of all architectures at all commits as a table, newest commit first."""
    names = {"label": "commit", "detail": "how it differs"}
    placed = commits.merge(cells, left_on="hash", right_on="commit_hash").iloc[::-1]
    wanted = ["hash", "label", "architecture", "state", "pnl", "trades", "digest", "deviation", "detail"]
    return placed[wanted].rename(columns=names)


def over_time(cells: pd.DataFrame, column: str) -> list[Line]:
    """Return the lines of a fingerprint's number: architectures with the same numbers at all commits share one."""
    shared: dict[bytes, list[str]] = {}
    frames = {}
    for name, frame in cells.groupby("architecture", sort=False):
        values = frame[column].to_numpy("float64").round(6)
        if not np.isnan(values).all():
            shared.setdefault(values.tobytes(), []).append(str(name))
            frames[values.tobytes()] = frame.assign(
                value=frame[column], lower=math.nan, upper=math.nan, status="ok", version=""
            )
    return [
        Line(names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more", frames[values])
        for values, names in shared.items()
    ]


def acceptances(commits: pd.DataFrame) -> None:
    """Draw who accepted which fingerprint."""
    st.subheader("Acceptances")
    words = judgements.acceptances(chosen.store, chosen.version)
    if not words:
        st.caption(
            "None: the first measured fingerprint is the one that holds. "
            "`perfwatch accept COMMIT --reason …` accepts another."
        )
        return
    labels = dict(zip(commits["hash"], commits["label"], strict=True))
    told = {
        "hash": [w.commit for w in words],
        "commit": [labels.get(w.commit, w.commit[:8]) for w in words],
        "by": [w.author for w in words],
        "reason": [w.reason for w in words],
        "date": [w.accepted_at for w in words],
    }
    parts.linked(pd.DataFrame(told), "acceptances")


chosen = state.chosen()
commits, cells = facts.commits(chosen), facts.grid(chosen)
st.title("Equivalence")
st.markdown(
    f"Is it still the same answer? Trades exactly, PnL to {PNL_TOLERANCE_PP:.6f} percentage points, for every "
    "combination. A faster kernel that changes an answer is a failure."
)
standing(cells, commits)
st.subheader("Architecture × commit")
overview = st.container()
breaks(cells, commits)
commit, architecture = closer.choose(cells, commits)
with overview:
    names, hashes = answers.in_order(cells["architecture"]), commits["hash"].tolist()
    mosaic.mosaic(
        agreement(cells, commits, architecture, commit),
        "Grid of architectures and commits; each cell says whether the answer agrees with the reference",
        "grid",
        lambda row, column: state.put(commit=commits["label"].iloc[column], architecture=names[row]),
    )
    parts.table_below(lambda: every_fingerprint(cells, commits), len(cells), "fingerprints")
closer.look(chosen, cells, commits, commit, architecture)

st.subheader("Fingerprint over commits")
for column, unit, title in (("pnl", PERCENTAGE_POINTS, "Summed PnL"), ("trades", TRADES, "Summed trades")):
    st.markdown(f"**{title}**")
    lines = drawn_from(over_time(cells, column), commits, unit)
    timeline.timeline(lines, f"Line chart of {title.lower()} over commits", column)
acceptances(commits)
