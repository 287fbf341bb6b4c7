"""Boundary: what crossing costs, by transport, payload and place, and what that means for a way to call."""

from __future__ import annotations

import data
import history
import pandas as pd
import state
import streamlit as st
import words
from charts.echo import Curve, echo
from charts.over_commits import Line, over_commits

from perfwatch.analysis.derived import SAYS
from perfwatch.units import SECONDS
from views import facts, parts

_PRICES = ("boundary_share", "chatty_penalty", "spawn_cost", "per_bar_projection")


def lines(derived: pd.DataFrame, name: str) -> list[Line]:
    """Return a line for each transport and affinity of a derived series."""
    found = history.only(derived, name=name).astype({"transport": object, "affinity": object})
    return [
        Line(words.place(*(None if pd.isna(k) else str(k) for k in key)) or words.DERIVED[name], frame)
        for key, frame in found.groupby(["transport", "affinity"], dropna=False, sort=False)
    ]


def tiles(derived: pd.DataFrame, commits: pd.DataFrame, name: str) -> None:
    """Draw the newest value at each transport and affinity."""
    parts.cards(
        [
            parts.card(line.name, history.tile(line.frame, commits, line.frame["unit"].iloc[0]), SAYS[name])
            for line in lines(derived, name)
        ]
        or [parts.card(words.DERIVED[name], None, SAYS[name])]
    )


def curves(
    echoes: pd.DataFrame, derived: pd.DataFrame, commit: str, label: str, affinity: str, first: bool
) -> list[Curve]:
    """Return the echo curves of one commit at one affinity, one a transport."""
    here = echoes[(echoes["commit_hash"] == commit) & (echoes["status"] == "ok")]
    here = history.having(here, affinity=affinity)
    made = []
    for transport in dict.fromkeys(p.get("transport", "") for p in here["params"]):
        frame = history.having(here, transport=transport)
        fitted = history.only(derived, commit_hash=commit, transport=transport, affinity=affinity).set_index("name")[
            "value"
        ]
        made.append(
            Curve(
                f"{words.TRANSPORTS.get(transport, transport)}, {label}",
                transport,
                frame.assign(floats=[int(p["floats"]) for p in frame["params"]]),
                fitted.get("boundary_floor"),
                fitted.get("boundary_slope"),
                first,
            )
        )
    return made


def fits(found: list[Curve]) -> pd.DataFrame:
    """Return floor, slope and bandwidth of each curve as a table."""
    slopes = [curve.slope_s_per_byte for curve in found]
    return pd.DataFrame(
        {
            "curve": [curve.name for curve in found],
            "floor": [SECONDS.show(curve.floor_s) for curve in found],
            "slope, per MB moved": [SECONDS.show(None if s is None else s * 1e6) for s in slopes],
            "bandwidth": ["—" if not s or s <= 0 else f"{1e-9 / s:.3g} GB/s" for s in slopes],
        }
    )


def draw_floor(derived: pd.DataFrame, commits: pd.DataFrame) -> None:
    """Draw the floor over commits."""
    st.subheader("Floor: one float there and back")
    tiles(derived, commits, "boundary_floor")
    log = state.switch("log", "Logarithmic", default=True, help="Transports and places lie up to ten times apart")
    parts.chart(
        over_commits(lines(derived, "boundary_floor"), commits, SECONDS, log=log),
        "Line chart of the boundary floor over commits, a line for each transport and affinity, with 99 % intervals",
        "floor",
    )
    floors = history.only(derived, name="boundary_floor")
    parts.table_below(lambda: history.table(floors, commits), len(floors), "floor-table")


def draw_curve(echoes: pd.DataFrame, derived: pd.DataFrame, commits: pd.DataFrame) -> None:
    """Draw the echo curve of a commit beside that of another."""
    st.subheader("Echo curve: seconds over payload")
    measured = commits[commits["hash"].isin(echoes.loc[echoes["status"] == "ok", "commit_hash"])]
    if measured.empty:
        st.info("The echo was not measured here; `perfwatch run --bench '^echo'` measures it.")
        return
    affinities = list(dict.fromkeys(p.get("affinity", "") for p in echoes["params"]))
    labels = measured["label"].tolist()
    left, right, place = st.columns(3)
    with left:
        commit = parts.pick_commit("commit", "Commit", measured, labels[-1])
    with right:
        other = parts.pick_commit("against", "Against", measured, labels[-2] if len(labels) > 1 else labels[-1])
    with place:
        affinity = state.pick(
            "affinity",
            affinities,
            affinities[0],
            st.selectbox,
            "Where",
            format_func=lambda a: words.AFFINITIES.get(a, a),
        )
    study = state.switch("study", "Show the study's curve", help="Published medians, Apple M2 Max, Unix socket")
    names = dict(zip(measured["hash"], measured["label"], strict=True))
    found = curves(echoes, derived, commit, names[commit], affinity, True)
    if other != commit:
        found += curves(echoes, derived, other, names[other], affinity, False)
    parts.chart(
        echo(found, study=study),
        "Chart on logarithmic axes of the round trip's seconds over the floats in the payload, two commits compared",
        "echo",
    )
    st.caption(
        "Dotted: time = floor + slope × bytes moved (out and back), fitted to relative residuals with the floor held."
    )
    st.dataframe(fits(found), hide_index=True, key="fits")
    both = echoes[echoes["commit_hash"].isin([commit, other])]
    shown = history.having(both, affinity=affinity)
    parts.table_below(lambda: history.table(shown, commits), len(shown), "echo-table")


def draw_prices(derived: pd.DataFrame, commits: pd.DataFrame) -> None:
    """Draw what the ways to call cost."""
    st.subheader("What a way to call costs")
    name = state.pick("price", _PRICES, _PRICES[0], st.selectbox, "Price", format_func=lambda n: words.DERIVED[n])
    st.caption(SAYS[name][:1].upper() + SAYS[name][1:] + ".")
    tiles(derived, commits, name)
    found = history.only(derived, name=name)
    if len(found):
        parts.chart(
            over_commits(lines(derived, name), commits, found["unit"].iloc[0]),
            f"Line chart of {words.DERIVED[name]} over commits, with 99 % intervals",
            "price",
        )
        parts.table_below(lambda: history.table(found, commits), len(found), "price-table")


chosen = state.chosen()
commits, derived = facts.commits(chosen), facts.derived(chosen)
st.title("Boundary")
st.markdown(
    "What it costs to cross into another process: a floor that each call pays, and a slope that each byte pays."
)
draw_floor(derived, commits)
draw_curve(
    data.family(chosen.store, chosen.version, chosen.machine, chosen.environment, "echo.time_round_trip"),
    derived,
    commits,
)
draw_prices(derived, commits)
