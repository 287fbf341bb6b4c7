"""Events as a list for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from perfwatch.model import Event, Triage
from perfwatch.report import verdicts

SCHEMA = "perfwatch.events/1"


def text(found: Sequence[tuple[Event, Triage | None]]) -> str:
    """Return the events as lines of text, place by place."""
    if not found:
        return (
            "no event stands (`perfwatch events --all` lists what is over, `perfwatch check` judges the newest commit)"
        )
    lines: list[str] = []
    for place in dict.fromkeys((e.machine, e.environment) for e, _ in found):
        lines += [*([""] if lines else []), " · ".join(place)]
        for event, word in found:
            if (event.machine, event.environment) == place:
                lines += verdicts.event_lines(event, word)
    return "\n".join(lines)


def as_json(found: Sequence[tuple[Event, Triage | None]]) -> dict[str, Any]:
    """Return the events as an object of the schema `perfwatch.events/1`."""
    return {"schema": SCHEMA, "events": [verdicts.event_json(e, word) for e, word in found]}
