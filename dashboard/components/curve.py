"""Curves on a logarithmic axis, drawn by a script of our own."""

from __future__ import annotations

from typing import Any

import streamlit as st

from components import script, style

_CURVE = st.components.v2.component(
    "perfwatch.curve",
    js=script("elements", "curve"),
    css=style("curve"),
)


def curve(drawn: dict[str, Any], says: str, key: str) -> None:
    """Draw what `charts.curve.curve` returned; `says` is its text alternative."""
    _CURVE(data={**drawn, "says": says}, key=f"curve-{key}")
