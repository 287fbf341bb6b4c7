"""One asv result file, version 2 or 1, as columns.

What a value means: null is failed; NaN is skipped; a number, also ±Infinity, is a value; text, true and false, lists
and objects are kept as text (JSON for all but text). An interval's end that is null stays missing, one that is infinite
stays infinite: asv writes it where the samples are too few to bound the median. Results whose
count does not fit the parameters are kept by their position, since which of them belongs to which parameters would be a
guess, and statistics that are no numbers, or too many or too few, are left out: both are told as a problem.
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from perfwatch.errors import SourceError
from perfwatch.model import Environment
from perfwatch.sources.asv_benchmarks import Declaration, names_for, plain_values, undeclared
from perfwatch.sources.asv_rows import STATISTICS, rows_v1, rows_v2
from perfwatch.sources.blocks import FAILED, NO_COUNT, SKIPPED, Block, ResultFile, Shape, Statistic, moment, shape_of
from perfwatch.sources.document import parse_object, read_bytes

_MISSING = math.nan


class _MisfitError(Exception):
    """One benchmark's row cannot be read; becomes a line in `ResultFile.problems`."""


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
    blocks: list[Block] = []
    problems: list[str] = []
    for name, row in rows:
        try:
            if isinstance(row, str):
                raise _MisfitError(row)
            said: list[str] = []
            blocks.append(_block(name, row, benchmarks.get(name), said))
            problems.extend(f"{name}: {one}" for one in said)
        except (_MisfitError, TypeError, ValueError, OverflowError) as error:
            problems.append(f"{name}: {error}; left out")
    params = document.get("params")
    machine = params.get("machine") if isinstance(params, dict) else None
    return ResultFile(
        commit=commit,
        machine=machine if isinstance(machine, str) and machine else None,
        environment=_environment(document, path),
        committed_at=moment(_microseconds(document.get("date"))),
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


def _block(name: str, row: Mapping[str, Any], declared: Declaration | None, problems: list[str]) -> Block:
    """Return a benchmark's results; what of them does not fit is said in `problems`."""
    results = row.get("result")
    try:
        shape = _shape(name, row.get("params"), row.get("version"), declared)
        if results is None:
            results = [None] * shape.n  # nothing came out at all, a failed build for example: one null for all
        if not isinstance(results, list):
            results = [results]
        if len(results) != shape.n:
            raise _MisfitError(f"{len(results)} results for {shape.n} parameter sets")
    except _MisfitError as error:
        results = results if isinstance(results, list) else [results]
        shape = _by_position(name, row.get("version"), declared, len(results))
        problems.append(f"{error}; kept by their position")
    status, values, texts = _values(results)
    columns: dict[str, Any] = {}
    for key, reading in _READING.items():
        column = row.get(key)
        if column is not None:
            try:
                columns[key] = reading(_column(column, key, shape.n), key)
            except _MisfitError as error:
                problems.append(f"{error}; that column left out")
    statistics: dict[Statistic, array[float]] = {
        statistic: columns[key] for statistic, key, _ in STATISTICS if key in columns
    }
    return Block(
        shape,
        status,
        values,
        statistics,
        texts,
        columns.get("samples"),
        columns.get("stats_number", columns.get("number")),
        _microseconds(row.get("started_at")),
        _seconds(row.get("duration")),
    )


def _by_position(name: str, version: Any, declared: Declaration | None, n: int) -> Shape:
    """Return the shape of n results of which nobody knows the parameters."""
    known = declared or undeclared(name)
    said = Declaration(name, known.unit, known.kind, None if version is None else str(version))
    return shape_of(said, ("position",), (tuple(str(i) for i in range(n)),))


# The shape of a benchmark in the file before: nearly always that of the next, and comparing costs a tenth of reading.
_BEFORE: dict[str, tuple[Any, str | None, Declaration | None, Shape]] = {}
_MOST_BEFORE = 100_000


def _shape(name: str, params: Any, version: Any, declared: Declaration | None) -> Shape:
    before = _BEFORE.get(name)
    # Texts alone are kept there, so that 1, 1.0 and true, which are equal and three texts, are never taken for another.
    if before is not None and before[0] == params and before[1] == version and before[2] is declared:
        return before[3]
    said = None if version is None else str(version)
    known = declared or undeclared(name)
    axes = _axes(params)
    shape = shape_of(Declaration(name, known.unit, known.kind, said), names_for(known, len(axes)), axes)
    if said == version and all(type(v) is str for axis in params or () for v in axis):
        if len(_BEFORE) >= _MOST_BEFORE:
            _BEFORE.clear()
        _BEFORE[name] = (params, said, declared, shape)
    return shape


def _numbers_or_missing(column: list[Any], key: str) -> array[float]:
    try:
        return array("d", column)
    except (TypeError, OverflowError):
        return _floats([_MISSING if v is None else v for v in column], key)


def _axes(params: Any) -> tuple[tuple[str, ...], ...]:
    if params is None:
        return ()
    if not isinstance(params, list) or not all(isinstance(axis, list) for axis in params):
        raise _MisfitError("its params are no list of lists")
    return tuple(_plain(axis) for axis in params)


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


def _column(column: Any, key: str, n: int) -> list[Any]:
    entries = column if isinstance(column, list) else [column]
    if len(entries) != n:
        raise _MisfitError(f"{len(entries)} entries of `{key}` for {n} parameter sets")
    return entries


def _samples(column: list[Any], key: str) -> list[array[float] | None]:
    return [None if s is None else _floats(s if isinstance(s, list) else [s], key) for s in column]


def _floats(numbers: list[Any], what: str) -> array[float]:
    try:
        return array("d", numbers)
    except (TypeError, OverflowError) as error:
        raise _MisfitError(f"`{what}` holds what is no number") from error


def _numbers(column: list[Any], key: str) -> array[int]:
    try:
        return array("q", [NO_COUNT if v is None else v for v in column] if None in column else column)
    except (TypeError, OverflowError) as error:
        raise _MisfitError(f"`{key}` holds what is no count") from error


# How each column beside the results is read; each is a list with an entry a parameter set.
_READING: Final[dict[str, Callable[[list[Any], str], Any]]] = {
    **{key: _numbers_or_missing for _, key, _ in STATISTICS},
    "samples": _samples,
    "stats_number": _numbers,
    "number": _numbers,
}


def _microseconds(javascript_ms: Any) -> int | None:
    """Return asv's milliseconds since 1970 as microseconds; None where they are none, or of no year a clock shows."""
    if isinstance(javascript_ms, bool) or not isinstance(javascript_ms, (int, float)):
        return None
    return int(javascript_ms * 1000) if abs(javascript_ms) < 2.5e14 else None


def _seconds(duration: Any) -> float | None:
    return float(duration) if isinstance(duration, (int, float)) and math.isfinite(duration) else None
