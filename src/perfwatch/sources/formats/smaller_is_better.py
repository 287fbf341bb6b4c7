"""github-action-benchmark's `customSmallerIsBetter`: a list of {name, unit, value}."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from perfwatch.sources.formats.reading import Figure, Report, number, parsed, rows, si


class SmallerIsBetter:
    """The format, for the table of formats."""

    name = "customSmallerIsBetter"
    says = "github-action-benchmark: a list of {name, unit, value}"

    def matches(self, content: bytes, path: Path) -> bool:
        """Return whether it is such a file."""
        return content.lstrip()[:1] == b"[" and all(word in content for word in (b'"name"', b'"unit"', b'"value"'))

    def read(self, content: bytes, path: Path) -> Sequence[Report]:
        """Return its one report.

        Errors
        ------
        SourceError : no JSON list.
        """
        return [Report(*rows(parsed(content, path), path, "entries", _figures))]


def _figures(row: Any) -> Iterator[Figure]:
    unit, factor, kind = si(str(row["unit"]))
    value = number(row["value"])
    if value is None:
        raise ValueError(f"the value of {row['name']!r} is {row['value']!r}, no number")
    yield Figure(str(row["name"]), unit, value * factor, {}, kind)
