"""Explore: any series over commits, over time or over a parameter, at several places, as they are or to a base."""

from __future__ import annotations

import data
import pandas as pd
import state
import streamlit as st
from frames import exploring, history

from views import choosing, explored, parts


def readings(shown: explored.Shown) -> pd.DataFrame:
    """Return the points drawn with the label, the unit and the place of their series, for the table."""
    several = shown.series[["machine", "environment"]].drop_duplicates()
    label = shown.series["label"]
    if len(several) > 1:
        label = label + " · " + shown.series["machine"] + " · " + shown.series["environment"]
    about = shown.series[["series_id", "unit"]].assign(label=label)
    return shown.points.merge(about, on="series_id")


chosen = state.chosen()
st.title("Explore")
# Written from top to bottom, run in another order: what is asked last decides what is offered first.
naming, finding, narrowing, looking = (st.container() for _ in range(4))
with finding:
    choosing.find(chosen)
with naming:
    wanted, places = choosing.named(chosen)
if not wanted:
    st.info("Choose a benchmark; type a part of its name, or search by what it is.", icon=":material/search:")
    st.stop()
known = data.series(chosen.store, chosen.version, tuple(sorted(wanted)), places)
with looking:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        look = choosing.look(known)
    picking = st.container(horizontal=True)
with narrowing:
    series = choosing.narrowed(chosen, known, look.parameter)
if series.empty:
    st.info("No series has these parameters together; take one away.", icon=":material/filter_alt_off:")
    st.stop()
if look.parameter is None:
    shown = explored.over_commits(chosen, series, places, look, picking)
else:
    shown = explored.over_parameter(chosen, series, look, look.parameter, picking)
parts.table_below(
    lambda: history.table(readings(shown), shown.commits),
    len(shown.points),
    "explore-table",
    raw=lambda: exploring.raw(shown.series, shown.points, shown.commits).drop(columns="samples"),
    whole=lambda: exploring.raw(shown.series, shown.points, shown.commits),
    file="perfwatch-series.csv",
)
