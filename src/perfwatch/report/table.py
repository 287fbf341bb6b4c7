"""Plain text tables: aligned columns, no borders, readable in a log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len


@dataclass(frozen=True)
class Column:
    """A column's heading and the side its cells are set to."""

    heading: str
    side: Literal["left", "right"]


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a heading, a rule and a line for each row; widths are a terminal's, wide characters counted twice."""
    headings = [c.heading for c in columns]
    widths = [max(cell_len(row[i]) for row in (headings, *rows)) for i in range(len(columns))]
    yield _line(columns, widths, headings)
    yield "  ".join("─" * width for width in widths)
    for row in rows:
        yield _line(columns, widths, row)


def _line(columns: Sequence[Column], widths: Sequence[int], cells: Sequence[str]) -> str:
    padded = []
    for column, width, cell in zip(columns, widths, cells, strict=True):
        space = " " * (width - cell_len(cell))
        padded.append(cell + space if column.side == "left" else space + cell)
    return "  ".join(padded).rstrip()
