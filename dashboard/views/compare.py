"""Compare: any two commits of a place side by side: first whether the answers are the same, then what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import judgements
import pandas as pd
import state
import streamlit as st
from charts.forest import axis
from components.grid import Pages, grid

from perfwatch.analysis.compare import Compared, Comparison
from perfwatch.analysis.families import families, family_of
from views import chooser, contrast, facts, parts

_ROWS, _FAMILIES = 50, 8
# A commit may be of another benchmark's version, or have failed: neither is a change of what was measured.
_CHANGED: Final = ("+", "!", "-", "*")


def answers(found: judgements.TwoCommits, after: str) -> None:
    """Say whether the answers are the same: a faster wrong kernel is a failure."""
    if found.breaks:
        lines = [
            f"- **{parts.literal(b.architecture)}** {b.kind} {parts.literal(b.size)}: {parts.literal(b.detail)}"
            for b in found.breaks
        ]
        st.error(
            f"**The answers of {after} are not the same: what was measured is not comparable.**\n" + "\n".join(lines),
            icon=":material/emergency_home:",
        )
    elif found.answers:
        count = "1 fingerprint" if found.answers == 1 else f"{found.answers} fingerprints"
        st.success(f"The answers are the same, by {count}.", icon=":material/fingerprint:")
    else:
        st.caption("Nothing is known of the answers: no fingerprint was measured at both.")


def narrowed(rows: Sequence[Compared]) -> list[Compared]:
    """Draw what narrows the rows, and return those left."""
    counts = Counter(row.mark for row in rows)
    left, middle, right = st.columns([1, 2, 2], vertical_alignment="bottom")
    with left:
        only = state.switch("changed", "Only what changed")
    with middle:
        names = sorted({family_of(row.key) for row in rows})
        chosen = state.pick_several("family", names, [], st.multiselect, "Families", placeholder="all families")
    with right:
        words = [(f"{counts[mark]:,} {word}", mark) for mark, (word, _) in contrast.MARKS.items() if counts[mark]]
        st.caption(", ".join(text for text, _ in words))
    return [r for r in rows if (not only or r.mark in _CHANGED) and (not chosen or family_of(r.key) in chosen)]


def by_family(rows: Sequence[Compared], shas: dict[str, str]) -> None:
    """Draw a row a family, each a fold: opened, the table below has its series."""
    found = families(rows)
    if len(found) < 2:
        return
    page = state.page("families", len(found), _FAMILIES)
    part = found[_FAMILIES * page : _FAMILIES * (page + 1)]
    on = axis([f.ratio.value for f in found if f.ratio is not None])
    clicked = grid(
        contrast.family_columns(on),
        [contrast.family_row(f, on, state.link("compare", **shas, family=f.name)) for f in part],
        says="Families of series with the geometric mean of how much worse they are",
        key="families",
        pages=Pages(page, _FAMILIES, len(found), "families") if len(found) > _FAMILIES else None,
    )
    st.caption(
        "Geometric mean of how many times worse each series is; its interval is Student's over the series: how "
        "differently they moved."
    )
    if "open" in clicked:
        state.turn_page("views/compare.py", **shas, family=str(clicked["open"]))


def table(comparison: Comparison, rows: list[Compared], shas: dict[str, str]) -> None:
    """Draw the rows, a page at a time, with their ratios on one axis; each leads to its series."""
    order, descending = state.asked("order", "mark"), state.asked("descending", "0") == "1"
    if order == "series":
        rows = sorted(rows, key=lambda r: r.key.label, reverse=descending)
    elif order == "ratio":
        rows = sorted(rows, key=lambda r: r.ratio.value if r.ratio else 0.0, reverse=descending)
    elif descending:
        rows = rows[::-1]
    page = state.page("page", len(rows), _ROWS)
    part = comparison.bounded(rows[_ROWS * page : _ROWS * (page + 1)])
    on = axis([row.ratio.value for row in rows if row.ratio is not None])
    clicked = grid(
        contrast.columns(on),
        [contrast.row_of(at, row, on) for at, row in enumerate(part)],
        says="Series at both commits, and their ratios with 95 % intervals as a forest plot",
        key="compared",
        sort=(order if order in ("series", "ratio") else "mark", descending),
        pages=Pages(page, _ROWS, len(rows)),
    )
    st.download_button(
        f"Download as CSV, {len(rows):,} rows",
        lambda: contrast.raw(comparison.bounded(rows)).to_csv(index=False).encode(),
        file_name=f"{shas['before']}-{shas['after']}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    if "open" in clicked:
        state.turn_page("views/explore.py", **state.of_series(part[clicked["open"]].key))


def show(chosen: state.Selection, commits: pd.DataFrame) -> None:
    """Draw the page of a place with two commits at least."""
    left, right = st.columns(2)
    hashes = commits["hash"].tolist()
    with right:
        after = chooser.choose(chosen, "after", "After", commits, hashes[-1])
    with left:
        before = chooser.choose(chosen, "before", "Before", commits, hashes[max(0, hashes.index(after) - 1)])
    with st.spinner("comparing …", show_time=True):
        found = judgements.compared(chosen.store, chosen.version, before, after, chosen.machine, chosen.environment)
    label = dict(zip(commits["hash"], commits["label"], strict=True))
    answers(found, label[after])
    st.caption(
        "One run of each, on their samples alone: what moved between the two may be the host. Verdicts look at more."
    )
    shas = {"before": before[:12], "after": after[:12]}
    by_family(found.comparison.rows, shas)
    rows = narrowed(found.comparison.rows)
    if rows:
        table(found.comparison, rows, shas)
    else:
        st.info("Nothing is like that; take a choice away.", icon=":material/filter_alt_off:")


known = facts.commits(state.chosen())
st.title("Compare")
if len(known) < 2:
    st.info("One commit has nothing to be compared with; measure another.", icon=":material/compare_arrows:")
else:
    show(state.chosen(), known)
