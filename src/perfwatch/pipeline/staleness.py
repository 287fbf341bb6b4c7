"""Git and store → which runners fell silent → store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from perfwatch.analysis.staleness import Runner, followed, stale
from perfwatch.config import Config
from perfwatch.errors import HostError
from perfwatch.model import Commit, Event
from perfwatch.pipeline.line import git_commits, line_of
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

# Of so many of its newest runs it is learnt how often a machine measures.
_RUNS = 20


def look(config: Config, now: datetime | None = None) -> list[Event]:
    """Return the runners that are stale now, as events that stand; what began and what is over is kept in the store.

    The line of commits is git's where there is a repository, so that commits wait that nobody loaded; otherwise the
    store's.
    """
    now, location = now or datetime.now(UTC), parse(config.store)
    with Reader(location) as reader:
        runners = _runners(reader, _line(config, reader))
        known = [e for e, _ in reader.events() if e.kind == "stale runner"]
    after_s = None if config.stale_after_days is None else config.stale_after_days * 86_400
    found = [event for runner in runners if (event := stale(runner, now, after_s))]
    events = followed(found, known, runners)
    if changed := [e for e in events if e not in known]:
        with Writer(location) as writer:
            writer.happened(changed)
    return [e for e in events if e.standing != "RESOLVED"]


def _line(config: Config, reader: Reader) -> list[Commit]:
    stored = line_of(reader.commits())
    try:
        own = git_commits(config.root)
    except HostError:
        return stored  # A shallow clone knows no order.
    # A store may be of another repository than the one around the current folder.
    return own if {c.hash for c in own} & {c.hash for c in stored} else stored


def _runners(reader: Reader, line: Sequence[Commit]) -> list[Runner]:
    """Return each machine that measured commits of the line, with the environment it did in last."""
    order = {c.hash: i for i, c in enumerate(line)}
    times = {place: at for place, at in reader.measured_at(_RUNS).items() if place[2] in order}
    runners = []
    for machine in sorted({machine for machine, _, _ in times}):
        here = {(e, c): at for (m, e, c), at in times.items() if m == machine}
        newest = max((c for _, c in here), key=lambda c: order[c])
        named = [(order[c], at, e) for (e, c), at in here.items() if e is not None]
        if not named:
            continue  # Nothing was ever measured there.
        runs: dict[str, datetime] = {}
        for (_, c), at in here.items():
            runs[c] = max(at, runs.get(c, at))
        in_order = [runs[c] for c in sorted(runs, key=lambda c: order[c])][-_RUNS:]
        runners.append(Runner(machine, max(named)[2], newest, sorted(in_order), line[order[newest] + 1 :]))
    return runners
