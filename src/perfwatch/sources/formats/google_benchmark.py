"""Google Benchmark: `--benchmark_out=FILE --benchmark_out_format=json`.

The real time of an iteration; repetitions are its samples. Of a file with nothing but aggregates it is the median, the
mean where there is none. Rates that the library or a counter gives (`items_per_second`, …) are series of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perfwatch.errors import SourceError
from perfwatch.sources.blocks import FAILED, OK
from perfwatch.sources.formats.reading import Figure, Report, microseconds, moment, number, of_samples, parsed, si

_RATES = ("items_per_second", "bytes_per_second")


@dataclass
class _Run:
    """The rows of one benchmark: repetitions, and aggregates by their name."""

    unit: str
    times: list[float] = field(default_factory=list)
    rates: dict[str, list[float]] = field(default_factory=dict)
    aggregates: dict[str, float] = field(default_factory=dict)
    failed: str | None = None


class GoogleBenchmark:
    """The format, for the table of formats."""

    name = "google-benchmark"
    says = "--benchmark_out=FILE --benchmark_out_format=json"

    def matches(self, content: bytes, path: Path) -> bool:
        """Return whether it is such a file."""
        return b'"context"' in content and b'"benchmarks"' in content and b'"machine_info"' not in content

    def read(self, content: bytes, path: Path) -> Sequence[Report]:
        """Return its one report.

        Errors
        ------
        SourceError : no JSON object, or no benchmarks in it.
        """
        document = parsed(content, path)
        entries = document.get("benchmarks") if isinstance(document, dict) else None
        if not isinstance(entries, list):
            raise SourceError(f"{path}: no list `benchmarks`; is it of Google Benchmark?")
        context = document.get("context")
        context = context if isinstance(context, dict) else {}
        when = moment(context.get("date"))
        runs, problems = _runs(entries)
        figures = [f for name, run in runs.items() for f in _figures(name, run, microseconds(when))]
        problems += [f"{name}: {run.failed}" for name, run in runs.items() if run.failed]
        return [Report(tuple(figures), tuple(problems), machine=context.get("host_name") or None)]


def _runs(entries: Sequence[Any]) -> tuple[dict[str, _Run], list[str]]:
    runs: dict[str, _Run] = {}
    problems = []
    for at, row in enumerate(entries):
        if not isinstance(row, dict) or not isinstance(row.get("name"), str):
            problems.append(f"benchmarks[{at}]: no object with a name; left out")
            continue
        run = runs.setdefault(str(row.get("run_name") or row["name"]), _Run(str(row.get("time_unit") or "ns")))
        if row.get("error_occurred"):
            run.failed = str(row.get("error_message") or "it failed")
            continue
        time = number(row.get("real_time"))
        if row.get("run_type") == "aggregate":
            # Of a complexity, which is no time, there is `big_o`; of a coefficient of variation no unit.
            if time is not None and row.get("aggregate_name") in ("median", "mean"):
                run.aggregates[row["aggregate_name"]] = time
            continue
        if time is not None:
            run.times.append(time)
        for rate in _RATES:
            if (found := number(row.get(rate))) is not None:
                run.rates.setdefault(rate, []).append(found)
    return runs, problems


def _figures(name: str, run: _Run, at_us: int | None) -> Iterator[Figure]:
    base, params = _params(name)
    unit, factor, kind = si(run.unit)
    if run.failed is not None and not run.times:
        yield Figure(base, unit, None, params, kind, FAILED, started_at_us=at_us)
        return
    value = run.aggregates.get("median", run.aggregates.get("mean"))
    if run.times or value is not None:
        figure = Figure(base, unit, None if value is None else value * factor, params, kind, OK, started_at_us=at_us)
        yield of_samples(figure, [t * factor for t in run.times])
    for rate, found in run.rates.items():
        word = "items/s" if rate == "items_per_second" else "bytes/s"
        yield of_samples(Figure(f"{base}.{rate}", word, None, params, "track", started_at_us=at_us), found)


def _params(name: str) -> tuple[str, Mapping[str, str]]:
    """Return `BM_sort/1024/threads:8` as ("BM_sort", {"arg1": "1024", "threads": "8"})."""
    base, *parts = name.split("/")
    params: dict[str, str] = {}
    for part in parts:
        word, colon, value = part.rpartition(":")
        if colon and word:
            params[word] = value
        elif part.lstrip("-").isdigit():
            params[f"arg{sum(p.startswith('arg') for p in params) + 1}"] = part
        else:
            base += f"/{part}"
    return base, params
