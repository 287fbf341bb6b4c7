"""The runs behind the results: how long they took, how busy the host was, what it told otherwise, what failed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final

import data
import pandas as pd
import state
import streamlit as st
from charts.line import Line
from charts.timeline import timeline as drawn_from
from components import timeline
from components.grid import Cell, Column, Pages, Row, grid

from perfwatch.analysis.host import difference
from perfwatch.model import Run
from perfwatch.units import SECONDS, Unit
from views import facts, parts

_ROWS, _CHANGES = 20, 10
# Processes that wanted a core, on average over the minute before a run.
LOAD: Final = Unit("processes", "", prefixed=False, lower_is_better=True)
_RUNS: Final = (
    Column("commit", "Commit", head=True),
    Column("started", "Started, UTC"),
    Column("took", "Took", "right"),
    Column("exit", "Exit code", "right"),
    Column("governor", "Governor"),
    Column("load", "Load", "right"),
    Column("cores", "Pinned to"),
    Column("failures", "Failures", "right"),
)
_CHANGED: Final = (
    Column("commit", "What the host told otherwise", head=True),
    Column("started", "Since the run of, UTC"),
    Column("fact", "Fact"),
    Column("before", "Before"),
    Column("after", "Since"),
)


def runs(chosen: state.Selection, commits: pd.DataFrame) -> None:
    """Draw the place's runs: their times and the host's load over commits, their records, what the host changed."""
    st.subheader("Runs")
    known = data.runs_of(chosen.store, chosen.version, chosen.machine, chosen.environment)
    if not known:
        st.info("No record of a run: these results were made by asv itself, not by `perfwatch run`.")
        return
    left, right = st.columns(2, gap="large")
    with left:
        _over_commits("How long a run took", known, commits, took_s, SECONDS)
    with right:
        _over_commits("Load of the host when a run began", known, commits, lambda r: r.host.get("load_1min"), LOAD)
    page = state.page("runs", len(known), _ROWS)
    part = known[_ROWS * page : _ROWS * (page + 1)]
    rows = [Row(run.commit, _run(run), state.commit_url(run.commit)) for run in part]
    grid(_RUNS, rows, says="Runs, newest first", key="runs", pages=Pages(page, _ROWS, len(known), "runs"))
    _failed(part)
    _changed(known)


def took_s(run: Run) -> float | None:
    """Return how many seconds a run took; None for one that did not finish."""
    return None if run.finished_at is None else (run.finished_at - run.started_at).total_seconds()


def _over_commits(title: str, known: list[Run], commits: pd.DataFrame, value: Callable[[Run], Any], unit: Unit) -> None:
    # Of several runs of a commit the newest.
    newest = {run.commit: value(run) for run in reversed(known)}
    told = {commit: float(found) for commit, found in newest.items() if found is not None}
    st.markdown(f"**{title}**")
    if not told:
        st.caption(f"{facts.NOT_READABLE.capitalize()} on this machine.")
        return
    frame = pd.DataFrame({"commit_hash": list(told), "value": list(told.values())})
    frame = frame.assign(lower=None, upper=None, status="ok", version="")
    drawn = drawn_from([Line(title, frame)], commits, unit)
    timeline.timeline(drawn, f"Line chart of {title[:1].lower()}{title[1:]}, over commits", title)


def _run(run: Run) -> tuple[Cell, ...]:
    took, load, cores = took_s(run), run.host.get("load_1min"), run.host.get("affinity") or run.host.get("cores")
    return (
        Cell(run.commit[:8]),
        Cell(f"{run.started_at:%Y-%m-%d %H:%M}"),
        Cell("not finished" if took is None else f"{took:,.0f} s", "bad" if took is None else ""),
        Cell(facts.NOT_READABLE if run.exit_code is None else str(run.exit_code), "bad" if run.exit_code else ""),
        Cell(str(run.host.get("governor") or facts.NOT_READABLE)),
        Cell(facts.NOT_READABLE if load is None else f"{load:.2f}"),
        Cell(", ".join(map(str, cores)) if isinstance(cores, list) else str(cores or facts.NOT_READABLE)),
        Cell(f"{len(run.failures):,}", "bad" if run.failures else "quiet"),
    )


def _failed(part: list[Run]) -> None:
    failed = [(run, failure) for run in part for failure in run.failures]
    if not failed:
        return
    times = "once" if len(failed) == 1 else f"{len(failed):,} times"
    with st.expander(f"What failed in these runs wrote, {times}", icon=":material/error:"):
        for run, failure in failed[:_ROWS]:
            code = facts.NOT_READABLE if failure.exit_code is None else failure.exit_code
            st.markdown(f"**{parts.literal(failure.benchmark)}** at `{run.commit[:8]}`, exit code {code}")
            st.code(failure.stderr or "nothing", language=None, wrap_lines=True)
        if len(failed) > _ROWS:
            st.caption(f"and {len(failed) - _ROWS:,} more")


def _changed(known: list[Run]) -> None:
    """Draw what the host told otherwise from one run to the next, the newest first: governor, affinity, kernel, …."""
    rows = []
    for after, before in pairwise(known):
        for fact, (old, new) in difference(before.host, after.host).items():
            cells = (
                Cell(after.commit[:8]),
                Cell(f"{after.started_at:%Y-%m-%d %H:%M}"),
                Cell(fact.replace("_", " ")),
                Cell(facts.told(fact, old), "quiet"),
                Cell(facts.told(fact, new)),
            )
            rows.append(Row(f"{after.commit} {fact}", cells, state.commit_url(after.commit)))
    if not rows:
        if len(known) > 1:
            st.caption(f"The host told the same of itself at all {len(known):,} runs.")
        return
    page = state.page("changes", len(rows), _CHANGES)
    part = rows[_CHANGES * page : _CHANGES * (page + 1)]
    pages = Pages(page, _CHANGES, len(rows), "changes")
    grid(_CHANGED, part, says="What the host told otherwise from run to run, newest first", key="changes", pages=pages)
