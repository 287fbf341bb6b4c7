"""Lines over commits or a parameter, drawn by a script of our own."""

from __future__ import annotations

from typing import Any

import state
import streamlit as st

from components import script, style

_TIMELINE = st.components.v2.component(
    "perfwatch.timeline",
    js=script("elements", "numbers", "axis", "picture", "line", "timeline"),
    css=style("timeline"),
)


def timeline(
    drawn: dict[str, Any], says: str, key: str, *, zoom: str | None = None, file: str = "perfwatch"
) -> str | None:
    """Draw what `charts.timeline.timeline` returned, and return the label of the commit whose page was just asked for.

    Parameters
    ----------
    says : its text alternative.
    zoom : the parameter of the address that keeps which commits are looked at closer; None keeps it nowhere.
    file : what a saved picture is called, without its ending.
    """
    name = f"timeline-{key}"
    data = {**drawn, "says": says, "file": file, "zooms": zoom is not None}
    if zoom is not None:
        data["seen"] = _between(state.asked(zoom, ""), [label for label, *_ in drawn["commits"]])

    def turn() -> None:
        match st.session_state[name].get("asked"):
            case {"zoom": [str(first), str(last)]} if zoom is not None:
                state.ask(**{zoom: f"{first}..{last}"})
            case {"zoom": []} if zoom is not None:
                st.query_params.pop(zoom, None)

    asked = _TIMELINE(data=data, key=name, on_asked_change=turn).get("asked") or {}
    opened = asked.get("open")
    return opened if isinstance(opened, str) else None


def _between(asked: str, labels: list[str]) -> list[int] | None:
    """Return first and last place of `first..last` among labels; None where one of them is not there."""
    first, _, last = asked.partition("..")
    if first not in labels or last not in labels:
        return None
    return sorted((labels.index(first), labels.index(last)))
