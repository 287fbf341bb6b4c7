"""The dashboard: the frame around every page, and the one place where an error becomes words."""

from __future__ import annotations

from pathlib import Path

import data
import state
import streamlit as st
from views import sidebar, trouble

from perfwatch.errors import NothingToCompareError, PerfwatchError

# How soon new results are seen; looking costs one small read.
WATCH_EVERY = "3s"

PAGES = (
    st.Page("views/overview.py", title="Overview", icon=":material/dashboard:", default=True),
    st.Page("views/compute_gap.py", title="Compute gap", icon=":material/memory:", url_path="compute-gap"),
    st.Page("views/boundary.py", title="Boundary", icon=":material/swap_horiz:", url_path="boundary"),
    st.Page("views/equivalence.py", title="Equivalence", icon=":material/fingerprint:", url_path="equivalence"),
    st.Page("views/compare.py", title="Compare", icon=":material/compare_arrows:", url_path="compare"),
    st.Page("views/events.py", title="Events", icon=":material/notifications:", url_path="events"),
    st.Page("views/health.py", title="Health", icon=":material/monitor_heart:", url_path="health"),
    st.Page("views/explore.py", title="Explore", icon=":material/query_stats:", url_path="explore"),
)


def condition(store: str) -> str:
    """Return what a page depends on: the store's version, or what is wrong with it."""
    try:
        return data.version(store)
    except PerfwatchError as error:
        return f"{type(error).__name__}: {error}"


@st.fragment(run_every=WATCH_EVERY)
def watch(store: str, seen: str) -> None:
    """Run the page again as soon as new results have landed, or the store got better or worse."""
    if condition(store) != seen:
        st.rerun()


# A picture of our own: Streamlit would fetch the one of a symbol from a font server.
LOGO = str(Path(__file__).with_name("logo.svg"))
st.set_page_config(page_title="perfwatch", page_icon=LOGO, layout="wide")
st.logo(LOGO, size="large")
page = st.navigation(PAGES)
where = state.store()
watch(where, condition(where))
try:
    state.choose(sidebar.show(where, data.version(where)))
    page.run()
except NothingToCompareError as error:
    trouble.nothing_yet(page.title, where, error)
except PerfwatchError as error:
    trouble.unreadable(page.title, error)
