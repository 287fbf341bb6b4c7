"""Store → outbox → receiver → store: what is news is queued, what is queued is sent, what came of it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from perfwatch.analysis.kinds import RECENT
from perfwatch.config import Config
from perfwatch.errors import UsageError
from perfwatch.notify.message import Message, due, message
from perfwatch.notify.sink import Outcome
from perfwatch.notify.webhook import Webhook
from perfwatch.store.location import parse
from perfwatch.store.outbox import Delivery
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

SINK = "webhook"
# A message that was in vain for so long is given up: it would hold back all those after it for ever.
GIVEN_UP_AFTER = timedelta(days=14)


@dataclass(frozen=True)
class Told:
    """What one call did.

    Attributes
    ----------
    receiver : by name, never its whole address.
    queued : events that became news since the last call.
    sent : each message that was tried, new ones and those that waited, with what came of it; empty for a rehearsal.
    """

    receiver: str
    queued: Sequence[Message]
    sent: Sequence[tuple[Delivery, Outcome]]


def notify(config: Config, secret: str, *, rehearsal: bool = False) -> Told:
    """Queue what is news, send what waits, keep what came of it.

    Parameters
    ----------
    secret : shared with the receiver; comes from the environment and goes nowhere but into the signatures.
    rehearsal : queue and send nothing, only say what would be queued.

    Errors
    ------
    UsageError : no receiver is set, or no secret.

    Notes
    -----
    The store is not held while a receiver is waited for. A process that dies between a receiver's answer and the note
    of it sends the message again next time, under the same key: at least once.
    """
    if config.webhook_url is None:
        raise UsageError("notify: no receiver; set webhook_url in perfwatch.toml or PERFWATCH_WEBHOOK_URL")
    webhook, location, now = Webhook(config.webhook_url, secret), parse(config.store), datetime.now(UTC)
    with Reader(location) as reader:
        queued = _news(reader, config.webhook_url, now)
    if rehearsal:
        return Told(webhook.host, queued, [])
    if queued:
        with Writer(location) as writer:
            writer.queue([Delivery(m.key, m.event.id, m.event.standing, SINK, m.body, now) for m in queued])
    with Reader(location) as reader:
        waiting = reader.deliveries("waiting")
    sent = []
    for one in waiting:
        outcome = webhook.send(one.idempotency_key, one.body)
        if outcome.status == "waiting" and now - one.queued_at > GIVEN_UP_AFTER:
            outcome = Outcome("refused", f"{outcome.error}; given up after {GIVEN_UP_AFTER.days} days")
        sent.append((one, outcome))
        # Noted message by message: whatever happens next, what arrived is not sent again.
        with Writer(location) as writer:
            writer.attempted(one.idempotency_key, outcome.status, outcome.error)
        if outcome.status == "waiting":
            # The receiver is down, and the order of messages is part of what they say.
            break
    return Told(webhook.host, queued, sent)


def _news(reader: Reader, url: str, now: datetime) -> list[Message]:
    """Return a message for each event that is to be told now and was not, the oldest commit's first."""
    events = [*reversed(reader.events())]
    told = {(d.event_id, d.standing) for d in reader.deliveries()}
    commits = {c.hash: c for c in reader.commits()}
    news: set[str] = set()
    for machine, environment in {(e.machine, e.environment) for e, _ in events}:
        measured = reader.measured_commits(machine, environment)
        # An event of an older commit was news before; so is all that a history loaded for the first time holds.
        news |= {*[c for c in commits if c in measured][-RECENT:]}
    words = {event.id: word for event, word in events}
    return [message(e, words[e.id], commits.get(e.commit), url) for e in due(events, told, news, now)]
