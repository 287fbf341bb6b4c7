"""What is drawn for whoever may not look: a button to log in with, and what is the matter."""

from __future__ import annotations

from html import escape
from typing import Final

import access
import state
import streamlit as st

from views import parts

# What the address says after a login that came to nothing (`returning`).
_FAILED: Final = {
    "unreachable": "**The identity provider does not answer.** Nobody can log in until it does; try again in a while. "
    "Whoever runs this dashboard finds the reason in its log.",
    "denied": "**The identity provider did not let you in**, or you turned back there.",
    "failed": "**The login came to nothing.** The identity provider's answer was not accepted; try again. If it stays "
    "so, the dashboard and the provider disagree about its secret, its address or the time: its log has more.",
}


def draw() -> None:
    """Draw the page of whoever may not look."""
    _, middle, _ = st.columns([1, 2, 1])
    with middle:
        somebody = access.person()
        if somebody is not None and somebody.role is None:
            _not_among_them(parts.literal(somebody.name), parts.literal(somebody.author))
            return
        st.title("Log in")
        failed = _FAILED.get(state.asked("login", ""))
        if failed and somebody is None:
            st.error(failed, icon=":material/error:")
        elif somebody is not None:
            st.info("**Your login has run out.** Log in again to go on.", icon=":material/schedule:")
        else:
            st.markdown("This dashboard shows its pages to those who have logged in.")
        if st.button("Log in", type="primary", icon=":material/login:"):
            st.login()


def _not_among_them(name: str, author: str) -> None:
    st.title("Not for you")
    who = name if name == author else f"{name}, {author}"
    st.warning(
        f"**You are logged in as {who}, who may not look.** Whoever runs this dashboard can let you in: they name you, "
        "your domain or your group as viewers in its settings, and the provider has to have verified your address.",
        icon=":material/block:",
    )
    if st.button("Log out", icon=":material/logout:"):
        _leave()


def who() -> None:
    """Draw who is logged in and a button to log out with, in the sidebar; nothing where nobody logs in."""
    somebody = access.person()
    if somebody is None:
        return
    with st.sidebar:
        st.divider()
        known = f"<br><small>{escape(somebody.author)}</small>" if somebody.author != somebody.name else ""
        # As HTML, not Markdown: that makes a link of every address.
        st.html(f"<b>{escape(somebody.name)}</b>, {somebody.role}{known}")
        if st.button("Log out", icon=":material/logout:", type="tertiary"):
            _leave()


def _leave() -> None:
    st.logout()
    # What runs on might ask for another run, and what the browser was to be told is forgotten at its start.
    st.stop()
