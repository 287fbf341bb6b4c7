"""What is read from the store, kept per version of the store: a new version is a new key, so nothing goes stale."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st
from frames import history

from perfwatch.errors import NothingToCompareError
from perfwatch.model import Commit, Machine, Measurement, Ref, Run
from perfwatch.store.coverage import Family, Missing
from perfwatch.store.finding import BenchmarkPage, Tags
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.suite import PlaceNow

# Two versions of a few views; what is not shown any more leaves by itself.
_cached = st.cache_data(max_entries=64, show_spinner=False)


@st.cache_resource(max_entries=2, show_spinner=False, on_release=Reader.close)
def _reader(store: str, version: str) -> Reader:
    """Return the reader of a version of the store, one for all who look at it."""
    return Reader(parse(store))


def reader(store: str, version: str) -> Reader:
    """Return the reader of a version of the store, for what is read and kept elsewhere; not to be closed."""
    return _reader(store, version)


SUITE_ROWS, SPARK_COMMITS, FOUND_ROWS = 50, 60, 10
# So many names are offered to choose from; a search finds the others.
OFFERED = 60
NO_RESULTS = "the store holds no measurements yet"


def version(store: str) -> str:
    """Return the version of the store, which changes when results land; asked for by every session, every few seconds.

    Errors
    ------
    PerfwatchError : a store that is missing, empty, locked, foreign or damaged.
    """
    with Reader(parse(store)) as found:
        return found.version


@_cached
def places(store: str, version: str) -> list[PlaceNow]:
    """Return where was measured, the newest measured first."""
    found = _reader(store, version).places_now()
    if not found:
        raise NothingToCompareError(f"{store}: {NO_RESULTS}; run `perfwatch run`, then `perfwatch ingest`")
    return found


@_cached
def machines(store: str, version: str) -> list[Machine]:
    """Return every machine with the facts its results tell."""
    return _reader(store, version).machines()


@_cached
def commits(store: str, version: str, machine: str, environment: str) -> pd.DataFrame:
    """Return the commits measured in a place, in git's order, oldest first.

    Columns: hash, label (the hash as short as it stays unique, 8 digits at least), subject, author, committed_at.
    """
    return commits_of(store, version, ((machine, environment),))


@_cached
def commits_of(store: str, version: str, places: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """Return the commits measured in one of the places, as `commits` does."""
    reader = _reader(store, version)
    measured = set().union(*(reader.measured_commits(*place) for place in places))
    found = [c for c in reader.commits() if c.hash in measured]
    digits = 8
    while len({c.hash[:digits] for c in found}) < len(found):
        digits += 1
    return pd.DataFrame(
        {
            "hash": [c.hash for c in found],
            "label": [c.hash[:digits] for c in found],
            "subject": [c.subject for c in found],
            "author": [c.author for c in found],
            "committed_at": pd.to_datetime([c.committed_at for c in found], utc=True),
        }
    )


@_cached
def series(store: str, version: str, benchmarks: tuple[str, ...], places: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """Return the series of some benchmarks at some places (`Reader.series_of`)."""
    return _reader(store, version).series_of(benchmarks, places)


@_cached
def points(
    store: str, version: str, series_ids: tuple[int, ...], commits: tuple[str, ...] | None = None
) -> pd.DataFrame:
    """Return every row of the series, or those at some commits, in git's order: the reader's columns."""
    return _reader(store, version).history(series_ids, commits)


@_cached
def readings(store: str, version: str, series_ids: tuple[int, ...]) -> pd.DataFrame:
    """Return every row of the series, in git's order: the reader's columns and benchmark, version, params, unit, kind,
    label, machine, environment of its series."""
    reader = _reader(store, version)
    names = ["series_id", "benchmark", "version", "params", "unit", "kind", "label", "machine", "environment"]
    return reader.history(series_ids).merge(reader.described(series_ids)[names], on="series_id", how="left")


def family(store: str, version: str, machine: str, environment: str, *benchmarks: str) -> pd.DataFrame:
    """Return the readings of some benchmarks in a place, all parameters."""
    found = series(store, version, tuple(sorted(benchmarks)), ((machine, environment),))
    return readings(store, version, tuple(sorted(int(i) for i in found["series_id"])))


@_cached
def found(
    store: str,
    version: str,
    machine: str,
    environment: str,
    search: str,
    family: str | None,
    kind: str | None,
    unit: str | None,
    page: int,
) -> BenchmarkPage:
    """Return a page of the benchmarks of a place that are like what is asked for (`Reader.find`)."""
    asked = {"search": search, "family": family, "kind": kind, "unit": unit}
    reader = _reader(store, version)
    return reader.find(machine, environment, **asked, limit=FOUND_ROWS, offset=FOUND_ROWS * page)  # type: ignore[arg-type]


@_cached
def tags(store: str, version: str, machine: str, environment: str) -> Tags:
    """Return what the series of a place can be told apart by."""
    return _reader(store, version).tags(machine, environment)


@_cached
def beside(store: str, version: str, machine: str, environment: str, benchmarks: tuple[str, ...]) -> list[str]:
    """Return names of benchmarks of a place to choose from: those given that it has, and some more."""
    return _reader(store, version).beside(machine, environment, benchmarks, OFFERED)


@_cached
def lines(store: str, version: str, machine: str, environment: str, benchmarks: tuple[str, ...]) -> pd.DataFrame:
    """Return the readings of some benchmarks in a place, all parameters, without their samples.

    Columns: series_id, commit_hash, status, value, lower, upper, started_at, benchmark, version, params, label. Asked
    for by benchmark, so that it costs the same in a store of ten thousand other series.
    """
    reader = _reader(store, version)
    keys = {i: key for b in benchmarks for i, key in reader.series(b, machine, environment)}
    found = reader.history(list(keys))
    found = found[["series_id", "commit_hash", "status", "value", "lower", "upper", "started_at"]]
    told = {
        "benchmark": [keys[i].benchmark for i in found["series_id"]],
        "version": [keys[i].version for i in found["series_id"]],
        "params": [dict(keys[i].params) for i in found["series_id"]],
        "label": [keys[i].label for i in found["series_id"]],
    }
    return found.assign(**{name: pd.Series(column, found.index, dtype=object) for name, column in told.items()})


@_cached
def measured(store: str, version: str, machine: str, environment: str, benchmarks: tuple[str, ...]) -> set[str]:
    """Return those of some benchmarks that were ever measured in a place."""
    return {b for b in benchmarks if _reader(store, version).series(b, machine, environment)}


@_cached
def sizes(store: str, version: str, machine: str, environment: str) -> list[str]:
    """Return the sizes measured in a place: those of the newest commit first, the larger before the smaller."""
    found = _reader(store, version).newest_with(machine, environment, "size")
    line = (
        {commit: i for i, commit in enumerate(commits(store, version, machine, environment)["hash"])} if found else {}
    )
    newest = {size: line[commit] for size, commit in found.items() if commit in line}
    return sorted(newest, key=lambda size: (-newest[size], -_bars(size), size))


def _bars(size: str) -> int:
    bars = size.partition("x")[0]
    return int(bars) if bars.isdigit() else 0


@_cached
def derived(store: str, version: str, machine: str, environment: str) -> pd.DataFrame:
    """Return the derived series of a place at every commit (`history.derived`)."""
    return history.derived(family(store, version, machine, environment, *history.BENCHMARKS))


@_cached
def failures(store: str, version: str, commit: str, machine: str, environment: str) -> list[Measurement]:
    """Return what failed at one commit in a place, with its error."""
    return _reader(store, version).measurements(commit, machine, environment, status="failed")


@_cached
def coverage(store: str, version: str, machine: str, environment: str) -> dict[str, tuple[int, int]]:
    """Return how many measurements came out and how many failed at each commit of a place."""
    return _reader(store, version).coverage(machine, environment)


@_cached
def families(store: str, version: str, machine: str, environment: str, commits: tuple[str, ...]) -> list[Family]:
    """Return how much of each family of benchmarks was measured at some commits of a place."""
    return _reader(store, version).families(machine, environment, commits)


@_cached
def missing(store: str, version: str, machine: str, environment: str, newest: str) -> list[Missing]:
    """Return which benchmarks are missing at the newest commit of a place."""
    return _reader(store, version).missing(machine, environment, newest)


@_cached
def refs(store: str, version: str) -> list[Ref]:
    """Return what git calls commits: tags, then branches, then those of other clones."""
    return _reader(store, version).refs()


@_cached
def known_commits(store: str, version: str) -> list[Commit]:
    """Return every commit the store knows, measured or not."""
    return _reader(store, version).commits()


@_cached
def runs(store: str, version: str, machine: str) -> list[Run]:
    """Return the records of runs on a machine, newest first."""
    return _reader(store, version).runs(machine=machine)


def runs_of(store: str, version: str, machine: str, environment: str) -> list[Run]:
    """Return the records of runs in a place, and of those that say no environment, newest first."""
    return [run for run in runs(store, version, machine) if run.environment in (None, environment)]


@_cached
def unreadable(store: str, version: str) -> pd.DataFrame:
    """Return the source files that could not be read: path, error, loaded_at."""
    found: Any = _reader(store, version).sources()
    return found[found["status"] == "unreadable"][["path", "error", "loaded_at"]]
