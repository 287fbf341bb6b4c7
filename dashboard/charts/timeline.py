"""What a timeline is drawn from: lines over commits with intervals, samples and failures, and the events between them.

No picture: the script that draws (`components/timeline.js`) gets plain numbers, as few as there are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from charts.over_commits import Level, Line
from charts.palette import pen
from perfwatch.units import Unit

_DASHES = {
    "solid": "",
    "dash": "7 4",
    "dot": "2 3",
    "dashdot": "7 3 2 3",
    "longdash": "11 4",
    "longdashdot": "11 3 2 3",
}


@dataclass(frozen=True)
class Mark:
    """Something that happened at a commit: a step, an event."""

    commit: str
    text: str
    tone: Literal["bad", "good", "plain"] = "plain"


def timeline(
    lines: Sequence[Line],
    commits: pd.DataFrame,
    unit: Unit,
    *,
    log: bool = False,
    samples: bool = False,
    levels: Sequence[Level] = (),
    marks: Sequence[Mark] = (),
) -> dict[str, Any]:
    """Return what the script draws of `lines` over `commits`.

    Parameters
    ----------
    commits : columns hash, label, subject, committed_at; oldest first. They are the x axis, all of them.
    log : logarithmic y; values that are not positive are left out there.
    samples : draw every sample as a faint point.

    A line is broken where a commit has no value and where the benchmark's version changed: what was measured before
    and after is not the same series.
    """
    column = {commit: i for i, commit in enumerate(commits["hash"])}
    return {
        "commits": [
            [label, "" if pd.isna(subject) else subject, "" if pd.isna(at) else f"{at:%Y-%m-%d %H:%M}"]
            for label, subject, at in zip(commits["label"], commits["subject"], commits["committed_at"], strict=True)
        ],
        "unit": {"symbol": unit.symbol, "prefixed": unit.prefixed},
        "log": log,
        "lines": [_line(i, line, column, log=log, samples=samples) for i, line in enumerate(lines)],
        "levels": [{"value": level.value, "text": level.text} for level in levels],
        "marks": [
            {"at": column[mark.commit], "text": mark.text, "tone": mark.tone} for mark in marks if mark.commit in column
        ],
    }


def _line(index: int, line: Line, column: dict[str, int], *, log: bool, samples: bool) -> dict[str, Any]:
    drawn = pen(index)
    # The version measured last holds where two were measured at a commit.
    rows = line.frame.drop_duplicates("commit_hash", keep="last")
    rows = rows[[commit in column for commit in rows["commit_hash"]]]
    places = [column[commit] for commit in rows["commit_hash"]]
    order = sorted(range(len(places)), key=places.__getitem__)
    versions = rows["version"].fillna("").tolist()
    points, failed, last = [], [], None
    taken = rows["samples"].tolist() if samples and "samples" in rows else [None] * len(rows)
    numbers = [rows[name].tolist() for name in ("value", "lower", "upper")]
    for i in order:
        value, lower, upper = (_drawable(found[i], log) for found in numbers)
        if value is None:
            if rows["status"].iloc[i] == "failed":
                failed.append(places[i])
            last = None
            continue
        is_joined = last is not None and last == (places[i] - 1, versions[i])
        last = (places[i], versions[i])
        points.append([places[i], value, lower, upper, 1 if is_joined else 0, _samples(taken[i], log)])
    return {
        "name": line.name,
        "colour": drawn.colour,
        "dash": _DASHES[drawn.dash],
        "points": points,
        "failed": failed,
    }


def _drawable(value: Any, log: bool) -> float | None:
    if value is None or not math.isfinite(value) or (log and value <= 0):
        return None
    return float(value)


def _samples(taken: Any, log: bool) -> list[float]:
    if taken is None or isinstance(taken, float):
        return []
    return [float(v) for v in taken if _drawable(float(v), log) is not None]
