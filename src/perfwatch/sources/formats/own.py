"""perfwatch's own JSON, schema `perfwatch.measurements/1`: for programs that measure, and what `export` writes.

    {"schema": "perfwatch.measurements/1",
     "reports": [{"commit": "…", "machine": "…", "environment": "…", "committed_at": "2026-11-21T12:00:00Z",
                  "measurements": [{"benchmark": "…", "params": {"n": "10"}, "unit": "seconds", "value": 0.5,
                                    "samples": [0.4, 0.5, 0.6]}]}]}

Of a measurement `benchmark`, `unit` and `value` must be there; value may be null with a `status` of "failed" or
"skipped". `kind` is asv's word (time, mem, peakmem, track), `number` the calls a sample is the mean of, `lower` and
`upper` a 99 % interval, `q25` and `q75` quartiles, `version` the benchmark's, `started_at` when it began. Of a report
what is not there is said on the command line. Times are ISO 8601. Units in SI: "seconds", "bytes", or any word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from perfwatch.errors import SourceError
from perfwatch.sources.blocks import STATUSES
from perfwatch.sources.formats.reading import Figure, Report, microseconds, moment, number, numbers, parsed, rows

SCHEMA = "perfwatch.measurements/1"


class Own:
    """The format, for the table of formats."""

    name = "perfwatch"
    says = f"a JSON object of the schema {SCHEMA}"

    def matches(self, content: bytes, path: Path) -> bool:
        """Return whether it is such a file."""
        return b'"perfwatch.measurements/' in content[:4096]

    def read(self, content: bytes, path: Path) -> Sequence[Report]:
        """Return its reports.

        Errors
        ------
        SourceError : no JSON object, or of another schema.
        """
        document = parsed(content, path)
        schema = document.get("schema") if isinstance(document, dict) else None
        if schema != SCHEMA:
            raise SourceError(f"{path}: its schema is {schema!r}, not {SCHEMA!r}; is it of a newer perfwatch?")
        reports = document.get("reports")
        if not isinstance(reports, list) or not all(isinstance(report, dict) for report in reports):
            raise SourceError(f"{path}: no list `reports` of objects")
        return [_report(report, path, at) for at, report in enumerate(reports)]


def _report(report: dict[str, Any], path: Path, at: int) -> Report:
    figures, problems = rows(report.get("measurements"), path, f"reports[{at}].measurements", _figures)
    return Report(
        figures,
        problems,
        commit=report.get("commit") or None,
        machine=report.get("machine") or None,
        environment=report.get("environment") or None,
        committed_at=moment(report.get("committed_at")),
        python=report.get("python") or None,
    )


def _figures(row: Any) -> Iterator[Figure]:
    status = STATUSES.index(row.get("status", "ok"))
    value = number(row["value"])
    if value is None and STATUSES[status] == "ok":
        raise ValueError(f"the value of {row['benchmark']!r} is {row['value']!r}, no number")
    params, samples = row.get("params") or {}, row.get("samples")
    yield Figure(
        str(row["benchmark"]),
        str(row["unit"]),
        value if STATUSES[status] == "ok" else None,
        {str(name): str(value) for name, value in params.items()},
        kind=str(row.get("kind") or {"seconds": "time", "bytes": "mem"}.get(row["unit"], "track")),
        status=status,
        samples=None if samples is None else tuple(numbers(samples)),
        number=row.get("number"),
        lower=number(row.get("lower")),
        upper=number(row.get("upper")),
        q25=number(row.get("q25")),
        q75=number(row.get("q75")),
        started_at_us=microseconds(moment(row.get("started_at"))),
        version=None if row.get("version") is None else str(row["version"]),
    )
