"""A runner that fell silent: commits wait, and the machine that measured those before them does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from statistics import median

from perfwatch.analysis.events import identity
from perfwatch.model import Commit, Event

_DAY_S = 86_400.0
# Silence is compared with what is usual on the machine: so many times the gap between two of its runs.
USUAL_GAPS = 5
# Nights and weekends are shorter than the one, and nobody waits longer than the other.
SHORTEST_S, LONGEST_S = 1 * _DAY_S, 7 * _DAY_S
# A machine silent for so long before anybody looked was given up: nobody is told of it any more.
RETIRED_S = 30 * _DAY_S
# Fewer runs say nothing of what is usual.
_FEWEST_RUNS = 3


@dataclass(frozen=True)
class Runner:
    """What is known of a machine that measures.

    Attributes
    ----------
    environment : the one it measured in last.
    newest : hash of the newest commit it measured.
    runs : when it measured its newest commits, oldest first, UTC; the last one is of `newest`.
    waiting : commits after the newest on the line, oldest first.
    """

    machine: str
    environment: str
    newest: str
    runs: Sequence[datetime]
    waiting: Sequence[Commit]


def patience_s(runs: Sequence[datetime], stale_after_s: float | None = None) -> float:
    """Return how long a machine may be silent while commits wait, seconds.

    Parameters
    ----------
    runs : when it measured, oldest first.
    stale_after_s : what the project says; None to go by what is usual on the machine.
    """
    if stale_after_s is not None:
        return stale_after_s
    if len(runs) < _FEWEST_RUNS:
        return LONGEST_S
    gaps = [(after - before).total_seconds() for before, after in pairwise(runs)]
    return min(max(USUAL_GAPS * median(gaps), SHORTEST_S), LONGEST_S)


def stale(runner: Runner, now: datetime, stale_after_s: float | None = None) -> Event | None:
    """Return the event of a runner that is stale, None of one that is not.

    Its silence counts from its newest run or from the oldest commit that waits, whichever came later: where nothing is
    to be measured, silence says nothing.
    """
    if not (runner.waiting and runner.runs):
        return None
    last, oldest, patience = runner.runs[-1], runner.waiting[0], patience_s(runner.runs, stale_after_s)
    since = max(last, oldest.committed_at or last)
    silent_s = (now - since).total_seconds()
    # Whatever the project's patience, the span in which somebody is told begins with it.
    if not patience < silent_s <= patience + RETIRED_S:
        return None
    facts = {
        "machine": runner.machine,
        "last_measured_at": last.isoformat(),
        "expected_every_s": patience,
        "waiting": oldest.hash,
        "waiting_since": since.isoformat(),
    }
    title = f"{runner.machine} has measured nothing since {last:%Y-%m-%d %H:%M} UTC, and commits wait"
    name = identity("stale runner", runner.newest, runner.machine, "")
    return Event(
        name, "stale runner", runner.newest, runner.machine, runner.environment, "CONFIRMED", title, facts=facts
    )


def followed(found: Sequence[Event], known: Sequence[Event], runners: Sequence[Runner]) -> list[Event]:
    """Return the events of stale runners as they stand now: new ones, those that go on, and those that are over.

    Parameters
    ----------
    found : as `stale` gives them.
    known : as the store keeps them.

    Notes
    -----
    One is over when its machine measured a later commit, or when nothing waits for it any more. One that was told
    stays, however long the silence lasts.
    """
    newest = {r.machine: r for r in runners}
    ids = {e.id for e in found}
    out = list(found)
    for event in known:
        if event.id in ids:
            continue
        runner = newest.get(event.machine)
        is_silent = runner is not None and runner.newest == event.commit and bool(runner.waiting)
        out.append(event if is_silent or event.standing == "RESOLVED" else replace(event, standing="RESOLVED"))
    return out
