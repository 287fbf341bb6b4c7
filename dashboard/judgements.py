"""What was said of what was measured: verdicts, events, people's words, comparisons; kept per version of the store."""

from __future__ import annotations

from dataclasses import dataclass

import data
import streamlit as st

from perfwatch.analysis.compare import Comparison
from perfwatch.analysis.equivalence import REFERENCE, Break, disagreements, fingerprints, moves, parities
from perfwatch.analysis.settings import Settings
from perfwatch.model import Acceptance, Event, Kind, SeriesKey, Triage
from perfwatch.store.calibrations import Calibration
from perfwatch.store.location import parse
from perfwatch.store.suite import Order, SuitePage
from perfwatch.store.writer import Writer

# Two versions of a few views; what is not shown any more leaves by itself.
_cached = st.cache_data(max_entries=64, show_spinner=False)


@_cached
def told(store: str, version: str, machine: str, environment: str) -> dict[str, list[str]]:
    """Return the commits at which the judge told a change of a series, by its name of it (`Reader.told`)."""
    return data.reader(store, version).told(machine, environment)


@_cached
def events(store: str, version: str) -> list[tuple[Event, Triage | None]]:
    """Return every event of every place with the newest word on it, the newest commit's first."""
    return data.reader(store, version).events()


@_cached
def keys_by_label(store: str, version: str, machine: str, environment: str) -> dict[str, SeriesKey]:
    """Return the identity of each series of a place by its label, of two versions the newer one's."""
    return {key.label: key for _, key in data.reader(store, version).series(machine=machine, environment=environment)}


def say(store: str, word: Triage) -> None:
    """Keep a word on an event.

    Errors
    ------
    StoreError : somebody else writes into the store for longer than a person waits, or it cannot be written.
    """
    with Writer(parse(store), wait_s=10.0) as writer:
        writer.triage(word)


@_cached
def words_on(store: str, version: str, event_id: str) -> list[Triage]:
    """Return every word on an event, oldest first."""
    return data.reader(store, version).triages(event_id)


@_cached
def factors(store: str, version: str, machine: str, environment: str) -> dict[str, float]:
    """Return the host's overall factor by judged commit; none where nothing was judged."""
    return data.reader(store, version).factors(machine, environment)


@_cached
def noise(store: str, version: str, machine: str, environment: str) -> list[Calibration]:
    """Return what is known of the noise of a place's series, the newest first."""
    return data.reader(store, version).calibrations(machine, environment)


@dataclass(frozen=True)
class TwoCommits:
    """Two commits of a place; `answers` says how many fingerprints they were compared by, `breaks` where they differ.

    A break is of the second commit against its own reference, or of its reference against the first's.
    """

    comparison: Comparison
    answers: int
    breaks: tuple[Break, ...]


# One for all who look, not a copy each: ten thousand series take a tenth of a second to copy.
@st.cache_resource(max_entries=4, show_spinner=False)
def compared(store: str, version: str, before: str, after: str, machine: str, environment: str) -> TwoCommits:
    """Return every numeric series of a place at two commits (`analysis.compare`), and whether the answers are the same.

    Not to be changed by whoever gets it.
    """
    reader = data.reader(store, version)
    old, new = (reader.measurements(commit, machine, environment) for commit in (before, after))
    then, now = fingerprints(old), fingerprints(new)
    then = {place: one for place, one in then.items() if place[1] == REFERENCE}
    breaks = (*disagreements(new), *parities(new), *moves(now, then))
    return TwoCommits(Comparison(old, new, Settings()), len(then.keys() & now.keys()), breaks)


@_cached
def suite(
    store: str,
    version: str,
    machine: str,
    environment: str,
    search: str,
    said: tuple[Kind, ...],
    order: Order,
    descending: bool,
    page: int,
) -> tuple[SuitePage, list[list[float]]]:
    """Return a page of the suite (`Reader.suite`) and its rows' values at the newest commits, oldest first."""
    reader = data.reader(store, version)
    found = reader.suite(
        machine,
        environment,
        search=search,
        said=said,
        order=order,
        descending=descending,
        limit=data.SUITE_ROWS,
        offset=data.SUITE_ROWS * page,
    )
    line = data.commits(store, version, machine, environment)["hash"].tolist()[-data.SPARK_COMMITS :]
    return found, reader.recent([row.series_id for row in found.rows], line).tolist()


@_cached
def said(store: str, version: str, machine: str, environment: str) -> tuple[dict[Kind | None, int], str | None]:
    """Return how many series what was said of last in a place, and the commit that was judged."""
    reader = data.reader(store, version)
    return reader.said_of(machine, environment), reader.judged_commit(machine, environment)


@_cached
def acceptances(store: str, version: str) -> list[Acceptance]:
    """Return who accepted which fingerprint and why."""
    return data.reader(store, version).acceptances()
