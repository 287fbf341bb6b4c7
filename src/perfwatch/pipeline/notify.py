"""Store → outbox → sinks → outbox: what is news is queued, what is queued is sent, what came of it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from perfwatch.config import Config
from perfwatch.errors import UsageError
from perfwatch.notify.settings import OF_COMMITS, OF_PULLS
from perfwatch.notify.sink import Outcome, Sink
from perfwatch.pipeline import notices, staleness
from perfwatch.pipeline.delivering import Clock, Progress, deliver, give_up, is_for
from perfwatch.store.location import parse
from perfwatch.store.outbox import Delivery
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer


@dataclass(frozen=True)
class Told:
    """What one call did.

    Attributes
    ----------
    sinks : who was to be told.
    queued : what became news since the last call.
    sent : each message that was tried, new ones and those that waited, with what came of it; empty for a rehearsal.
    held : messages to these sinks that wait, tried in this call or not; in a rehearsal those that waited before it.
    """

    sinks: Sequence[Sink]
    queued: Sequence[Delivery]
    sent: Sequence[tuple[Delivery, Outcome]]
    held: Sequence[Delivery]


def notify(
    config: Config,
    sinks: Sequence[Sink],
    revision: str | None = None,
    *,
    rehearsal: bool = False,
    are_all: bool = True,
    clock: Clock = lambda: datetime.now(UTC),
    progress: Progress = lambda done, total, what: None,
) -> Told:
    """Queue what is news, send what waits, keep what came of it.

    Parameters
    ----------
    sinks : as `notify.sinks.sinks_of` makes them.
    revision : the commit whose verdict is told where one of the sinks tells verdicts; by default as for `check`.
    rehearsal : queue and send nothing, only say what would be queued. A commit whose verdict is told is judged anyway.
    are_all : whether these are all sinks that are set up; then what waits for another is given up in the end.

    Errors
    ------
    UsageError : a commit is given, and none of the sinks tells verdicts.

    Notes
    -----
    At least once: a process that dies between a sink's answer and the note of it, or two that run at the same time,
    send a message twice, under the same key.
    """
    if revision is not None and not any(sink.kind in OF_COMMITS + OF_PULLS for sink in sinks):
        raise UsageError(
            "notify: none of the sinks tells a commit's verdict; name one that does, for example --sink github-check"
        )
    location, now = parse(config.store), clock()
    if not rehearsal:
        staleness.look(config, now)
    if _waiting(config):
        # What a process wrote down before it was killed is published, or it would be sent again.
        with Writer(location) as writer:
            writer.queue([])
    with Reader(location) as reader:
        outbox = reader.deliveries()
    # First, for it judges the commit: what is found in doing so is news.
    verdict = notices.of_commit(config, revision, sinks, outbox, now)
    with Reader(location) as reader:
        queued = [*notices.of_events(config, reader, sinks, outbox, now), *verdict]
    if rehearsal:
        return Told(sinks, queued, [], [one for one in outbox if one.status == "waiting" and _is_for_any(one, sinks)])
    if queued:
        with Writer(location) as writer:
            writer.queue(queued)
    waiting = _waiting(config)
    mine = [one for one in waiting if _is_for_any(one, sinks)]
    sent = deliver(location, sinks, mine, clock=clock, progress=progress)
    if are_all:
        give_up(location, [one for one in waiting if not _is_for_any(one, sinks)], now)
    return Told(sinks, queued, sent, [one for one in _waiting(config) if _is_for_any(one, sinks)])


def _waiting(config: Config) -> list[Delivery]:
    with Reader(parse(config.store)) as reader:
        return reader.deliveries("waiting")


def _is_for_any(one: Delivery, sinks: Sequence[Sink]) -> bool:
    return any(is_for(one, sink) for sink in sinks)
