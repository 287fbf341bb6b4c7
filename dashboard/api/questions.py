"""The JSON of each question; every answer has `schema`, and times are ISO 8601 in UTC, values SI."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, get_args

from perfwatch import __version__
from perfwatch.analysis.triage import is_open
from perfwatch.errors import NothingToCompareError, UsageError
from perfwatch.model import Kind, SeriesKey
from perfwatch.report.verdicts import event_json, verdict_json
from perfwatch.store.reader import Reader
from perfwatch.store.suite import Order, PlaceNow, SuiteRow
from perfwatch.units import unit

MOST_ROWS: Final = 1000
# So many series' points are given at once.
MOST_SERIES: Final = 50

Query = Mapping[str, list[str]]


def status(reader: Reader, version: str, query: Query) -> dict[str, Any]:
    """Return what is measured where and since when, and how many events are open."""
    _known(query)
    events = reader.events()
    return {
        "schema": "perfwatch.api.status/1",
        "perfwatch": __version__,
        "store": version,
        "places": [_place(reader, place) for place in reader.places_now()],
        "open_events": sum(is_open(event, word) for event, word in events),
        "events": len(events),
    }


def _place(reader: Reader, place: PlaceNow) -> dict[str, Any]:
    said = reader.said_of(place.machine, place.environment)
    return {
        "machine": place.machine,
        "environment": place.environment,
        "commits": place.n_commits,
        "series": place.n_series,
        "newest": place.newest,
        "measured_at": _time(place.measured_at),
        "judged": reader.judged_commit(place.machine, place.environment),
        "said": {kind or "not judged": n for kind, n in said.items()},
    }


def series(reader: Reader, version: str, query: Query) -> dict[str, Any]:
    """Return the series of a place as they are now, a page at a time."""
    _known(query, "machine", "environment", "search", "said", "order", "descending", "limit", "offset")
    place = one_place(reader, query)
    order = _one(query, "order", "name", get_args(Order))
    said = [_among(kind, get_args(Kind), "said") for kind in query.get("said", [])]
    limit, offset = _count(query, "limit", 100, MOST_ROWS), _count(query, "offset", 0)
    page = reader.suite(
        place.machine,
        place.environment,
        search=_one(query, "search", ""),
        said=said,  # type: ignore[arg-type]
        order=order,  # type: ignore[arg-type]
        descending=_one(query, "descending", "0", ("0", "1")) == "1",
        limit=limit,
        offset=offset,
    )
    return {
        "schema": "perfwatch.api.series/1",
        "store": version,
        "machine": place.machine,
        "environment": place.environment,
        "found": page.n_found,
        "offset": offset,
        "series": [_row(row) for row in page.rows],
    }


def _row(row: SuiteRow) -> dict[str, Any]:
    said = {name: getattr(row, name) for name in ("said", "standing", "since", "ratio", "lower", "upper")}
    return {**_identity(row.key), "commits": row.n, "newest": row.commit, "value": _number(row.value), **said}


def points(reader: Reader, version: str, query: Query) -> dict[str, Any]:
    """Return every point of some series: those of a benchmark whose parameters are as asked (`p_NAME`)."""
    _known(query, "machine", "environment", "benchmark", *(name for name in query if name.startswith("p_")))
    place, benchmark = one_place(reader, query), _one(query, "benchmark", "")
    if not benchmark:
        raise UsageError("benchmark is missing; name one, /api/v1/series lists them")
    wanted = {name[2:]: values for name, values in query.items() if name.startswith("p_")}
    known = reader.series(benchmark, place.machine, place.environment)
    found = {i: key for i, key in known if all(key.param(name) in values for name, values in wanted.items())}
    if len(found) > MOST_SERIES:
        raise UsageError(f"{len(found)} series are more than {MOST_SERIES} at once; narrow them by p_NAME=value")
    rows: dict[int, list[dict[str, Any]]] = {i: [] for i in found}
    for row in reader.history(list(found)).itertuples():
        rows[row.series_id].append(
            {
                "commit": row.commit_hash,
                "status": row.status,
                "value": _number(row.value),
                "text": row.text if isinstance(row.text, str) else None,
                "lower": _number(row.lower),
                "upper": _number(row.upper),
            }
        )
    return {
        "schema": "perfwatch.api.points/1",
        "store": version,
        "machine": place.machine,
        "environment": place.environment,
        "series": [{**_identity(key), "points": rows[i]} for i, key in found.items()],
    }


def verdicts(reader: Reader, version: str, query: Query) -> dict[str, Any]:
    """Return what was said of a commit at a place; by default of the one judged last."""
    _known(query, "machine", "environment", "commit")
    place, prefix = one_place(reader, query), _one(query, "commit", "")
    commit = reader.commit(prefix).hash if prefix else reader.judged_commit(place.machine, place.environment)
    said = [] if commit is None else reader.verdicts(commit, place.machine, place.environment)
    return {
        "schema": "perfwatch.api.verdicts/1",
        "store": version,
        "machine": place.machine,
        "environment": place.environment,
        "commit": commit,
        "verdicts": [verdict_json(verdict) for verdict in said],
    }


def events(reader: Reader, version: str, query: Query) -> dict[str, Any]:
    """Return events with the newest word on each, the newest commit's first; `open=1` for those that are."""
    _known(query, "machine", "environment", "open")
    only = _one(query, "open", "0", ("0", "1")) == "1"
    found = reader.events(_one(query, "machine", "") or None, _one(query, "environment", "") or None)
    return {
        "schema": "perfwatch.api.events/1",
        "store": version,
        "events": [event_json(event, word) for event, word in found if not only or is_open(event, word)],
    }


def one_place(reader: Reader, query: Query) -> PlaceNow:
    """Return the place a question is about: the one it names, else the one measured last.

    Errors
    ------
    UsageError : nothing was measured there.
    NothingToCompareError : nothing was measured anywhere.
    """
    machine, environment = _one(query, "machine", ""), _one(query, "environment", "")
    known = reader.places_now()
    if not known:
        raise NothingToCompareError("nothing is measured yet; run `perfwatch run`, then `perfwatch ingest`")
    for place in known:
        if machine in ("", place.machine) and environment in ("", place.environment):
            return place
    raise UsageError("nothing was measured on that machine in that environment; /api/v1/status lists what was where")


def _identity(key: SeriesKey) -> dict[str, Any]:
    return {
        "benchmark": key.benchmark,
        "version": key.version,
        "params": dict(key.params),
        "label": key.label,
        "unit": unit(key.unit).name,
    }


def _known(query: Query, *names: str) -> None:
    for name in query:
        if name not in names:
            raise UsageError(f"{name!r} is no parameter of this; it takes {', '.join(names) or 'none'}")


def _one(query: Query, name: str, default: str, among: tuple[str, ...] = ()) -> str:
    value = query.get(name, [default])[-1]
    return _among(value, among, name) if among else value


def _among(value: str, among: tuple[str, ...], name: str) -> str:
    if value not in among:
        raise UsageError(f"{name}={value!r} is none of {', '.join(among)}")
    return value


def _count(query: Query, name: str, default: int, most: int = 2**31 - 1) -> int:
    text = query.get(name, [str(default)])[-1]
    if not (text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= most):
        raise UsageError(f"{name}={text!r} is no number from 0 to {most}")
    return int(text)


def _number(value: float) -> float | None:
    # JSON has neither NaN nor Infinity.
    return float(value) if value is not None and math.isfinite(value) else None


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
