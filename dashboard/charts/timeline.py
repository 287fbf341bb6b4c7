"""What a timeline is drawn from: lines over commits or over a parameter, with intervals, samples, failures and levels,
and the events between them.

No picture: the script that draws (`components/timeline.js`) gets plain numbers, as few as there are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any, Literal

import numpy as np
import pandas as pd

from charts.line import Level, Line
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


@dataclass(frozen=True)
class Axis:
    """What x is.

    Attributes
    ----------
    kind : commits in the order given, all as far apart; moments; values of a parameter, by number or as categories.
    at : where each column stands: milliseconds since 1970 for `time`, the number for `linear` and `log`, not falling;
        empty where all are as far apart.
    title : what stands below the axis.
    """

    kind: Literal["commits", "time", "linear", "log", "category"] = "commits"
    at: tuple[float, ...] = ()
    title: str = ""


@dataclass(frozen=True)
class Opening:
    """What a click on a point opens: the page of its commit under `base`, or, without one, what its label is told to.

    `says` is what the tip says of it.
    """

    says: str
    base: str | None = None


def timeline(
    lines: Sequence[Line],
    commits: pd.DataFrame,
    unit: Unit,
    *,
    log: bool = False,
    samples: bool = False,
    levels: Sequence[Level] = (),
    marks: Sequence[Mark] = (),
    axis: Axis = Axis(),
    pens: Sequence[int] | None = None,
    opening: Opening | None = None,
) -> dict[str, Any]:
    """Return what the script draws of `lines` over `commits`.

    Parameters
    ----------
    commits : columns hash, label, subject, committed_at; oldest first. They are the x axis, all of them. Over a
        parameter its values stand in their place.
    log : logarithmic y; values that are not positive are left out there.
    samples : draw every sample as a faint point.
    pens : the number of the pen of each line, its own by default. Of lines with one pen the later ones are faint.

    A line is broken where a commit has no value and where the benchmark's version changed: what was measured before
    and after is not the same series. Over a parameter, a value that a series does not have breaks nothing.
    """
    column = {commit: i for i, commit in enumerate(commits["hash"])}
    used = list(range(len(lines))) if pens is None else list(pens)
    is_dense = axis.kind in ("commits", "time")
    made = [
        {**_line(line, column, log=log, samples=samples, is_dense=is_dense), **_pen(used, i)}
        for i, line in enumerate(lines)
    ]
    return {
        "commits": [
            [label, "" if pd.isna(subject) else subject, at]
            for label, subject, at in zip(
                commits["label"].tolist(), commits["subject"].tolist(), _when(commits["committed_at"]), strict=True
            )
        ],
        "unit": {"symbol": unit.symbol, "prefixed": unit.prefixed},
        "log": log,
        "lines": made,
        "levels": [{"value": level.value, "text": level.text} for level in levels],
        "marks": [
            {"at": column[mark.commit], "text": mark.text, "tone": mark.tone} for mark in marks if mark.commit in column
        ],
        "axis": {"kind": axis.kind, "at": list(axis.at), "title": axis.title},
        "open": None if opening is None else _open(opening, commits),
    }


def _when(moments: pd.Series) -> list[str]:
    """Return moments to the minute, empty where there is none; all at once: one by one takes ten times as long."""
    minutes = pd.to_datetime(moments, utc=True).dt.tz_localize(None).to_numpy("datetime64[m]")
    return ["" if at == "NaT" else at.replace("T", " ") for at in np.datetime_as_string(minutes).tolist()]


def _pen(used: Sequence[int], index: int) -> dict[str, Any]:
    drawn = pen(used[index])
    return {"colour": drawn.colour, "dash": _DASHES[drawn.dash], "faint": used[index] in used[:index]}


def _open(opening: Opening, commits: pd.DataFrame) -> dict[str, Any]:
    if opening.base is None:
        return {"says": opening.says}
    return {"says": opening.says, "base": opening.base, "hashes": commits["hash"].tolist()}


def _line(line: Line, column: dict[str, int], *, log: bool, samples: bool, is_dense: bool) -> dict[str, Any]:
    frame = line.frame
    # The version measured last holds where two were measured at a commit.
    rows = {column[commit]: i for i, commit in enumerate(frame["commit_hash"].tolist()) if commit in column}
    versions, statuses = frame["version"].fillna("").tolist(), frame["status"].tolist()
    taken = frame["samples"].tolist() if "samples" in frame else [None] * len(frame)
    numbers = [frame[name].tolist() for name in ("value", "lower", "upper")]
    points, failed, last = [], [], None
    for place, i in sorted(rows.items()):
        value, lower, upper = (_drawable(found[i], log) for found in numbers)
        if value is None:
            if statuses[i] == "failed":
                failed.append(place)
            last = None
            continue
        is_joined = last is not None and last[1] == versions[i] and (last[0] == place - 1 or not is_dense)
        last = (place, versions[i])
        told = _summed_up(taken[i])
        dots = _dots(taken[i], log) if samples and told else []
        points.append([place, value, lower, upper, 1 if is_joined else 0, dots, told])
    levels = _levels(points, [column[commit] for commit in line.steps if commit in column])
    return {"name": line.name, "points": points, "failed": failed, "levels": levels}


def _levels(points: Sequence[Sequence[Any]], starts: Sequence[int]) -> list[dict[str, Any]]:
    """Return the median of each stretch between steps, with what it is to the one before; none without a step."""
    if not starts or not points:
        return []
    bounds = [points[0][0], *(at for at in sorted(starts) if at > points[0][0]), points[-1][0] + 1]
    found: list[dict[str, Any]] = []
    for first, stop in pairwise(bounds):
        values = [point[1] for point in points if first <= point[0] < stop]
        if values:
            value, before = median(values), found[-1]["value"] if found else 0
            ratio = value / before if before > 0 and value > 0 else None
            found.append({"from": first, "to": stop - 1, "value": value, "ratio": ratio})
    return found if len(found) > 1 else []


def _drawable(value: Any, log: bool) -> float | None:
    if value is None or not math.isfinite(value) or (log and value <= 0):
        return None
    return float(value)


def _summed_up(taken: Any) -> list[float] | None:
    """Return how many samples there are with the smallest and the largest; None where there are none."""
    if taken is None or isinstance(taken, float) or not len(taken):
        return None
    return [len(taken), float(min(taken)), float(max(taken))]


def _dots(taken: Any, log: bool) -> list[float]:
    """Return the samples that can be drawn; a dot needs no more digits, and there may be many thousands to send."""
    return [float(f"{v:.6g}") for v in taken if _drawable(float(v), log) is not None]
