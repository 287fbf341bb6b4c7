"""What every page of the site needs: commits, places, series with their newest state, steps and events."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from perfwatch.model import Commit, Event, Machine, SeriesKey, Triage, Verdict
from perfwatch.report.site import COMMITS_PER_STRETCH, SCHEMA, SERIES_PER_GROUP
from perfwatch.units import Unit, unit

SPARK_POINTS = 32
_NO_SPARK = 255


@dataclass(frozen=True)
class PlaceData:
    """One machine and environment.

    Attributes
    ----------
    commits : hashes of the commits measured here, oldest first.
    keys : the series, in the order they were first seen.
    n : points with a result, one a series.
    last_commit, last_value : newest commit at which a series was measured, also in vain, and the value, NaN for none.
    recent : float64 (n_series, ≤ 32), values at the newest commits.
    steps : row → columns at which a new level begins, as told.
    verdicts : what was last said of a series.
    """

    machine: Machine
    environment: str
    commits: Sequence[str]
    keys: Sequence[SeriesKey]
    n: Sequence[int]
    last_commit: Sequence[str]
    last_value: Sequence[float]
    recent: NDArray[np.float64]
    steps: Mapping[int, Sequence[int]] = field(default_factory=dict)
    verdicts: Mapping[SeriesKey, Verdict] = field(default_factory=dict)


def series_id(key: SeriesKey) -> str:
    """Return the identity of a series in links: 12 hexadecimal digits, the same in every publication."""
    said = orjson.dumps([key.benchmark, key.version, key.params, key.machine, key.environment, key.unit, key.kind])
    return hashlib.sha256(said).hexdigest()[:12]


def index(
    title: str,
    commit_url: str | None,
    commits: Sequence[Commit],
    places: Sequence[PlaceData],
    events: Sequence[tuple[Event, Triage | None]],
) -> bytes:
    """Return the script that hands over all but the points.

    Parameters
    ----------
    commit_url : address to which a hash is appended.
    commits : every commit measured anywhere, in the order of the line, oldest first.
    events : newest first, each with the newest word on it.
    """
    at = {c.hash: i for i, c in enumerate(commits)}
    units: dict[str, int] = {}
    return b"perfwatch.index(%s);\n" % orjson.dumps(
        {
            "schema": SCHEMA,
            "title": title,
            "commit_url": commit_url,
            "series_per_group": SERIES_PER_GROUP,
            "commits_per_stretch": COMMITS_PER_STRETCH,
            "commits": {
                "hash": [c.hash for c in commits],
                "date": [None if c.committed_at is None else int(c.committed_at.timestamp()) for c in commits],
                "subject": [c.subject for c in commits],
                "author": [c.author for c in commits],
            },
            "places": [_place(p, at, units) for p in places],
            "units": [_unit(unit(name)) for name in units],
            "events": [_event(event, word, places, at) for event, word in events],
        }
    )


def _place(place: PlaceData, at: Mapping[str, int], units: dict[str, int]) -> dict[str, Any]:
    verdicts = [place.verdicts.get(key) for key in place.keys]
    since = [None if v is None or v.since is None else at.get(v.since) for v in verdicts]
    return {
        "machine": place.machine.name,
        "facts": {name: str(value) for name, value in place.machine.facts.items() if value not in (None, "")},
        "environment": place.environment,
        "commits": [at[c] for c in place.commits],
        "series": {
            "id": [series_id(key) for key in place.keys],
            "benchmark": [key.benchmark for key in place.keys],
            "params": [key.params for key in place.keys],
            "version": [key.version for key in place.keys],
            "unit": [units.setdefault(key.unit, len(units)) for key in place.keys],
            "n": list(place.n),
            "last_commit": [at[c] for c in place.last_commit],
            "last_value": [_number(v) for v in place.last_value],
            "spark": _sparks(place.recent),
            "verdict": [None if v is None else v.kind for v in verdicts],
            "ratio": [None if v is None or c is None else v.ratio for v, c in zip(verdicts, since, strict=True)],
            "since": since,
        },
        "steps": {str(row): list(columns) for row, columns in place.steps.items()},
    }


def _number(value: float) -> float | str | None:
    """Return a number as JSON has it: what is missing is null, what is infinite a text."""
    if np.isnan(value):
        return None
    return float(value) if np.isfinite(value) else str(value)


def _sparks(recent: NDArray[np.float64]) -> str:
    """Return the newest values, each series between its own least and largest, a byte a value, in base64."""
    if not recent.size:
        return ""
    finite = np.where(np.isfinite(recent), recent, np.nan)
    empty = np.isnan(finite).all(axis=1)
    finite[empty] = 0.0
    low, high = np.nanmin(finite, axis=1, keepdims=True), np.nanmax(finite, axis=1, keepdims=True)
    # Halves, since the difference of two of the largest numbers is none; a flat line runs in the middle.
    half = high / 2 - low / 2
    level = np.where(half > 0, (finite / 2 - low / 2) / np.where(half > 0, half, 1.0), 0.5)
    level[empty] = np.nan
    bytes_ = np.where(np.isnan(level), _NO_SPARK, np.nan_to_num(level) * (_NO_SPARK - 1)).astype(np.uint8)
    return base64.b64encode(bytes_.tobytes()).decode()


def _unit(shown: Unit) -> dict[str, Any]:
    return {
        "name": shown.name,
        "symbol": shown.symbol,
        "prefixed": shown.prefixed,
        "lower_is_better": shown.lower_is_better,
    }


def _event(event: Event, word: Triage | None, places: Sequence[PlaceData], at: Mapping[str, int]) -> dict[str, Any]:
    here = (event.machine, event.environment)
    place = next((i for i, p in enumerate(places) if (p.machine.name, p.environment) == here), None)
    return {
        "id": event.id,
        "kind": event.kind,
        "commit": at.get(event.commit),
        "hash": event.commit,
        "place": place,
        "standing": event.standing,
        "title": event.title,
        "cause": event.cause,
        "moved": [{name: m[name] for name in ("label", "ratio", "lower", "upper")} for m in event.moved],
        "environment": event.facts.get("environment") or {},
        "triage": None
        if word is None
        else {"state": word.state, "author": word.author, "reason": word.reason, "at": int(word.said_at.timestamp())},
    }
