"""What a mosaic is drawn from: a row for each of some things, a column for each of some others, a state in each cell.

No picture: the script that draws (`components/mosaic.js`) gets each different column once, for most are alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Look:
    """How a state is drawn: its sign in its ink on its fill; of several in one place the gravest is shown."""

    sign: str
    ink: str
    fill: str
    gravity: int


class Cell(NamedTuple):
    """What is in a place: a state, and what is said of it where somebody points at it."""

    state: str
    note: str = ""


@dataclass(frozen=True)
class Column:
    """A column: its label at the axis, what more is said of it, and its cells from the top."""

    label: str
    says: str
    cells: tuple[Cell, ...]


def mosaic(
    rows: Sequence[str],
    columns: Sequence[Column],
    looks: Mapping[str, Look],
    *,
    row: int | None = None,
    column: int | None = None,
    things: str = "commits",
) -> dict[str, Any]:
    """Return what the script draws.

    Parameters
    ----------
    rows : their names, from the top.
    columns : from the left.
    looks : how each state is drawn; those that occur make the legend, in this order.
    row, column : what is chosen.
    things : what the columns are, in the plural.
    """
    kinds: dict[tuple[Cell, ...], int] = {}
    placed = [[c.label, c.says, kinds.setdefault(c.cells, len(kinds))] for c in columns]
    seen = {cell.state for cells in kinds for cell in cells}
    shown = [name for name in looks if name in seen]
    return {
        "rows": list(rows),
        "columns": placed,
        "kinds": [
            {
                "states": [shown.index(cell.state) for cell in cells],
                "notes": {str(i): cell.note for i, cell in enumerate(cells) if cell.note},
            }
            for cells in kinds
        ],
        "looks": [{"name": name, **vars(looks[name])} for name in shown],
        "row": row,
        "column": column,
        "things": things,
    }
