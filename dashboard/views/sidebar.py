"""What every page is about: machine, environment, size; each in the address."""

from __future__ import annotations

import data
import state
import streamlit as st
import words


def show(store: str, version: str) -> state.Selection:
    """Draw the selectors, where the caller is drawing, and return what is selected."""
    places = data.places(store, version)
    machines = list(dict.fromkeys(place.machine for place in places))
    machine = state.pick("machine", machines, machines[0], st.selectbox, "Machine")
    environments = [place.environment for place in places if place.machine == machine]
    environment = state.pick("environment", environments, environments[0], st.selectbox, "Environment")
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
