"""Who may look, who may change something, and who says so: decided here, on the server, each time it matters.

Where people log in, who somebody is comes from the cookie that this server signed (`st.user`), never from what a page
holds or an address says.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

import streamlit as st

from perfwatch.login import RULES_VARIABLE, Login, Person

READ_ONLY_VARIABLE = "PERFWATCH_READ_ONLY"
_AUTHOR = "author"


def rules() -> Login | None:
    """Return the rules of who may do what, as the launcher said them; None where nobody logs in."""
    text = os.environ.get(RULES_VARIABLE)
    return Login.from_json(text) if text else None


def person() -> Person | None:
    """Return who looks; None where nobody logs in, and for whoever has not."""
    known = rules()
    return known.person(st.user.to_dict()) if known is not None and st.user.get("is_logged_in") is True else None


def has_lapsed(somebody: Person) -> bool:
    """Return whether a login is older than the rules let it be."""
    return somebody.until <= datetime.now(UTC)


def may_look() -> bool:
    """Return whether whoever looks may."""
    if rules() is None:
        return True
    somebody = person()
    return somebody is not None and somebody.role is not None and not has_lapsed(somebody)


def why_not() -> str:
    """Return why whoever looks may change nothing; "" where they may."""
    if os.environ.get(READ_ONLY_VARIABLE) == "1":
        return "This dashboard is read-only."
    if not may_look():
        return "Log in to say something."
    somebody = person()
    if somebody is not None and somebody.role != "triager":
        return "You may look; what an event is, is said by those that triage."
    return ""


def author() -> str:
    """Return who says what is said in this session: who logged in, else the name that was typed; "" where none was."""
    if rules() is None:
        return str(st.session_state.get(_AUTHOR, "")).strip()
    somebody = person()
    return "" if somebody is None else somebody.author


def ask_author() -> None:
    """Draw a field for the name of whoever speaks, where nobody logs in."""
    if rules() is None:
        st.session_state[_AUTHOR] = st.text_input("You are", author(), max_chars=100, placeholder="your name").strip()
