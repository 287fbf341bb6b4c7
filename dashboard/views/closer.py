"""One answer looked into: beside the one it is held to, combination by combination, and over commits."""

from __future__ import annotations

from typing import Any, Final

import fingerprints
import pandas as pd
import state
import streamlit as st
from charts.beside import Side
from charts.beside import beside as side_by_side
from charts.deviations import at_one_commit, over_commits, pnl, trades
from components import mosaic
from components.grid import Cell, Column, Pages, Row, Tone, grid
from frames import answers, combinations

from perfwatch.analysis.equivalence import REFERENCE
from views import parts

_ROWS = 20
_COMBINATIONS: Final = (
    Column("combination", "Combination", head=True),
    Column("state", "State"),
    Column("held_pnl", "PnL, held to", "right"),
    Column("pnl", "PnL", "right"),
    Column("deviation", "Difference", "right"),
    Column("held_trades", "Trades, held to", "right"),
    Column("trades", "Trades", "right"),
)


def choose(cells: pd.DataFrame, commits: pd.DataFrame) -> tuple[str, str]:
    """Draw both selectors and return the commit (a hash) and the architecture: by default the newest."""
    st.subheader("Looked into")
    known = cells[~cells["state"].isin(["not measured", "skipped"])]
    newest = known["commit_hash"].iloc[-1]
    measured = commits[commits["hash"].isin(known["commit_hash"])]
    left, right = st.columns(2)
    with left:
        default = measured.loc[measured["hash"] == newest, "label"].iloc[0]
        commit = parts.pick_commit("commit", "Commit", measured, default)
    here = known[known["commit_hash"] == commit]
    names = here["architecture"].tolist()
    broken = known[known["state"].isin(answers.BROKEN)]
    # The one that is wrong here, else one that was wrong, else any.
    wrong = broken.loc[broken["commit_hash"] == commit, "architecture"].tolist()
    once = [name for name in broken["architecture"].iloc[::-1] if name in names]
    others = [name for name in names if name != REFERENCE]
    with right:
        first = (wrong or once or others or names)[0]
        architecture = state.pick("architecture", names, first, st.selectbox, "Architecture")
    return commit, architecture


def look(chosen: state.Selection, cells: pd.DataFrame, commits: pd.DataFrame, commit: str, architecture: str) -> None:
    """Draw the answer of an architecture at a commit beside the one it is held to, and where else it differs."""
    place = (chosen.store, chosen.version, chosen.machine, chosen.environment, chosen.size or "")
    here = fingerprints.at_commit(*place, commit)
    if architecture not in here:
        st.info("No table of combinations is kept of this answer; `perfwatch run --rerun` measures it again.")
        return
    _, origin = fingerprints.held(fingerprints.references(*place), architecture, commit)
    labels = dict(zip(commits["hash"], commits["label"], strict=True))
    beside(here[architecture], architecture, f"reference {labels.get(origin or '', (origin or '')[:8])}")
    st.markdown("**Every architecture at this commit, combination by combination**")
    names = list(here)
    mosaic.mosaic(
        at_one_commit(here, architecture),
        "Heat map of architectures and combinations; each cell says how far the PnL is from what it is held to",
        "combinations",
        lambda row, _: state.put(architecture=names[row]),
    )
    table(here[architecture])
    along(fingerprints.over_commits(*place, architecture), commits, commit, architecture)


def beside(found: pd.DataFrame, architecture: str, held: str) -> None:
    """Draw the first combination beyond the gate, else the farthest one, with both values beside each other."""
    first = combinations.first_beyond(found)
    n_beyond = int(found["is_beyond"].sum())
    if first is None:
        farthest = found["deviation"].abs().max()
        same = "to the last bit" if farthest == 0 else f"the farthest by {farthest:.3g} percentage points"
        st.success(f"All {len(found)} combinations agree with the {held}, {same}.", icon=":material/check_circle:")
        return
    row = found.iloc[first]
    st.markdown(
        f"**{n_beyond} of {len(found)} combinations differ; the first is combination {first}, L = {row['length']}.**"
    )
    other = row["trades"] - row["held_trades"]
    st.html(
        side_by_side(
            [
                Side(held, (("PnL", pnl(row["held_pnl"])), ("trades", trades(row["held_trades"])))),
                Side(f"{architecture}, here", (("PnL", pnl(row["pnl"])), ("trades", trades(row["trades"]))), True),
                Side("difference", (("PnL", pnl(row["deviation"], sign=True)), ("trades", _more(other))), True),
            ]
        )
    )


def _more(other_trades: float) -> str:
    if other_trades != other_trades:
        return "not the same grid"
    return "none" if other_trades == 0 else f"{other_trades:+,.0f}".replace("-", "−")


def table(found: pd.DataFrame) -> None:
    """Draw the combinations with both values, those beyond the gate first."""
    with st.expander(f"Table, {len(found):,} combinations", icon=":material/table_rows:"):
        page = state.page("combinations", len(found), _ROWS)
        part = combinations.worst_first(found).iloc[_ROWS * page : _ROWS * (page + 1)]
        grid(
            _COMBINATIONS,
            [Row(row.combination, _cells(row)) for row in part.itertuples()],
            says="Combinations with both values, those that differ first",
            key="combinations-table",
            pages=Pages(page, _ROWS, len(found), "combinations"),
        )


def _cells(row: Any) -> tuple[Cell, ...]:
    tone: Tone = "bad" if row.is_beyond else "quiet"
    return (
        Cell(f"{row.combination}, L = {row.length}"),
        Cell(row.state, tone),
        Cell(pnl(row.held_pnl)),
        Cell(pnl(row.pnl)),
        Cell(pnl(row.deviation, sign=True), tone),
        Cell(trades(row.held_trades)),
        Cell(trades(row.trades)),
    )


def along(found: dict[str, pd.DataFrame], commits: pd.DataFrame, commit: str, architecture: str) -> None:
    """Draw which combinations of an architecture differed at which commits."""
    st.markdown(f"**{parts.literal(architecture)} over commits, combination by combination**")
    rows = combinations.ever_beyond(found.values())
    if not rows:
        st.caption(f"No combination has ever differed, at none of {len(found):,} commits.")
        return
    n = max(len(frame) for frame in found.values())
    if len(rows) < n:
        st.caption(f"The {len(rows)} of {n} combinations that ever differed.")
    mosaic.mosaic(
        over_commits(found, commits, rows, commit),
        f"Heat map of {len(rows)} combinations and {len(commits)} commits; each cell says how far the PnL is off",
        "commits",
        lambda _, column: state.put(commit=commits["label"].iloc[column]),
    )
    parts.table_below(lambda: combinations.listed(found, commits), combinations.n_beyond(found.values()), "differing")
