"""Health: can what is measured here be trusted: host, runs, noise, what is missing and what failed."""

from __future__ import annotations

from typing import Final

import data
import pandas as pd
import state
import streamlit as st
from charts.over_commits import Level, Line
from charts.timeline import timeline as drawn_from
from components import timeline
from components.grid import Cell, Column, Pages, Row, grid

from perfwatch.model import Run
from perfwatch.units import RATIO
from views import facts, parts

_ROWS = 20
_COVERAGE: Final = (
    Column("commit", "Commit", head=True),
    Column("date", "Committed"),
    Column("ok", "Came out", "right"),
    Column("failed", "Failed", "right"),
    Column("missing", "Missing", "right"),
)
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
_NOISE: Final = (
    Column("series", "Series", head=True),
    Column("noise", "Noise", "right"),
    Column("seen", "Smallest change seen", "right"),
    Column("rounds", "Rounds", "right"),
)


def host(chosen: state.Selection, commits: pd.DataFrame) -> None:
    """Draw the host's factor over the judged commits."""
    st.subheader("Host")
    factors = data.factors(chosen.store, chosen.version, chosen.machine, chosen.environment)
    if not factors:
        st.info("The host's part is told when commits are judged: run `perfwatch check`.", icon=":material/gavel:")
        return
    st.caption("How much slower everything ran at once, what owes the commit nothing included. 1 is as usual.")
    frame = pd.DataFrame({"commit_hash": list(factors), "value": list(factors.values())})
    frame = frame.assign(lower=None, upper=None, status="ok", version="")
    drawn = drawn_from([Line("host factor", frame)], commits, RATIO, levels=[Level(1.0, "as usual")])
    timeline.timeline(drawn, "Line chart of the host's factor over commits", "host")


def coverage(chosen: state.Selection, commits: pd.DataFrame) -> None:
    """Draw how much was measured at each commit, the newest first."""
    st.subheader("Coverage")
    found = data.coverage(chosen.store, chosen.version, chosen.machine, chosen.environment)
    n_series = facts.place_now(chosen).n_series
    page = state.page("coverage", len(commits), _ROWS)
    rows = []
    for commit in commits.iloc[::-1].iloc[_ROWS * page : _ROWS * (page + 1)].itertuples():
        ok, failed = found.get(commit.hash, (0, 0))
        # A series of another version, or one that is not declared any more, is missing at a commit, too.
        missing = max(0, n_series - ok - failed)
        cells = (
            Cell(f"{commit.label}  {commit.subject or ''}".strip()),
            Cell("" if pd.isna(commit.committed_at) else f"{commit.committed_at:%Y-%m-%d %H:%M}", "quiet"),
            Cell(f"{ok:,}"),
            Cell(f"{failed:,}", "bad" if failed else "quiet"),
            Cell(f"{missing:,}", "" if missing else "quiet"),
        )
        rows.append(Row(commit.hash, cells, state.commit_url(commit.hash)))
    pages = Pages(page, _ROWS, len(commits), "coverage")
    grid(_COVERAGE, rows, says="What was measured at each commit, newest first", key="coverage", pages=pages)


def runs(chosen: state.Selection) -> None:
    """Draw the records of runs, the newest first."""
    st.subheader("Runs")
    known = [
        run
        for run in data.runs(chosen.store, chosen.version, chosen.machine)
        if run.environment in (None, chosen.environment)
    ]
    if not known:
        st.info("No record of a run: these results were made by asv itself, not by `perfwatch run`.")
        return
    page = state.page("runs", len(known), _ROWS)
    part = known[_ROWS * page : _ROWS * (page + 1)]
    rows = [Row(run.commit, _run(run), state.commit_url(run.commit)) for run in part]
    grid(_RUNS, rows, says="Runs, newest first", key="runs", pages=Pages(page, _ROWS, len(known), "runs"))
    failed = [(run, failure) for run in part for failure in run.failures]
    if failed:
        with st.expander(f"What failed in these runs wrote, {len(failed)} times", icon=":material/error:"):
            for run, failure in failed[:_ROWS]:
                code = facts.NOT_READABLE if failure.exit_code is None else failure.exit_code
                st.markdown(f"**{parts.literal(failure.benchmark)}** at `{run.commit[:8]}`, exit code {code}")
                st.code(failure.stderr or "nothing", language=None, wrap_lines=True)


def _run(run: Run) -> tuple[Cell, ...]:
    took_s = None if run.finished_at is None else (run.finished_at - run.started_at).total_seconds()
    load, cores = run.host.get("load_1min"), run.host.get("affinity") or run.host.get("cores")
    return (
        Cell(run.commit[:8]),
        Cell(f"{run.started_at:%Y-%m-%d %H:%M}"),
        Cell("not finished" if took_s is None else f"{took_s:,.0f} s", "bad" if took_s is None else ""),
        Cell(facts.NOT_READABLE if run.exit_code is None else str(run.exit_code), "bad" if run.exit_code else ""),
        Cell(str(run.host.get("governor") or facts.NOT_READABLE)),
        Cell(facts.NOT_READABLE if load is None else f"{load:.2f}"),
        Cell(", ".join(map(str, cores)) if isinstance(cores, list) else str(cores or facts.NOT_READABLE)),
        Cell(f"{len(run.failures):,}", "bad" if run.failures else "quiet"),
    )


def noise(chosen: state.Selection) -> None:
    """Draw what one commit against itself told of the noise, the noisiest first."""
    st.subheader("Noise")
    known = data.noise(chosen.store, chosen.version, chosen.machine, chosen.environment)
    newest = [c for c in known if known and c.calibrated_at == known[0].calibrated_at and c.noise is not None]
    if not newest:
        st.info("Nobody has measured a commit against itself here: run `perfwatch calibrate`.", icon=":material/tune:")
        return
    newest.sort(key=lambda c: -(c.noise or 0.0))
    page = state.page("noise", len(newest), _ROWS)
    rows = [
        Row(
            at,
            (
                Cell(f"{c.benchmark}({', '.join(value for _, value in c.params)})" if c.params else c.benchmark),
                Cell(f"{c.noise:.2%}"),
                Cell("" if c.minimum_detectable is None else f"{c.minimum_detectable:.1%}"),
                Cell(f"{c.rounds}"),
            ),
        )
        for at, c in enumerate(newest[_ROWS * page : _ROWS * (page + 1)])
    ]
    st.caption(f"Commit `{newest[0].commit[:8]}` against itself, {newest[0].calibrated_at:%Y-%m-%d %H:%M} UTC.")
    pages = Pages(page, _ROWS, len(newest), "noise")
    grid(_NOISE, rows, says="Noise of each series, the noisiest first", key="noise", pages=pages)


chosen = state.chosen()
commits = facts.commits(chosen)
st.title("Health")
facts.where_and_when(chosen, commits)
host(chosen, commits)
coverage(chosen, commits)
runs(chosen)
noise(chosen)
facts.machine(chosen)
