"""pytest-benchmark: `pytest --benchmark-json=FILE`, and what `--benchmark-autosave` keeps.

With `--benchmark-save-data` every round is there; without it the median and the quartiles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from perfwatch.errors import SourceError
from perfwatch.sources.formats.reading import Figure, Report, microseconds, moment, number, numbers, of_samples, parsed
from perfwatch.sources.formats.reading import rows as read_rows


class PytestBenchmark:
    """The format, for the table of formats."""

    name = "pytest-benchmark"
    says = "pytest --benchmark-json=FILE"

    def matches(self, content: bytes, path: Path) -> bool:
        """Return whether it is such a file."""
        return b'"machine_info"' in content and b'"benchmarks"' in content

    def read(self, content: bytes, path: Path) -> Sequence[Report]:
        """Return its one report.

        Errors
        ------
        SourceError : no JSON object.
        """
        document = parsed(content, path)
        if not isinstance(document, dict):
            raise SourceError(f"{path}: no object; is it of pytest-benchmark?")
        commit, machine = _table(document, "commit_info"), _table(document, "machine_info")
        at = microseconds(moment(document.get("datetime")))
        figures, problems = read_rows(document.get("benchmarks"), path, "benchmarks", lambda row: _figures(row, at))
        python = machine.get("python_version")
        hash_ = commit.get("id")
        return [
            Report(
                figures,
                problems,
                # What pytest-benchmark writes where there is no repository.
                commit=hash_ if isinstance(hash_, str) and hash_ not in ("", "unversioned", "unknown") else None,
                machine=machine.get("node") or None,
                environment=f"python{python}" if python else None,
                committed_at=moment(commit.get("time")),
                python=python,
            )
        ]


def _table(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _figures(row: Any, at_us: int | None) -> Iterator[Figure]:
    stats, told = row["stats"], row.get("params")
    name = str(row.get("fullname") or row["name"])
    params = {str(k): str(v) for k, v in told.items()} if isinstance(told, dict) else {}
    if not params and row.get("param"):
        params = {"param": str(row["param"])}
    if params:
        # The parameters stand behind it, in brackets.
        name = name.partition("[")[0]
    figure = Figure(
        name,
        "seconds",
        number(stats["median"]),
        params,
        q25=number(stats.get("q1")),
        q75=number(stats.get("q3")),
        number=int(stats["iterations"]) if number(stats.get("iterations")) else None,
        started_at_us=at_us,
    )
    yield of_samples(figure, numbers(stats.get("data")))
