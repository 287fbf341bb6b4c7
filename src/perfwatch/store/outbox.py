"""The outbox: messages that are to be told, kept until they arrived, so that a receiver that is down loses none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import pyarrow as pa

from perfwatch.store.connection import Connection
from perfwatch.store.rows import aware, insert, naive, table

DeliveryStatus = Literal["waiting", "delivered", "refused"]

_DELIVERY = [
    ("idempotency_key", pa.string()),
    ("event_id", pa.string()),
    ("standing", pa.string()),
    ("sink", pa.string()),
    ("body", pa.string()),
    ("queued_at", pa.timestamp("us")),
    ("status", pa.string()),
    ("attempts", pa.int32()),
    ("last_error", pa.string()),
    ("tried_at", pa.timestamp("us")),
]
DELIVERY_COLUMNS = ", ".join(name for name, _ in _DELIVERY)


@dataclass(frozen=True)
class Delivery:
    """A message to a receiver, and what became of it.

    Attributes
    ----------
    idempotency_key : the same for every attempt at one message, so that the receiver can tell a repetition.
    event_id, standing : what is told: this event, at this standing.
    sink : the kind of receiver, `webhook`; never its address, which may hold a secret.
    body : JSON as it is sent, from the first attempt to the last.
    attempts : how often it was tried; `last_error` says why the last one failed, on one line.
    """

    idempotency_key: str
    event_id: str
    standing: str
    sink: str
    body: str
    queued_at: datetime
    status: DeliveryStatus = "waiting"
    attempts: int = 0
    last_error: str | None = None
    tried_at: datetime | None = None


def write_queued(connection: Connection, deliveries: Sequence[Delivery]) -> int:
    """Append the messages whose key is new; return how many were."""
    keys = [d.idempotency_key for d in deliveries]
    chosen = "SELECT idempotency_key FROM deliveries WHERE idempotency_key IN (SELECT unnest(?))"
    known = {key for (key,) in connection.execute(chosen, [keys]).fetchall()}
    new = {d.idempotency_key: d for d in deliveries if d.idempotency_key not in known}
    rows = [
        (
            d.idempotency_key,
            d.event_id,
            d.standing,
            d.sink,
            d.body,
            naive(d.queued_at),
            d.status,
            d.attempts,
            d.last_error,
            naive(d.tried_at),
        )
        for d in new.values()
    ]
    insert(connection, "deliveries", table(_DELIVERY, rows))
    return len(new)


def write_attempt(connection: Connection, idempotency_key: str, status: DeliveryStatus, error: str | None) -> None:
    """Say of a message that it was tried once more, and what came of it."""
    connection.execute(
        "UPDATE deliveries SET status = ?, attempts = attempts + 1, last_error = ?, tried_at = ? "
        "WHERE idempotency_key = ?",
        [status, error, datetime.now(UTC).replace(tzinfo=None), idempotency_key],
    )


def delivery(row: Sequence[Any]) -> Delivery:
    """Return the message in a row of `DELIVERY_COLUMNS`."""
    key, event_id, standing, sink, body, queued_at, status, attempts, last_error, tried_at = row
    queued = aware(queued_at)
    assert queued is not None
    return Delivery(key, event_id, standing, sink, body, queued, status, attempts, last_error, aware(tried_at))
