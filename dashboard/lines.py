"""The series of a place by benchmark and parameters, each as a line over commits, and what two of one run make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import pandas as pd

from perfwatch.analysis.interval import Estimate
from perfwatch.analysis.interval import difference as difference_of
from perfwatch.analysis.interval import ratio as ratio_of
from perfwatch.units import Unit

COLUMNS = ["commit_hash", "value", "lower", "upper", "status", "version"]


class Lines:
    """Look-up of lines; a line is a frame of `COLUMNS`, of two versions at a commit the one measured last."""

    def __init__(self, readings: pd.DataFrame) -> None:
        """Keep `readings` (`data.lines`): of one machine and environment, in any order."""
        self._found: dict[tuple[str, frozenset[tuple[str, str]]], pd.DataFrame] = {}
        self._labels: dict[tuple[str, frozenset[tuple[str, str]]], str] = {}
        self._params: dict[str, list[dict[str, str]]] = {}
        ordered = readings.sort_values("started_at", na_position="first", kind="stable")
        keys = {}
        for row in ordered.drop_duplicates("series_id").itertuples():
            keys[row.series_id] = key = (row.benchmark, frozenset(row.params.items()))
            if key not in self._labels:
                self._params.setdefault(row.benchmark, []).append(row.params)
            self._labels[key] = row.label
        places = {key: i for i, key in enumerate(self._labels)}
        of_line = [places[keys[i]] for i in ordered["series_id"]]
        names = list(places)
        for place, frame in ordered.groupby(pd.Series(of_line, ordered.index, dtype="int64"), sort=False):
            newest = frame.drop_duplicates("commit_hash", keep="last")[COLUMNS]
            self._found[names[int(place)]] = newest.reset_index(drop=True)

    def find(self, benchmark: str, **params: str | None) -> pd.DataFrame | None:
        """Return the line with exactly these parameters, those of value None left out; None where there is none."""
        return self._found.get(_key(benchmark, params))

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
    rows = zip(*(line[c] for c in ("commit_hash", "value", "lower", "upper", "status")), strict=True)
    return {
        commit: Estimate(float(value), *(None if pd.isna(bound) else float(bound) for bound in (lower, upper)))
        for commit, value, lower, upper, status in rows
        if status == "ok" and not pd.isna(value)
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
    both = above.merge(below, on="commit_hash", suffixes=("", "_below"))
    rows = []
    for row in both.itertuples():
        version = f"{row.version or ''}+{row.version_below or ''}"
        found = None
        if row.commit_hash in ours and row.commit_hash in theirs:
            found = of(ours[row.commit_hash], theirs[row.commit_hash])
        if found is not None:
            rows.append((row.commit_hash, found.value, found.lower, found.upper, "ok", version))
        elif "failed" in (row.status, row.status_below):
            rows.append((row.commit_hash, None, None, None, "failed", version))
    return frame(rows)


def frame(rows: Sequence[Sequence[object]]) -> pd.DataFrame:
    """Return rows of `COLUMNS` as a line."""
    return pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(("value", "lower", "upper"), "float64"))


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
