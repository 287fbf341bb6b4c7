"""Results as they are read: columns over parameter sets, because a public tree holds millions of points.

Records for each of them are made on demand (`ResultFile.measurements`).
"""

from __future__ import annotations

import itertools
import math
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from perfwatch.model import Environment, Measurement, SeriesKey, Status
from perfwatch.sources.asv_benchmarks import Declaration

STATUSES: Final[tuple[Status, ...]] = ("ok", "failed", "skipped")
OK, FAILED, SKIPPED = range(3)
NO_COUNT: Final = -1
Statistic = Literal["lower", "upper", "q25", "q75"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, eq=False)
class Shape:
    """What the results of a benchmark have in common in file after file; equal shapes are one object (`shape_of`).

    Attributes
    ----------
    declaration : name, unit and type; `version` is the one the results were measured with.
    names, axes : parameter names, and each parameter's values as plain text, in declaration order.
    n : how many parameter sets there are.
    """

    declaration: Declaration
    names: tuple[str, ...]
    axes: tuple[tuple[str, ...], ...]
    n: int

    def params(self) -> Iterator[tuple[tuple[str, str], ...]]:
        """Yield the parameter sets in the order of the columns."""
        for values in itertools.product(*self.axes):
            yield tuple(zip(self.names, values, strict=True))


# So that what belongs to a shape, its series' identifiers for example, is looked up by identity.
_SHAPES: dict[tuple[Declaration, tuple[str, ...], tuple[tuple[str, ...], ...]], Shape] = {}
_MOST_SHAPES = 100_000


def shape_of(declaration: Declaration, names: tuple[str, ...], axes: tuple[tuple[str, ...], ...]) -> Shape:
    """Return the one shape of these parts."""
    found = _SHAPES.get((declaration, names, axes))
    if found is None:
        if len(_SHAPES) >= _MOST_SHAPES:
            _SHAPES.clear()
        found = Shape(declaration, names, axes, math.prod(len(axis) for axis in axes))
        _SHAPES[declaration, names, axes] = found
    return found


@dataclass(frozen=True)
class Block:
    """All results of one benchmark in one file.

    Attributes
    ----------
    shape : what it is, and which parameter sets its points have.
    status : bytes (n,), an index into `STATUSES`; n is the product of the axes' lengths, the last axis fastest.
    values, statistics : float64 (n,), seconds, bytes or the declared unit; NaN is missing.
    texts : (n,) or None where no result is text.
    samples : (n,) of float64 arrays in the order taken; None where nothing was kept.
    number : int64 (n,) or None; timed calls in a sample, `NO_COUNT` where that is not known.
    started_at_us : microseconds since 1970, UTC.
    duration_s : of the whole benchmark with all its parameters.
    """

    shape: Shape
    status: bytes
    values: array[float]
    statistics: dict[Statistic, array[float]] = field(default_factory=dict)
    texts: list[str | None] | None = None
    samples: list[array[float] | None] | None = None
    number: array[int] | None = None
    started_at_us: int | None = None
    duration_s: float | None = None


@dataclass(frozen=True)
class ResultFile:
    """One asv result file: one commit on one machine in one environment.

    `committed_at` is the commit's date; `problems` name what did not fit, a line each.
    """

    commit: str
    machine: str | None
    environment: Environment
    committed_at: datetime | None
    blocks: tuple[Block, ...]
    problems: tuple[str, ...]

    def measurements(self) -> Iterator[Measurement]:
        """Yield every point of the file, benchmark by benchmark in the file's order."""
        for block in self.blocks:
            yield from _measurements(self, block)


def _measurements(file: ResultFile, block: Block) -> Iterator[Measurement]:
    declaration, statistics = block.shape.declaration, block.statistics
    for i, params in enumerate(block.shape.params()):
        status = STATUSES[block.status[i]]
        text = block.texts[i] if block.texts else None
        samples = block.samples[i] if block.samples else None
        yield Measurement(
            key=SeriesKey(
                benchmark=declaration.name,
                version=declaration.version,
                params=params,
                machine=file.machine or "",
                environment=file.environment.name,
                unit=declaration.unit,
                kind=declaration.kind,
            ),
            commit=file.commit,
            status=status,
            value=block.values[i] if status == "ok" and text is None else None,
            text=text,
            lower=_present(statistics, "lower", i),
            upper=_present(statistics, "upper", i),
            q25=_present(statistics, "q25", i),
            q75=_present(statistics, "q75", i),
            samples=None if samples is None else tuple(samples),
            number=block.number[i] if block.number and block.number[i] != NO_COUNT else None,
            started_at=moment(block.started_at_us),
            duration_s=block.duration_s,
        )


def _present(statistics: Mapping[Statistic, array[float]], name: Statistic, i: int) -> float | None:
    column = statistics.get(name)
    return None if column is None or math.isnan(column[i]) else column[i]


def moment(microseconds: int | None) -> datetime | None:
    """Return microseconds since 1970 as a moment in UTC; None where there are none, or of no year a clock shows."""
    try:
        return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return None
