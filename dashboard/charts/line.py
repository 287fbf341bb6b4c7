"""What is drawn over commits: a series as a line, a level to compare with."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Line:
    """One series to draw.

    Attributes
    ----------
    name : what the legend says.
    frame : columns commit_hash, value, lower, upper (float64, NaN where not known), status and version; optional
        samples (a sequence or None each). In any order; commits that are not there were not measured.
    steps : commits (hashes) at which a new level begins.
    """

    name: str
    frame: pd.DataFrame
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Level:
    """A horizontal line to compare with."""

    value: float
    text: str
