"""The series of a place by benchmark and parameters, each as a line over commits, and what two of one run make."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from perfwatch.analysis.interval import Estimate
from perfwatch.analysis.interval import difference as difference_of
from perfwatch.analysis.interval import ratio as ratio_of
from perfwatch.units import Unit

COLUMNS = ["commit_hash", "value", "lower", "upper", "status", "version"]


# A row of a line, in the order of `COLUMNS`.
_Row = tuple[str, float, float, float, str, str]
_Key = tuple[str, frozenset[tuple[str, str]]]


class Lines:
    """Look-up of lines; a line is a frame of `COLUMNS`, of two versions at a commit the one measured last.

    Rows are kept as they come and made a frame when they are asked for: most pages ask for few of many.
    """

    def __init__(self, readings: pd.DataFrame) -> None:
        """Keep `readings` (`data.lines`): of one machine and environment, in any order."""
        self._rows: dict[_Key, dict[str, _Row]] = {}
        self._labels: dict[_Key, str] = {}
        self._params: dict[str, list[dict[str, str]]] = {}
        ordered = readings.sort_values("started_at", na_position="first", kind="stable")
        keys: dict[int, _Key] = {}
        columns = [ordered[name].tolist() for name in ("series_id", "benchmark", "params", "label", *COLUMNS)]
        for series_id, benchmark, params, label, *row in zip(*columns, strict=True):
            key = keys.get(series_id)
            if key is None:
                key = keys[series_id] = (benchmark, frozenset(params.items()))
                if key not in self._labels:
                    self._params.setdefault(benchmark, []).append(params)
                self._labels[key] = label
            self._rows.setdefault(key, {})[row[0]] = tuple(row)  # type: ignore[assignment]

    def find(self, benchmark: str, **params: str | None) -> pd.DataFrame | None:
        """Return the line with exactly these parameters, those of value None left out; None where there is none."""
        rows = self._rows.get(_key(benchmark, params))
        return None if rows is None else frame(list(rows.values()))

    def label(self, benchmark: str, **params: str | None) -> str | None:
        """Return what the judge calls that series."""
        return self._labels.get(_key(benchmark, params))

    def values(self, param: str, *benchmarks: str) -> list[str]:
        """Return the values of a parameter among the benchmarks, in the order they were first measured."""
        found = [p[param] for b in benchmarks for p in self._params.get(b, ()) if param in p]
        return list(dict.fromkeys(found))

    def params(self, benchmark: str) -> list[dict[str, str]]:
        """Return the parameters of each line of a benchmark."""
        return list(self._params.get(benchmark, ()))


def _key(benchmark: str, params: dict[str, str | None]) -> tuple[str, frozenset[tuple[str, str]]]:
    return benchmark, frozenset((name, value) for name, value in params.items() if value is not None)


def estimates(line: pd.DataFrame | None) -> dict[str, Estimate]:
    """Return value and interval at each commit that has a value."""
    if line is None:
        return {}
    return {
        commit: Estimate(value, *(None if math.isnan(bound) else bound for bound in (lower, upper)))
        for commit, value, lower, upper, status, _ in _rows_of(line)
        if status == "ok" and not math.isnan(value)
    }


def ratio(above: pd.DataFrame | None, below: pd.DataFrame | None, factor: float = 1.0) -> pd.DataFrame:
    """Return above / below · factor (> 0) as a line, at the commits where both have a value.

    Where one of the two failed, so did the ratio. Its version names those of both: another version is another series.
    """
    return _made(above, below, lambda a, b: ratio_of(a.scaled(factor), b))


def difference(above: pd.DataFrame | None, below: pd.DataFrame | None, factor: float = 1.0) -> pd.DataFrame:
    """Return (above − below) · factor (> 0) as a line; as `ratio`."""
    return _made(above, below, lambda a, b: difference_of(a, b).scaled(factor))


def _made(
    above: pd.DataFrame | None,
    below: pd.DataFrame | None,
    of: Callable[[Estimate, Estimate], Estimate | None],
) -> pd.DataFrame:
    if above is None or below is None:
        return frame([])
    ours, theirs = estimates(above), estimates(below)
    there = {row[0]: row for row in _rows_of(below)}
    rows = []
    for commit, *_, status, version in _rows_of(above):
        if commit not in there:
            continue
        *_, status_below, version_below = there[commit]
        both = f"{version or ''}+{version_below or ''}"
        found = of(ours[commit], theirs[commit]) if commit in ours and commit in theirs else None
        if found is not None:
            rows.append((commit, found.value, found.lower, found.upper, "ok", both))
        elif "failed" in (status, status_below):
            rows.append((commit, None, None, None, "failed", both))
    return frame(rows)


def _rows_of(line: pd.DataFrame) -> list[Any]:
    return list(zip(*(line[name].tolist() for name in COLUMNS), strict=True))


def frame(rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """Return rows of `COLUMNS` as a line; a number that is None is NaN."""
    columns = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(COLUMNS, ())
    numbers = {n: np.array([math.nan if v is None else v for v in columns[n]], np.float64) for n in COLUMNS[1:4]}
    texts = {n: np.array(columns[n], object) for n in ("commit_hash", "status", "version")}
    return pd.DataFrame({name: numbers[name] if name in numbers else texts[name] for name in COLUMNS})


def together(found: Mapping[str, pd.DataFrame | None], unit: Unit) -> pd.DataFrame:
    """Return lines below each other as `history.table` takes them: each with its name as `label`, and their unit."""
    known = [line.assign(label=name) for name, line in found.items() if line is not None and len(line)]
    rows = pd.concat(known, ignore_index=True) if known else pd.DataFrame(columns=[*COLUMNS, "label"])
    return rows.assign(unit=[unit] * len(rows))


def plain(rows: pd.DataFrame, commits: pd.DataFrame) -> pd.DataFrame:
    """Return what `together` returned with numbers as they are, for a file, in git's order."""
    placed = commits[["hash", "subject"]].merge(rows, left_on="hash", right_on="commit_hash")
    units = [u.name for u in placed["unit"]]
    return placed[["hash", "subject", "label", "status", "value", "lower", "upper"]].assign(unit=units)


def commits_of(found: Iterable[pd.DataFrame]) -> set[str]:
    """Return the commits at which any of the lines has a value."""
    return {commit for line in found for commit in line.loc[line["value"].notna(), "commit_hash"]}
