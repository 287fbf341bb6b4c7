"""Compare: any two commits of a place side by side, what changed first, with how sure that is."""

from __future__ import annotations

from collections import Counter
from typing import Final

import data
import pandas as pd
import state
import streamlit as st
from charts.forest import Ratio, Tone, forest
from components.grid import Cell, Column, Pages, Row, grid
from history import percent

from perfwatch.analysis.compare import Compared, Mark
from perfwatch.units import unit
from views import facts, parts

_ROWS, _DRAWN = 50, 30
_MARKS: Final[dict[Mark, tuple[str, Tone]]] = {
    "+": ("worse", "bad"),
    "!": ("fails now", "bad"),
    "-": ("better", "good"),
    "*": ("works again", "good"),
    "~": ("perhaps", "plain"),
    "x": ("not comparable", "plain"),
    " ": ("as before", "plain"),
}
_COLUMNS: Final = (
    Column("series", "Series", head=True),
    Column("before", "Before", "right"),
    Column("after", "After", "right"),
    Column("change", "Change", "right"),
    Column("interval", "95 % interval", "right"),
    Column("effect", "Slower sample", "right"),
    Column("mark", "Mark"),
)
# A commit may be of another benchmark's version, or have failed: neither is a change of what was measured.
_CHANGED: Final = ("+", "!", "-", "*")


def chosen_commits(commits: pd.DataFrame) -> tuple[str, str]:
    """Draw the two selectors and return both hashes: by default the newest commit against the one before."""
    labels = commits["label"].tolist()
    left, right = st.columns(2)
    with left:
        before = parts.pick_commit("before", "Before", commits, labels[-2])
    with right:
        after = parts.pick_commit("after", "After", commits, labels[-1])
    return before, after


def narrowed(rows: list[Compared]) -> list[Compared]:
    """Draw what narrows the rows, and return those left."""
    counts = Counter(row.mark for row in rows)
    families = sorted({_family(row) for row in rows})
    left, middle, right = st.columns([1, 2, 2], vertical_alignment="bottom")
    with left:
        only = state.switch("changed", "Only what changed")
    with middle:
        family = state.pick_several("family", families, [], st.multiselect, "Families", placeholder="all families")
    with right:
        said = ", ".join(f"{counts[mark]:,} {word}" for mark, (word, _) in _MARKS.items() if counts[mark])
        st.caption(said)
    return [r for r in rows if (not only or r.mark in _CHANGED) and (not family or _family(r) in family)]


def _family(row: Compared) -> str:
    return row.key.benchmark.partition(".")[0]


def draw(rows: list[Compared]) -> None:
    """Draw the ratios of the rows that are farthest from 1."""
    known = [row for row in rows if row.ratio is not None and row.ratio.value > 0]
    shown = sorted(known, key=lambda row: -abs(row.worsening))[:_DRAWN]
    if not shown:
        return
    if len(known) > len(shown):
        st.caption(f"The {_DRAWN} of {len(known):,} series that are the farthest apart; the table has them all.")
    ratios = [
        Ratio(row.key.label, row.ratio.value, row.ratio.lower, row.ratio.upper, _MARKS[row.mark][1])
        for row in sorted(shown, key=lambda row: -row.worsening)
        if row.ratio is not None
    ]
    parts.chart(forest(ratios), f"Forest plot of {len(ratios)} ratios with their 95 % intervals", "forest")


def table(rows: list[Compared]) -> None:
    """Draw all rows, a page at a time; each leads to its series."""
    page = state.page("page", len(rows), _ROWS)
    part = rows[_ROWS * page : _ROWS * (page + 1)]
    clicked = grid(
        _COLUMNS,
        [_row(at, row) for at, row in enumerate(part)],
        says="Series at both commits, the worst first",
        key="compared",
        pages=Pages(page, _ROWS, len(rows)),
    )
    if "open" in clicked:
        state.turn_page("views/explore.py", **state.of_series(part[clicked["open"]].key))


def _row(at: int, row: Compared) -> Row:
    shown, (word, tone) = unit(row.key.unit), _MARKS[row.mark]
    ratio = row.ratio
    bounded = ratio is not None and ratio.lower is not None and ratio.upper is not None
    cells = (
        Cell(row.key.label),
        Cell("—" if row.before is None else shown.show(row.before)),
        Cell("—" if row.after is None else shown.show(row.after)),
        Cell("" if ratio is None else percent(ratio.value), "" if tone == "plain" else tone),
        Cell(f"{percent(ratio.lower)} – {percent(ratio.upper)}" if bounded else "", "quiet"),  # type: ignore[union-attr,arg-type]
        Cell(
            "" if row.superiority is None else f"{row.superiority:.0%}",
            "quiet",
            "how often a sample after is above one before",
        ),
        Cell(word, "quiet" if tone == "plain" else tone),
    )
    # What is derived is no series of the store's.
    return Row(at, cells, None if row.key.kind == "derived" else state.link("explore", **state.of_series(row.key)))


chosen = state.chosen()
commits = facts.commits(chosen)
st.title("Compare")
if len(commits) < 2:
    st.info("One commit has nothing to be compared with; measure another.", icon=":material/compare_arrows:")
    st.stop()
before, after = chosen_commits(commits)
with st.spinner("comparing …", show_time=True):
    compared = data.compared(chosen.store, chosen.version, before, after, chosen.machine, chosen.environment)
st.caption(
    "One run of each, on their samples alone: what moved between the two may be the host. Verdicts look at more."
)
rows = narrowed(compared)
if rows:
    draw(rows)
    table(rows)
else:
    st.info("Nothing is like that; take a choice away.", icon=":material/filter_alt_off:")
