"""The pages: where each is, and what it is called. The app runs them, the server knows their addresses."""

from __future__ import annotations

from dataclasses import dataclass

# Streamlit's scripts that every page draws with, by the name before the hash: selectors, tiles, our own components.
_EVERYWHERE = ("Selectbox", "Html", "BidiComponent")


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes
    ----------
    path : its address below the dashboard's, "" for the first one.
    widgets : Streamlit's scripts that it draws with beside those of every page, so that a browser asks for them early.
    """

    file: str
    title: str
    icon: str
    path: str
    widgets: tuple[str, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """Return all of Streamlit's scripts that the page draws with."""
        return (*_EVERYWHERE, *self.widgets)


PAGES = (
    Page("overview.py", "Overview", "dashboard", "", ("TextInput", "ButtonGroup")),
    Page("compute_gap.py", "Compute gap", "memory", "compute-gap", ("Multiselect", "Checkbox")),
    Page("boundary.py", "Boundary", "swap_horiz", "boundary", ("TextInput", "Checkbox")),
    Page("equivalence.py", "Equivalence", "fingerprint", "equivalence"),
    Page("compare.py", "Compare", "compare_arrows", "compare", ("Multiselect", "Checkbox")),
    Page("events.py", "Events", "notifications", "events", ("TextInput", "ButtonGroup", "Multiselect")),
    Page("health.py", "Health", "monitor_heart", "health"),
    Page("lab.py", "Lab", "science", "lab", ("ButtonGroup",)),
    Page("explore.py", "Explore", "query_stats", "explore", ("Multiselect", "Checkbox", "ButtonGroup")),
)
