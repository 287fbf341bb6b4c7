"""hyperfine: `--export-json FILE`. A command is a benchmark; a run that failed makes it failed, whatever it took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from perfwatch.errors import SourceError
from perfwatch.sources.blocks import FAILED
from perfwatch.sources.formats.reading import Figure, Report, number, numbers, of_samples, parsed, rows


class Hyperfine:
    """The format, for the table of formats."""

    name = "hyperfine"
    says = "hyperfine --export-json FILE"

    def matches(self, content: bytes, path: Path) -> bool:
        """Return whether it is such a file."""
        return b'"results"' in content and b'"command"' in content and b'"mean"' in content

    def read(self, content: bytes, path: Path) -> Sequence[Report]:
        """Return its one report.

        Errors
        ------
        SourceError : no JSON object, or no results in it.
        """
        document = parsed(content, path)
        if not isinstance(document, dict):
            raise SourceError(f"{path}: no object; is it of hyperfine?")
        return [Report(*rows(document.get("results"), path, "results", _figures))]


def _figures(row: Any) -> Iterator[Figure]:
    command = str(row["command"])
    told = row.get("parameters")
    params = {str(k): str(v) for k, v in told.items()} if isinstance(told, dict) else {}
    codes = row.get("exit_codes")
    if isinstance(codes, list) and any(code != 0 for code in codes):
        yield Figure(command, "seconds", None, params, status=FAILED)
        return
    times = numbers(row.get("times"))
    value = number(row.get("median"))
    yield of_samples(Figure(command, "seconds", number(row["mean"]) if value is None else value, params), times)
    if memory := numbers(row.get("memory_usage_byte")):
        yield of_samples(Figure(f"{command} (memory)", "bytes", None, params, "peakmem"), memory)
