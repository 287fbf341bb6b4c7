"""The charts of Explore: series over commits, over time or over a parameter; and what a click on a point opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import data
import judgements
import pandas as pd
import state
import streamlit as st
from charts.line import Level, Line
from charts.timeline import Axis, Mark, Opening
from charts.timeline import timeline as drawn_from
from components import timeline
from frames import exploring
from streamlit.delta_generator import DeltaGenerator

from perfwatch.units import unit
from views import facts, happenings, parts
from views.choosing import Look, Place


@dataclass(frozen=True)
class Shown:
    """What is drawn: the series, their points as drawn, and the commits these are of, oldest first."""

    series: pd.DataFrame
    points: pd.DataFrame
    commits: pd.DataFrame


def over_commits(
    chosen: state.Selection,
    series: pd.DataFrame,
    places: tuple[Place, ...],
    look: Look,
    picking: DeltaGenerator,
) -> Shown:
    """Draw series over commits or over time; a commit to choose goes into `picking`."""
    commits = data.commits_of(chosen.store, chosen.version, places)
    series, n_left_out = exploring.shown(series)
    points, levels = data.points(chosen.store, chosen.version, _ids(series)), []
    if n_left_out:
        st.caption(f"{len(series):,} series are drawn, {n_left_out:,} are not; choose parameters to see others.")
    if look.is_ratio:
        with picking:
            base = _commit("base", "Base", commits, exploring.first_shared(points, commits["hash"].tolist()))
        series, points = _over_base(series, points, base)
        levels = [Level(1.0, "")]
    axis, columns = Axis(), commits
    if look.x == "time":
        columns, axis = exploring.in_time(commits)
        if len(columns) < len(commits):
            st.caption(f"{len(commits) - len(columns):,} commits have no date, so no place in time.")
    told = {place: judgements.told(chosen.store, chosen.version, *place) for place in places}
    steps, by_series = exploring.steps_of(series, told), dict(list(points.assign(version="").groupby("series_id")))
    for measured_in, group in series.groupby("unit", sort=False):
        _head(group, series)
        names = exploring.names_of(group)
        lines = [Line(names[i], by_series[i], steps[i]) for i in _ids(group) if i in by_series]
        marks = _happened(chosen, group, places)
        _draw(chosen, lines, columns, str(measured_in), look, axis=axis, marks=marks, levels=levels)
    return Shown(series, points, commits)


def over_parameter(
    chosen: state.Selection, series: pd.DataFrame, look: Look, name: str, picking: DeltaGenerator
) -> Shown:
    """Draw series over the values of a parameter, at a commit and, where one is chosen, at another."""
    commits = facts.commits(chosen)
    series = exploring.having(series, name)
    with picking:
        at, other = _two_commits(commits, look)
    at_which = tuple(dict.fromkeys(commit for commit in (at, other) if commit is not None))
    points, levels = data.points(chosen.store, chosen.version, _ids(series), at_which), []
    if look.is_ratio:
        series, points = _over_base(series, points, str(other))
        points, at_which, levels = points[points["commit_hash"] == at], (at,), [Level(1.0, "")]
    label_of = dict(zip(commits["hash"], commits["label"], strict=True))
    for measured_in, group in series.groupby("unit", sort=False):
        _head(group, series)
        found = exploring.over_parameter(group, points, name, {commit: label_of[commit] for commit in at_which})
        if found.n_left_out:
            st.caption(f"{found.n_left_out:,} more lines are not drawn; choose parameters to see them.")
        _draw(
            chosen,
            found.lines,
            found.values,
            str(measured_in),
            look,
            axis=found.axis,
            pens=found.pens,
            levels=levels,
        )
    return Shown(series, points, commits)


def _head(group: pd.DataFrame, series: pd.DataFrame) -> None:
    """Name the benchmark of a chart that has only one of several: its legend does not."""
    if group["benchmark"].nunique() == 1 < series["benchmark"].nunique():
        st.markdown(f"**{parts.literal(group['benchmark'].iloc[0])}**")


def _ids(series: pd.DataFrame) -> tuple[int, ...]:
    return tuple(int(i) for i in series["series_id"])


def _two_commits(commits: pd.DataFrame, look: Look) -> tuple[str, str | None]:
    """Draw the commit that is looked at and the one it is held against, and return both hashes."""
    at = _commit("at", "At", commits, commits["hash"].iloc[-1])
    if look.is_ratio:
        return at, _commit("base", "Base", commits, commits["hash"].iloc[max(0, len(commits) - 2)])
    labels = commits["label"].tolist()
    other = state.pick_or_none("against", labels[::-1], st.selectbox, "And at", placeholder="no other")
    return at, None if other is None else commits["hash"].iloc[labels.index(other)]


def _commit(parameter: str, label: str, commits: pd.DataFrame, default: str) -> str:
    labels = dict(zip(commits["hash"], commits["label"], strict=True))
    return parts.pick_commit(parameter, label, commits, labels[default])


def _over_base(series: pd.DataFrame, points: pd.DataFrame, base: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return series and points as ratios to a commit, and say which have no value there."""
    found = exploring.over_base(points, base)
    kept = series[series["series_id"].isin(found["series_id"])]
    if len(kept) < len(series):
        n = len(series) - len(kept)
        st.caption(f"{n:,} series {'has' if n == 1 else 'have'} no number at that commit, so no ratio to it.")
    if kept.empty:
        st.info("Nothing was measured at both; choose another base.", icon=":material/compare_arrows:")
    kept, _ = exploring.shown(kept.assign(unit="ratio"))
    return kept, found[found["series_id"].isin(kept["series_id"])]


def _happened(chosen: state.Selection, series: pd.DataFrame, places: Sequence[Place]) -> list[Mark]:
    """Return the events of the places in which one of the series moved."""
    labels = {place: set(rows["label"]) for place, rows in series.groupby(["machine", "environment"])}
    found = []
    for event, _ in judgements.events(chosen.store, chosen.version):
        here = labels.get((event.machine, event.environment), set())
        if any(moved["label"] in here for moved in event.moved):
            tone = happenings.tone(event)
            text = f"{event.machine}: {event.title}" if len(places) > 1 else event.title
            found.append(Mark(event.commit, text, tone if tone in ("bad", "good") else "plain"))
    return found


def _draw(
    chosen: state.Selection,
    lines: Sequence[Line],
    columns: pd.DataFrame,
    measured_in: str,
    look: Look,
    *,
    axis: Axis,
    levels: Sequence[Level],
    marks: Sequence[Mark] = (),
    pens: Sequence[int] | None = None,
) -> None:
    """Draw lines of one unit; `columns` are commits, or a parameter's values."""
    if not any(line.frame["value"].notna().any() for line in lines):
        st.info("There is no number among these results; the table has what there is.", icon=":material/notes:")
        return
    base, over = state.commit_url(""), "commits" if look.parameter is None else f"values of {look.parameter}"
    says = f"Line chart of {len(lines)} series over {len(columns)} {over} in {measured_in or 'their unit'}"
    opening = None
    if look.parameter is None:
        opening = Opening("the commit's page" if base else "this commit against the one before", base)
    drawn = drawn_from(
        lines,
        columns,
        unit(measured_in),
        log=look.log,
        samples=look.samples,
        levels=levels,
        marks=marks,
        axis=axis,
        pens=pens,
        opening=opening,
    )
    zoom = "zoom" if look.parameter is None else None
    opened = timeline.timeline(drawn, f"{says}, with intervals", f"explore-{measured_in}", zoom=zoom)
    if opened is not None:
        _compare(chosen, dict(zip(columns["label"], columns["hash"], strict=True))[opened])


def _compare(chosen: state.Selection, commit: str) -> None:
    """Go to the comparison of a commit with the one before it in the place."""
    line = facts.commits(chosen)
    hashes, labels = line["hash"].tolist(), line["label"].tolist()
    at = hashes.index(commit) if commit in hashes else 0
    if at == 0:
        st.toast("No earlier commit was measured here that this one can be compared with.")
        return
    state.turn_page("views/compare.py", before=labels[at - 1], after=labels[at])
