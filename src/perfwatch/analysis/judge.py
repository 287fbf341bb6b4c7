"""Everything measured at one place → what is said of the newest commit, series by series and over all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perfwatch.analysis import artefacts, host, online
from perfwatch.analysis.corroboration import corroborated
from perfwatch.analysis.equivalence import Break, is_fingerprint
from perfwatch.analysis.happenings import happened
from perfwatch.analysis.kinds import Found, kinds_of
from perfwatch.analysis.multiple import discoveries
from perfwatch.analysis.settings import Settings
from perfwatch.model import Event, SeriesKey, Verdict
from perfwatch.units import unit

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class History:
    """Everything measured on one machine in one environment along one line of commits.

    Attributes
    ----------
    commits : oldest first, the one judged last.
    keys : the rows.
    values : float64 (n_series, n_commits), NaN where there is no number.
    status : int8 (n_series, n_commits), 0 not measured, 1 ok, 2 failed, 3 skipped.
    hosts : what each commit's run told of its host; None where no run is known.
    artefacts : each commit's artefact → digest; empty where unknown.
    breaks : what the gate says, by commit; a commit without a word is whole or has no fingerprint.
    expected : bool (n_series,), whether a series was asked for at the last commit.
    """

    commits: tuple[str, ...]
    keys: tuple[SeriesKey, ...]
    values: FloatArray
    status: NDArray[np.int8]
    hosts: tuple[Mapping[str, Any] | None, ...]
    artefacts: tuple[Mapping[str, str], ...]
    breaks: Mapping[str, Sequence[Break]] = field(default_factory=dict)
    expected: NDArray[np.bool_] | None = None

    def upto(self, n: int) -> History:
        """Return the history as it was when its first n commits were all there was."""
        measured = (self.status[:, :n] != 0).any(axis=1)
        known = set(self.commits[:n])
        return History(
            self.commits[:n],
            tuple(k for k, m in zip(self.keys, measured, strict=True) if m),
            self.values[measured, :n],
            self.status[measured, :n],
            self.hosts[:n],
            self.artefacts[:n],
            {c: b for c, b in self.breaks.items() if c in known},
            None if self.expected is None else self.expected[measured],
        )


@dataclass(frozen=True)
class Judgement:
    """What is said of the newest commit.

    Attributes
    ----------
    verdicts : one a series that is judged.
    events : all that happened on the line, earliest first, resolved ones included.
    factors : commit → the host's overall factor, 1 where it did nothing that stands out.
    state : a JSON object that the next judgement goes on from.
    """

    commit: str
    verdicts: list[Verdict]
    events: list[Event]
    factors: dict[str, float]
    state: dict[str, Any]


def judge(history: History, settings: Settings, state: Mapping[str, Any] | None = None) -> Judgement:
    """Return what is said of the last commit of a history.

    Parameters
    ----------
    state : of the judgement of an earlier commit of the same line; what it has seen is not judged again. A state of
        other commits, values or settings is left aside, and everything is judged from nothing.
    """
    before = _usable(state, history, settings)
    witnesses = host.modules(history.keys)
    parts, medians, freed = host.free(_logarithms(history.values), witnesses, _known_parts(before, witnesses))
    values = np.where(np.isfinite(freed), np.exp(freed), history.values)
    judged = np.array([_is_judged(k) for k in history.keys], bool)
    states = _advanced(values, judged, history.keys, before)
    placed = _placed(history, values, judged, states)
    changes = _changes(history, freed, values, judged, placed, witnesses, parts[len(witnesses.names)] == 0.0, before)
    found = _found(history, values, changes, settings)
    told = _told(found, history, settings, before)
    verdicts = kinds_of(history, values, judged, placed, found, told, settings)
    overall = parts[len(witnesses.names)]
    thinned = int(before.get("thinned", 0)) if before else 0
    known = _events_before(before)
    events = _worth_telling(happened(history, found, told, verdicts, overall, known), known, history.commits[:thinned])
    return Judgement(
        history.commits[-1],
        verdicts,
        events,
        dict(zip(history.commits, np.exp(overall).tolist(), strict=True)),
        _state(history, settings, witnesses, parts, medians, states, told, events) | {"thinned": thinned},
    )


def _worth_telling(events: Sequence[Event], known: Sequence[Event], thinned: Sequence[str]) -> list[Event]:
    """Return the events but those that only now appear where history was thinned: fewer points say it less well."""
    before, there = {event.id for event in known}, set(thinned)
    return [event for event in events if event.id in before or event.commit not in there]


def _logarithms(values: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(values > 0, np.log(values), np.nan)


def replay(history: History, settings: Settings) -> list[Judgement]:
    """Return what would have been said at each commit, each going on from the one before."""
    out: list[Judgement] = []
    for n in range(1, len(history.commits) + 1):
        out.append(judge(history.upto(n), settings, out[-1].state if out else None))
    return out


def _is_judged(key: SeriesKey) -> bool:
    """Return whether statistics have a say: not over the answers, not over the controls, not without a direction."""
    return key.kind != host.CONTROL and not is_fingerprint(key) and unit(key.unit).lower_is_better is not None


def _of(values: FloatArray, rows: NDArray[np.bool_]) -> FloatArray:
    """Return the rows, which are not copied where they are all there are."""
    return values if rows.all() else values[rows]


def series_name(key: SeriesKey) -> str:
    """Return what a state calls a series of its place."""
    return f"{key.label}\0{key.version or ''}"


def digest(history: History, n: int) -> str:
    """Return a digest of the first n commits: whoever goes on from them has to have seen the same."""
    seen = hashlib.sha256("\0".join(history.commits[:n]).encode())
    # Row by row, since a copy of all of it costs more than the digest.
    for key, values, status in zip(history.keys, history.values, history.status, strict=True):
        if status[:n].any():
            seen.update(series_name(key).encode())
            seen.update(values[:n].tobytes())
            seen.update(status[:n].tobytes())
    return seen.hexdigest()


def _usable(state: Mapping[str, Any] | None, history: History, settings: Settings) -> Mapping[str, Any] | None:
    is_of_these = state is not None and state.get("settings") == settings.as_json() and is_of(state, history)
    return state if is_of_these else None


def is_of(state: Mapping[str, Any], history: History) -> bool:
    """Return whether a state is of the history's first commits and of the points that they have."""
    n = len(state["commits"])
    return tuple(state["commits"]) == history.commits[:n] and state["digest"] == digest(history, n)


def _known_parts(before: Mapping[str, Any] | None, witnesses: host.Modules) -> tuple[FloatArray, FloatArray] | None:
    if before is None:
        return None
    n, m = len(before["commits"]), len(witnesses.names)
    parts, medians = np.zeros((m + 2, n)), np.full((m, n), np.nan)
    parts[m] = before["overall"]
    for row, name in enumerate(witnesses.names):
        if name in before["parts"]:
            parts[row] = before["parts"][name]
            medians[row] = [np.nan if v is None else v for v in before["medians"][name]]
    return parts, medians


def _events_before(before: Mapping[str, Any] | None) -> list[Event]:
    return [Event(**{**e, "moved": tuple(e["moved"])}) for e in before["events"]] if before else []


def _advanced(
    values: FloatArray, judged: NDArray[np.bool_], keys: Sequence[SeriesKey], before: Mapping[str, Any] | None
) -> dict[str, online.OnlineState]:
    """Return each judged series' state after all its points, by name."""
    names = [series_name(k) for k, j in zip(keys, judged, strict=True) if j]
    known = before["online"] if before else {}
    states = [online.OnlineState.from_json(known[n]) if n in known else None for n in names]
    # `_usable` has seen that the past is what it was.
    return dict(zip(names, online.advance_all(_of(values, judged), states, verify=False), strict=True))


def _placed(
    history: History, values: FloatArray, judged: NDArray[np.bool_], states: Mapping[str, online.OnlineState]
) -> dict[str, online.OnlineState]:
    """Return the states with their changes where something else was built; what is kept stays as it was found."""
    other = artefacts.changed(history.artefacts)
    rows = {series_name(history.keys[row]): row for row in np.flatnonzero(judged)}
    return {n: artefacts.placed(s, values[rows[n]], other) if s.places else s for n, s in states.items()}


def _changes(
    history: History,
    freed: FloatArray,
    values: FloatArray,
    judged: NDArray[np.bool_],
    states: Mapping[str, online.OnlineState],
    witnesses: host.Modules,
    quiet: NDArray[np.bool_],
    before: Mapping[str, Any] | None,
) -> dict[int, list[online.Change]]:
    """Return the changes of each series, by row: what it says by itself, and what others of its module bear out."""
    rows = {series_name(history.keys[row]): int(row) for row in np.flatnonzero(judged)}
    changes = {row: online.changes(states[name], values[row]) for name, row in rows.items() if states[name].places}
    told = {rows[name]: places for name, places in (before["told"] if before else {}).items() if name in rows}
    for row, sure in corroborated(freed, witnesses, changes, told, quiet).items():
        if judged[row]:
            alone = [c for c in changes.get(row, []) if c.standing != "SUSPECT"]
            changes[row] = sorted([*alone, sure], key=lambda c: c.start)
    return dict(sorted(changes.items()))


def _found(
    history: History, values: FloatArray, changes: Mapping[int, Sequence[online.Change]], settings: Settings
) -> list[Found]:
    """Return every change of every series that is not known to be the host's, with whether it matters."""
    same = artefacts.same_artefacts(history.artefacts)
    found = []
    for row, of_row in changes.items():
        key = history.keys[row]
        own = settings.for_series(key)
        first = own.first_commit(key)
        since = history.commits.index(first) if first in history.commits else 0
        for change in of_row:
            if change.start >= since and np.isfinite(change.ratio):
                found.append(Found.of(row, key, change, values[row], own, is_same=bool(same[change.start])))
    return found


def _told(
    found: Sequence[Found], history: History, settings: Settings, before: Mapping[str, Any] | None
) -> dict[str, list[int]]:
    """Return the places of the changes that are told, by series: those told before, and this run's discoveries.

    What is confirmed and not told waits: its evidence grows, or it is taken back.
    """
    told: dict[str, list[int]] = {k: list(v) for k, v in (before["told"] if before else {}).items()}
    waiting = [f for f in found if f.change.standing == "CONFIRMED" and not f.is_same and not f.is_in(told)]
    n_series = len({f.name for f in found}) and int((history.status[:, -1] == 1).sum())
    p_values = np.ones(max(n_series, len(waiting)))
    p_values[: len(waiting)] = [f.change.p_value for f in waiting]
    for f, is_discovery in zip(waiting, discoveries(p_values, settings.false_discovery_rate), strict=False):
        if is_discovery:
            told.setdefault(f.name, []).append(f.change.start)
    return told


def _state(
    history: History,
    settings: Settings,
    witnesses: host.Modules,
    parts: FloatArray,
    medians: FloatArray,
    states: Mapping[str, online.OnlineState],
    told: Mapping[str, list[int]],
    events: Sequence[Event],
) -> dict[str, Any]:
    return {
        "commits": list(history.commits),
        "settings": settings.as_json(),
        "digest": digest(history, len(history.commits)),
        "overall": parts[len(witnesses.names)].tolist(),
        "parts": {name: parts[row].tolist() for row, name in enumerate(witnesses.names)},
        "medians": {
            name: [None if np.isnan(v) else v for v in medians[row].tolist()]
            for row, name in enumerate(witnesses.names)
        },
        "online": {name: state.as_json() for name, state in states.items()},
        "told": dict(told),
        "events": [{**vars(e), "moved": list(e.moved)} for e in events],
    }
