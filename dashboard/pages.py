"""The pages: where each is, and what it is called. The app runs them, the server knows their addresses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A page; `path` is its address below the dashboard's, "" for the first one."""

    file: str
    title: str
    icon: str
    path: str


PAGES = (
    Page("overview.py", "Overview", "dashboard", ""),
    Page("compute_gap.py", "Compute gap", "memory", "compute-gap"),
    Page("boundary.py", "Boundary", "swap_horiz", "boundary"),
    Page("equivalence.py", "Equivalence", "fingerprint", "equivalence"),
    Page("compare.py", "Compare", "compare_arrows", "compare"),
    Page("events.py", "Events", "notifications", "events"),
    Page("health.py", "Health", "monitor_heart", "health"),
    Page("lab.py", "Lab", "science", "lab"),
    Page("explore.py", "Explore", "query_stats", "explore"),
)
