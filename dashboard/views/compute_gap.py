"""Compute gap: the same kernel in two languages, in one process and one run, so that the host cancels."""

from __future__ import annotations

import data
import history
import state
import streamlit as st
import words
from charts.over_commits import Level, Line, over_commits

from perfwatch.analysis.derived import SAYS
from perfwatch.units import RATIO, SECONDS
from views import facts, parts

# The study's Rust over numba, each less the 2 ms of its boundary: (2.276 - 0.002) / 2.010 and (2.337 - 0.002) / 2.010.
STUDY = {"compute_gap": 1.13, "compute_gap_unchecked": 1.16}
_NAMES = {"compute_gap": "checked", "compute_gap_unchecked": "unchecked"}

chosen = state.chosen()
commits, derived = facts.commits(chosen), facts.derived(chosen)
st.title("Compute gap")
st.markdown(
    "The Rust kernel over the numba kernel, both called in one process of one run: codegen alone, no boundary, "
    "and the host's speed cancels. Above 1, Rust is the slower one."
)
ratios = {name: history.only(derived, name=name) for name in _NAMES}
parts.cards(
    [
        parts.card(f"Rust {_NAMES[name]} / numba", history.tile(frame, commits, RATIO), SAYS[name])
        for name, frame in ratios.items()
    ]
)

st.subheader("Rust / numba over commits")
study = state.switch("study", "Show the study's values", help="Published medians, Apple M2 Max: 1.13 and 1.16")
levels = [Level(1.0, "as fast as numba")]
if study:
    levels += [Level(value, f"the study, {_NAMES[name]}: {value:g} ×") for name, value in STUDY.items()]
parts.chart(
    over_commits([Line(f"Rust {_NAMES[n]}", f) for n, f in ratios.items()], commits, RATIO, levels=levels),
    "Line chart of the ratio of the Rust kernel's time to the numba kernel's over commits, with 99 % intervals",
    "gap",
)
gaps = derived[derived["name"].isin(_NAMES)]
parts.table_below(lambda: history.table(gaps, commits), len(gaps), "gap-table")

st.subheader("Seconds a sweep, in process")
kernels = data.family(chosen.store, chosen.version, chosen.machine, chosen.environment, "compute.time_sweep")
kernels = history.having(kernels, size=chosen.size)
log = state.switch("log", "Logarithmic")
architectures = list(dict.fromkeys(p.get("architecture", "") for p in kernels["params"]))
parts.chart(
    over_commits(
        [Line(words.KERNELS.get(name, name), history.having(kernels, architecture=name)) for name in architectures],
        commits,
        SECONDS,
        log=log,
    ),
    "Line chart of the seconds that one sweep takes in each kernel over commits, with 99 % intervals",
    "kernels",
)
parts.table_below(lambda: history.table(kernels, commits), len(kernels), "kernels-table")
