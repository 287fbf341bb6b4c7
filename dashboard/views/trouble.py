"""What a page says when it has nothing to show: what is the matter, and what to do."""

from __future__ import annotations

import streamlit as st

from perfwatch.errors import PerfwatchError

_STEPS = """\
perfwatch run --newest 3 --size quick   # measure the newest three commits
perfwatch ingest                        # load the results into the store
"""


def nothing_yet(title: str, store: str, error: PerfwatchError) -> None:
    """Say that the store is missing or empty, and how to fill it."""
    st.title(title)
    st.info("**Nothing is measured yet.** Measure and load in the project's folder:", icon=":material/hourglass_empty:")
    st.code(_STEPS, language=None)
    st.caption("This page fills by itself as soon as results land.")
    _says(str(error), f"Looked for the store at {store}")


def unreadable(title: str, error: PerfwatchError) -> None:
    """Say what is wrong with the store; the error's own words name what to do."""
    st.title(title)
    st.error("**The store cannot be read.** What is wrong, and what to do:", icon=":material/error:")
    _says(str(error), None)
    st.caption("This page comes back by itself as soon as the store can be read.")


def _says(message: str, where: str | None) -> None:
    # As code: a message may hold what Markdown would take for its own.
    st.code(" ".join(message.split()), language=None, wrap_lines=True)
    if where is not None and where.rpartition(" ")[2] not in message:
        st.code(where, language=None, wrap_lines=True)
