"""Equivalence: every architecture at every commit, against the reference and against what was accepted."""

from __future__ import annotations

import answers
import data
import pandas as pd
import state
import streamlit as st
from charts.agreement import agreement
from charts.over_commits import Line, over_commits

from perfwatch.analysis.equivalence import PNL_TOLERANCE_PP
from perfwatch.units import PERCENTAGE_POINTS, TRADES
from views import facts, parts

SHOWN_BREAKS = 8


def standing(grid: pd.DataFrame, commits: pd.DataFrame) -> None:
    """Say in one line whether it is still the same answer."""
    found = answers.standing(grid, commits)
    if found is None:
        st.info("No fingerprint was measured here; `perfwatch run --bench '^equivalence'` measures it.")
    elif found.broken:
        st.error(
            f"**Broken** since `{found.since}` ({found.commits} commits): {', '.join(found.broken)}.",
            icon=":material/emergency_home:",
        )
    else:
        st.success(
            f"**{found.agreeing} of {found.measured} architectures agree with the reference**, and it is the accepted "
            f"one. So since `{found.since}` ({found.commits} commits).",
            icon=":material/verified:",
        )


def breaks(grid: pd.DataFrame, commits: pd.DataFrame) -> None:
    """List the broken cells, newest first, those of one commit with the same difference together."""
    broken = grid[grid["state"].isin(answers.BROKEN)]
    together = list(broken.groupby(["commit_hash", "state", "detail"], sort=False))[::-1]
    for (commit, condition, detail), rows in together[:SHOWN_BREAKS]:
        names = ", ".join(f"`{name}`" for name in rows["architecture"])
        st.markdown(
            f"- {parts.commit_line(commits, str(commit))}: **{condition}**, {names}  \n  {parts.literal(str(detail))}"
        )
    if len(together) > SHOWN_BREAKS:
        st.caption(f"… and {len(together) - SHOWN_BREAKS} earlier ones.")


def at_commit(grid: pd.DataFrame, commit: str) -> pd.DataFrame:
    """Return the fingerprint of every architecture at one commit as a table."""
    here = grid[grid["commit_hash"] == commit]
    return pd.DataFrame(
        {
            "architecture": here["architecture"],
            "state": here["state"],
            "PnL, summed": [PERCENTAGE_POINTS.show(v) if pd.isna(v) else f"{v:,.6f} pp" for v in here["pnl"]],
            "trades, summed": [TRADES.show(v) if pd.isna(v) else f"{v:,.0f}" for v in here["trades"]],
            "digest": here["digest"].fillna("—"),
            "largest deviation": ["—" if pd.isna(v) else f"{v:.3g} pp" for v in here["deviation"]],
            "first difference": here["detail"].fillna(""),
        }
    )


def every_fingerprint(grid: pd.DataFrame, commits: pd.DataFrame) -> pd.DataFrame:
    """Return the fingerprints of all architectures at all commits as a table, newest commit first."""
    names = {"label": "commit", "detail": "first difference"}
    placed = commits.merge(grid, left_on="hash", right_on="commit_hash").iloc[::-1]
    return placed[["hash", "label", "architecture", "state", "pnl", "trades", "digest", "detail"]].rename(columns=names)


def over_time(grid: pd.DataFrame, column: str) -> list[Line]:
    """Return the lines of a fingerprint's number: architectures with the same numbers at all commits share one."""
    shared: dict[tuple[object, ...], list[str]] = {}
    frames = {}
    for name, frame in grid.groupby("architecture", sort=False):
        values = tuple(None if pd.isna(v) else round(float(v), 6) for v in frame[column])
        if any(v is not None for v in values):
            shared.setdefault(values, []).append(str(name))
            frames[values] = frame.assign(value=frame[column], lower=None, upper=None, status="ok", version="")
    return [
        Line(names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more", frames[values])
        for values, names in shared.items()
    ]


chosen = state.chosen()
commits, grid = facts.commits(chosen), facts.grid(chosen)
st.title("Equivalence")
st.markdown(
    f"Is it still the same answer? Trades exactly, PnL to {PNL_TOLERANCE_PP:.6f} percentage points, for every "
    "combination. A faster kernel that changes an answer is a failure."
)
standing(grid, commits)

st.subheader("Architecture × commit")
parts.chart(
    agreement(grid, commits),
    "Grid of architectures and commits; each cell says whether the answer agrees with the reference",
    "grid",
)
st.caption(
    "✓ agrees · ★ accepted here · ✕ DISAGREES with the reference of its own run · → reference MOVED · "
    "! failed · – skipped · empty: not measured"
)
breaks(grid, commits)

st.subheader("Fingerprint at a commit")
commit = parts.pick_commit("commit", "Commit", commits, commits["label"].iloc[-1])
st.dataframe(at_commit(grid, commit), hide_index=True, key="fingerprint")

st.subheader("Fingerprint over time")
for column, unit, title in (("pnl", PERCENTAGE_POINTS, "Summed PnL"), ("trades", TRADES, "Summed trades")):
    st.markdown(f"**{title}**")
    parts.chart(over_commits(over_time(grid, column), commits, unit), f"Line chart of {title} over commits", column)
parts.table_below(lambda: every_fingerprint(grid, commits), len(grid), "fingerprints")

st.subheader("Acceptances")
words = data.acceptances(chosen.store, chosen.version)
if words:
    labels = dict(zip(commits["hash"], commits["label"], strict=True))
    parts.linked(
        pd.DataFrame(
            {
                "hash": [w.commit for w in words],
                "commit": [labels.get(w.commit, w.commit[:8]) for w in words],
                "by": [w.author for w in words],
                "reason": [w.reason for w in words],
                "date": [w.accepted_at for w in words],
            }
        ),
        "acceptances",
    )
else:
    st.caption(
        "None: the first measured fingerprint is the one that holds. "
        "`perfwatch accept COMMIT --reason …` accepts another."
    )
