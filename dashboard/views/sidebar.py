"""What every page is about: machine, environment, size; each in the address."""

from __future__ import annotations

import data
import state
import streamlit as st
import words

from views import parts


def show(store: str, version: str) -> state.Selection:
    """Draw the selectors, where the caller is drawing, and return what is selected."""
    places = data.places(store, version)
    machines = list(dict.fromkeys(place.machine for place in places))
    machine = _one("machine", "Machine", machines)
    environment = _one(
        "environment", "Environment", [place.environment for place in places if place.machine == machine]
    )
    sizes = data.sizes(store, version, machine, environment)
    size = None
    if sizes:
        size = state.pick(
            "size",
            sizes,
            sizes[0],
            st.selectbox,
            "Size",
            format_func=words.size,
            help="Bars × parameter combinations. Sizes are never one series.",
        )
    bad = data.unreadable(store, version)
    if len(bad):
        with st.expander(f"{len(bad)} files could not be read" if len(bad) > 1 else "1 file could not be read"):
            for error in bad["error"]:
                st.code(error, language=None, wrap_lines=True)
    return state.Selection(store, version, machine, environment, size)


def _one(parameter: str, label: str, options: list[str]) -> str:
    """Draw a selector, or the only one there is, and return what is selected; the address has it in either case."""
    if len(options) > 1:
        return state.pick(parameter, options, options[0], st.selectbox, label)
    state.ask(**{parameter: options[0]})
    st.caption(f"{label}  \n**{parts.literal(options[0])}**")
    return options[0]
