"""What was measured of the suite and what was not: families over the newest commits, what is missing, commits."""

from __future__ import annotations

from typing import Final

import data
import pandas as pd
import state
import streamlit as st
from components.grid import Cell, Column, Pages, Row, grid

from perfwatch.store.coverage import Family
from views import facts

_ROWS, _FAMILIES, _COMMITS = 20, 20, 10
_MISSING: Final = (
    Column("benchmark", "Missing at the newest commit", head=True),
    Column("n", "Measurements", "right"),
    Column("last", "Measured last at"),
)
_BY_COMMIT: Final = (
    Column("commit", "Commit", head=True),
    Column("date", "Committed"),
    Column("ok", "Came out", "right"),
    Column("failed", "Failed", "right"),
    Column("missing", "Missing", "right"),
)


def coverage(chosen: state.Selection, commits: pd.DataFrame) -> None:
    """Draw how much of each family was measured at the newest commits, what is missing, and each commit's counts."""
    st.subheader("Coverage")
    newest = commits.iloc[::-1].head(_COMMITS)
    found = data.families(
        chosen.store, chosen.version, chosen.machine, chosen.environment, tuple(newest["hash"])
    )  # fmt: skip
    page = state.page("families", len(found), _FAMILIES)
    st.caption("● all came out · ◐ some are missing · ✕ some failed · ○ none was measured; the newest commit first")
    grid(
        [Column("family", "Family", head=True), *(Column(c, c) for c in newest["label"])],
        [_family(family, newest) for family in found[_FAMILIES * page : _FAMILIES * (page + 1)]],
        says="How much of each family of benchmarks was measured at the newest commits",
        key="families",
        pages=Pages(page, _FAMILIES, len(found), "families"),
    )
    missing(chosen, commits)
    by_commit(chosen, commits)


def _family(family: Family, commits: pd.DataFrame) -> Row:
    cells = [Cell(f"{family.name}, {family.n:,}")]
    for commit in commits["hash"]:
        ok, failed = family.at.get(commit, (0, 0))
        says = f"{ok:,} of {family.n:,} came out" + (f", {failed:,} failed" if failed else "")
        if failed:
            cells.append(Cell("✕", "bad", title=says, says=says))
        elif not ok:
            cells.append(Cell("○", title=says, says="none was measured"))
        else:
            sign = "●" if ok == family.n else "◐"
            cells.append(Cell(sign, "good" if ok == family.n else "", title=says, says=says))
    return Row(family.name, tuple(cells))


def missing(chosen: state.Selection, commits: pd.DataFrame) -> None:
    """Draw which benchmarks are missing at the newest commit."""
    newest, labels = commits["hash"].iloc[-1], dict(zip(commits["hash"], commits["label"], strict=True))
    found = data.missing(chosen.store, chosen.version, chosen.machine, chosen.environment, newest)
    if not found:
        st.caption("Nothing that was ever measured is missing at the newest commit.")
        return
    page = state.page("missing", len(found), _ROWS)
    rows = [
        Row(
            m.benchmark,
            (Cell(m.benchmark), Cell(f"{m.n:,} of {m.of:,}"), Cell(labels.get(m.last, m.last[:8]), "quiet")),
        )
        for m in found[_ROWS * page : _ROWS * (page + 1)]
    ]
    pages = Pages(page, _ROWS, len(found), "missing")
    grid(_MISSING, rows, says="Benchmarks missing at the newest commit", key="missing", pages=pages)


def by_commit(chosen: state.Selection, commits: pd.DataFrame) -> None:
    """Draw how much was measured at each commit, the newest first."""
    found = data.coverage(chosen.store, chosen.version, chosen.machine, chosen.environment)
    n_series = facts.place_now(chosen).n_series
    page = state.page("coverage", len(commits), _ROWS)
    rows = []
    for commit in commits.iloc[::-1].iloc[_ROWS * page : _ROWS * (page + 1)].itertuples():
        ok, failed = found.get(commit.hash, (0, 0))
        # A series of another version, or one that is not declared any more, is missing at a commit, too.
        absent = max(0, n_series - ok - failed)
        cells = (
            Cell(f"{commit.label}  {commit.subject or ''}".strip()),
            Cell("" if pd.isna(commit.committed_at) else f"{commit.committed_at:%Y-%m-%d %H:%M}", "quiet"),
            Cell(f"{ok:,}"),
            Cell(f"{failed:,}", "bad" if failed else "quiet"),
            Cell(f"{absent:,}", "" if absent else "quiet"),
        )
        rows.append(Row(commit.hash, cells, state.commit_url(commit.hash)))
    pages = Pages(page, _ROWS, len(commits), "coverage")
    grid(_BY_COMMIT, rows, says="What was measured at each commit, newest first", key="coverage", pages=pages)
