"""Events: what happened in a place, narrowed and searched; one of them with all that is known of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import data
import judgements
import state
import streamlit as st
import words
from components.grid import Pages

from perfwatch.analysis.triage import is_open
from perfwatch.model import Event, Triage
from views import event, facts, happenings

_ROWS = 50
Told = tuple[Event, Triage | None]


def listed(chosen: state.Selection) -> None:
    """Draw the events of the place, those that are open or all, with what narrows them."""
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
    rows = narrowed(shown)
    if not rows:
        st.info("No event is like that; take a word or a choice away.", icon=":material/filter_alt_off:")
        return
    page = state.page("page", len(rows), _ROWS)
    part = rows[_ROWS * page : _ROWS * (page + 1)]
    happenings.table(part, "Events of the place, the newest commit's first", Pages(page, _ROWS, len(rows)))


def narrowed(found: Sequence[Told]) -> list[Told]:
    """Draw what narrows events: words, kinds, what people said of them, who sees to them; return those left."""
    kinds, states = Counter(e.kind for e, _ in found), Counter(happenings.state_of(w) for _, w in found)
    owners = sorted({w.owner for _, w in found if w and w.owner})
    search, kind, said, who = st.columns([2, 2, 2, 1] if owners else [2, 2, 2, 0.01], vertical_alignment="bottom")
    with search:
        text = state.text("q", "Search", placeholder="words of a title, a cause or a series", icon=":material/search:")
    with kind:
        of_kind = state.pick_several(
            "kind", list(kinds), [], st.multiselect, "Kinds", placeholder="all",
            format_func=lambda k: f"{words.EVENTS[k]} {kinds[k]:,}",
        )  # fmt: skip
    with said:
        in_state = state.pick_several(
            "state", list(states), [], st.multiselect, "States", placeholder="all",
            format_func=lambda s: f"{s} {states[s]:,}",
        )  # fmt: skip
    of_owner: list[str] = []
    if owners:
        with who:
            of_owner = state.pick_several("owner", owners, [], st.multiselect, "Owners", placeholder="all")
    return [
        (e, w)
        for e, w in found
        if happenings.says(e, text)
        and (not of_kind or e.kind in of_kind)
        and (not in_state or happenings.state_of(w) in in_state)
        and (not of_owner or (w is not None and w.owner in of_owner))
    ]


def one(chosen: state.Selection, asked: str) -> None:
    """Draw the event asked for, about the place it happened at; the list where it is not there."""
    told = next(((e, w) for e, w in judgements.events(chosen.store, chosen.version) if e.id == asked), None)
    if told is None:
        st.warning(
            f"No event `{asked[:40]}` is in the store; it may have been of older results.", icon=":material/search_off:"
        )
        listed(chosen)
        return
    here = (told[0].machine, told[0].environment)
    measured = {(p.machine, p.environment) for p in data.places(chosen.store, chosen.version)}
    if here != (chosen.machine, chosen.environment) and here in measured:
        state.turn_to(*here)
        st.rerun()
    event.draw(chosen, facts.commits(chosen), *told)


selected = state.chosen()
st.title("Events")
asked_for = state.asked("event", "")
if asked_for:
    one(selected, asked_for)
else:
    listed(selected)
