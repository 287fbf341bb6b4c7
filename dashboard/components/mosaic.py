"""A state for each of some things in each of some columns, drawn by a script of our own; what is clicked comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from components import script, style

_MOSAIC = st.components.v2.component(
    "perfwatch.mosaic",
    js=script("elements", "mosaic"),
    css=style("mosaic"),
)


def mosaic(drawn: dict[str, Any], says: str, key: str, picked: Callable[[int, int], None] | None = None) -> None:
    """Draw what `charts.mosaic.mosaic` returned.

    Parameters
    ----------
    says : its text alternative.
    picked : called with the row and the column that were clicked, before the page runs again.
    """
    name = f"mosaic-{key}"

    def pick() -> None:
        match st.session_state[name].get("picked"):
            case {"row": int(row), "column": int(column)} if picked is not None:
                picked(row, column)

    hint = " Arrow keys go from cell to cell, Enter chooses." if picked else " Arrow keys go from cell to cell."
    _MOSAIC(data={**drawn, "says": says + "." + hint, "picks": picked is not None}, key=name, on_picked_change=pick)
