"""The dashboard: the frame around every page, and the one place where an error becomes words."""

from __future__ import annotations

from pathlib import Path

import access
import data
import state
import streamlit as st
from charts import palette
from pages import PAGES
from views import door, sidebar, trouble

from perfwatch.errors import NothingToCompareError, PerfwatchError

# How soon new results are seen; looking costs one small read.
WATCH_EVERY = "3s"


def condition(store: str) -> str:
    """Return what a page depends on: the store's version, or what is wrong with it."""
    try:
        return data.version(store)
    except PerfwatchError as error:
        return f"{type(error).__name__}: {error}"


@st.fragment(run_every=WATCH_EVERY)
def watch(store: str, seen: str) -> None:
    """Run the page again as soon as new results have landed, the store got better or worse, or a login has run out."""
    if not access.may_look() or condition(store) != seen:
        st.rerun()


# A picture of our own: Streamlit would fetch the one of a symbol from a font server.
LOGO = str(Path(__file__).with_name("logo.svg"))
st.set_page_config(page_title="perfwatch", page_icon=LOGO, layout="wide")
st.logo(LOGO, size="large")
st.html(f"<style>{palette.STYLE}</style>")
page = st.navigation(
    [
        st.Page(
            f"views/{page.file}",
            title=page.title,
            icon=f":material/{page.icon}:",
            url_path=page.path or None,
            default=not page.path,
        )
        for page in PAGES
    ],
    position="sidebar" if access.may_look() else "hidden",
)
if not access.may_look():
    door.draw()
    st.stop()
selectors = st.sidebar.container()
door.who()
where = state.store()
watch(where, condition(where))
try:
    with selectors:
        state.choose(sidebar.show(where, data.version(where)))
    page.run()
except NothingToCompareError as error:
    trouble.nothing_yet(page.title, where, error)
except PerfwatchError as error:
    trouble.unreadable(page.title, error)
