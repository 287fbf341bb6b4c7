"""A table sorted and paged on the server: HTML rows, links, sparklines, intervals; what is clicked comes back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import state
import streamlit as st

from components import script, style

Tone = Literal["", "good", "bad", "quiet"]

_GRID = st.components.v2.component(
    "perfwatch.grid",
    js=script("grid"),
    css=style("grid"),
)


@dataclass(frozen=True)
class Column:
    """A column; `head` names the row and holds its link, `descendingFirst` is how a first click sorts.

    `ticks` make it an axis, on which its cells' ranges lie: places per mille, and what stands there.
    """

    id: str
    label: str
    align: Literal["left", "right"] = "left"
    sortable: bool = False
    head: bool = False
    descendingFirst: bool = False  # noqa: N815 (the script's name)
    ticks: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Range:
    """A value with its bounds on the column's axis, per mille, 500 in its middle; a bound not known is None.

    `beyond` names the ends that lie outside of the axis, which get an arrow: "", "<", ">" or "<>".
    """

    value: int
    lower: int | None = None
    upper: int | None = None
    beyond: str = ""


@dataclass(frozen=True)
class Cell:
    """What stands in a place: a text, a line of values (`spark`) or a `range`; `says` in words what is drawn."""

    text: str = ""
    tone: Tone = ""
    title: str | None = None
    spark: tuple[int | None, ...] = ()
    says: str = ""
    range: Range | None = None


@dataclass(frozen=True)
class Row:
    """A row; `id` comes back when its link is clicked, `href` is where it leads in a new tab.

    An address of another site (`https:`) always opens a new tab, and nothing comes back.
    """

    id: Any
    cells: tuple[Cell, ...]
    href: str | None = None


@dataclass(frozen=True)
class Pages:
    """Which part of everything is shown, counted from 0; `parameter` is what the address calls it."""

    page: int
    size: int
    n_found: int
    parameter: str = "page"

    @property
    def n_pages(self) -> int:
        """Return how many pages there are, one at least."""
        return max(1, math.ceil(self.n_found / self.size))


def grid(
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    says: str,
    key: str,
    sort: tuple[str, bool] | None = None,
    pages: Pages | None = None,
) -> dict[str, Any]:
    """Draw a table, and return `open` with a row's id where its link was just clicked.

    Another page and another order go into the address before the page runs again: the run that follows has them.

    Parameters
    ----------
    says : what the table is, for those who do not see it.
    sort : identifier of the column that is sorted by, and whether descending.
    """
    data: dict[str, Any] = {
        "says": says,
        "columns": [asdict(column) for column in columns],
        "rows": [{"id": row.id, "href": row.href, "cells": [_sent(cell) for cell in row.cells]} for row in rows],
        "sort": None if sort is None else {"by": sort[0], "descending": sort[1]},
        "pages": None if pages is None else _shown(pages, len(rows)),
    }

    def turn() -> None:
        match st.session_state[key].get("asked"):
            case {"page": int(page)} if pages is not None:
                state.ask(**{pages.parameter: str(page)})
            case {"sort": {"by": str(order), "descending": bool(descending)}}:
                state.ask(order=order, descending="1" if descending else "0", page="0")

    asked = _GRID(data=data, key=key, on_asked_change=turn).get("asked") or {}
    return {name: value for name, value in asked.items() if name == "open"}


def scaled(values: Sequence[float]) -> tuple[int | None, ...]:
    """Return values as per mille of the range they span, None where there is none: what a small line is drawn from.

    The range is never less than 2 % of the values: scatter must not look like drama.
    """
    finite = [v for v in values if math.isfinite(v)]
    if not finite:
        return ()
    low, high = min(finite), max(finite)
    span = max(high - low, 0.02 * max(abs(low), abs(high)), 1e-300)
    bottom = (low + high - span) / 2
    return tuple(round(1000 * (v - bottom) / span) if math.isfinite(v) else None for v in values)


def _sent(cell: Cell) -> dict[str, Any]:
    return {name: value for name, value in asdict(cell).items() if value} or {"text": ""}


def _shown(pages: Pages, n_rows: int) -> dict[str, Any]:
    first = pages.page * pages.size
    return {
        "first": f"{first + 1:,}",
        "last": f"{first + n_rows:,}",
        "found": f"{pages.n_found:,}" if pages.n_found else "",
        "page": pages.page,
        "pages": pages.n_pages,
    }
