"""Lines over commits, drawn by a script of our own: a picture of a thousand points before plotly would have loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent
_TIMELINE = st.components.v2.component(
    "perfwatch.timeline",
    js=(_HERE / "timeline.js").read_text(encoding="utf-8"),
    css=(_HERE / "timeline.css").read_text(encoding="utf-8"),
)


def timeline(drawn: dict[str, Any], says: str, key: str) -> None:
    """Draw what `charts.timeline.timeline` returned; `says` is its text alternative."""
    _TIMELINE(data={**drawn, "says": says}, key=f"timeline-{key}")
