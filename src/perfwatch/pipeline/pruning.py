"""Keep → decide → keep: old history thinned, so that what was told of it stays told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perfwatch.analysis import judge as judging
from perfwatch.analysis.judge import series_name
from perfwatch.analysis.retention import Keep, outdated, thinned_state
from perfwatch.config import Config
from perfwatch.model import Commit
from perfwatch.pipeline.acceptance import reference_history
from perfwatch.pipeline.history import history_from
from perfwatch.pipeline.judging import Judged, judge_newest, settings_of, unjudged
from perfwatch.pipeline.line import line_to_newest
from perfwatch.store.location import parse
from perfwatch.store.matrix import FAILED, NOT_MEASURED, OK, Matrix
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

Place = tuple[str, str]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Pruned:
    """What was, or would be, taken out of one place.

    Attributes
    ----------
    points, gone : how many there were, and how many of them went.
    commits, commits_gone : the same for commits that had any point.
    samples_gone : points that stay and lost their single timings.
    """

    machine: str
    environment: str
    points: int
    gone: int
    commits: int
    commits_gone: int
    samples_gone: int


def prune(
    config: Config,
    before: datetime,
    keep: Keep,
    *,
    drop_samples: bool = False,
    machine: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> list[Pruned]:
    """Take old points out of the store, and return what went, place by place; what was told of them stays.

    Parameters
    ----------
    before : commits made before it are old.
    keep : how dense old history stays; see `analysis.retention`.
    drop_samples : take the single timings of old points that stay, too.
    dry_run : only say what would go.
    progress : called with (places done, places in all, place).
    """
    location, settings, done = parse(config.store), settings_of(config), []
    if not dry_run:
        # What is not judged yet would be judged without its past.
        judge_newest(config)
    with Reader(location) as reader:
        places = [p for p in reader.places() if machine in (None, p[0])]
    for number, place in enumerate(places, 1):
        with Reader(location) as reader:
            # A rehearsal judges, too, and keeps nothing of it.
            ahead = unjudged(reader, place, settings) if dry_run else None
            thinning = _Thinning(reader, place, before, keep, settings.as_json(), ahead)
            bare = thinning.old_commits if drop_samples else []
            samples = reader.n_with_samples(*place, bare) if bare else 0
        if not dry_run and (thinning.n_gone or samples):
            with Writer(location) as writer:
                writer.thin(*place, thinning.gone, thinning.commits_gone, bare, thinning.state)
        done.append(thinning.told(samples))
        if progress is not None:
            progress(number, len(places), " ".join(place))
    if not dry_run and any(p.gone or p.samples_gone for p in done):
        with Writer(location) as writer:
            writer.compact()
    return done


class _Thinning:
    """What is to go at one place, and the judge's state for what is left."""

    def __init__(
        self,
        reader: Reader,
        place: Place,
        before: datetime,
        keep: Keep,
        settings: Mapping[str, Any],
        ahead: Judged | None = None,
    ) -> None:
        self._place = place
        known = reader.measured_commits(*place)
        self._line = [c for c in line_to_newest(reader.commits(), known) if c.hash in known]
        self._matrix = reader.matrix(*place, [c.hash for c in self._line])
        state = reader.judge_state(*place) if ahead is None else ahead.judgement.state
        events = {event.commit for event, _ in reader.events(*place)}
        events |= set() if ahead is None else {event.commit for event in ahead.judgement.events}
        is_old = [c.committed_at is not None and c.committed_at < before for c in self._line]
        self.old_commits = [c.hash for c, old in zip(self._line, is_old, strict=True) if old]
        self._mask = outdated(
            self._matrix.status != NOT_MEASURED,
            [c.committed_at for c in self._line],
            before,
            keep,
            _steps(state, self._matrix),
            _whole(events | {word.commit for word in reader.acceptances()}, state, self._matrix),
        )
        self.n_gone = int(self._mask.sum())
        status = np.where(self._mask, NOT_MEASURED, self._matrix.status)
        self._kept = ((status == OK) | (status == FAILED)).any(axis=0)
        self.commits_gone = [c for c, kept in zip(self._matrix.commits, self._kept, strict=True) if not kept]
        ids = np.array([i for i, _ in reader.series(machine=place[0], environment=place[1])], np.int32)
        rows, columns = np.nonzero(self._mask)
        self.gone = ids[rows], [self._matrix.commits[c] for c in columns]
        self.state = self._state(reader, state, settings, status) if state and self.n_gone else None

    def told(self, samples: int) -> Pruned:
        points = int((self._matrix.status != NOT_MEASURED).sum())
        commits = len(self._matrix.commits)
        return Pruned(*self._place, points, self.n_gone, commits, len(self.commits_gone), samples)

    def _state(
        self, reader: Reader, state: Mapping[str, Any], settings: Mapping[str, Any], status: NDArray[np.int8]
    ) -> dict[str, Any] | None:
        """Return the state for what is left; None where the one there is of other points, so that nobody uses it."""

        def history(matrix: Matrix, line: Sequence[Commit]) -> judging.History:
            return history_from(reader, self._place, line, matrix, reference_history(reader), lambda _: True)

        if state["settings"] != settings or not judging.is_of(state, history(self._matrix, self._line)):
            return None
        values = np.where(self._mask, np.nan, self._matrix.values)
        commits = tuple(c for c, kept in zip(self._matrix.commits, self._kept, strict=True) if kept)
        left = replace(self._matrix, commits=commits, values=values[:, self._kept], status=status[:, self._kept])
        kept = set(commits)
        after = history(left, [c for c in self._line if c.hash in kept])
        return thinned_state(state, self._kept[: len(state["commits"])], after, set(self.old_commits))


def _steps(state: Mapping[str, Any] | None, matrix: Matrix) -> dict[int, list[int]]:
    """Return the columns at which the changes of each stored series start."""
    if state is None:
        return {}
    column = {c: i for i, c in enumerate(matrix.commits)}
    rows = {series_name(key): row for row, key in enumerate(matrix.keys)}
    return {
        rows[name]: [column[c] for start, *_ in one["places"] if (c := state["commits"][start]) in column]
        for name, one in state["online"].items()
        if name in rows and one["places"]
    }


def _whole(told: set[str], state: Mapping[str, Any] | None, matrix: Matrix) -> set[int]:
    """Return the columns of which everything stays: events, words on answers, changes of derived series.

    Parameters
    ----------
    told : commits of events and words.
    """
    names = {series_name(key) for key in matrix.keys}
    commits = set(told)
    if state is not None:
        commits |= {
            state["commits"][start]
            for name, one in state["online"].items()
            if name not in names
            for start, *_ in one["places"]
        }
    return {i for i, c in enumerate(matrix.commits) if c in commits}
