"""What people say of an event: what it is, who sees to it, why; each word with its author and time, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import access
import judgements
import state
import streamlit as st

from perfwatch.analysis.triage import STATES, next_word, undone
from perfwatch.errors import PerfwatchError
from perfwatch.model import Event, Triage, TriageState
from views import parts

MEANS: Final[dict[TriageState, str]] = {
    "new": "nobody has looked at it",
    "acknowledged": "somebody knows, and sees to it",
    "accepted": "it is the price of something wanted",
    "expected": "it was meant to happen",
    "infra": "the machine or the network did it",
    "noise": "nothing happened",
    "fixed": "a later commit mends it",
    "recovered": "it went away by itself",
}


def draw(chosen: state.Selection, event: Event, word: Triage | None) -> None:
    """Draw the newest word, a form for the next one, and every word before."""
    st.markdown("#### What people say")
    said = judgements.words_on(chosen.store, chosen.version, event.id)
    now = word.state if word else "new"
    owner = f", seen to by **{parts.literal(word.owner)}**" if word and word.owner else ""
    st.markdown(f"It is **{now}**{_until(word)}: {MEANS[now]}{owner}.")
    reason = access.why_not()
    if reason:
        st.caption(reason)
    else:
        _form(chosen, event, word, said)
    for entry in reversed(said):
        owner = f" · {parts.literal(entry.owner)} sees to it" if entry.owner else ""
        reason = f"  \n{parts.literal(entry.reason)}" if entry.reason else ""
        st.markdown(
            f"**{entry.state}**{_until(entry)} · {parts.literal(entry.author)}, "
            f"{entry.said_at:%Y-%m-%d %H:%M} UTC{owner}{reason}"
        )


def _until(word: Triage | None) -> str:
    return f" until {word.until:%Y-%m-%d}" if word is not None and word.until is not None else ""


def _form(chosen: state.Selection, event: Event, word: Triage | None, said: list[Triage]) -> None:
    with st.form("triage", border=True):
        states = [s for s in STATES if s != "new"]
        at = states.index(word.state) if word and word.state in states else 0
        chosen_state = st.selectbox("What it is", states, at, format_func=lambda s: f"{s}: {MEANS[s]}")
        owner = st.text_input("Who sees to it", word.owner or "" if word else "", max_chars=100)
        reason = st.text_area("Why", max_chars=2000, height=80, placeholder="a sentence for whoever reads this later")
        tomorrow = datetime.now(UTC).date() + timedelta(days=1)
        # What holds until a day goes on to, unless somebody says otherwise.
        held = word.until.date() if word is not None and word.until is not None else None
        until = st.date_input(
            "Until",
            held if held is not None and held >= tomorrow else None,
            min_value=tomorrow,
            max_value=date(9999, 12, 31),
            format="YYYY-MM-DD",
            help="The word runs out at the start of this day, UTC. Empty: it holds for good.",
        )
        access.ask_author()
        with st.container(horizontal=True):
            says_so = st.form_submit_button("Say so", type="primary")
            # In the form too: whoever takes a word back has a name.
            takes_back = bool(said) and st.form_submit_button(
                "Take the last word back", icon=":material/undo:", help="What was said stays on record."
            )
        if takes_back:
            _keep(chosen, lambda author, now: undone(said, author, now))
        if says_so:
            moment = datetime.combine(until, time(), UTC) if until else None
            _keep(
                chosen,
                lambda author, now: next_word(
                    event.id, word, author, now, state=chosen_state, reason=reason.strip() or None,
                    owner=owner.strip(), until=moment,
                ),
            )  # fmt: skip


def _keep(chosen: state.Selection, said_by: Callable[[str, datetime], Triage]) -> None:
    """Keep the word of whoever looks, if they may say one; `said_by` makes it of an author and a time."""
    author = access.author()
    refused = access.why_not() or ("" if author else "Say who you are.")
    if refused:
        st.error(refused)
        return
    try:
        word = said_by(author, datetime.now(UTC))
        judgements.say(chosen.store, word)
    except PerfwatchError as error:
        st.error(f"Not kept: {error}")
        return
    st.toast(f"{word.state}, kept")
    st.rerun()
