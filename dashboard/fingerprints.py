"""What is read of fingerprints, kept per version of the store: states, and tables of combinations where asked for."""

from __future__ import annotations

from dataclasses import dataclass

import data
import judgements
import pandas as pd
import streamlit as st
from frames import answers, combinations

from perfwatch.analysis.equivalence import REFERENCE
from perfwatch.model import SeriesKey

_cached = st.cache_data(max_entries=32, show_spinner=False)


@dataclass(frozen=True)
class References:
    """The reference's tables of combinations.

    Attributes
    ----------
    here, anywhere : as text, by commit: of a place, and of every machine.
    holds : by commit, whose fingerprint is in force there (`answers.in_force`).
    """

    here: dict[str, str]
    anywhere: dict[str, str]
    holds: dict[str, str]


@_cached
def grid(store: str, version: str, machine: str, environment: str, size: str) -> pd.DataFrame:
    """Return the state of every architecture at every commit of a place (`answers.cells`)."""
    reader = data.reader(store, version)
    names: dict[int, tuple[str, str]] = {}
    for what, benchmark in zip(answers.TRACKED, answers.BENCHMARKS, strict=True):
        found = reader.series(benchmark, machine, environment)
        names |= {i: (_architecture(key), what) for i, key in found if key.param("size") == size}
    tracked = reader.outcomes(list(names))
    tracked["architecture"] = [names[i][0] for i in tracked["series_id"]]
    tracked["what"] = [names[i][1] for i in tracked["series_id"]]
    known = references(store, version, machine, environment, size)
    return answers.cells(
        tracked,
        data.commits(store, version, machine, environment)["hash"].tolist(),
        answers.moves_along(known.here, known.anywhere, known.holds),
        judgements.acceptances(store, version),
    )


@_cached
def references(store: str, version: str, machine: str, environment: str, size: str) -> References:
    """Return the reference's tables at a size."""
    reader = data.reader(store, version)
    ours = {
        i: (key.machine, key.environment) == (machine, environment)
        for i, key in reader.series(answers.COMBINATIONS)
        if _architecture(key) == REFERENCE and key.param("size") == size
    }
    found = reader.outcomes(list(ours))
    found = found[found["text"].notna()]
    here = found[found["series_id"].isin([i for i, is_here in ours.items() if is_here])]
    anywhere = dict(zip(found["commit_hash"], found["text"], strict=True))
    holds = answers.in_force(anywhere, [c.hash for c in reader.commits()], judgements.acceptances(store, version))
    return References(dict(zip(here["commit_hash"], here["text"], strict=True)), anywhere, holds)


@_cached
def tables(
    store: str,
    version: str,
    machine: str,
    environment: str,
    size: str,
    architectures: tuple[str, ...] | None,
    commits: tuple[str, ...] | None,
) -> dict[tuple[str, str], str]:
    """Return tables of combinations as text by (architecture, commit); None leaves a question open."""
    reader = data.reader(store, version)
    names = {
        i: _architecture(key)
        for i, key in reader.series(answers.COMBINATIONS, machine, environment)
        if key.param("size") == size and (architectures is None or _architecture(key) in architectures)
    }
    found = reader.outcomes(list(names), commits)
    return {
        (names[row.series_id], row.commit_hash): row.text for row in found.itertuples() if isinstance(row.text, str)
    }


def held(known: References, architecture: str, commit: str) -> tuple[str | None, str | None]:
    """Return the table that an architecture is held to at a commit, and the commit it comes from.

    An architecture is held to the reference of its own run, the reference to the fingerprint in force.
    """
    if architecture != REFERENCE:
        return known.here.get(commit), commit
    origin = known.holds.get(commit)
    return (None, None) if origin is None else (known.anywhere[origin], origin)


def at_commit(
    store: str, version: str, machine: str, environment: str, size: str, commit: str
) -> dict[str, pd.DataFrame]:
    """Return the combinations of each architecture at a commit beside those it is held to (`combinations.compared`)."""
    known = references(store, version, machine, environment, size)
    found = tables(store, version, machine, environment, size, None, (commit,))
    made = {}
    for name in answers.in_order(architecture for architecture, _ in found):
        against, _ = held(known, name, commit)
        if against is not None:
            made[name] = combinations.compared(found[name, commit], against)
    return made


def over_commits(
    store: str, version: str, machine: str, environment: str, size: str, architecture: str
) -> dict[str, pd.DataFrame]:
    """Return the combinations of an architecture by commit beside those it is held to (`combinations.compared`)."""
    known = references(store, version, machine, environment, size)
    found = tables(store, version, machine, environment, size, (architecture,), None)
    made = {}
    for (_, commit), table in found.items():
        against, _ = held(known, architecture, commit)
        if against is not None:
            made[commit] = combinations.compared(table, against)
    return made


def _architecture(key: SeriesKey) -> str:
    return key.param("architecture") or ""
