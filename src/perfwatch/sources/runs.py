"""Run records: what `perfwatch run` wrote down about one start of the measuring program (`perfwatch.run/1`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from perfwatch.errors import SourceError
from perfwatch.model import Failure, Run
from perfwatch.sources.document import parse_object, read_bytes

SCHEMA = "perfwatch.run/1"


def read(path: Path) -> Run:
    """Return the run recorded in the file at `path`; times are UTC.

    Errors
    ------
    SourceError : the file cannot be read, is cut short, or is no record of this schema.
    """
    return parse(read_bytes(path), path)


def parse(content: bytes, path: Path) -> Run:
    """Return the run recorded in a file with this content; as `read`."""
    record = parse_object(content, path)
    if record.get("schema") != SCHEMA:
        raise SourceError(f"{path}: its schema is {record.get('schema')!r}, not {SCHEMA!r}; is it a run record?")
    try:
        return Run(
            commit=_text(record, "commit"),
            machine=_text(record, "machine"),
            environment=_optional(record, "environment", str),
            started_at=_moment(record["started_at"]),
            finished_at=_moment(record["finished_at"]) if record.get("finished_at") is not None else None,
            tool=_text(record, "tool"),
            exit_code=_optional(record, "exit_code", int),
            host=_optional(record, "host", dict) or {},
            selection=_optional(record, "selection", dict) or {},
            engine_digest=_optional(record, "engine_digest", str),
            failures=tuple(_failure(f) for f in _optional(record, "failures", list) or ()),
            controls={name: _control(c) for name, c in (_optional(record, "controls", dict) or {}).items()},
            artefacts={name: _digest(d) for name, d in (_optional(record, "artefacts", dict) or {}).items()},
        )
    except (KeyError, TypeError, ValueError) as error:
        what = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        raise SourceError(f"{path}: no whole run record ({what}); measure again or remove the file") from error


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record[name]
    if not isinstance(value, str) or not value:
        raise TypeError(f"{name} is {value!r}, not text")
    return value


def _optional(record: Mapping[str, Any], name: str, kind: type) -> Any:
    value = record.get(name)
    if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
        raise TypeError(f"{name} is {value!r}, not {kind.__name__}")
    return value


def _moment(value: Any) -> datetime:
    if not isinstance(value, str):
        raise TypeError(f"a time is {value!r}, not ISO 8601 text")
    moment = datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _failure(entry: Any) -> Failure:
    if not isinstance(entry, dict):
        raise TypeError(f"a failure is {entry!r}, not an object")
    return Failure(_text(entry, "benchmark"), _optional(entry, "exit_code", int), str(entry.get("stderr") or ""))


def _control(entry: Any) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise TypeError(f"a control is {entry!r}, not an object")
    timings = {when: _optional(entry, when, list) or [] for when in ("before", "after")}
    if not all(isinstance(t, int | float) for taken in timings.values() for t in taken):
        raise TypeError(f"a control's timings are {timings!r}, not numbers")
    return {"version": _text(entry, "version"), **timings}


def _digest(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(f"an artefact's digest is {value!r}, not text")
    return value
