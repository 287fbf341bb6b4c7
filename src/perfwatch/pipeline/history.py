"""What the judge is given of one machine and environment: its points, derived series, hosts, artefacts, breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from perfwatch.analysis.derived_history import derived_points
from perfwatch.analysis.equivalence import (
    Break,
    Fingerprint,
    disagreements,
    fingerprints,
    is_fingerprint,
    moves,
    parities,
)
from perfwatch.analysis.judge import History
from perfwatch.model import Acceptance, Commit, Measurement, Run, SeriesKey
from perfwatch.pipeline.acceptance import accepted
from perfwatch.store.matrix import OK, Matrix
from perfwatch.store.reader import Reader
from perfwatch.units import SECONDS


def history_of(
    reader: Reader,
    place: tuple[str, str],
    line: Sequence[Commit],
    fingerprint_history: Mapping[str, Mapping[str, Fingerprint]],
    expected: Callable[[SeriesKey], bool],
) -> History:
    """Return everything measured at one place on one line of commits.

    Parameters
    ----------
    place : machine and environment.
    line : oldest first, the commit judged last; those not measured here are left out.
    fingerprint_history : the reference's fingerprints by size and commit, over every machine.
    expected : whether a series was asked for at the last commit.
    """
    matrix = reader.matrix(*place, [c.hash for c in line])
    return history_from(reader, place, line, matrix, fingerprint_history, expected)


def history_from(
    reader: Reader,
    place: tuple[str, str],
    line: Sequence[Commit],
    matrix: Matrix,
    fingerprint_history: Mapping[str, Mapping[str, Fingerprint]],
    expected: Callable[[SeriesKey], bool],
) -> History:
    """Return the history of a place whose points are those of `matrix`; as `history_of`."""
    machine, environment = place
    runs = _newest_runs(reader.runs(machine=machine), environment)
    matrix = _joined(matrix, [*_derived(matrix), *_controls(matrix.commits, runs, place)])
    requirements = next((e.requirements for e in reader.environments() if e.name == environment), {})
    return History(
        commits=matrix.commits,
        keys=matrix.keys,
        values=matrix.values,
        status=matrix.status,
        hosts=tuple(_host(runs.get(c), requirements) for c in matrix.commits),
        artefacts=tuple(runs[c].artefacts if c in runs else {} for c in matrix.commits),
        breaks=_breaks(reader, place, line, matrix.commits, fingerprint_history),
        expected=np.array([expected(key) for key in matrix.keys], bool),
    )


def _newest_runs(runs: Iterable[Run], environment: str) -> dict[str, Run]:
    """Return the newest run of each commit in the environment; `runs` come newest first."""
    newest: dict[str, Run] = {}
    for run in runs:
        if run.environment == environment:
            newest.setdefault(run.commit, run)
    return newest


def _host(run: Run | None, requirements: Mapping[str, str]) -> dict[str, Any] | None:
    return None if run is None else {**run.host, **{f"requirement {k}": v for k, v in requirements.items()}}


# A point of a series beside those of the store: its commit's column, and its value.
_Point = tuple[SeriesKey, int, float]


def _joined(matrix: Matrix, points: Sequence[_Point]) -> Matrix:
    """Return the matrix with more rows, one for each series that the points name."""
    if not points:
        return matrix
    rows = {key: i for i, key in enumerate(dict.fromkeys(key for key, _, _ in points))}
    values = np.full((len(rows), len(matrix.commits)), np.nan)
    status = np.zeros(values.shape, np.int8)
    for key, column, value in points:
        values[rows[key], column], status[rows[key], column] = value, OK
    return Matrix(
        matrix.commits,
        (*matrix.keys, *rows),
        values=np.concatenate((matrix.values, values)),
        status=np.concatenate((matrix.status, status)),
    )


def _controls(commits: Sequence[str], runs: Mapping[str, Run], place: tuple[str, str]) -> Iterator[_Point]:
    """Yield the medians of what the runner timed beside each commit; they owe nothing to it."""
    for column, commit in enumerate(commits):
        for name, control in (runs[commit].controls if commit in runs else {}).items():
            timings = [*control["before"], *control["after"]]
            if timings:
                key = SeriesKey(f"controls.time_{name}", control["version"], (), *place, SECONDS.name, "control")
                yield key, column, float(np.median(timings))


def _derived(matrix: Matrix) -> Iterator[_Point]:
    """Yield every derived value of every commit."""
    return ((key, column, one.value) for key, column, one in derived_points(matrix))


def _breaks(
    reader: Reader,
    place: tuple[str, str],
    line: Sequence[Commit],
    commits: Sequence[str],
    history: Mapping[str, Mapping[str, Fingerprint]],
) -> dict[str, list[Break]]:
    """Return what the gate says of each commit at which it says anything."""
    machine, environment = place
    keys = {i: k for i, k in reader.series(machine=machine, environment=environment) if is_fingerprint(k)}
    measured: dict[str, list[Measurement]] = {}
    for row in reader.history(list(keys)).itertuples() if keys else ():
        text = row.text if isinstance(row.text, str) else None
        value = None if np.isnan(row.value) else float(row.value)
        one = Measurement(keys[row.series_id], row.commit_hash, row.status, value=value, text=text)
        measured.setdefault(row.commit_hash, []).append(one)
    words, found = reader.acceptances(), {}
    for commit in commits:
        # Without a fingerprint there is nothing to break.
        if commit in measured and (breaks := _breaks_at(measured[commit], _up_to(line, commit), words, history)):
            found[commit] = breaks
    return found


def _up_to(line: Sequence[Commit], commit: str) -> list[Commit]:
    """Return the line newest first, from `commit` on."""
    at = next(i for i, c in enumerate(line) if c.hash == commit)
    return list(reversed(line[: at + 1]))


def _breaks_at(
    measured: Sequence[Measurement],
    line: Sequence[Commit],
    words: Sequence[Acceptance],
    history: Mapping[str, Mapping[str, Fingerprint]],
) -> list[Break]:
    in_force, _ = accepted(words, line, history)
    return [*disagreements(measured), *parities(measured), *moves(fingerprints(measured), in_force)]
