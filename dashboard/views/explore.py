"""Explore: any benchmark at any parameters over commits."""

from __future__ import annotations

from collections.abc import Sequence

import data
import history
import pandas as pd
import state
import streamlit as st
from charts.over_commits import Line
from charts.timeline import Mark
from charts.timeline import timeline as drawn_from
from components import timeline

from perfwatch.units import unit
from views import facts, happenings, parts

# More lines than this are a tangle; the table has them all.
MOST_LINES = 12


def filtered(known: pd.DataFrame, size: str | None) -> pd.DataFrame:
    """Draw a selector for each parameter of the benchmarks chosen, and return the series that fit all of them."""
    names = list(dict.fromkeys(name for params in known["params"] for name in params if name != "size"))
    if size is not None:
        known = _keep(known, [p.get("size", size) == size for p in known["params"]])
    for column, name in zip(st.columns(len(names)) if names else (), names, strict=True):
        values = list(dict.fromkeys(p[name] for p in known["params"] if name in p))
        with column:
            wanted = state.pick_several(f"p_{name}", values, [], st.multiselect, name, placeholder="all")
        if wanted:
            known = _keep(known, [p.get(name) is None or p[name] in wanted for p in known["params"]])
    return known


def _keep(frame: pd.DataFrame, which: list[bool]) -> pd.DataFrame:
    return frame[pd.Series(which, index=frame.index, dtype=bool)]


def names_of(series: pd.DataFrame) -> dict[int, str]:
    """Return what the legend says of each series: what they all share is left out, the version only where it tells."""
    shared_benchmark = series["benchmark"].nunique() == 1
    parameters = list(dict.fromkeys(name for params in series["params"] for name in params))
    telling = [n for n in parameters if len({p.get(n) for p in series["params"]}) > 1]
    made = {}
    for row in series.itertuples():
        words = [] if shared_benchmark else [row.benchmark]
        words += [row.params[n] for n in telling if n in row.params]
        made[int(row.series_id)] = " · ".join(words) or row.label
    twice = pd.Series(made).duplicated(keep=False)
    versions = dict(zip(series["series_id"], series["version"], strict=True))
    return {i: f"{name}, version {str(versions[i])[:8]}" if twice[i] else name for i, name in made.items()}


def raw(readings: pd.DataFrame, commits: pd.DataFrame) -> pd.DataFrame:
    """Return the readings with numbers as they are, for a file."""
    placed = commits.merge(readings, left_on="hash", right_on="commit_hash", suffixes=("", "_of_series"))
    wanted = [
        "hash",
        "subject",
        "committed_at",
        "benchmark",
        "version",
        "label_of_series",
        "status",
        "value",
        "text",
        "lower",
        "upper",
        "q25",
        "q75",
        "unit",
        "started_at",
    ]
    return placed[wanted].rename(columns={"label_of_series": "series"})


def draw(
    series: pd.DataFrame,
    readings: pd.DataFrame,
    commits: pd.DataFrame,
    name: str,
    *,
    log: bool,
    samples: bool,
    marks: Sequence[Mark],
) -> None:
    """Draw the series of one unit."""
    names = names_of(series)
    numeric = [i for i in series["series_id"] if readings.loc[readings["series_id"] == i, "value"].notna().any()]
    if not numeric:
        st.info("These results are text; the table has them.")
        return
    if len(numeric) > MOST_LINES:
        st.caption(f"The first {MOST_LINES} of {len(numeric)} series are drawn; choose parameters to see others.")
    lines = [Line(names[int(i)], readings[readings["series_id"] == i]) for i in numeric[:MOST_LINES]]
    timeline.timeline(
        drawn_from(lines, commits, unit(name), log=log, samples=samples, marks=marks),
        f"Line chart of {len(lines)} series over {len(commits)} commits in {name or 'their unit'}, with intervals",
        f"explore-{name}",
    )


def happened(chosen: state.Selection, series: pd.DataFrame) -> list[Mark]:
    """Return the events of the place in which one of the series moved."""
    labels = set(series["label"])
    found = []
    for event, _ in happenings.of_place(chosen):
        if any(moved["label"] in labels for moved in event.moved):
            tone = happenings.tone(event)
            found.append(Mark(event.commit, event.title, tone if tone in ("bad", "good") else "plain"))
    return found


chosen = state.chosen()
commits = facts.commits(chosen)
st.title("Explore")
known = data.catalogue(chosen.store, chosen.version, chosen.machine, chosen.environment)
benchmarks = sorted(known["benchmark"].unique())
first = "compute.time_sweep" if "compute.time_sweep" in benchmarks else benchmarks[0]
wanted = state.pick_several(
    "benchmark", benchmarks, [first], st.multiselect, "Benchmarks", placeholder="type to search"
)
if not wanted:
    st.info("Choose a benchmark; type a part of its name to search.", icon=":material/search:")
    st.stop()
series = filtered(known[known["benchmark"].isin(wanted)], chosen.size)
switches = st.columns([1, 1, 4])
with switches[0]:
    log = state.switch("log", "Logarithmic")
with switches[1]:
    samples = state.switch("samples", "Samples")
if series.empty:
    st.info("No series has these parameters together; take one away.", icon=":material/filter_alt_off:")
    st.stop()
readings = data.readings(chosen.store, chosen.version, tuple(sorted(int(i) for i in series["series_id"])))
for name, group in series.groupby("unit", sort=False):
    draw(group, readings, commits, str(name), log=log, samples=samples, marks=happened(chosen, group))
parts.table_below(
    lambda: history.table(readings, commits),
    len(readings),
    "explore-table",
    raw=lambda: raw(readings, commits),
    file="perfwatch-series.csv",
)
