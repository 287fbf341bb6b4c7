"""The outbox: messages that are to be told, kept until they arrived, so that a receiver that is down loses none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import pyarrow as pa

from perfwatch.store.connection import Connection
from perfwatch.store.pending import in_transaction
from perfwatch.store.rows import aware, insert, naive, table, using

DeliveryStatus = Literal["waiting", "delivered", "refused", "superseded"]

_DELIVERY = [
    ("idempotency_key", pa.string()),
    ("subject", pa.string()),
    ("standing", pa.string()),
    ("content", pa.string()),
    ("sink", pa.string()),
    ("receiver", pa.string()),
    ("notice", pa.string()),
    ("queued_at", pa.timestamp("us")),
    ("status", pa.string()),
    ("attempts", pa.int32()),
    ("last_error", pa.string()),
    ("tried_at", pa.timestamp("us")),
    ("not_before", pa.timestamp("us")),
]
_ATTEMPT = [
    ("tried_key", pa.string()),
    ("came_to", pa.string()),
    ("why", pa.string()),
    ("tried", pa.timestamp("us")),
    ("rests_until", pa.timestamp("us")),
]
DELIVERY_COLUMNS = ", ".join(name for name, _ in _DELIVERY)


@dataclass(frozen=True)
class Delivery:
    """A message to a receiver, and what became of it.

    Attributes
    ----------
    idempotency_key : the same for every attempt at one message, so that the receiver can tell a repetition.
    subject, standing : what is told: this event or commit, at this standing.
    content : digest of what was told, for a sink that updates what it told before; None for one that only appends.
    sink : the kind of receiver, `webhook`.
    receiver : its name, never its address, which may hold a secret; None for any of its kind.
    notice : what is told, as JSON; None once it arrived or was superseded.
    attempts : how often it was tried; `last_error` says why the last one failed, on one line.
    not_before : until when the receiver asked to be left alone, None where it did not.
    """

    idempotency_key: str
    subject: str
    standing: str
    content: str | None
    sink: str
    receiver: str | None
    notice: str | None
    queued_at: datetime
    status: DeliveryStatus = "waiting"
    attempts: int = 0
    last_error: str | None = None
    tried_at: datetime | None = None
    not_before: datetime | None = None

    @property
    def title(self) -> str:
        """The title of the notice, empty where it is not kept any more."""
        return str(json.loads(self.notice)["title"]) if self.notice else ""


@dataclass(frozen=True)
class Attempt:
    """What came of one attempt at the message with a key; see `Delivery`."""

    idempotency_key: str
    status: DeliveryStatus
    at: datetime
    error: str | None = None
    not_before: datetime | None = None


def write_queued(connection: Connection, deliveries: Sequence[Delivery]) -> int:
    """Append the messages whose key is new; return how many were.

    A waiting message to a sink that updates is superseded by a newer one of its subject at the same receiver.
    """
    keys = [d.idempotency_key for d in deliveries]
    chosen = "SELECT idempotency_key FROM outbox WHERE idempotency_key IN (SELECT unnest(?::VARCHAR[]))"
    known = {key for (key,) in connection.execute(chosen, [keys]).fetchall()}
    new = {d.idempotency_key: d for d in deliveries if d.idempotency_key not in known}
    if not new:
        return 0

    def write() -> None:
        newer = table(_DELIVERY, [_row(d) for d in new.values() if d.content is not None])
        if newer.num_rows:
            with using(connection, newer) as incoming:
                connection.execute(
                    "UPDATE outbox SET status = 'superseded', notice = NULL "
                    f"FROM (SELECT DISTINCT subject, sink, receiver FROM {incoming}) AS newer "
                    "WHERE outbox.status = 'waiting' AND outbox.content IS NOT NULL "
                    "AND outbox.subject = newer.subject AND outbox.sink = newer.sink "
                    "AND outbox.receiver = newer.receiver"
                )
        insert(connection, "outbox", table(_DELIVERY, [_row(d) for d in new.values()]))

    in_transaction(connection, write)
    return len(new)


def write_attempts(connection: Connection, attempts: Sequence[Attempt]) -> None:
    """Say of messages that each was tried once more, and what came of it."""
    if not attempts:
        return
    rows = [(a.idempotency_key, a.status, a.error, naive(a.at), naive(a.not_before)) for a in attempts]
    with using(connection, table(_ATTEMPT, rows)) as incoming:
        connection.execute(
            "UPDATE outbox SET status = came_to, attempts = attempts + 1, last_error = why, tried_at = tried, "
            "not_before = rests_until, notice = CASE WHEN came_to = 'delivered' THEN NULL ELSE notice END "
            f"FROM {incoming} WHERE idempotency_key = tried_key"
        )


def write_retried(connection: Connection, keys: Sequence[str], now: datetime) -> None:
    """Let messages wait as if they had just been queued; those that arrived or were superseded stay as they are."""
    connection.execute(
        "UPDATE outbox SET status = 'waiting', attempts = 0, queued_at = ?, tried_at = NULL, not_before = NULL "
        "WHERE status IN ('waiting', 'refused') AND notice IS NOT NULL "
        "AND idempotency_key IN (SELECT unnest(?::VARCHAR[]))",
        [naive(now), list(keys)],
    )


def delivery(row: Sequence[Any]) -> Delivery:
    """Return the message in a row of `DELIVERY_COLUMNS`."""
    named: dict[str, Any] = {
        name: aware(value) if isinstance(value, datetime) else value
        for (name, _), value in zip(_DELIVERY, row, strict=True)
    }
    return Delivery(**named)


def _row(one: Delivery) -> tuple[Any, ...]:
    found = vars(one)
    return tuple(naive(v) if isinstance(v := found[name], datetime) else v for name, _ in _DELIVERY)
