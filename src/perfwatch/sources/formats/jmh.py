"""JMH: `-rf json -rff FILE`. The samples are the iterations of all forks; secondary metrics are series of their own.

JMH's own interval is of 99.9 % and of the mean: it is not kept, for the samples give one of the median.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from perfwatch.sources.formats.reading import Figure, Report, number, numbers, of_samples, parsed, rows, si


class Jmh:
    """The format, for the table of formats."""

    name = "jmh"
    says = "java -jar benchmarks.jar -rf json -rff FILE"

    def matches(self, content: bytes, path: Path) -> bool:
        """Return whether it is such a file."""
        return b'"primaryMetric"' in content and b'"jmhVersion"' in content

    def read(self, content: bytes, path: Path) -> Sequence[Report]:
        """Return its one report.

        Errors
        ------
        SourceError : no JSON list.
        """
        return [Report(*rows(parsed(content, path), path, "results", _figures))]


def _figures(row: Any) -> Iterator[Figure]:
    name, told = str(row["benchmark"]), row.get("params")
    params = {str(k): str(v) for k, v in told.items()} if isinstance(told, dict) else {}
    # One benchmark may be measured in several modes, and by several threads.
    params |= {"mode": str(row.get("mode", "")), "threads": str(row.get("threads", 1))}
    yield _figure(name, params, row["primaryMetric"])
    secondary = row.get("secondaryMetrics")
    for metric, found in secondary.items() if isinstance(secondary, dict) else ():
        yield _figure(f"{name}:{str(metric).lstrip('·')}", params, found)


def _figure(name: str, params: dict[str, str], metric: Any) -> Figure:
    unit, factor, kind = si(str(metric["scoreUnit"]))
    score = number(metric["score"])
    figure = Figure(name, unit, None if score is None else score * factor, params, kind)
    raw = metric.get("rawData")
    samples = [s * factor for fork in raw for s in numbers(fork)] if isinstance(raw, list) else []
    return of_samples(figure, samples)
