"""What each way to call costs in units of the whole job: at a commit, and over commits."""

from __future__ import annotations

import pandas as pd
import state
import streamlit as st
import words
from charts.dots import Dot, Scale, Tone, dots
from charts.line import Level, Line
from charts.timeline import timeline as drawn_from
from components import timeline
from frames import history
from frames.lines import Lines, plain, together
from frames.ways import Way, prices, ways

from perfwatch.analysis.derived import SAYS
from perfwatch.units import RATIO, SECONDS
from views import parts, steps

# What is drawn over commits where nobody chose.
_FIRST = ("rust_batch_unix", "rust_chatty_unix", "rust_spawn_stdin", "rust_batch_json", "bar_floor", "once_unix")


def draw(chosen: state.Selection, lines: Lines, commits: pd.DataFrame) -> None:
    """Draw the ways to call: a table with an axis at one commit, a timeline, and what a crossing and a process add."""
    st.subheader("Ways to call, in units of the job")
    across = lines.values("affinity", "boundary.time_sweep", "echo.time_round_trip", "deployed.time_sweep")
    where = None
    if across:
        where = state.pick(
            "across", across, across[0], st.selectbox, "Engine on", format_func=lambda a: words.AFFINITIES.get(a, a)
        )
    found = ways(lines, chosen.size, where)
    if not found:
        st.info(
            "The job is numba's sweep in process at the size chosen; "
            "`perfwatch run --bench '^(compute|boundary)'` measures it.",
            icon=":material/price_check:",
        )
        return
    st.caption(
        "1 is the whole job as numba does it in process, in the same run. " + words.size(chosen.size or "") + "."
    )
    st.html(table([way for way in found if way.is_whole], commits, "The whole sweep"))
    st.html(table([way for way in found if not way.is_whole], commits, "The crossings alone, nothing computed"))
    _over_commits(chosen, found, commits, where)
    added = prices(lines, chosen.size, where)
    if added:
        st.markdown("**What it adds, in seconds**")
        parts.cards(
            [parts.card(words.DERIVED[n], history.tile(line, commits, SECONDS), SAYS[n]) for n, line in added.items()]
        )


def table(found: list[Way], commits: pd.DataFrame, head: str) -> str:
    """Return each way's newest value on an axis, with interval and change against the commit before, as HTML."""
    rows = []
    for way in found:
        tile = history.tile(way.line, commits, RATIO)
        if tile is None:
            continue
        tone: Tone = {"worse": "bad", "better": "good"}.get(tile.verdict, "plain")  # type: ignore[assignment]
        change = "—" if tile.change is None else words.changed(tile.change.value)
        when = "" if tile.is_newest else f" ({tile.commit})"
        cells: tuple[tuple[str, Tone], ...] = (
            (times(tile.value), "plain"),
            (f"{times(tile.lower)} – {times(tile.upper)}", "plain"),
            (change, tone),
        )
        rows.append(Dot(f"{way.label}{when}", history.estimate(tile), cells))
    heads = [head, "× the job", "99 %", "Against the commit before"]
    return dots(heads, rows, Scale(one=1.0), f"{head} in units of the whole job, at the newest commit") if rows else ""


def times(value: float | None) -> str:
    """Return a multiple of the job as people read it."""
    if value is None or value != value:
        return "—"
    return f"{value:.3f}" if 0.01 <= value < 100 else f"{value:.3g}" if value < 100 else f"{value:,.0f}"


def _over_commits(chosen: state.Selection, found: list[Way], commits: pd.DataFrame, where: str | None) -> None:
    """Draw the ways chosen over commits."""
    labels = {way.key: way.label for way in found}
    first = [key for key in _FIRST if key in labels] or list(labels)[:6]
    keys = state.pick_several(
        "price", list(labels), first, st.multiselect, "Over commits", format_func=lambda key: labels.get(key, key)
    )
    shown = {way.label: way.line for way in found if way.key in (keys or first)}
    names = ("batched_total", "json_total", "compute_gap", "compute_gap_unchecked")
    moved = {steps.derived(name, size=chosen.size, affinity=where) for name in names[:2]}
    moved |= {steps.derived(name, size=chosen.size) for name in names[2:]}
    moved |= {
        steps.derived(name, size=chosen.size, affinity=where, transport="unix")
        for name in ("boundary_share", "per_bar_projection")
    }
    timeline.timeline(
        drawn_from(
            [Line(label, line) for label, line in shown.items()],
            commits,
            RATIO,
            log=True,
            levels=[Level(1.0, "the whole job, numba in process")],
            marks=steps.of(chosen, moved),
        ),
        f"Line chart of {len(shown)} ways to call over commits, in units of the whole job, logarithmic",
        "price",
    )
    rows = together(shown, RATIO)
    parts.table_below(lambda: history.table(rows, commits), len(rows), "price-table", raw=lambda: plain(rows, commits))
