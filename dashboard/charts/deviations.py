"""How far answers are from what they are held to: architecture × combination, and combination × commit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from charts.mosaic import Cell, Column, Look, mosaic
from charts.palette import BLUE, GREEN, GREY, PINK, VERMILLION, faded
from perfwatch.units import PERCENTAGE_POINTS

_WHITE = "#ffffff"
DEVIATIONS = {
    "not measured": Look("", GREY, faded(GREY, 0.07), 0),
    "same": Look("=", GREEN, faded(GREEN, 0.18), 1),
    "within the gate": Look("≈", GREEN, faded(GREEN, 0.36), 2),
    "slightly less": Look("−", VERMILLION, faded(VERMILLION, 0.25), 3),
    "clearly less": Look("−", "currentColor", faded(VERMILLION, 0.65), 5),
    "much less": Look("−", _WHITE, VERMILLION, 7),
    "slightly more": Look("+", BLUE, faded(BLUE, 0.25), 4),
    "clearly more": Look("+", "currentColor", faded(BLUE, 0.7), 6),
    "much more": Look("+", _WHITE, BLUE, 8),
    "other trades": Look("≠", _WHITE, PINK, 9),
    "no number": Look("!", _WHITE, GREY, 10),
}
NOT_MEASURED = Cell("not measured")


def at_one_commit(found: Mapping[str, pd.DataFrame], architecture: str | None) -> dict[str, Any]:
    """Return what a mosaic of architectures over combinations is drawn from.

    Parameters
    ----------
    found : combinations of each architecture as `combinations.compared` returns them, in the order to be drawn in.
    """
    by_name = {name: _cells(frame) for name, frame in found.items()}
    longest = max(found.values(), key=len)
    columns = [
        Column(
            f"{length}",
            f"combination {i}, L = {length}",
            tuple(cells[i] if i < len(cells) else NOT_MEASURED for cells in by_name.values()),
        )
        for i, length in enumerate(longest["length"])
    ]
    names = list(found)
    return mosaic(
        names,
        columns,
        DEVIATIONS,
        row=names.index(architecture) if architecture in names else None,
        things="combinations",
    )


def over_commits(
    found: Mapping[str, pd.DataFrame], commits: pd.DataFrame, rows: list[int], commit: str | None
) -> dict[str, Any]:
    """Return what a mosaic of combinations over commits is drawn from.

    Parameters
    ----------
    found : combinations by commit, as `combinations.compared` returns them; the same object where they are the same.
    commits : columns hash, label, subject; oldest first.
    rows : places of the combinations to be drawn, in the grid's order.
    """
    made: dict[int, tuple[Cell, ...]] = {}
    for frame in found.values():
        if id(frame) not in made:
            cells = _cells(frame)
            made[id(frame)] = tuple(cells[i] if i < len(cells) else NOT_MEASURED for i in rows)
    missing = (NOT_MEASURED,) * len(rows)
    columns = [
        Column(label, subject or "", made[id(found[at])] if at in found else missing)
        for at, label, subject in zip(commits["hash"], commits["label"], commits["subject"], strict=True)
    ]
    lengths = max(found.values(), key=len)["length"].tolist()
    hashes = commits["hash"].tolist()
    return mosaic(
        [f"L = {lengths[i]}" for i in rows],
        columns,
        DEVIATIONS,
        column=hashes.index(commit) if commit in hashes else None,
    )


def _cells(frame: pd.DataFrame) -> list[Cell]:
    return [Cell(row.state, _both(row)) for row in frame.itertuples()]


def _both(row: Any) -> str:
    if row.state == "same":
        return f"PnL {pnl(row.pnl)}, {trades(row.trades)} trades: both"
    return (
        f"PnL {pnl(row.pnl)}, held to {pnl(row.held_pnl)}: {pnl(row.deviation, sign=True)}; "
        f"trades {trades(row.trades)}, held to {trades(row.held_trades)}"
    )


def pnl(value: float, *, sign: bool = False) -> str:
    """Return a PnL with the digits that the gate looks at; what is no number says so."""
    if value != value:
        return "no number"
    return f"{value:{'+' if sign else ''},.6f} {PERCENTAGE_POINTS.symbol}".replace("-", "−")


def trades(value: float) -> str:
    """Return how many trades, `none known` where the grid has no such combination."""
    return "none known" if value != value else f"{value:,.0f}"
