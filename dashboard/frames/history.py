"""Frames of readings turned into what pages show: derived series over commits, tiles, tables. No store, no widgets."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import pandas as pd

from perfwatch.analysis.derived import MADE_OF, SOURCES, Derived, derive
from perfwatch.analysis.interval import Estimate, ratio
from perfwatch.model import Measurement, SeriesKey
from perfwatch.units import Unit, unit

BENCHMARKS = tuple(sorted(MADE_OF))

# A share of thousandths is read as percent.
SHARE = Unit("percent of numba in process", "%", prefixed=False, lower_is_better=True)
_AS_PERCENT = ("boundary_share",)

_COLUMNS = [*(f.name for f in fields(Derived)), "commit_hash", "version", "status"]


def measured(readings: pd.DataFrame) -> list[Measurement]:
    """Return the rows as measurements, the newest last, so that of two versions at one commit the newest holds."""
    ordered = readings.sort_values("started_at", na_position="first", kind="stable")
    return [
        Measurement(
            SeriesKey(
                row.benchmark,
                row.version,
                tuple(row.params.items()),
                row.machine,
                row.environment,
                row.unit,
                row.kind,
            ),
            row.commit_hash,
            row.status,
            _number(row.value),
            row.text if isinstance(row.text, str) else None,
            _number(row.lower),
            _number(row.upper),
        )
        for row in ordered.itertuples()
    ]


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def derived(readings: pd.DataFrame) -> pd.DataFrame:
    """Return the derived series of every commit: one row each, columns as of Derived, commit_hash, version and status.

    A series that has no value at a commit has a row with status failed there if one of its parts failed, else none.

    Parameters
    ----------
    readings : of one machine and environment; both sides of a ratio come from one commit's row.
    """
    by_commit: dict[str, list[Measurement]] = {}
    versions: dict[str, dict[str, str]] = {}
    for m in measured(readings):
        by_commit.setdefault(m.commit, []).append(m)
        versions.setdefault(m.commit, {})[m.key.benchmark] = m.key.version or ""
    found = {commit: derive(run) for commit, run in by_commit.items()}
    series = {d.label: d for derived_there in found.values() for d in derived_there}
    rows = []
    for commit, run in by_commit.items():
        rows += [_row(d, commit, versions[commit], "ok") for d in found[commit]]
        without = series.keys() - {d.label for d in found[commit]}
        failed = [m.key for m in run if m.status == "failed"]
        rows += [
            _row(replace(d, value=math.nan, lower=None, upper=None), commit, versions[commit], "failed")
            for d in series.values()
            if d.label in without and any(_is_part_of(key, d) for key in failed)
        ]
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    for column in ("value", "lower", "upper"):
        frame[column] = frame[column].astype("float64")
        frame.loc[frame["name"].isin(_AS_PERCENT), column] *= 100
    frame["unit"] = [SHARE if name in _AS_PERCENT else u for name, u in zip(frame["name"], frame["unit"], strict=True)]
    return frame


def _row(d: Derived, commit: str, versions: Mapping[str, str], status: str) -> dict[str, Any]:
    version = "+".join(versions.get(benchmark, "") for benchmark in SOURCES.get(d.name, ()))
    return {**vars(d), "commit_hash": commit, "version": version, "status": status}


def _is_part_of(key: SeriesKey, d: Derived) -> bool:
    """Return whether the derived series is made of series like this one."""
    fits = (key.param(name) in (None, wanted) for name, wanted in d.params)
    return key.benchmark in SOURCES.get(d.name, ()) and all(fits)


def only(frame: pd.DataFrame, **wanted: str | None) -> pd.DataFrame:
    """Return the rows whose columns have the values given; None leaves a column out of the question."""
    for column, value in wanted.items():
        if value is not None:
            frame = frame[frame[column] == value]
    return frame


def having(readings: pd.DataFrame, **wanted: str | None) -> pd.DataFrame:
    """Return the rows whose series has the parameters given; None means without that parameter."""
    fits = [all(params.get(name) == value for name, value in wanted.items()) for params in readings["params"]]
    return readings[pd.Series(fits, index=readings.index, dtype=bool)]


@dataclass(frozen=True)
class Tile:
    """One derived or measured series, summed up for its newest commit.

    Attributes
    ----------
    value, lower, upper : of the newest commit that has a value.
    commit : label of that commit; `is_newest` says whether it is the newest one of the place, `failed_since` whether
        it failed at a later one.
    previous : label of the commit it is compared with, None where there is none of the same version.
    change : after / before with its interval.
    verdict : whether the interval of the change leaves 1 out, and on which side.
    spark : the values, oldest first, missing ones left out.
    """

    value: float
    lower: float | None
    upper: float | None
    unit: Unit
    commit: str
    is_newest: bool
    failed_since: bool
    previous: str | None
    change: Estimate | None
    verdict: Literal["worse", "better", "within", "unknown"]
    spark: tuple[float, ...]


def tile(frame: pd.DataFrame, commits: pd.DataFrame, shown: Unit) -> Tile | None:
    """Return the tile of one series, None where no commit has a value.

    Parameters
    ----------
    frame : columns commit_hash, value, lower, upper, version, status of one series.
    commits : columns hash, label; oldest first.
    """
    points = frame[["commit_hash", "value", "lower", "upper", "version", "status"]]
    rows = commits.merge(points, left_on="hash", right_on="commit_hash").reset_index(drop=True)
    placed = rows.dropna(subset=["value"])
    if placed.empty:
        return None
    newest = placed.iloc[-1]
    after = rows.loc[placed.index[-1] :]
    earlier = placed.iloc[:-1]
    before = earlier.iloc[-1] if len(earlier) and earlier.iloc[-1]["version"] == newest["version"] else None
    change = None if before is None else ratio(_estimate(newest), _estimate(before))
    return Tile(
        value=float(newest["value"]),
        lower=_number(newest["lower"]),
        upper=_number(newest["upper"]),
        unit=shown,
        commit=newest["label"],
        is_newest=newest["hash"] == commits["hash"].iloc[-1],
        failed_since=bool((after["status"] == "failed").any()),
        previous=None if before is None else before["label"],
        change=change,
        verdict=_verdict(change, shown),
        spark=tuple(placed["value"]),
    )


def estimate(tile: Tile) -> Estimate:
    """Return the tile's value with its interval."""
    return Estimate(tile.value, tile.lower, tile.upper)


def _estimate(row: pd.Series) -> Estimate:
    return Estimate(float(row["value"]), _number(row["lower"]), _number(row["upper"]))


def _verdict(change: Estimate | None, shown: Unit) -> Literal["worse", "better", "within", "unknown"]:
    if change is None or change.lower is None or change.upper is None or shown.lower_is_better is None:
        return "unknown"
    if change.lower <= 1 <= change.upper:
        return "within"
    return "worse" if (change.lower > 1) == shown.lower_is_better else "better"


def percent(change: float) -> str:
    """Return a ratio after / before as people read a change: 1.031 is `+3.1 %`."""
    value = (change - 1) * 100
    digits = 0 if abs(value) >= 99.5 else 1
    return f"{value:+.{digits}f} %".replace("-", "−")


def interval(lower: float | None, upper: float | None, shown: Unit) -> str:
    """Return `lower – upper` as text, `not known` where a bound is missing or infinite."""
    if lower is None or upper is None or not (math.isfinite(lower) and math.isfinite(upper)):
        return "not known"
    low, high = shown.show(lower), shown.show(upper)
    # The unit once, where both have the same: 7.33 – 7.48 µs.
    number, _, suffix = low.rpartition(" ")
    return f"{number} – {high}" if number and suffix == high.rpartition(" ")[2] else f"{low} – {high}"


def table(frame: pd.DataFrame, commits: pd.DataFrame) -> pd.DataFrame:
    """Return readings or derived rows as a table for people, newest commit first.

    Parameters
    ----------
    frame : columns commit_hash, label, value, lower, upper, status, unit (a name or a Unit); optional text, samples.
    commits : columns hash, label, subject, committed_at; oldest first.
    """
    placed = commits.rename(columns={"label": "commit"}).merge(
        frame, left_on="hash", right_on="commit_hash", suffixes=("", "_of_row")
    )
    placed = placed.iloc[::-1]
    units = [u if isinstance(u, Unit) else unit(u) for u in placed["unit"]]
    texts = placed["text"] if "text" in placed else pd.Series(None, index=placed.index, dtype=object)
    samples = placed["samples"] if "samples" in placed else pd.Series(None, index=placed.index, dtype=object)
    return pd.DataFrame(
        {
            "hash": placed["hash"].tolist(),
            "commit": placed["commit"].tolist(),
            "subject": placed["subject"].tolist(),
            "date": placed["committed_at"].tolist(),
            "series": placed["label"].tolist(),
            "value": [
                t if isinstance(t, str) else s if s != "ok" else u.show(v)
                for t, s, u, v in zip(texts, placed["status"], units, placed["value"], strict=True)
            ],
            "99 % interval": [
                interval(_number(low), _number(up), u) if s == "ok" and not isinstance(t, str) else ""
                for t, low, up, u, s in zip(
                    texts, placed["lower"], placed["upper"], units, placed["status"], strict=True
                )
            ],
            "samples": [len(s) if isinstance(s, (list, tuple)) or hasattr(s, "__len__") else 0 for s in samples],
        }
    )
