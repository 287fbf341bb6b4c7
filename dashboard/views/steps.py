"""What is marked on a line over commits: the events in which one of the series that are drawn moved."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import state
from charts.timeline import Mark

from perfwatch.model import Event
from perfwatch.units import show_ratio
from views import happenings


def of(chosen: state.Selection, labels: Collection[str | None]) -> list[Mark]:
    """Return the marks of the place's events in which a series of these labels moved."""
    return marks((event for event, _ in happenings.of_place(chosen)), labels)


def marks(events: Iterable[Event], labels: Collection[str | None]) -> list[Mark]:
    """Return a mark for each event in which a series of these labels moved: its title, and how far each went."""
    found = []
    for event in events:
        moved = [m for m in event.moved if m["label"] in labels]
        if moved:
            tone = happenings.tone(event)
            parts = [f"{m['label']} {show_ratio(m['ratio'])}" for m in moved if m.get("ratio")]
            text = "; ".join([event.title, *parts])
            found.append(Mark(event.commit, text, tone if tone in ("bad", "good") else "plain"))
    return found


def derived(name: str, **params: str | None) -> str:
    """Return what the judge calls a derived series: kernel, size, affinity and transport, in this order."""
    told = [params[p] for p in ("kernel", "size", "affinity", "transport") if params.get(p)]
    return f"derived.{name}({', '.join(str(t) for t in told)})"
