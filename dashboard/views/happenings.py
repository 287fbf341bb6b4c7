"""What happened and is not over: the open events, newest first, each with its likely cause."""

from __future__ import annotations

from collections.abc import Sequence

import judgements
import state
import streamlit as st
import words
from components.grid import Cell, Column, Pages, Row, Tone, grid

from perfwatch.analysis.triage import is_open
from perfwatch.model import Event, Triage, TriageState

SHOWN = 5
_COLUMNS = (
    Column("title", "Event", head=True),
    Column("kind", "Kind"),
    Column("since", "Since"),
    Column("cause", "Likely cause"),
    Column("state", "State"),
)


def tone(event: Event) -> Tone:
    """Return how an event is coloured."""
    return {"improvement": "good", "host change": "quiet", "two-state host": "quiet"}.get(event.kind, "bad")  # type: ignore[return-value]


def state_of(word: Triage | None) -> TriageState:
    """Return what people say of an event, `new` where nobody has said anything."""
    return word.state if word else "new"


def says(event: Event, text: str) -> bool:
    """Return whether every word of `text` stands in an event's title, cause, commit or among what moved."""
    told = [event.title, event.cause or "", event.commit, words.EVENTS[event.kind], *(m["label"] for m in event.moved)]
    everything = "\n".join(told).casefold()
    return all(word in everything for word in text.casefold().split())


def of_place(chosen: state.Selection) -> list[tuple[Event, Triage | None]]:
    """Return the events of the place with the newest word on each, the newest commit's first."""
    here = (chosen.machine, chosen.environment)
    return [(e, w) for e, w in judgements.events(chosen.store, chosen.version) if (e.machine, e.environment) == here]


def open_events(chosen: state.Selection) -> None:
    """Draw the open events of the place."""
    found = [(e, w) for e, w in of_place(chosen) if is_open(e, w)]
    st.subheader("Open events")
    if not found:
        _, judged = judgements.said(chosen.store, chosen.version, chosen.machine, chosen.environment)
        if judged is None:
            st.info("Nobody has judged these results yet: run `perfwatch check`.", icon=":material/gavel:")
        else:
            st.success("Nothing stands out.", icon=":material/check_circle:")
        return
    table(found[:SHOWN], "Open events, newest first")
    if len(found) > SHOWN:
        st.page_link("views/events.py", label=f"and {len(found) - SHOWN:,} more")


def table(found: Sequence[tuple[Event, Triage | None]], says: str, pages: Pages | None = None) -> None:
    """Draw events; each leads to its own page."""
    clicked = grid(_COLUMNS, [_row(event, word) for event, word in found], says=says, key="events", pages=pages)
    if "open" in clicked:
        state.turn_page("views/events.py", event=str(clicked["open"]))


def _row(event: Event, word: Triage | None) -> Row:
    cells = (
        Cell(event.title),
        Cell(words.EVENTS[event.kind] + ("?" if event.standing == "SUSPECT" else ""), tone(event)),
        Cell(event.commit[:8], "quiet"),
        Cell(event.cause or ""),
        Cell(", ".join(filter(None, [state_of(word), word.owner if word else None])), "quiet"),
    )
    return Row(event.id, cells, state.link("events", event=event.id))
