"""From changes of series to events of commits: what moved together, the host, the answers, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perfwatch.analysis import cause, host
from perfwatch.analysis.events import Move, carried, grouped, identity, place_of
from perfwatch.model import Event, EventKind, SeriesKey, Standing, Verdict
from perfwatch.units import SECONDS, show_ratio

if TYPE_CHECKING:
    from perfwatch.analysis.judge import History
    from perfwatch.analysis.kinds import Found

FloatArray = NDArray[np.float64]

# A host that changes its mind so often within the newest commits has two states, and is said to once.
_FLIPS, _FLIPS_WITHIN = 4, 30
# Two of its levels this near, in logarithms, are one.
_SAME_LEVEL = host.SMALLEST / 2


def happened(
    history: History,
    found: Sequence[Found],
    told: Mapping[str, Sequence[int]],
    verdicts: Sequence[Verdict],
    overall: FloatArray,
    known: Sequence[Event],
) -> list[Event]:
    """Return every event of a history, earliest first, with the identities they were known by.

    Parameters
    ----------
    found, told : changes of series, and which of them passed the control of false discoveries.
    overall : float64 (n_commits,), logarithm of the host's overall factor.
    known : what was said of the commit before.
    """
    stood = [v.key for v in verdicts if v.kind == "UNCHANGED"]
    events = [
        *_breaks(history),
        *_absences(history, verdicts),
        *_changes(history, found, told, stood),
        *_host(history, overall),
    ]
    return carried(events, known, {c: i for i, c in enumerate(history.commits)})


def _event(
    history: History,
    kind: EventKind,
    place: int,
    standing: Standing,
    title: str,
    *,
    salt: str = "",
    why: str | None = None,
    moved: Iterable[dict[str, Any]] = (),
    facts: Mapping[str, Any] | None = None,
) -> Event:
    commit, where = history.commits[place], history.keys[0]
    return Event(
        identity(kind, commit, where.machine, where.environment, salt),
        kind,
        commit,
        where.machine,
        where.environment,
        standing,
        title,
        why,
        tuple(moved),
        dict(facts or {}),
    )


def _breaks(history: History) -> list[Event]:
    """Return an event for each stretch of commits at which the answers were wrong; the last stands until mended."""
    events, n, t = [], len(history.commits), 0
    while t < n:
        breaks = history.breaks.get(history.commits[t])
        if not breaks:
            t += 1
            continue
        first, last = t, t
        while last + 1 < n and history.breaks.get(history.commits[last + 1]):
            last += 1
        names = sorted({b.architecture for b in breaks})
        title = f"equivalence broken: {', '.join(names)}; first: {breaks[0].detail}"
        facts = {"breaks": [vars(b) for b in breaks]}
        standing: Standing = "CONFIRMED" if last == n - 1 else "RESOLVED"
        events.append(_event(history, "equivalence break", first, standing, title, facts=facts))
        t = last + 1
    return events


def _absences(history: History, verdicts: Sequence[Verdict]) -> list[Event]:
    rows = {key: i for i, key in enumerate(history.keys)}
    groups: dict[tuple[EventKind, int], list[SeriesKey]] = {}
    for verdict in verdicts:
        if verdict.kind in ("FAILED", "VANISHED"):
            kind: EventKind = "failure" if verdict.kind == "FAILED" else "vanished benchmark"
            groups.setdefault((kind, _since(history.status[rows[verdict.key]])), []).append(verdict.key)
    return [
        _event(
            history,
            kind,
            place,
            "CONFIRMED",
            f"{_named(keys)} {'failed' if kind == 'failure' else 'vanished'}",
            moved=[{"label": k.label, "ratio": None, "lower": None, "upper": None, "family": None} for k in keys],
        )
        for (kind, place), keys in groups.items()
    ]


def _since(statuses: NDArray[np.int8]) -> int:
    """Return the first commit of the stretch that lasts until the newest one."""
    fine = np.flatnonzero(statuses == 1)
    return int(fine[-1]) + 1 if fine.size else 0


def _named(keys: Sequence[SeriesKey]) -> str:
    names = sorted({k.benchmark for k in keys})
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def _changes(
    history: History, found: Sequence[Found], told: Mapping[str, Sequence[int]], stood: Sequence[SeriesKey]
) -> list[Event]:
    moves: dict[EventKind, list[Move]] = {"regression": [], "improvement": []}
    families = {}
    for f in found:
        if f.is_same or not f.is_relevant:
            continue
        standing = f.change.standing
        if standing == "CONFIRMED" and not f.is_in(told):
            standing = "SUSPECT"
        if standing == "RESOLVED" and not f.is_in(told):
            continue
        kind: EventKind = "regression" if f.is_worse else "improvement"
        families[f.key.label] = cause.family(f.key)
        c = f.change
        moves[kind].append(Move(f.key, c.start, kind, standing, c.ratio, c.lower, c.upper, families[f.key.label]))
    events = []
    for kind, of_kind in moves.items():
        for group in grouped(of_kind):
            events.append(_change(history, kind, group, stood))
    return events


def _change(history: History, kind: EventKind, group: Sequence[Move], stood: Sequence[SeriesKey]) -> Event:
    standings = {m.standing for m in group}
    standing: Standing = (
        "CONFIRMED" if "CONFIRMED" in standings else "SUSPECT" if "SUSPECT" in standings else "RESOLVED"
    )
    members = [m for m in group if m.standing == standing]
    place = place_of(members)
    why = cause.likely([m.key for m in members], stood)
    largest = max(members, key=lambda m: abs(np.log(m.ratio)) if m.ratio and m.ratio > 0 else 0.0)
    is_time = largest.key.unit == SECONDS.name
    way = ("slower" if is_time else "worse") if kind == "regression" else ("faster" if is_time else "better")
    # "× 4 faster", not "× 0.25 faster": the word says the direction.
    ratio = 1 / largest.ratio if largest.ratio and 0 < largest.ratio <= 0.5 else largest.ratio
    much = show_ratio(ratio).lstrip("+-") if ratio else "?"
    others = f" and {len(members) - 1} more" if len(members) > 1 else ""
    # A module's name stands in the name of its benchmark already.
    whose = f"{why}: " if why and not why.startswith(cause.MODULE) else ""
    title = f"{whose}{largest.key.label} {much} {way}{others}"
    ordered = sorted(members, key=lambda m: (-abs(np.log(m.ratio)) if m.ratio and m.ratio > 0 else 0.0, m.key.label))
    before = history.hosts[place - 1] if place else None
    facts = {"environment": host.difference(before, history.hosts[place])}
    return _event(history, kind, place, standing, title, why=why, moved=[m.as_json() for m in ordered], facts=facts)


def _host(history: History, overall: FloatArray) -> list[Event]:
    """Return one event for each change of the host's level, or one for a host that goes to and fro."""
    level, levels = 0.0, []
    for t, part in enumerate(overall):
        if abs(part - level) >= host.SMALLEST:
            levels.append((t, level, float(part)))
            level = float(part)
    if not levels:
        return []
    recent = [at for at, _, _ in levels if at >= len(overall) - _FLIPS_WITHIN]
    if len(recent) >= _FLIPS and _two_levels(levels[-len(recent) :]):
        return [_two_states(history, levels)]
    events = []
    for i, (at, before, after) in enumerate(levels):
        over = any(abs(later - before) <= _SAME_LEVEL for _, _, later in levels[i + 1 :])
        events.append(_host_change(history, at, float(np.exp(after - before)), resolved=over))
    return events


def _two_levels(levels: Sequence[tuple[int, float, float]]) -> bool:
    ends = sorted(after for _, _, after in levels)
    gap = ends[-1] - ends[0]
    return gap > 0 and all(min(e - ends[0], ends[-1] - e) <= 0.3 * gap for e in ends)


def _host_change(history: History, at: int, ratio: float, *, resolved: bool) -> Event:
    before = next((h for h in reversed(history.hosts[:at]) if h is not None), None)
    told = host.difference(before, history.hosts[at])
    word = "slower" if ratio > 1 else "faster"
    named = "; ".join(f"{name}: {a} → {b}" for name, (a, b) in list(told.items())[:3])
    title = f"the host became {abs(ratio - 1):.1%} {word}".replace("%", " %") + (f" ({named})" if named else "")
    return _event(
        history,
        "host change",
        at,
        "RESOLVED" if resolved else "CONFIRMED",
        title,
        why="host",
        facts={"ratio": ratio, "environment": told},
    )


def _two_states(history: History, levels: Sequence[tuple[int, float, float]]) -> Event:
    ends = [after for _, _, after in levels]
    ratio = float(np.exp(max(ends) - min(ends)))
    title = f"the host goes to and fro between two speeds, {ratio - 1:.1%} apart".replace("%", " %")
    return _event(
        history,
        "two-state host",
        levels[0][0],
        "CONFIRMED",
        title,
        why="host",
        facts={"ratio": ratio, "flips": len(levels)},
    )
