"""Two commits as a table that is a forest plot: each series' ratio with its interval, on one axis for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd
import state
from charts.forest import Axis
from components.grid import Cell, Column, Range, Row, Tone
from frames.history import percent

from perfwatch.analysis.compare import Compared, Mark
from perfwatch.analysis.families import Family
from perfwatch.analysis.interval import Estimate
from perfwatch.units import unit

MARKS: Final[dict[Mark, tuple[str, Tone]]] = {
    "+": ("worse", "bad"),
    "!": ("fails now", "bad"),
    "-": ("better", "good"),
    "*": ("works again", "good"),
    "~": ("perhaps", ""),
    "x": ("not comparable", ""),
    " ": ("as before", ""),
}


def columns(on: Axis) -> tuple[Column, ...]:
    """Return the columns of the table of series."""
    return (
        Column("series", "Series", head=True, sortable=True),
        Column("before", "Before", "right"),
        Column("after", "After", "right"),
        Column("ratio", "After / before", ticks=on.ticks, sortable=True, descendingFirst=True),
        Column("change", "Change", "right"),
        Column("interval", "95 % interval", "right"),
        Column("mark", "Mark", sortable=True),
    )


def row_of(at: int, row: Compared, on: Axis) -> Row:
    """Return a series as a row that leads to it; what is derived is no series of the store's."""
    shown, (word, tone) = unit(row.key.unit), MARKS[row.mark]
    cells = (
        Cell(row.key.label),
        Cell("—" if row.before is None else shown.show(row.before)),
        Cell("—" if row.after is None else shown.show(row.after)),
        drawn(row.ratio, on, tone),
        Cell("" if row.ratio is None else percent(row.ratio.value), tone),
        Cell(bounds(row.ratio), "quiet"),
        Cell(word, tone or "quiet", _effect(row)),
    )
    return Row(at, cells, None if row.key.kind == "derived" else state.link("explore", **state.of_series(row.key)))


def _effect(row: Compared) -> str | None:
    """Return in words how far apart the samples are; None without samples."""
    if row.superiority is None:
        return None
    return f"of {row.n_after} samples after and {row.n_before} before, one after is above one before in " + (
        f"{row.superiority:.0%} of all pairs"
    )


def family_columns(on: Axis) -> tuple[Column, ...]:
    """Return the columns of the table of families."""
    return (
        Column("family", "Family", head=True),
        Column("n", "Series", "right"),
        Column("worse", "Worse", "right"),
        Column("better", "Better", "right"),
        Column("mean", "Geometric mean", ticks=on.ticks),
        Column("change", "Worse by", "right"),
        Column("interval", "95 % interval", "right"),
    )


def family_row(found: Family, on: Axis, href: str) -> Row:
    """Return a family as a row that leads to its series."""
    ratio = found.ratio
    settled = ratio is not None and ratio.lower is not None and ratio.upper is not None
    tone: Tone = "" if not settled else "bad" if ratio.lower > 1 else "good" if ratio.upper < 1 else ""  # type: ignore[union-attr,operator]
    cells = (
        Cell(found.name),
        Cell(f"{found.n:,}"),
        Cell(f"{found.n_worse:,}" if found.n_worse else "", "bad"),
        Cell(f"{found.n_better:,}" if found.n_better else "", "good"),
        drawn(ratio, on, tone),
        Cell("" if ratio is None else percent(ratio.value), tone),
        Cell(bounds(ratio), "quiet"),
    )
    return Row(found.name, cells, href)


def drawn(ratio: Estimate | None, on: Axis, tone: Tone) -> Cell:
    """Return a ratio with its interval as it lies on an axis, and in words; empty for none."""
    at = None if ratio is None else on.place(ratio.value)
    if ratio is None or at is None:
        return Cell()
    ends = (ratio.lower, ratio.upper)
    beyond = "".join(sign for sign, end in zip("<>", ends, strict=True) if on.is_beyond(end))
    says = f"{ratio.value:.4g} times" + (f", {ends[0]:.4g} to {ends[1]:.4g}" if None not in ends else "")
    return Cell(tone=tone, says=says, range=Range(at, on.place(ends[0]), on.place(ends[1]), beyond))


def bounds(ratio: Estimate | None) -> str:
    """Return the interval of a ratio as people read changes; "" where it is not known."""
    if ratio is None or ratio.lower is None or ratio.upper is None:
        return ""
    return f"{percent(ratio.lower)} – {percent(ratio.upper)}"


def raw(rows: Sequence[Compared]) -> pd.DataFrame:
    """Return rows as numbers, values in their unit's SI form: what is offered for download."""
    return pd.DataFrame(
        {
            "series": [r.key.label for r in rows],
            "unit": [r.key.unit for r in rows],
            "before": [r.before for r in rows],
            "after": [r.after for r in rows],
            "ratio": [r.ratio and r.ratio.value for r in rows],
            "lower": [r.ratio and r.ratio.lower for r in rows],
            "upper": [r.ratio and r.ratio.upper for r in rows],
            "superiority": [r.superiority for r in rows],
            "p_value": [r.p_value for r in rows],
            "q_value": [r.q_value for r in rows],
            "samples_before": [r.n_before for r in rows],
            "samples_after": [r.n_after for r in rows],
            "mark": [MARKS[r.mark][0] for r in rows],
        }
    )
