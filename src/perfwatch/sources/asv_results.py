"""One asv result file, version 2 or 1, as columns.

A file is kept as one `Block` a benchmark, with columns over its parameter sets, because a public tree holds millions of
points: records for each of them are made on demand (`ResultFile.measurements`).

What a value means: null is failed; NaN is skipped; a number, also ±Infinity, is a value; text, true and false, lists
and objects are kept as text (JSON for all but text). An interval's end that is null stays missing, one that is infinite
stays infinite: asv writes it where the samples are too few to bound the median. A count of results that does not fit
the parameters, or statistics that are no numbers, are reported as a problem and the benchmark is left out: which value
belongs to which parameters would be a guess.
"""

from __future__ import annotations

import itertools
import json
import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from perfwatch.errors import SourceError
from perfwatch.model import Environment, Measurement, SeriesKey, Status
from perfwatch.sources.asv_benchmarks import Declaration, names_for, plain_values, undeclared
from perfwatch.sources.asv_rows import STATISTICS, Statistic, rows_v1, rows_v2
from perfwatch.sources.document import parse_object, read_bytes

STATUSES: Final[tuple[Status, ...]] = ("ok", "failed", "skipped")
OK, FAILED, SKIPPED = range(3)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MISSING = math.nan


class _MisfitError(Exception):
    """One benchmark's row cannot be read; becomes a line in `ResultFile.problems`."""


@dataclass(frozen=True)
class Block:
    """All results of one benchmark in one file.

    Attributes
    ----------
    declaration : name, unit and type; `version` is the one the results were measured with.
    names, axes : parameter names, and each parameter's values as plain text, in declaration order.
    status : bytes (n,), an index into `STATUSES`; n is the product of the axes' lengths, the last axis fastest.
    values, statistics : float64 (n,), seconds, bytes or the declared unit; NaN is missing.
    texts : (n,) or None where no result is text.
    samples : (n,) of float64 arrays in the order taken; None where nothing was kept.
    number : (n,) or None; timed calls in a sample.
    started_at_us : microseconds since 1970, UTC.
    duration_s : of the whole benchmark with all its parameters.
    """

    declaration: Declaration
    names: tuple[str, ...]
    axes: tuple[tuple[str, ...], ...]
    status: bytes
    values: array[float]
    statistics: dict[Statistic, array[float]] = field(default_factory=dict)
    texts: list[str | None] | None = None
    samples: list[array[float] | None] | None = None
    number: list[int | None] | None = None
    started_at_us: int | None = None
    duration_s: float | None = None

    def params(self) -> Iterator[tuple[tuple[str, str], ...]]:
        """Yield the parameter sets in the order of the columns."""
        for values in itertools.product(*self.axes):
            yield tuple(zip(self.names, values, strict=True))


@dataclass(frozen=True)
class ResultFile:
    """One asv result file: one commit on one machine in one environment.

    `committed_at` is the commit's date; `problems` name the benchmarks that were left out, one line each.
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


def read_results_file(path: Path, benchmarks: Mapping[str, Declaration]) -> ResultFile:
    """Return what the asv result file at `path` holds.

    Parameters
    ----------
    benchmarks : declarations by name (`asv_benchmarks.parse_benchmarks`); others are told by their names.

    Errors
    ------
    SourceError : the file cannot be read, is cut short, is no asv result file or of a newer format.
    """
    return parse_results(read_bytes(path), path, benchmarks)


def parse_results(content: bytes, path: Path, benchmarks: Mapping[str, Declaration]) -> ResultFile:
    """Return what an asv result file with this content holds; as `read_results_file`."""
    document = parse_object(content, path)
    version = document.get("version")
    if version not in (1, 2):
        what = (
            "has no format version" if version is None else f"is of asv's result format {version!r}; 1 and 2 are known"
        )
        raise SourceError(f"{path}: {what}; is it an asv result file?")
    commit, results = document.get("commit_hash"), document.get("results")
    if not isinstance(commit, str) or not commit:
        raise SourceError(f"{path}: no commit_hash; is it an asv result file?")
    if not isinstance(results, dict):
        raise SourceError(f"{path}: no object `results`; is it an asv result file?")
    rows = rows_v2(document, path) if version == 2 else rows_v1(document)
    blocks, problems = [], []
    for name, row in rows:
        try:
            if isinstance(row, str):
                raise _MisfitError(row)
            blocks.append(_block(name, row, benchmarks.get(name)))
        except (_MisfitError, TypeError, ValueError, OverflowError) as error:
            problems.append(f"{name}: {error}; left out")
    params = document.get("params")
    machine = params.get("machine") if isinstance(params, dict) else None
    return ResultFile(
        commit=commit,
        machine=machine if isinstance(machine, str) and machine else None,
        environment=_environment(document, path),
        committed_at=_moment(_microseconds(document.get("date"))),
        blocks=tuple(blocks),
        problems=tuple(problems),
    )


def _environment(document: Mapping[str, Any], path: Path) -> Environment:
    requirements, python = document.get("requirements"), document.get("python")
    # The oldest files name no environment; asv gives their file name its part after the commit.
    name = document.get("env_name") or path.stem.partition("-")[2] or "unknown"
    return Environment(
        name=str(name),
        python=None if python is None else str(python),
        requirements={str(k): str(v) for k, v in requirements.items()} if isinstance(requirements, dict) else {},
    )


def _block(name: str, row: Mapping[str, Any], declared: Declaration | None) -> Block:
    version = row.get("version")
    version = None if version is None else str(version)
    known = declared or undeclared(name)
    axes = _axes(row.get("params"))
    n = math.prod(len(axis) for axis in axes)
    results = row.get("result")
    if results is None:
        results = [None] * n  # nothing came out at all, a failed build for example: asv writes one null for all
    if not isinstance(results, list):
        results = [results]
    if len(results) != n:
        raise _MisfitError(f"{len(results)} results for {n} parameter sets")
    status, values, texts = _values(results)
    return Block(
        declaration=Declaration(name, known.unit, known.kind, version),
        names=names_for(known, len(axes)),
        axes=axes,
        status=status,
        values=values,
        texts=texts,
        statistics={
            statistic: _numbers_or_missing(column, key)
            for statistic, key, _ in STATISTICS
            if (column := _column(row, key, n)) is not None
        },
        samples=_samples(_column(row, "samples", n)),
        number=_numbers(_column(row, "stats_number" if "stats_number" in row else "number", n)),
        started_at_us=_microseconds(row.get("started_at")),
        duration_s=_seconds(row.get("duration")),
    )


def _numbers_or_missing(column: list[Any], key: str) -> array[float]:
    try:
        return array("d", column)
    except TypeError:
        return _floats([_MISSING if v is None else v for v in column], key)


def _axes(params: Any) -> tuple[tuple[str, ...], ...]:
    if params is None:
        return ()
    if not isinstance(params, list) or not all(isinstance(axis, list) for axis in params):
        raise _MisfitError("its params are no list of lists")
    return tuple(_axis(axis) for axis in params)


# The same parameters stand in thousands of files; a look-up costs a tenth of reading them.
_KNOWN_AXES: dict[tuple[Any, ...], tuple[str, ...]] = {}
_MOST_KNOWN_AXES = 10_000


def _axis(values: list[Any]) -> tuple[str, ...]:
    # Others than texts are not looked up: 1, 1.0 and true would be one key and are three texts, lists have no hash.
    if set(map(type, values)) != {str}:
        return _plain(values)
    written = tuple(values)
    known = _KNOWN_AXES.get(written)
    if known is None:
        known = _plain(values)
        if len(_KNOWN_AXES) < _MOST_KNOWN_AXES:
            _KNOWN_AXES[written] = known
    return known


def _plain(values: list[Any]) -> tuple[str, ...]:
    plain = plain_values(values)
    if len(set(plain)) != len(plain):
        raise _MisfitError("a parameter has the same value twice, so two results have one name")
    return plain


def _values(results: Sequence[Any]) -> tuple[bytes, array[float], list[str | None] | None]:
    if set(map(type, results)) == {float}:
        # Nearly all there are. A NaN makes the sum one; so may infinities, which are looked at one by one then.
        total = sum(results)
        if total == total:
            return bytes(len(results)), array("d", results), None
    status, values = bytearray(len(results)), array("d")
    texts: list[str | None] | None = None
    for i, result in enumerate(results):
        if type(result) is float:
            if result != result:
                status[i] = SKIPPED
            values.append(result)
        elif type(result) is int:
            values.append(float(result))
        else:
            values.append(_MISSING)
            if result is None:
                status[i] = FAILED
                continue
            texts = texts or [None] * len(results)
            texts[i] = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
    return bytes(status), values, texts


def _column(row: Mapping[str, Any], key: str, n: int) -> list[Any] | None:
    column = row.get(key)
    if column is None:
        return None
    if not isinstance(column, list):
        column = [column]
    if len(column) != n:
        raise _MisfitError(f"{len(column)} entries of `{key}` for {n} parameter sets")
    return column


def _samples(column: list[Any] | None) -> list[array[float] | None] | None:
    if column is None:
        return None
    return [None if s is None else _floats(s if isinstance(s, list) else [s], "samples") for s in column]


def _floats(numbers: list[Any], what: str) -> array[float]:
    try:
        return array("d", numbers)
    except TypeError as error:
        raise _MisfitError(f"`{what}` holds what is no number") from error


def _numbers(column: list[Any] | None) -> list[int | None] | None:
    if column is None:
        return None
    try:
        array("q", [0 if v is None else v for v in column])
    except (TypeError, OverflowError) as error:
        raise _MisfitError("`stats_number` holds what is no count") from error
    return column


def _microseconds(javascript_ms: Any) -> int | None:
    """Return asv's milliseconds since 1970 as microseconds; None where they are none, or of no year a clock shows."""
    if isinstance(javascript_ms, bool) or not isinstance(javascript_ms, (int, float)):
        return None
    return int(javascript_ms * 1000) if abs(javascript_ms) < 2.5e14 else None


def _seconds(duration: Any) -> float | None:
    return float(duration) if isinstance(duration, (int, float)) and math.isfinite(duration) else None


def _moment(microseconds: int | None) -> datetime | None:
    try:
        return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return None


def _measurements(file: ResultFile, block: Block) -> Iterator[Measurement]:
    declaration, statistics = block.declaration, block.statistics
    for i, params in enumerate(block.params()):
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
            number=block.number[i] if block.number else None,
            started_at=_moment(block.started_at_us),
            duration_s=block.duration_s,
        )


def _present(statistics: Mapping[Statistic, array[float]], name: Statistic, i: int) -> float | None:
    column = statistics.get(name)
    return None if column is None or math.isnan(column[i]) else column[i]
