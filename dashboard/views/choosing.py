"""What Explore is asked: which series, over what, how; each choice in the address."""

from __future__ import annotations

from dataclasses import dataclass

import data
import pandas as pd
import state
import streamlit as st
from components.grid import Cell, Column, Pages, Row, grid
from frames import exploring

from perfwatch.store.finding import FoundBenchmark

# What the project is about comes first where nothing is asked for.
_FIRST = "compute.time_sweep"
_COLUMNS = (
    Column("benchmark", "Benchmark", head=True),
    Column("kind", "Kind"),
    Column("unit", "Unit"),
    Column("parameters", "Parameters"),
    Column("series", "Series", "right"),
    Column("commits", "Commits", "right"),
    Column("state", ""),
)
Place = tuple[str, str]


@dataclass(frozen=True)
class Look:
    """How series are looked at.

    Attributes
    ----------
    x : `commits`, `time`, or `p_NAME` for the parameter of that name.
    is_ratio : over a base commit, not as they are.
    """

    x: str
    is_ratio: bool
    log: bool
    samples: bool

    @property
    def parameter(self) -> str | None:
        """Return the parameter that is the x axis; None where commits are."""
        return self.x.removeprefix("p_") if self.x.startswith("p_") else None


def find(chosen: state.Selection) -> None:
    """Draw the search; what is clicked there is shown beside what is."""
    expander = st.expander(
        "Find benchmarks by name, tag or parameter", icon=":material/search:", key="explore-find", on_change="rerun"
    )
    if not expander.open:
        return
    where = (chosen.store, chosen.version, chosen.machine, chosen.environment)
    with expander:
        tags = data.tags(*where)
        words, family, kind, unit = st.columns([3, 2, 1, 1])
        with words:
            search = state.text("find", "Words", placeholder="of a name or of parameters", icon=":material/search:")
        with family:
            of = state.pick_or_none("find_family", tags.families, st.selectbox, "Family", placeholder="any")
        with kind:
            like = state.pick_or_none("find_kind", tags.kinds, st.selectbox, "Kind", placeholder="any")
        with unit:
            measured_in = state.pick_or_none("find_unit", tags.units, st.selectbox, "Unit", placeholder="any")
        asked = state.asked("found", "0")
        page = int(asked) if asked.isdecimal() and len(asked) < 7 else 0
        found = data.found(*where, search, of, like, measured_in, page)
        if not found.rows and page:
            found = data.found(*where, search, of, like, measured_in, page := 0)
        if not found.rows:
            st.info("No benchmark is like that; take a word or a tag away.", icon=":material/filter_alt_off:")
            return
        shown = _asked()
        clicked = grid(
            _COLUMNS,
            [_row(row, shown) for row in found.rows],
            says="Benchmarks found; one that is chosen is drawn too",
            key="explore-found",
            pages=Pages(page, data.FOUND_ROWS, found.n_found, "found"),
        )
    if "open" in clicked:
        name = str(clicked["open"])
        st.session_state["benchmark"] = [n for n in shown if n != name] if name in shown else [*shown, name]


def _asked() -> list[str]:
    return list(st.session_state.get("benchmark", st.query_params.get_all("benchmark")))


def _row(found: FoundBenchmark, shown: list[str]) -> Row:
    is_shown = found.benchmark in shown
    cells = (
        Cell(found.benchmark),
        Cell(", ".join(found.kinds)),
        Cell(", ".join(found.units)),
        Cell(", ".join(found.parameters), "quiet"),
        Cell(f"{found.n_series:,}"),
        Cell(f"{found.n_commits:,}"),
        Cell("shown" if is_shown else "", "good", "click to take it away"),
    )
    return Row(found.benchmark, cells, state.link("explore", benchmark=found.benchmark))


def named(chosen: state.Selection) -> tuple[list[str], tuple[Place, ...]]:
    """Draw the benchmarks that are shown, with some to add, and the other places whose series can stand beside.

    Return the benchmarks, and every place that is looked at, the page's own first.
    """
    here = (chosen.machine, chosen.environment)
    asked = tuple(sorted(_asked())) or (_FIRST,)
    offered = data.beside(chosen.store, chosen.version, *here, asked)
    known = [(place.machine, place.environment) for place in data.places(chosen.store, chosen.version)]
    others = {" · ".join(place): place for place in known if place != here}
    left, right = st.columns([3, 2]) if others else (st.container(), None)
    with left:
        first = _FIRST if _FIRST in offered else offered[0]
        wanted = state.pick_several(
            "benchmark", offered, [first], st.multiselect, "Benchmarks", placeholder="type to search", select_all=False
        )
    if right is None:
        return wanted, (here,)
    with right:
        hint = "other machines and environments"
        picked = state.pick_several("place", list(others), [], st.multiselect, "Beside", placeholder=hint)
    return wanted, (here, *(others[name] for name in picked))


def look(known: pd.DataFrame) -> Look:
    """Draw how the series are looked at, and return it."""
    parameters = [name for name, values in exploring.values_of(known).items() if len(values) > 1]
    names = {"commits": "commits", "time": "time", **{f"p_{name}": name for name in parameters}}
    x = state.pick("x", list(names), "commits", st.selectbox, "Over", format_func=names.__getitem__, width=165)
    is_ratio = state.switch("ratio", "Ratio to a commit")
    log = state.switch("log", "Logarithmic")
    samples = state.switch("samples", "Samples")
    return Look(x, is_ratio, log, samples)


def narrowed(chosen: state.Selection, known: pd.DataFrame, over: str | None) -> pd.DataFrame:
    """Draw a selector for each parameter but the one that is the x axis, and return the series that fit all of them."""
    wanted = {} if chosen.size is None or over == "size" else {"size": [chosen.size]}
    values = {name: of for name, of in exploring.values_of(known).items() if name not in ("size", over)}
    with st.container(horizontal=True):
        for name, of in values.items():
            # As wide as there is room for, two beside each other on a telephone.
            width = 165 if len(values) > 1 else 340
            wanted[name] = state.pick_several(f"p_{name}", of, [], st.multiselect, name, placeholder="all", width=width)
    return exploring.fitting(known, wanted)
