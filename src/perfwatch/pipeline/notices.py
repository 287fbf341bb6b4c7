"""Store → notices: what each sink is to be told now, of events and of a commit's verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from perfwatch.analysis.kinds import RECENT
from perfwatch.config import Config
from perfwatch.model import Commit, Event, Triage
from perfwatch.notify.due import Before, content_of, content_of_notice, due, key_of
from perfwatch.notify.message import of_check, of_event
from perfwatch.notify.settings import OF_COMMITS, OF_EVENTS, OF_PULLS, UPDATING
from perfwatch.notify.sink import Sink
from perfwatch.pipeline.checking import check
from perfwatch.pipeline.delivering import is_for
from perfwatch.report.notice import Notice
from perfwatch.store.outbox import Delivery
from perfwatch.store.reader import Reader

# A pull request has one comment, whatever commit it is about: a newer one takes the place of one that waits.
COMMENT = "comment"


def of_events(reader: Reader, sinks: Sequence[Sink], outbox: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """Return what sinks are to be told of events now, the oldest commit's first.

    Parameters
    ----------
    outbox : all of it, in the order it was queued in.
    """
    told = [sink for sink in sinks if sink.kind in OF_EVENTS]
    if not told:
        return []
    known = _Known(reader)
    found = []
    for sink in told:
        before, updates = _before(outbox, sink), sink.kind in UPDATING
        for event in due(known.events, before, known.news, now, updates=updates):
            notice = known.notice(event)
            content = content_of(event, known.words[event.id]) if updates else None
            found.append(_queued(notice, notice.subject, sink, content, before, now))
    return found


def of_commit(
    config: Config, revision: str | None, sinks: Sequence[Sink], outbox: Sequence[Delivery], now: datetime
) -> list[Delivery]:
    """Return what sinks are to be told of a commit's verdict, which is judged for it; nothing where they know it."""
    told = [sink for sink in sinks if sink.kind in OF_COMMITS + OF_PULLS]
    if not told:
        return []
    notice = of_check(check(config, revision))
    content, found = content_of_notice(notice), []
    for sink in told:
        before = _before(outbox, sink)
        subject = COMMENT if sink.kind in OF_PULLS else notice.subject
        if subject not in before or before[subject].content != content:
            found.append(_queued(notice, subject, sink, content, before, now))
    return found


def _queued(
    notice: Notice, subject: str, sink: Sink, content: str | None, before: Mapping[str, Before], now: datetime
) -> Delivery:
    key = key_of(notice, sink.kind, sink.name, content, before.get(subject))
    return Delivery(key, subject, notice.standing, content, sink.kind, sink.name, notice.to_json(), now)


def _before(outbox: Iterable[Delivery], sink: Sink) -> dict[str, Before]:
    """Return what a sink was told of each subject, or is to be told."""
    found: dict[str, Before] = {}
    nothing: frozenset[str] = frozenset()
    for one in outbox:
        if is_for(one, sink):
            last, new = found.get(one.subject), frozenset({one.standing})
            reached = nothing if one.status == "refused" else new
            found[one.subject] = Before(
                new | (last.standings if last else nothing),
                reached | (last.reached if last else nothing),
                one.content,
                one.idempotency_key,
            )
    return found


class _Known:
    """What the store knows of its events, asked once for all sinks."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._notices: dict[str, Notice] = {}

    @cached_property
    def events(self) -> list[tuple[Event, Triage | None]]:
        """Every event with the newest word on it, the oldest commit's first."""
        return [*reversed(self._reader.events())]

    @cached_property
    def words(self) -> dict[str, Triage | None]:
        """The newest word on each event, by its identity."""
        return {event.id: word for event, word in self.events}

    @cached_property
    def commits(self) -> dict[str, Commit]:
        """The commits by hash, oldest first."""
        return {c.hash: c for c in self._reader.commits()}

    @cached_property
    def news(self) -> set[str]:
        """The commits whose events are news.

        An event of an older commit was news before; so is all that a history loaded for the first time holds, and what
        happened before a sink was set up.
        """
        found: set[str] = set()
        for machine, environment in {(e.machine, e.environment) for e, _ in self.events}:
            measured = self._reader.measured_commits(machine, environment)
            found |= {*[c for c in self.commits if c in measured][-RECENT:]}
        return found

    def notice(self, event: Event) -> Notice:
        """Return what is told of an event; the same for every sink."""
        if event.id not in self._notices:
            self._notices[event.id] = of_event(event, self.words[event.id], self.commits.get(event.commit))
        return self._notices[event.id]
