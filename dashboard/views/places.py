"""Where is measured, and when it last was."""

from __future__ import annotations

from datetime import UTC, datetime

import data
import state
import streamlit as st
import words
from components.grid import Cell, Column, Row, grid
from frames.headline import staleness

from perfwatch.store.suite import PlaceNow

_COLUMNS = (
    Column("place", "Machine and environment", head=True),
    Column("newest", "Newest"),
    Column("measured", "Measured", "right"),
)
_SHOWN = 5


def table(chosen: state.Selection) -> None:
    """Draw where is measured and when it last was, the newest first; what is stale is said to be."""
    found = data.places(chosen.store, chosen.version)
    st.subheader("Machines")
    clicked = grid(
        _COLUMNS,
        [_row(place) for place in found[:_SHOWN]],
        says="Machines and environments, the one measured last first",
        key="places",
    )
    if len(found) > _SHOWN:
        st.caption(f"and {len(found) - _SHOWN} more, in the list on the left")
    if "open" in clicked:
        machine, environment = clicked["open"]
        state.turn_to(machine, environment)
        st.rerun()


def _row(place: PlaceNow) -> Row:
    age_s = None if place.measured_at is None else (datetime.now(UTC) - place.measured_at).total_seconds()
    stale = staleness(age_s)
    when = "date unknown" if age_s is None else words.ago(age_s) + (f", {stale}" if stale else "")
    cells = (
        Cell(f"{place.machine} · {place.environment}"),
        Cell(place.newest[:8], title=f"{place.n_commits:,} commits, {place.n_series:,} series"),
        Cell(when, "bad" if stale else ""),
    )
    return Row(
        [place.machine, place.environment], cells, state.link("", machine=place.machine, environment=place.environment)
    )
