"""How good the alerts were: what people said of them, and what is seen in hindsight that was never told.

Precision rests on people's words: of the events that were told and that somebody decided on, the share that was real.
Recall rests on hindsight: of the steps that the offline segmentation finds when the whole history is known, the share
that was told. Hindsight is the same program with more points, not the truth: a step that neither sees is in no figure,
and one that is noise in hindsight counts against the recall. METHODOLOGY.md says more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from perfwatch.analysis import cause, changepoint, host
from perfwatch.analysis.artefacts import same_artefacts
from perfwatch.analysis.equivalence import is_fingerprint
from perfwatch.analysis.events import APART, Move, grouped, place_of
from perfwatch.analysis.judge import History
from perfwatch.analysis.settings import Settings
from perfwatch.model import Event, EventKind, SeriesKey, Triage
from perfwatch.units import unit

# What people's words make of an event; "new" takes back what was said before, "recovered" decides nothing by itself.
_REAL = {"accepted", "acknowledged", "fixed", "expected"}
_FALSE = {"noise", "infra"}
# What statistics found. A broken answer or a failure is a fact, and would flatter the figure.
STATISTICAL: tuple[EventKind, ...] = ("regression", "improvement", "host change", "two-state host")
# A step so near to the end of a history may still be told: the judge waits for evidence so long, no longer.
WAITING = 20


@dataclass(frozen=True)
class Share:
    """`count` of `of`, with the 95 % interval of the share (Wilson 1927); all of it None where there is nothing."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        """The share, a fraction."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Its 95 % interval."""
        if not self.of:
            return None
        from scipy.stats import binomtest  # takes a second to import, and judging needs none of it

        found = binomtest(self.count, self.of).proportion_ci(0.95, method="wilson")
        return float(found.low), float(found.high)


@dataclass(frozen=True)
class Step:
    """Series that moved together in hindsight; `was_told` says whether an event told of it."""

    commit: str
    kind: EventKind
    moved: tuple[Move, ...]
    was_told: bool


@dataclass(frozen=True)
class Score:
    """How good the alerts of one place were.

    Attributes
    ----------
    told : how many events were told that statistics found.
    undecided : how many of them nobody has decided on; they are in no figure.
    precision : real ones among the decided.
    by_kind : the same for each kind of event that was told.
    recall : told ones among the steps seen in hindsight.
    missed : those that were not told, the largest first.
    """

    told: int
    undecided: int
    precision: Share
    by_kind: Mapping[EventKind, Share]
    recall: Share
    missed: tuple[Step, ...]


def score(
    history: History, events: Sequence[Event], words: Mapping[str, Sequence[Triage]], settings: Settings
) -> Score:
    """Return how good the events of a place were.

    Parameters
    ----------
    history : all that was measured there.
    events : all that are known of, resolved ones included.
    words : event → what people said of it, oldest first.
    settings : what "matters" means in hindsight.
    """
    alerts = [e for e in events if e.kind in STATISTICAL and e.standing != "SUSPECT"]
    decided = {e.id: real for e in alerts if (real := is_real(words.get(e.id, ()))) is not None}
    # What people called noise is no step that could have been missed or found.
    called_false = [e for e in alerts if decided.get(e.id) is False]
    steps = [s for s in hindsight(history, alerts, settings) if not _matched(s.kind, s.moved, history, called_false)]
    missed = sorted((s for s in steps if not s.was_told), key=_size, reverse=True)
    return Score(
        told=len(alerts),
        undecided=len(alerts) - len(decided),
        precision=_share(alerts, decided),
        by_kind={
            kind: _share([e for e in alerts if e.kind == kind], decided)
            for kind in STATISTICAL
            if any(e.kind == kind for e in alerts)
        },
        recall=Share(len(steps) - len(missed), len(steps)),
        missed=tuple(missed),
    )


def is_real(words: Sequence[Triage]) -> bool | None:
    """Return whether people call an event real, by their newest word that decides; None where none does.

    Parameters
    ----------
    words : on one event, oldest first.
    """
    for word in reversed(words):
        if word.state in _REAL:
            return True
        if word.state in _FALSE:
            return False
        if word.state == "new":
            return None
    return None


def _share(alerts: Iterable[Event], decided: Mapping[str, bool]) -> Share:
    said = [decided[e.id] for e in alerts if e.id in decided]
    return Share(sum(said), len(said))


def hindsight(history: History, alerts: Iterable[Event], settings: Settings) -> list[Step]:
    """Return the steps that matter in the whole history, in groups that moved together, earliest first.

    Parameters
    ----------
    alerts : events that were told.

    Notes
    -----
    The host's part is taken out first, as the judge does. Left out are steps before the `minimum_points`-th commit of
    a series, which nobody judges; those with the artefacts of the commit before; those within `WAITING` of the end,
    which may still be told; and those before the commit from which on a series is told of.
    """
    values, same = _freed(history), same_artefacts(history.artefacts)
    moves: dict[EventKind, list[Move]] = {"regression": [], "improvement": []}
    for row, key in enumerate(history.keys):
        if _has_direction(key):
            for move in _steps(history, values[row], row, settings.for_series(key)):
                if not same[move.place]:
                    moves[move.kind].append(move)
    found = [
        Step(history.commits[place_of(group)], kind, tuple(group), was_told=False)
        for kind, of_kind in moves.items()
        for group in grouped(of_kind)
    ]
    alerts = list(alerts)
    told = [replace(s, was_told=_matched(s.kind, s.moved, history, alerts)) for s in found]
    return sorted(told, key=lambda s: history.commits.index(s.commit))


def _freed(history: History) -> NDArray[np.float64]:
    """Return the values of a history without the host's part, float64 (n_series, n_commits)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.where(history.values > 0, np.log(history.values), np.nan)
    _, _, freed = host.free(logs, host.modules(history.keys))
    return np.where(np.isfinite(freed), np.exp(freed), history.values)


def _has_direction(key: SeriesKey) -> bool:
    return key.kind != host.CONTROL and not is_fingerprint(key) and unit(key.unit).lower_is_better is not None


def _steps(history: History, values: NDArray[np.float64], row: int, settings: Settings) -> list[Move]:
    """Return the steps of one series that matter, by the levels before and after."""
    key = history.keys[row]
    first = settings.first_commit(key)
    since = history.commits.index(first) if first in history.commits else 0
    segments = changepoint.segments(values)
    found = []
    for before, after in pairwise(segments):
        n_before = int(np.isfinite(values[: after.start]).sum())
        n_after = int(np.isfinite(values[after.start :]).sum())
        if after.start < since or n_before < settings.minimum_points or n_after < WAITING or before.level <= 0:
            continue
        ratio = after.level / before.level
        far = ratio > 0 and abs(np.log(ratio)) >= np.log1p(settings.relevant_change)
        if not far or abs(after.level - before.level) < settings.absolute_floor.get(key.unit, 0.0):
            continue
        kind: EventKind = "regression" if (ratio > 1) == (unit(key.unit).lower_is_better is True) else "improvement"
        found.append(Move(key, after.start, kind, "CONFIRMED", ratio, None, None, cause.family(key)))
    return found


def _matched(kind: EventKind, moved: Iterable[Move], history: History, events: Iterable[Event]) -> bool:
    """Return whether an event tells of moved series: the same direction, near enough, and a series in common."""
    order = {c: i for i, c in enumerate(history.commits)}
    members = list(moved)
    for event in events:
        if event.kind != kind or event.commit not in order:
            continue
        labels = {m["label"] for m in event.moved}
        if any(m.key.label in labels and abs(m.place - order[event.commit]) <= 2 * APART for m in members):
            return True
    return False


def _size(step: Step) -> float:
    return max(abs(float(np.log(m.ratio))) for m in step.moved if m.ratio)
