"""What was, or would be, taken out of a store, as text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class Thinned(Protocol):
    """One place, as `pipeline.pruning` tells of it."""

    @property
    def machine(self) -> str: ...
    @property
    def environment(self) -> str: ...
    @property
    def points(self) -> int: ...
    @property
    def gone(self) -> int: ...
    @property
    def commits(self) -> int: ...
    @property
    def commits_gone(self) -> int: ...
    @property
    def samples_gone(self) -> int: ...


def text(places: Sequence[Thinned], before: datetime, *, dry_run: bool) -> str:
    """Return a line a place that loses something, and a sum."""
    verb = "would go" if dry_run else "gone"
    lines = [
        f"{p.machine} · {p.environment}: {p.gone:,} of {p.points:,} points {verb}, "
        f"{p.commits_gone:,} of {p.commits:,} commits as a whole"
        + (f"; single timings of {p.samples_gone:,} points" if p.samples_gone else "")
        for p in places
        if p.gone or p.samples_gone
    ]
    if not lines:
        return f"nothing to thin before {before:%Y-%m-%d}"
    return "\n".join(lines)
