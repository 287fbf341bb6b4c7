"""Store → notices: what each sink is to be told now, of events and of a commit's verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from perfwatch.analysis.kinds import RECENT
from perfwatch.config import Config
from perfwatch.notify.due import Before, content_of, content_of_notice, due, key_of, subject_of
from perfwatch.notify.settings import OF_COMMITS, OF_EVENTS, OF_PULLS, UPDATING, read
from perfwatch.notify.sink import Sink
from perfwatch.pipeline.around import Surroundings
from perfwatch.pipeline.checking import check
from perfwatch.pipeline.delivering import is_for
from perfwatch.report.message import of_check, of_event
from perfwatch.report.notice import Notice
from perfwatch.store.outbox import Delivery
from perfwatch.store.reader import Reader

# A pull request has one comment, whatever commit it is about: a newer one takes the place of one that waits.
COMMENT = "comment"


def of_events(
    config: Config, reader: Reader, sinks: Sequence[Sink], outbox: Sequence[Delivery], now: datetime
) -> list[Delivery]:
    """Return what sinks are to be told of events now, the oldest commit's first.

    Parameters
    ----------
    outbox : all of it, in the order it was queued in.
    """
    told = [sink for sink in sinks if sink.kind in OF_EVENTS]
    if not told:
        return []
    around = Surroundings(reader, config, now)
    news, words = _news(around), {event.id: word for event, word in around.events}
    wait, made = read(config.notify).wait_for_rerun, dict[str, tuple[Notice, str]]()
    found = []
    for sink in told:
        before, updates = _before(outbox, sink), sink.kind in UPDATING
        for event in due(around.events, before, news, now, updates=updates, wait_for_rerun=wait):
            word = words[event.id]
            if event.id not in made:
                notice = of_event(event, word, around.commits.get(event.commit), context=around.of(event))
                made[event.id] = notice, notice.to_json()
            content = content_of(event, word) if updates else None
            found.append(_queued(*made[event.id], subject_of(event), sink, content, before, now))
    return found


def of_commit(
    config: Config, revision: str | None, sinks: Sequence[Sink], outbox: Sequence[Delivery], now: datetime
) -> list[Delivery]:
    """Return what sinks are to be told of a commit's verdict, which is judged for it; nothing where they know it."""
    told = [sink for sink in sinks if sink.kind in OF_COMMITS + OF_PULLS]
    if not told:
        return []
    notice = of_check(check(config, revision), project=config.project, dashboard_url=config.public_url)
    content, said = content_of_notice(notice), notice.to_json()
    found = []
    for sink in told:
        before = _before(outbox, sink)
        subject = COMMENT if sink.kind in OF_PULLS else notice.subject
        if subject not in before or before[subject].content != content:
            found.append(_queued(notice, said, subject, sink, content, before, now))
    return found


def _queued(
    notice: Notice,
    said: str,
    subject: str,
    sink: Sink,
    content: str | None,
    before: Mapping[str, Before],
    now: datetime,
) -> Delivery:
    key = key_of(notice, sink.kind, sink.name, content, before.get(subject))
    return Delivery(key, subject, notice.standing, content, sink.kind, sink.name, said, now)


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


def _news(around: Surroundings) -> set[str]:
    """Return the commits whose events are news.

    An event of an older commit was news before; so is all that a history loaded for the first time holds, and what
    happened before a sink was set up.
    """
    places = {(event.machine, event.environment) for event, _ in around.events}
    return {commit for place in places for commit in around.measured(place)[-RECENT:]}
