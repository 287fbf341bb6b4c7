"""Events: what happened, whose part it likely is, what moved, and what people say of it."""

from __future__ import annotations

from typing import Final

import data
import pandas as pd
import state
import streamlit as st
import words
from components.grid import Cell, Column, Pages, Row, grid
from history import percent

from perfwatch.analysis.triage import is_open
from perfwatch.model import Event, Triage
from views import facts, happenings, parts, triage

_ROWS = 50
_MOVED: Final = (
    Column("series", "Series", head=True),
    Column("change", "Change", "right"),
    Column("interval", "95 % interval", "right"),
)


def listed(chosen: state.Selection) -> None:
    """Draw all events of the place, or those that are open."""
    known = happenings.of_place(chosen)
    found = [(e, w) for e, w in known if is_open(e, w)]
    names = {"open": f"Open {len(found):,}", "all": f"All {len(known):,}"}
    which = state.pick(
        "which", list(names), "open", st.segmented_control, "Which", format_func=names.__getitem__,
        label_visibility="collapsed",
    )  # fmt: skip
    shown = known if which == "all" else found
    if not shown:
        st.info(
            "No event is open." if known else "Nothing has happened yet; `perfwatch check` judges the newest commit.",
            icon=":material/check_circle:",
        )
        return
    page = state.page("page", len(shown), _ROWS)
    part = shown[_ROWS * page : _ROWS * (page + 1)]
    happenings.table(part, "Events of the place, the newest commit's first", Pages(page, _ROWS, len(shown)))


def one(chosen: state.Selection, commits: pd.DataFrame, event: Event, word: Triage | None) -> None:
    """Draw one event with all that is known of it."""
    if st.button("All events", icon=":material/arrow_back:", type="tertiary"):
        state.turn_page("views/events.py")
    st.subheader(parts.literal(event.title))
    standing = {"SUSPECT": "suspected, not yet sure", "CONFIRMED": "confirmed", "RESOLVED": "over"}[event.standing]
    known = (commits["hash"] == event.commit).any()
    since = parts.commit_line(commits, event.commit) if known else f"`{event.commit[:8]}`"
    lines = [f"**{words.EVENTS[event.kind]}**, {standing}, since {since}"]
    if event.cause:
        lines.append(f"Likely cause: **{parts.literal(event.cause)}**")
    st.markdown("  \n".join(lines))
    left, right = st.columns([3, 2], gap="large")
    with left:
        moved(chosen, event)
        told(event)
    with right:
        triage.draw(chosen, event, word)


def moved(chosen: state.Selection, event: Event) -> None:
    """Draw what moved, the farthest first; each leads to its series."""
    if not event.moved:
        return
    st.markdown(f"#### What moved: {len(event.moved):,} series")
    known = data.keys_by_label(chosen.store, chosen.version, chosen.machine, chosen.environment)
    page = state.page("moved", len(event.moved), _ROWS)
    part = event.moved[_ROWS * page : _ROWS * (page + 1)]
    rows = []
    for at, found in enumerate(part):
        key = known.get(found["label"])
        ratio, low, high = found.get("ratio"), found.get("lower"), found.get("upper")
        cells = (
            Cell(found["label"]),
            Cell("" if ratio is None else percent(ratio), happenings.tone(event)),
            Cell("" if low is None or high is None else f"{percent(low)} – {percent(high)}", "quiet"),
        )
        rows.append(Row(at, cells, None if key is None else state.link("explore", **state.of_series(key))))
    clicked = grid(
        _MOVED,
        rows,
        says="What moved, the farthest first",
        key="moved",
        pages=Pages(page, _ROWS, len(event.moved), "moved"),
    )
    if "open" in clicked:
        state.turn_page("views/explore.py", **state.of_series(known[part[clicked["open"]]["label"]]))


def told(event: Event) -> None:
    """Draw what else is known of an event: what changed around it, what differs first."""
    rows = [(name, _shown(value)) for name, value in event.facts.items() if value not in (None, {}, [], "")]
    if rows:
        st.markdown("#### What else is known")
        st.dataframe(pd.DataFrame(rows, columns=["fact", "value"]), hide_index=True, key="event-facts")


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_shown(part)}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return " → ".join(_shown(part) for part in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


chosen = state.chosen()
st.title("Events")
asked = state.asked("event", "")
if asked:
    found = [(e, w) for e, w in data.events(chosen.store, chosen.version) if e.id == asked]
    if found:
        one(chosen, facts.commits(chosen), *found[0])
    else:
        st.warning(
            f"No event `{asked[:40]}` is in the store; it may have been of older results.", icon=":material/search_off:"
        )
        listed(chosen)
else:
    listed(chosen)
