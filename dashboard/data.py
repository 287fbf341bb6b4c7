"""What is read from the store, kept per version of the store: a new version is a new key, so nothing goes stale."""

from __future__ import annotations

from typing import Any

import answers
import history
import pandas as pd
import streamlit as st

from perfwatch.analysis.equivalence import REFERENCE
from perfwatch.errors import NothingToCompareError
from perfwatch.model import Acceptance, Machine, Measurement, Run
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader

# Two versions of a few views; what is not shown any more leaves by itself.
_cached = st.cache_data(max_entries=64, show_spinner=False)

NO_RESULTS = "the store holds no measurements yet"


def version(store: str) -> str:
    """Return the version of the store, which changes when results land.

    Errors
    ------
    PerfwatchError : a store that is missing, empty, locked, foreign or damaged.
    """
    with Reader(parse(store)) as reader:
        return reader.version


@_cached
def places(store: str, version: str) -> pd.DataFrame:
    """Return where was measured: columns machine, environment, commits, last (UTC), the newest measured first."""
    with Reader(parse(store)) as reader:
        found = reader.sql(
            "SELECT s.machine, s.environment, count(DISTINCT m.commit_hash) AS commits, max(m.started_at) AS last "
            "FROM measurements m JOIN series s USING (series_id) GROUP BY ALL ORDER BY last DESC NULLS LAST, 1, 2"
        )
    if found.empty:
        raise NothingToCompareError(f"{store}: {NO_RESULTS}; run `perfwatch run`, then `perfwatch ingest`")
    return found


@_cached
def machines(store: str, version: str) -> list[Machine]:
    """Return every machine with the facts its results tell."""
    with Reader(parse(store)) as reader:
        return reader.machines()


@_cached
def commits(store: str, version: str, machine: str, environment: str) -> pd.DataFrame:
    """Return the commits measured in a place, in git's order, oldest first.

    Columns: hash, label (the hash as short as it stays unique, 8 digits at least), subject, author, committed_at.
    """
    with Reader(parse(store)) as reader:
        measured = reader.measured_commits(machine, environment)
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
def catalogue(store: str, version: str, machine: str, environment: str) -> pd.DataFrame:
    """Return the series of a place: series_id, benchmark, version, params (dict), unit, kind, label, n, last_commit."""
    with Reader(parse(store)) as reader:
        found = reader.catalogue()
    here = (found["machine"] == machine) & (found["environment"] == environment)
    return found[here].reset_index(drop=True)


@_cached
def readings(store: str, version: str, series_ids: tuple[int, ...]) -> pd.DataFrame:
    """Return every row of the series, in git's order: the reader's columns and benchmark, version, params, unit, kind,
    label, machine, environment of its series."""
    with Reader(parse(store)) as reader:
        found = reader.history(list(series_ids))
        known = reader.catalogue()
    names = ["series_id", "benchmark", "version", "params", "unit", "kind", "label", "machine", "environment"]
    return found.merge(known[names], on="series_id", how="left")


def family(store: str, version: str, machine: str, environment: str, *benchmarks: str) -> pd.DataFrame:
    """Return the readings of some benchmarks in a place, all parameters."""
    known = catalogue(store, version, machine, environment)
    ids = known.loc[known["benchmark"].isin(benchmarks), "series_id"]
    return readings(store, version, tuple(sorted(int(i) for i in ids)))


@_cached
def sizes(store: str, version: str, machine: str, environment: str) -> list[str]:
    """Return the sizes measured in a place: those of the newest commit first, the larger before the smaller."""
    known = catalogue(store, version, machine, environment)
    line = commits(store, version, machine, environment)["hash"].tolist()
    newest: dict[str, int] = {}
    for params, last in zip(known["params"], known["last_commit"], strict=True):
        if "size" in params and last in line:
            newest[params["size"]] = max(newest.get(params["size"], -1), line.index(last))
    return sorted(newest, key=lambda size: (-newest[size], -_bars(size), size))


def _bars(size: str) -> int:
    bars = size.partition("x")[0]
    return int(bars) if bars.isdigit() else 0


@_cached
def derived(store: str, version: str, machine: str, environment: str) -> pd.DataFrame:
    """Return the derived series of a place at every commit (`history.derived`)."""
    return history.derived(family(store, version, machine, environment, *history.BENCHMARKS))


@_cached
def grid(store: str, version: str, machine: str, environment: str, size: str) -> pd.DataFrame:
    """Return the state of every architecture at every commit of a place (`answers.cells`)."""
    found = family(store, version, machine, environment, *answers.BENCHMARKS)
    with Reader(parse(store)) as reader:
        line = [c.hash for c in reader.commits()]
        anywhere = [i for i, key in reader.series(answers.COMBINATIONS) if key.param("architecture") == REFERENCE]
    words = acceptances(store, version)
    moved = answers.moves_along(found, readings(store, version, tuple(anywhere)), line, size, words)
    return answers.cells(found, commits(store, version, machine, environment), size, moved, words)


@_cached
def measurements(store: str, version: str, commit: str, machine: str, environment: str) -> list[Measurement]:
    """Return everything measured at one commit in a place, failures with their error."""
    with Reader(parse(store)) as reader:
        return reader.measurements(commit, machine, environment)


@_cached
def failed(store: str, version: str, machine: str, environment: str) -> dict[str, int]:
    """Return how many measurements failed in a place, by commit."""
    with Reader(parse(store)) as reader:
        found = reader.sql(
            "SELECT machine, environment, commit_hash, count(*) AS n FROM measurements JOIN series USING (series_id) "
            "WHERE status = 'failed' GROUP BY ALL"
        )
    here = found[(found["machine"] == machine) & (found["environment"] == environment)]
    return {str(commit): int(n) for commit, n in zip(here["commit_hash"], here["n"], strict=True)}


@_cached
def runs(store: str, version: str, machine: str) -> list[Run]:
    """Return the records of runs on a machine, newest first."""
    with Reader(parse(store)) as reader:
        return reader.runs(machine=machine)


@_cached
def acceptances(store: str, version: str) -> list[Acceptance]:
    """Return who accepted which fingerprint and why."""
    with Reader(parse(store)) as reader:
        return reader.acceptances()


@_cached
def unreadable(store: str, version: str) -> pd.DataFrame:
    """Return the source files that could not be read: path, error, loaded_at."""
    with Reader(parse(store)) as reader:
        found: Any = reader.sources()
    return found[found["status"] == "unreadable"][["path", "error", "loaded_at"]]
