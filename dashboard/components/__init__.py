"""Pieces of a page that Streamlit has none of: their script and style beside the function that draws them."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent


def script(*names: str) -> str:
    """Return some scripts as one module for the browser: what stands later uses what stands before it."""
    return "\n".join((_HERE / f"{name}.js").read_text(encoding="utf-8") for name in names)


def style(name: str) -> str:
    """Return the style of a piece."""
    return (_HERE / f"{name}.css").read_text(encoding="utf-8")
