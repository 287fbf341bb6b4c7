"""What a reader of a format gives: figures of one report, and how they become what asv's files become."""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Protocol

from perfwatch.errors import SourceError, UsageError
from perfwatch.model import Environment
from perfwatch.sources.asv_benchmarks import Declaration
from perfwatch.sources.blocks import FAILED, OK, SKIPPED, Block, ResultFile, shape_of


@dataclass(frozen=True)
class Figure:
    """One measured figure of a report, in SI where its unit is one.

    Attributes
    ----------
    benchmark : its name, without the parameters.
    unit : as `perfwatch.units` names it: "seconds", "bytes", or the report's own word.
    value : None where it failed or was skipped; `status` tells which.
    params : parameter name → value, in the order of the report.
    kind : asv's word for what it is: "time", "mem", "track".
    samples : single timings, or means of `number` calls, in the order taken; None where they were not kept.
    lower, upper : a 99 % interval of the value, where the report has one of that level.
    q25, q75 : quartiles of the samples.
    version : of the benchmark: figures of two versions are never compared.
    """

    benchmark: str
    unit: str
    value: float | None
    params: Mapping[str, str] = field(default_factory=dict)
    kind: str = "time"
    status: int = OK
    samples: Sequence[float] | None = None
    number: int | None = None
    lower: float | None = None
    upper: float | None = None
    q25: float | None = None
    q75: float | None = None
    started_at_us: int | None = None
    version: str | None = None


@dataclass(frozen=True)
class Report:
    """Figures of one commit on one machine; what a format does not tell is None, and the caller's to say.

    `problems` name what was left out, a line each.
    """

    figures: tuple[Figure, ...]
    problems: tuple[str, ...] = ()
    commit: str | None = None
    machine: str | None = None
    environment: str | None = None
    committed_at: datetime | None = None
    python: str | None = None


class Format(Protocol):
    """A format that can be read: what an entry point of the group `perfwatch.formats` names."""

    name: str
    says: str

    def matches(self, content: bytes, path: Path) -> bool:
        """Return whether a file with this content is of this format; cheap, and True for no other's."""

    def read(self, content: bytes, path: Path) -> Sequence[Report]:
        """Return what the file holds.

        Errors
        ------
        SourceError : cut short, or not what the format says.
        """


@dataclass(frozen=True)
class Origin:
    """What the caller says of a report: it knows better than one that was copied about.

    `machine_otherwise` holds only where neither says a machine.
    """

    commit: str | None = None
    machine: str | None = None
    environment: str | None = None
    machine_otherwise: str | None = None


def result_file(report: Report, origin: Origin, path: Path, format_name: str) -> ResultFile:
    """Return a report as asv's files are kept.

    Errors
    ------
    UsageError : neither the report nor the caller says which commit was measured, or where.
    """
    commit = origin.commit or report.commit
    machine = origin.machine or report.machine or origin.machine_otherwise
    if commit is None:
        raise UsageError(f"{path}: {format_name} does not say which commit was measured; say it with --commit")
    if machine is None:
        raise UsageError(f"{path}: {format_name} does not say on which machine; say it with --machine")
    blocks, problems, seen = [], list(report.problems), set()
    for figure in report.figures:
        key = (figure.benchmark, figure.version, tuple(figure.params.items()))
        if key in seen:
            problems.append(f"{label(figure)}: there twice, so two figures have one name; the first is kept")
            continue
        seen.add(key)
        blocks.append(_block(figure))
    return ResultFile(
        commit=commit,
        machine=machine,
        environment=Environment(origin.environment or report.environment or format_name, report.python, {}),
        committed_at=report.committed_at,
        blocks=tuple(blocks),
        problems=tuple(problems),
    )


def label(figure: Figure) -> str:
    """Return a figure's name with its parameters, for messages."""
    told = ", ".join(f"{name}={value}" for name, value in figure.params.items())
    return f"{figure.benchmark}({told})" if told else figure.benchmark


def _block(figure: Figure) -> Block:
    value = math.nan if figure.value is None else figure.value
    status = figure.status
    if status == OK and math.isnan(value):
        status = FAILED if figure.value is None else SKIPPED
    bounds = {"lower": figure.lower, "upper": figure.upper, "q25": figure.q25, "q75": figure.q75}
    return Block(
        shape=shape_of(
            Declaration(figure.benchmark, figure.unit, figure.kind, figure.version),
            tuple(figure.params),
            tuple((value,) for value in figure.params.values()),
        ),
        status=bytes([status]),
        values=array("d", [value]),
        statistics={name: array("d", [bound]) for name, bound in bounds.items() if bound is not None},  # type: ignore[misc]
        samples=None if figure.samples is None else [array("d", figure.samples)],
        number=None if figure.number is None else array("q", [figure.number]),
        started_at_us=figure.started_at_us,
    )


# pytest-benchmark keeps hundreds of thousands of rounds of a fast function: more than any statistic here has use for.
MOST_SAMPLES = 1_000


def of_samples(figure: Figure, samples: Sequence[float]) -> Figure:
    """Return the figure with the median of these samples as its value, and their quartiles (linear, as numpy's).

    Of more than MOST_SAMPLES so many are kept, evenly spread over the order in which they were taken.
    """
    if not samples:
        return figure
    ordered = sorted(samples)
    if len(samples) > MOST_SAMPLES:
        samples = [samples[i * len(samples) // MOST_SAMPLES] for i in range(MOST_SAMPLES)]
    return replace(
        figure,
        value=median(ordered),
        samples=tuple(samples),
        q25=_quantile(ordered, 0.25),
        q75=_quantile(ordered, 0.75),
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


# Units that reports write, as (what we call it, times which it is that).
_UNITS: Mapping[str, tuple[str, float]] = {
    **dict.fromkeys(("s", "sec", "second", "seconds", "s/op", "s/iter"), ("seconds", 1.0)),
    **dict.fromkeys(("ms", "ms/op", "ms/iter", "millisecond", "milliseconds"), ("seconds", 1e-3)),
    **dict.fromkeys(("us", "µs", "μs", "us/op", "us/iter", "microseconds"), ("seconds", 1e-6)),
    **dict.fromkeys(("ns", "ns/op", "ns/iter", "nanosecond", "nanoseconds"), ("seconds", 1e-9)),
    **dict.fromkeys(("min", "min/op", "minutes"), ("seconds", 60.0)),
    **dict.fromkeys(("b", "byte", "bytes", "b/op"), ("bytes", 1.0)),
    **dict.fromkeys(("kb", "kib"), ("bytes", 1024.0)),
    **dict.fromkeys(("mb", "mib"), ("bytes", 1024.0**2)),
    **dict.fromkeys(("gb", "gib"), ("bytes", 1024.0**3)),
}


def si(unit: str) -> tuple[str, float, str]:
    """Return (unit, factor, kind) of a report's unit: seconds and bytes where it is one, else the word itself."""
    name, factor = _UNITS.get(unit.strip().lower(), (unit.strip(), 1.0))
    return name, factor, {"seconds": "time", "bytes": "mem"}.get(name, "track")


def parsed(content: bytes, path: Path) -> Any:
    """Return the JSON in `content`; SourceError where it is none or cut short."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        what = "empty" if not content.strip() else f"not valid JSON, perhaps cut short ({error})"
        raise SourceError(f"{path}: {what}; measure again or remove the file") from error


def number(value: Any) -> float | None:
    """Return a finite number; None for all else: NaN, text, null, true."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)


def numbers(values: Any) -> list[float]:
    """Return those of a list that are finite numbers."""
    return [n for v in values if (n := number(v)) is not None] if isinstance(values, list) else []


def moment(text: Any) -> datetime | None:
    """Return a time in ISO 8601 as UTC; None where it is none."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def microseconds(when: datetime | None) -> int | None:
    """Return a time as microseconds since 1970."""
    return None if when is None else int(when.timestamp() * 1_000_000)


def rows(
    entries: Any, path: Path, what: str, read: Callable[[Any], Iterable[Figure]]
) -> tuple[tuple[Figure, ...], tuple[str, ...]]:
    """Return what `read` makes of each entry of a list, and a line for each that it cannot make anything of.

    Errors
    ------
    SourceError : no list.
    """
    if not isinstance(entries, list):
        raise SourceError(f"{path}: {what} is no list; is it of this format?")
    figures: list[Figure] = []
    problems = []
    for at, entry in enumerate(entries):
        try:
            figures += read(entry)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            why = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
            problems.append(f"{what}[{at}]: {why}; left out")
    return tuple(figures), tuple(problems)
