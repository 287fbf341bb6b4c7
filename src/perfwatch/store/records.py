"""Rows of the store back into records and data frames; pandas is imported only where a frame is at hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from perfwatch.model import Failure, Measurement, Run, SeriesKey, said_for
from perfwatch.store.facts import read_json
from perfwatch.store.rows import aware

if TYPE_CHECKING:
    import pandas as pd

# (machine, environment or None for any, benchmark) to what the benchmark said before it ended.
Errors = Mapping[tuple[str, str | None, str], str]


def utc(moment: datetime) -> datetime:
    """Return a moment of the store as UTC that says so."""
    return moment.replace(tzinfo=UTC)


def series_key(row: Sequence[Any]) -> SeriesKey:
    """Return the identity in (benchmark, version, params, machine, environment, unit, kind)."""
    benchmark, version, params, *rest = row
    return SeriesKey(benchmark, version, tuple((n, v) for n, v in orjson.loads(params)), *rest)


def errors_by_place(rows: Iterable[Sequence[Any]]) -> Errors:
    """Return the errors in rows (benchmark, machine, environment, exit_code, stderr), later rows over earlier ones."""
    found = {}
    for benchmark, machine, environment, exit_code, stderr in rows:
        code = "" if exit_code is None else f"exit code {exit_code}"
        found[machine, environment, benchmark] = stderr.strip() or code or "failed without a word"
    return found


def measurement(row: Sequence[Any], errors: Errors) -> Measurement:
    """Return the measurement in a row: the columns of its identity, then those of the table but the identifiers."""
    key = series_key(row[:7])
    commit, status, value, text, lower, upper, q25, q75, samples, number, started_at, duration_s = row[7:]
    error = None
    if status == "failed":
        here = (key.machine, key.environment, key.benchmark)
        said = errors.get(here) or errors.get((key.machine, None, key.benchmark))
        error = said and said_for(key, said)
    return Measurement(
        key=key,
        commit=commit,
        status=status,
        value=value,
        text=text,
        lower=lower,
        upper=upper,
        q25=q25,
        q75=q75,
        samples=None if samples is None else tuple(samples),
        number=number,
        started_at=aware(started_at),
        duration_s=duration_s,
        error=error,
    )


def run(row: Sequence[Any], failures: Iterable[Failure]) -> Run:
    """Return the run in a row: the columns of the table but the source's identifier, in their order."""
    commit, machine, environment, started_at, finished_at, tool, exit_code, host, selection, engine_digest = row[:10]
    controls, artefacts = row[10:]
    return Run(
        commit=commit,
        machine=machine,
        environment=environment,
        started_at=utc(started_at),
        finished_at=aware(finished_at),
        tool=tool,
        exit_code=exit_code,
        host=read_json(host),
        selection=read_json(selection),
        engine_digest=engine_digest,
        failures=tuple(failures),
        controls=read_json(controls),
        artefacts=read_json(artefacts),
    )


def with_utc(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return the frame with the named columns as UTC that says so."""
    return frame.assign(**{name: frame[name].dt.tz_localize("UTC") for name in columns})


def as_catalogue(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the catalogue with parameters as dicts, and the label people know a series by."""
    keys = [series_key(row) for row in frame[list(_KEY_COLUMNS)].itertuples(index=False)]
    frame = frame.assign(
        params=[dict(key.params) for key in keys],
        version=_none_for_missing(frame["version"]),
        n=frame["n"].astype("int64"),
        last_value=frame["last_value"].astype("float64"),
    )
    frame.insert(frame.columns.get_loc("kind") + 1, "label", [key.label for key in keys])
    return frame


_KEY_COLUMNS = ("benchmark", "version", "params", "machine", "environment", "unit", "kind")


def as_history(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the history with one kind of missing a column: NaN in numbers, None in texts and samples."""
    numbers = {name: frame[name].astype("float64") for name in ("value", "lower", "upper", "q25", "q75")}
    counts = {name: frame[name].astype("Int64") for name in ("position", "number")}
    texts = {name: _none_for_missing(frame[name]) for name in ("text", "subject", "samples")}
    return with_utc(frame.assign(**numbers, **counts, **texts), "committed_at", "started_at")


def as_outcomes(frame: pd.DataFrame) -> pd.DataFrame:
    """Return what came out with one kind of missing a column: NaN in numbers, None in texts."""
    return frame.assign(value=frame["value"].astype("float64"), text=_none_for_missing(frame["text"]))


def _none_for_missing(column: pd.Series[Any]) -> pd.Series[Any]:
    plain = column.astype(object)
    return plain.where(plain.notna(), None)
