"""Curves on a logarithmic axis, drawn by a script of our own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent
_CURVE = st.components.v2.component(
    "perfwatch.curve",
    js=(_HERE / "curve.js").read_text(encoding="utf-8"),
    css=(_HERE / "curve.css").read_text(encoding="utf-8"),
)


def curve(drawn: dict[str, Any], says: str, key: str) -> None:
    """Draw what `charts.curve.curve` returned; `says` is its text alternative."""
    _CURVE(data={**drawn, "says": says}, key=f"curve-{key}")
