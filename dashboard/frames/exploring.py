"""What Explore draws and hands out, made of readings: ratios, times, parameters as axes. No store, no widgets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from charts.line import Line
from charts.timeline import Axis

from perfwatch.analysis.judge import series_name
from perfwatch.model import SeriesKey

# More lines than this are a tangle.
MOST_LINES = 12
# Numbers that span more than this are read on a logarithmic axis.
_DECADES_FROM = 50.0
_NUMBERS = ("value", "lower", "upper", "q25", "q75")


def fitting(series: pd.DataFrame, wanted: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return the series whose parameters have one of the values wanted; a parameter that a series has not is no bar."""
    fits = [
        all(name not in params or not values or params[name] in values for name, values in wanted.items())
        for params in series["params"]
    ]
    return series[pd.Series(fits, index=series.index, dtype=bool)]


def values_of(series: pd.DataFrame) -> dict[str, list[str]]:
    """Return the values of each parameter of some series, both in the order in which they come first."""
    found: dict[str, dict[str, None]] = {}
    for params in series["params"]:
        for name, value in params.items():
            found.setdefault(name, {})[value] = None
    return {name: list(values) for name, values in found.items()}


def having(series: pd.DataFrame, parameter: str) -> pd.DataFrame:
    """Return the series that have a parameter."""
    return series[pd.Series([parameter in params for params in series["params"]], index=series.index, dtype=bool)]


def names_of(series: pd.DataFrame) -> dict[int, str]:
    """Return what the legend says of each series: what they all share is left out, the version only where it tells.

    Parameters
    ----------
    series : columns series_id, benchmark, version, params, machine, environment, label.
    """
    telling = [name for name in values_of(series) if len({p.get(name) for p in series["params"]}) > 1]
    differing = [name for name in ("benchmark", "machine", "environment") if series[name].nunique() > 1]
    made = {}
    for row in series.itertuples():
        words = [row.benchmark] if "benchmark" in differing else []
        words += [row.params[name] for name in telling if name in row.params]
        words += [getattr(row, name) for name in ("machine", "environment") if name in differing]
        made[int(row.series_id)] = " · ".join(words) or row.label
    twice = pd.Series(made).duplicated(keep=False)
    versions = {
        int(i): "no version" if pd.isna(version) else f"version {version[:8]}"
        for i, version in zip(series["series_id"], series["version"], strict=True)
    }
    return {i: f"{name}, {versions[i]}" if twice[i] else name for i, name in made.items()}


def first_shared(points: pd.DataFrame, commits: Sequence[str]) -> str:
    """Return the earliest of the commits at which most of the series have a value; the first one where none has."""
    counts = points[points["value"].notna()].groupby("commit_hash")["series_id"].nunique()
    return max(commits, key=lambda commit: counts.get(commit, 0))


def over_base(points: pd.DataFrame, base: str) -> pd.DataFrame:
    """Return the points divided by what their series was at a commit; a series without a value there is left out.

    The base is taken as exact: an interval is the one of the point alone.
    """
    there = points[(points["commit_hash"] == base) & points["value"].notna() & (points["value"] != 0)]
    known = dict(zip(there["series_id"], there["value"], strict=True))
    found = points[points["series_id"].isin(known)]
    divisors = found["series_id"].map(known).astype("float64")
    samples = [
        None if taken is None else [v / by for v in taken] for taken, by in zip(found["samples"], divisors, strict=True)
    ]
    return found.assign(**{name: found[name] / divisors for name in _NUMBERS}, samples=samples)


def in_time(commits: pd.DataFrame) -> tuple[pd.DataFrame, Axis]:
    """Return the commits that have a date by date, and where they stand in time."""
    dated = commits[commits["committed_at"].notna()].sort_values("committed_at", kind="stable")
    moments = tuple(at.timestamp() * 1000 for at in dated["committed_at"])
    return dated.reset_index(drop=True), Axis("time", moments, "committed at, UTC")


def steps_of(
    series: pd.DataFrame, told: Mapping[tuple[str, str], Mapping[str, Sequence[str]]]
) -> dict[int, tuple[str, ...]]:
    """Return the commits at which each series has a new level, by what the judge told of it.

    Parameters
    ----------
    told : by machine and environment, then by the judge's name of a series.
    """
    found = {}
    for row in series.itertuples():
        params = tuple(row.params.items())
        key = SeriesKey(row.benchmark, row.version, params, row.machine, row.environment, row.unit, row.kind)
        found[int(row.series_id)] = tuple(told.get((row.machine, row.environment), {}).get(series_name(key), ()))
    return found


@dataclass(frozen=True)
class OverParameter:
    """Lines over the values of a parameter.

    Attributes
    ----------
    values : the columns of a frame of commits, a row a value, in the order of the axis.
    pens : a number for each line; lines of one number are of one series, at the commit and at the other one.
    n_left_out : how many lines there are beyond `MOST_LINES`.
    """

    values: pd.DataFrame
    axis: Axis
    lines: tuple[Line, ...]
    pens: tuple[int, ...]
    n_left_out: int


def over_parameter(series: pd.DataFrame, points: pd.DataFrame, parameter: str, at: Mapping[str, str]) -> OverParameter:
    """Return one line for each set of the other parameters' values, and for each commit.

    Parameters
    ----------
    series : the columns of names_of; each has the parameter.
    points : their readings at the commits.
    at : hash to what the legend says of each commit, the one that is asked about first.
    """
    values, axis = _axis(parameter, values_of(series).get(parameter, []))
    place = {int(i): params[parameter] for i, params in zip(series["series_id"], series["params"], strict=True)}
    groups: dict[tuple[object, ...], list[int]] = {}
    for row in series.itertuples():
        others = tuple((name, value) for name, value in row.params.items() if name != parameter)
        groups.setdefault((row.benchmark, row.version, others, row.machine, row.environment), []).append(
            int(row.series_id)
        )
    first = series[series["series_id"].isin([ids[0] for ids in groups.values()])]
    stripped = first.assign(params=[{n: v for n, v in p.items() if n != parameter} for p in first["params"]])
    names = names_of(stripped) if len(stripped) else {}
    versions = dict(zip(series["series_id"], series["version"], strict=True))
    lines, pens = [], []
    for number, ids in enumerate(list(groups.values())[:MOST_LINES]):
        for commit, said in at.items():
            here = points[points["series_id"].isin(ids) & (points["commit_hash"] == commit)]
            frame = here.assign(
                commit_hash=here["series_id"].map(place), version=here["series_id"].map(versions).astype(object)
            )
            name = names[ids[0]]
            lines.append(Line(f"{name}, {said}" if len(at) > 1 else name, frame))
            pens.append(number)
    return OverParameter(values, axis, tuple(lines), tuple(pens), max(0, len(groups) - MOST_LINES))


def _axis(parameter: str, values: Sequence[str]) -> tuple[pd.DataFrame, Axis]:
    """Return values as columns of a chart: numbers by size, on a logarithmic axis where they span much."""
    numbers = {value: number for value in values if (number := _number(value)) is not None}
    kept, axis = list(values), Axis("category", (), parameter)
    if values and len(numbers) == len(values):
        kept = sorted(values, key=numbers.__getitem__)
        at = tuple(numbers[value] for value in kept)
        axis = Axis("log" if at[0] > 0 and at[-1] / at[0] >= _DECADES_FROM else "linear", at, parameter)
    none = [None] * len(kept)
    frame = pd.DataFrame({"hash": kept, "label": kept, "subject": none, "committed_at": none}, dtype=object)
    return frame, axis


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def shown(series: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the first `MOST_LINES` series of each unit, and how many are left out."""
    kept = series.groupby("unit", sort=False, group_keys=False).head(MOST_LINES)
    return kept, len(series) - len(kept)


def raw(series: pd.DataFrame, points: pd.DataFrame, commits: pd.DataFrame) -> pd.DataFrame:
    """Return points with numbers as they are, for a file: a row a point, newest commit last.

    Columns: hash, subject, committed_at, machine, environment, benchmark, version, series, each parameter as
    `param_NAME`, status, value, text, lower, upper, q25, q75, unit, started_at, samples (arrays, None where there are
    none).
    """
    about = ["series_id", "machine", "environment", "benchmark", "version", "label", "params", "unit"]
    placed = commits[["hash", "subject", "committed_at"]].merge(
        points.drop(columns=["subject", "committed_at"]), left_on="hash", right_on="commit_hash"
    )
    whole = placed.merge(series[about], on="series_id")
    made = whole[["hash", "subject", "committed_at", "machine", "environment", "benchmark", "version"]].assign(
        series=whole["label"]
    )
    for name in values_of(series):
        made[f"param_{name}"] = pd.Series([params.get(name) for params in whole["params"]], dtype=object)
    rest = ["status", "value", "text", "lower", "upper", "q25", "q75", "unit", "started_at", "samples"]
    return pd.concat([made, whole[rest]], axis=1)
