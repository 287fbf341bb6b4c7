"""The whole suite as a table: searched, narrowed, sorted and paged by the store, never all of it at once."""

from __future__ import annotations

from typing import Final, get_args

import data
import judgements
import pandas as pd
import state
import streamlit as st
import words
from components.grid import Cell, Column, Pages, Row, Tone, grid, scaled
from frames.history import percent

from perfwatch.model import Kind
from perfwatch.store.suite import Order, SuiteRow
from perfwatch.units import unit

_COLUMNS: Final = (
    Column("name", "Benchmark", sortable=True, head=True),
    Column("recent", "Recent commits"),
    Column("value", "Newest", "right", sortable=True, descendingFirst=True),
    Column("ratio", "Change", "right", sortable=True, descendingFirst=True),
    Column("interval", "95 % interval", "right"),
    Column("said", "Verdict", sortable=True),
    Column("since", "Since"),
)
_TONES: Final[dict[Kind | None, Tone]] = {
    **dict.fromkeys(("BROKEN", "FAILED", "VANISHED", "REGRESSED"), "bad"),
    "IMPROVED": "good",
    **dict.fromkeys(("INCONCLUSIVE", "TOO_FEW", "UNCHANGED", "NEW", None), "quiet"),
}


@st.fragment
def suite(chosen: state.Selection, commits: pd.DataFrame) -> None:
    """Draw the table with what narrows it; only this part of the page runs when it is used."""
    counts, _ = judgements.said(chosen.store, chosen.version, chosen.machine, chosen.environment)
    order, descending, page = _asked(counts)
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        search = state.text(
            "q",
            "Search",
            placeholder="words of a name or of parameters",
            icon=":material/search:",
            label_visibility="collapsed",
        )
    with right:
        kinds = [kind for kind in words.SAID if counts.get(kind)]
        said = state.pick_several(
            "said",
            kinds,
            [],
            st.pills,
            "Verdicts",
            selection_mode="multi",
            format_func=lambda kind: f"{words.SAID[kind]} {counts[kind]:,}",
            label_visibility="collapsed",
        )
    where = (chosen.store, chosen.version, chosen.machine, chosen.environment)
    found, recent = judgements.suite(*where, search, tuple(said), order, descending, page)
    if not found.rows and page:
        found, recent = judgements.suite(*where, search, tuple(said), order, descending, page := 0)
    if not found.rows:
        st.info("No series is like that; take a word or a verdict away.", icon=":material/filter_alt_off:")
        return
    labels = dict(zip(commits["hash"], commits["label"], strict=True))
    clicked = grid(
        _COLUMNS,
        [_row(i, row, values, labels) for i, (row, values) in enumerate(zip(found.rows, recent, strict=True))],
        says="Every series of the suite with its newest value and what was said of it",
        key="suite",
        sort=(order, descending),
        pages=Pages(page, data.SUITE_ROWS, found.n_found),
    )
    if "open" in clicked:
        state.turn_page("views/explore.py", **state.of_series(found.rows[clicked["open"]].key))


def _asked(counts: dict[Kind | None, int]) -> tuple[Order, bool, int]:
    """Return what the address says of order and page; what needs a look comes first where anything was judged."""
    usual: Order = "said" if any(kind is not None for kind in counts) else "name"
    order = state.asked("order", usual)
    page = state.asked("page", "0")
    return (
        order if order in get_args(Order) else usual,  # type: ignore[return-value]
        state.asked("descending", "0") == "1",
        int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 0,
    )


def _row(at: int, row: SuiteRow, recent: list[float], labels: dict[str, str]) -> Row:
    shown, tone = unit(row.key.unit), _TONES[row.said]
    changed = row.since is not None or row.said in ("REGRESSED", "IMPROVED")
    return Row(
        at,
        (
            Cell(row.key.label),
            Cell(spark=scaled(recent), says=f"{row.key.label} over recent commits", tone=tone if changed else ""),
            Cell(shown.show(row.value)),
            Cell("" if row.ratio is None else percent(row.ratio), tone if changed else "quiet"),
            Cell(
                "" if row.lower is None or row.upper is None else f"{percent(row.lower)} – {percent(row.upper)}",
                "quiet",
            ),
            Cell(words.said(row.said, row.standing), tone),
            Cell("" if row.since is None else labels.get(row.since, row.since[:8]), "quiet"),
        ),
        state.link("explore", **state.of_series(row.key)),
    )
