"""What an ingest did, as text and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

SCHEMA = "perfwatch.ingest/1"
# Files that cannot be read are each named; a tree of thousands of them is summed up.
SHOWN_FILES = 20


class Ingested(Protocol):
    """What of the store's report is told (`store.ingest.IngestReport`)."""

    @property
    def loaded(self) -> int: ...
    @property
    def unchanged(self) -> int: ...
    @property
    def measurements(self) -> int: ...
    @property
    def unreadable(self) -> Sequence[tuple[str, str]]: ...
    @property
    def vanished(self) -> Sequence[str]: ...
    @property
    def problems(self) -> Sequence[tuple[str, str]]: ...


def text(report: Ingested) -> str:
    """Return one line that sums up, and one for each thing that needs somebody's eyes."""
    lines = [f"loaded {_files(report.loaded)}, {report.measurements:,} measurements; {report.unchanged:,} unchanged"]
    lines += _cut([f"  left out: {message}" for _, message in report.unreadable], "files left out")
    lines += _cut([f"  {path}: {message}" for path, message in report.problems], "problems")
    if report.vanished:
        lines.append(f"  {_files(len(report.vanished))} gone from the tree since; what the store holds of them stays")
    return "\n".join(lines)


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _cut(lines: list[str], of_what: str) -> list[str]:
    if len(lines) <= SHOWN_FILES:
        return lines
    return [*lines[:SHOWN_FILES], f"  … and {len(lines) - SHOWN_FILES:,} more {of_what} (--format json names all)"]


def as_json(report: Ingested) -> dict[str, Any]:
    """Return the report as an object of the schema `perfwatch.ingest/1`."""
    return {
        "schema": SCHEMA,
        "loaded": report.loaded,
        "unchanged": report.unchanged,
        "measurements": report.measurements,
        "unreadable": [{"path": path, "message": message} for path, message in report.unreadable],
        "problems": [{"path": path, "message": message} for path, message in report.problems],
        "vanished": list(report.vanished),
    }
