"""Compute gap: the same kernel in two languages, in one process and one run, so that the host cancels."""

from __future__ import annotations

import data
import state
import streamlit as st
import words
from charts.line import Level, Line
from charts.timeline import timeline as drawn_from
from components import timeline
from frames import history, split
from frames.lines import Lines, plain, ratio, together

from perfwatch.analysis.derived import SAYS
from perfwatch.units import RATIO, SECONDS
from views import facts, parts, splitting, steps

# The study's Rust over numba, each less the 2 ms of its boundary: (2.276 - 0.002) / 2.010 and (2.337 - 0.002) / 2.010.
STUDY = {"compute_gap": 1.13, "compute_gap_unchecked": 1.16}
_GAPS = {
    "compute_gap": ("checked", "rust_in_process"),
    "compute_gap_unchecked": ("unchecked", "rust_in_process_unchecked"),
}
_SWEEP = "compute.time_sweep"
_LABORATORY = ("kernels.time_sweep", "kernels.time_sweep_on_both_cores")
BENCHMARKS = tuple(dict.fromkeys((_SWEEP, *_LABORATORY, *split.BENCHMARKS)))
_UNITS = {"seconds": "seconds a sweep", "numba": "in units of numba"}


def gap(lines: Lines) -> None:
    """Draw Rust over numba: tiles, over commits, table."""
    numba = _in_process("in_process", lines)
    found = {
        name: (label, ratio(_in_process(kernel, lines), numba), steps.derived(name, size=chosen.size))
        for name, (label, kernel) in _GAPS.items()
    }
    if all(line["value"].isna().all() for _, line, _ in found.values()):
        st.info("Rust and numba were not measured both at this size; another one is to be chosen on the left.")
        return
    parts.cards(
        [
            parts.card(f"Rust {label} / numba", history.tile(line, commits, RATIO), SAYS[name])
            for name, (label, line, _) in found.items()
        ]
    )
    st.subheader("Rust / numba over commits")
    levels = [Level(1.0, "as fast as numba")]
    if state.switch("study", "Show the study's values", help="Published medians, Apple M2 Max: 1.13 and 1.16"):
        levels += [Level(value, f"the study, {_GAPS[name][0]}: {value:g} ×") for name, value in STUDY.items()]
    labels = {label for _, _, label in found.values()} | {
        lines.label(_SWEEP, architecture=k, size=chosen.size, affinity=_within(lines))
        for k in ("in_process", *(k for _, k in _GAPS.values()))
    }
    drawn = [Line(f"Rust {label}", line) for label, line, _ in found.values()]
    timeline.timeline(
        drawn_from(drawn, commits, RATIO, levels=levels, marks=steps.of(chosen, labels)),
        "Line chart of the ratio of the Rust kernel's time to the numba kernel's over commits, with 99 % intervals",
        "gap",
    )
    rows = together({f"Rust {label} / numba": line for label, line, _ in found.values()}, RATIO)
    parts.table_below(lambda: history.table(rows, commits), len(rows), "gap-table", raw=lambda: plain(rows, commits))


def kernels(lines: Lines) -> None:
    """Draw every kernel in process, the laboratory's too, over commits."""
    st.subheader("Kernels in process")
    found = {
        params.get("architecture") or params.get("kernel") or "": (benchmark, params)
        for benchmark in (_SWEEP, *_LABORATORY)
        for params in lines.params(benchmark)
        if params.get("size") == chosen.size
    }
    if not found:
        st.info("No kernel was measured at this size.")
        return
    shown = state.pick_several(
        "kernel", list(found), [], st.multiselect, "Kernels", placeholder="all", format_func=_named
    )
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        unit = state.pick("unit", list(_UNITS), "seconds", st.selectbox, "Shown as", format_func=_UNITS.__getitem__)
    with right:
        log = state.switch("log", "Logarithmic", default=True, help="Kernels lie up to a hundred times apart")
    numba = _in_process("in_process", lines)
    made = {}
    for name in shown or found:
        line = lines.find(found[name][0], **found[name][1])
        made[_named(name)] = ratio(line, numba) if unit == "numba" else line
    shown_in = RATIO if unit == "numba" else SECONDS
    labels = {lines.label(found[name][0], **found[name][1]) for name in shown or found}
    labels |= {steps.derived("kernel_ratio", kernel=name, size=chosen.size) for name in shown or found}
    timeline.timeline(
        drawn_from(
            [Line(name, line) for name, line in made.items()],
            commits,
            shown_in,
            log=log,
            marks=steps.of(chosen, labels),
        ),
        f"Line chart of {_UNITS[unit]} in each of {len(made)} kernels over commits, with 99 % intervals",
        "kernels",
    )
    rows = together(made, shown_in)
    parts.table_below(
        lambda: history.table(rows, commits), len(rows), "kernels-table", raw=lambda: plain(rows, commits)
    )


def _named(kernel: str) -> str:
    return words.KERNELS.get(kernel, kernel)


def _within(lines: Lines) -> str | None:
    return next(iter(lines.values("affinity", _SWEEP)), None)


def _in_process(architecture: str, lines: Lines):  # type: ignore[no-untyped-def]
    return lines.find(_SWEEP, architecture=architecture, size=chosen.size, affinity=_within(lines))


chosen = state.chosen()
commits = facts.commits(chosen)
st.title("Compute gap")
readings = data.lines(chosen.store, chosen.version, chosen.machine, chosen.environment, BENCHMARKS)
if not (readings["benchmark"].isin((_SWEEP, *_LABORATORY))).any():
    parts.not_here(
        "the same kernel in Rust and in numba over commits, every further kernel beside them, and how much of a "
        "change is the kernel's, the boundary's and the host's",
        "perfwatch run --bench '^(compute|kernels|boundary)'",
        "`compute`, `kernels` and `boundary`",
    )
else:
    st.markdown(
        "The Rust kernel over the numba kernel, both called in one process of one run: codegen alone, no boundary, "
        "and the host's speed cancels. Above 1, Rust is the slower one."
    )
    gap(Lines(readings))
    splitting.draw(chosen, Lines(readings), commits)
    kernels(Lines(readings))
