"""One event: what happened and whose part it likely is, what moved, how to see it again, and what people say."""

from __future__ import annotations

import re
import shlex
from typing import Final

import judgements
import pandas as pd
import state
import streamlit as st
import words
from charts.forest import axis
from components.grid import Cell, Column, Pages, Row, grid
from frames.history import percent

from perfwatch.analysis.derived import is_derived, sources_of
from perfwatch.analysis.interval import Estimate
from perfwatch.analysis.triage import is_confirmed
from perfwatch.model import Event, SeriesKey, Triage
from views import contrast, happenings, parts, triage

_ROWS = 50
_STANDING: Final = {"SUSPECT": "suspected, not yet sure", "CONFIRMED": "confirmed", "RESOLVED": "over"}
_DIFFERENT: Final = (Column("fact", "Fact", head=True), Column("before", "Before"), Column("after", "After"))


def draw(chosen: state.Selection, commits: pd.DataFrame, event: Event, word: Triage | None) -> None:
    """Draw one event with all that is known of it."""
    if st.button("All events", icon=":material/arrow_back:", type="tertiary"):
        state.turn_page("views/events.py")
    st.subheader(parts.literal(event.title))
    hashes = commits["hash"].tolist()
    at = hashes.index(event.commit) if event.commit in hashes else None
    since = parts.commit_line(commits, event.commit) if at is not None else f"`{event.commit[:8]}`"
    is_again = event.standing == "SUSPECT" and is_confirmed(event, word)
    sure = "found again by a re-run" if is_again else _STANDING[event.standing]
    lines = [f"**{words.EVENTS[event.kind]}**, {sure}, since {since}"]
    if event.cause:
        lines.append(f"Likely cause: **{parts.literal(event.cause)}**")
    st.markdown("  \n".join(lines))
    before = hashes[at - 1] if at else None
    known = judgements.keys_by_label(chosen.store, chosen.version, chosen.machine, chosen.environment)
    onwards(event, before, known)
    left, right = st.columns([3, 2], gap="large")
    with left:
        moved(event, known)
        told(event)
        again(event, before, known)
    with right:
        triage.draw(chosen, event, word)


def onwards(event: Event, before: str | None, known: dict[str, SeriesKey]) -> None:
    """Draw what leads from here: the commit against the one before, and what moved farthest over all commits."""
    first = next((known[found["label"]] for found in event.moved if found["label"] in known), None)
    with st.container(horizontal=True):
        if before and st.button("Compare with the commit before", icon=":material/compare_arrows:"):
            state.turn_page("views/compare.py", before=before[:12], after=event.commit[:12])
        if first and st.button("Explore what moved farthest", icon=":material/query_stats:"):
            state.turn_page("views/explore.py", **state.of_series(first))


def moved(event: Event, known: dict[str, SeriesKey]) -> None:
    """Draw what moved, the farthest first; each leads to its series, if that is still there."""
    if not event.moved:
        return
    st.markdown(f"#### What moved: {len(event.moved):,} series")
    page = state.page("moved", len(event.moved), _ROWS)
    part = event.moved[_ROWS * page : _ROWS * (page + 1)]
    on, tone = axis([found["ratio"] for found in event.moved if found.get("ratio")]), happenings.tone(event)
    rows = []
    for at, found in enumerate(part):
        key, value = known.get(found["label"]), found.get("ratio")
        ratio = None if value is None else Estimate(value, found.get("lower"), found.get("upper"))
        cells = (
            Cell(found["label"], "" if key else "quiet", None if key else "not measured any more"),
            contrast.drawn(ratio, on, tone),
            Cell("" if ratio is None else percent(ratio.value), tone),
            Cell(contrast.bounds(ratio), "quiet"),
        )
        rows.append(Row(at, cells, None if key is None else state.link("explore", **state.of_series(key))))
    clicked = grid(
        (
            Column("series", "Series", head=True),
            Column("ratio", "After / before", ticks=on.ticks),
            Column("change", "Change", "right"),
            Column("interval", "95 % interval", "right"),
        ),
        rows,
        says="What moved, the farthest first, with 95 % intervals as a forest plot",
        key="moved",
        pages=Pages(page, _ROWS, len(event.moved), "moved"),
    )
    # What is computed is measured nowhere.
    gone = sum(found["label"] not in known and not is_derived(found["label"]) for found in event.moved)
    if gone:
        st.caption(f"{gone:,} of these series {'is' if gone == 1 else 'are'} not measured here any more.")
    if "open" in clicked:
        state.turn_page("views/explore.py", **state.of_series(known[part[clicked["open"]]["label"]]))


def told(event: Event) -> None:
    """Draw what else is known of an event: how its environment differs, what differs first."""
    different = event.facts.get("environment") or {}
    if different:
        st.markdown("#### What is different around it")
        rows = [
            Row(name, (Cell(name), *(Cell(_shown(side) if side is not None else "—") for side in sides)))
            for name, sides in different.items()
        ]
        grid(_DIFFERENT, rows, says="What the host or the environment told otherwise before and after", key="different")
    rest = [(n, _shown(v)) for n, v in event.facts.items() if n != "environment" and v not in (None, {}, [], "")]
    if rest:
        st.markdown("#### What else is known")
        columns = (Column("fact", "Fact", head=True), Column("value", "Value"))
        grid(columns, [Row(n, (Cell(n), Cell(v))) for n, v in rest], says="What else is known", key="event-facts")


def again(event: Event, before: str | None, known: dict[str, SeriesKey]) -> None:
    """Draw the command that shows it again on the machine it happened on; nothing where there is none."""
    line = command(event, before, known)
    if line:
        st.markdown("#### To see it again")
        st.code(line, language=None, wrap_lines=True)


def command(event: Event, before: str | None, known: dict[str, SeriesKey]) -> str | None:
    """Return the command that measures an event again; None for one that no command brings back.

    Parameters
    ----------
    before : hash of the commit measured before it.
    known : series of its place by label.
    """
    benchmarks: dict[str, None] = {}
    for label in (m["label"] for m in event.moved):
        if is_derived(label):
            benchmarks |= dict.fromkeys(sources_of(label))
        elif label in known:
            benchmarks.setdefault(known[label].benchmark)
    only = "".join(f" --bench {shlex.quote(f'^{re.escape(name)}')}" for name in list(benchmarks)[:5])
    if event.kind in ("regression", "improvement") and before is not None:
        return f"perfwatch bench {before[:12]} {event.commit[:12]}{only if len(benchmarks) <= 5 else ''}"
    if event.kind in ("failure", "equivalence break"):
        return f"perfwatch run {event.commit[:12]} --rerun{only if len(benchmarks) <= 5 else ''}"
    return None


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_shown(part)}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return " → ".join(_shown(part) for part in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)
