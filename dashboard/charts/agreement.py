"""The equivalence grid: architecture × commit, each cell a sign as well as a colour."""

from __future__ import annotations

from typing import Any

import pandas as pd

from charts.mosaic import Cell, Column, Look, mosaic
from charts.palette import BLUE, GREEN, GREY, VERMILLION, faded

# What is right is quiet and what is wrong is not.
STATES = {
    "not measured": Look("", GREY, faded(GREY, 0.07), 0),
    "skipped": Look("–", GREY, faded(GREY, 0.14), 1),
    "agrees": Look("✓", GREEN, faded(GREEN, 0.18), 2),
    "accepted": Look("★", BLUE, faded(BLUE, 0.22), 3),
    "failed": Look("!", "#ffffff", GREY, 4),
    "DISAGREES": Look("✕", "#ffffff", VERMILLION, 5),
    "MOVED": Look("→", "#ffffff", VERMILLION, 6),
}


def agreement(
    cells: pd.DataFrame, commits: pd.DataFrame, architecture: str | None, commit: str | None
) -> dict[str, Any]:
    """Return what a mosaic of the grid is drawn from; architectures are in the order of their first row, from the top.

    Parameters
    ----------
    cells : columns architecture, commit_hash, state (one of STATES), detail (text or None).
    commits : columns hash, label, subject; oldest first, from the left.
    architecture, commit : what is chosen, a name and a hash.
    """
    names = list(dict.fromkeys(cells["architecture"]))
    found = {
        (name, at): Cell(state, detail if isinstance(detail, str) else "")
        for name, at, state, detail in zip(
            *(cells[column].tolist() for column in ("architecture", "commit_hash", "state", "detail")), strict=True
        )
    }
    missing = Cell("not measured")
    columns = [
        Column(label, subject or "", tuple(found.get((name, at), missing) for name in names))
        for at, label, subject in zip(commits["hash"], commits["label"], commits["subject"], strict=True)
    ]
    hashes = commits["hash"].tolist()
    return mosaic(
        names,
        columns,
        STATES,
        row=names.index(architecture) if architecture in names else None,
        column=hashes.index(commit) if commit in hashes else None,
    )
