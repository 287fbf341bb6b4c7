"""Who may change something, and who says so."""

from __future__ import annotations

import os

import streamlit as st

READ_ONLY_VARIABLE = "PERFWATCH_READ_ONLY"
_AUTHOR = "author"


def why_not() -> str:
    """Return why whoever looks may change nothing; "" where they may."""
    return "This dashboard is read-only." if os.environ.get(READ_ONLY_VARIABLE) == "1" else ""


def author() -> str:
    """Return who says what is said in this session; "" where nobody has said it yet."""
    return str(st.session_state.get(_AUTHOR, "")).strip()


def ask_author() -> str:
    """Draw a field for the name of whoever speaks, and return what stands in it."""
    name = st.text_input("You are", author(), max_chars=100, placeholder="your name").strip()
    if name:
        st.session_state[_AUTHOR] = name
    return name
