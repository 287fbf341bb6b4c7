"""Messages that wait: queued once, kept until they arrived."""

from __future__ import annotations

from datetime import UTC, datetime

from perfwatch.store.location import Location
from perfwatch.store.outbox import Delivery
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

NOW = datetime(2026, 5, 1, tzinfo=UTC)
FIRST = Delivery("k1", "e1", "CONFIRMED", "webhook", '{"a": "…"}', NOW)
SECOND = Delivery("k2", "e1", "RESOLVED", "webhook", "{}", NOW)


def deliveries(store: Location, status: str | None = None) -> list[Delivery]:
    with Reader(store) as reader:
        return reader.deliveries(status)


def test_a_message_goes_in_and_comes_out_as_it_is_and_the_same_key_only_once(store: Location) -> None:
    with Writer(store) as writer:
        assert writer.queue([FIRST, FIRST]) == 1
        assert writer.queue([FIRST, SECOND]) == 1
        assert writer.queue([]) == 0
    assert deliveries(store) == [FIRST, SECOND]


def test_an_attempt_is_counted_and_what_did_not_arrive_still_waits(store: Location) -> None:
    with Writer(store) as writer:
        writer.queue([FIRST, SECOND])
        writer.attempted("k1", "waiting", "example.org: answered 503")
        writer.attempted("k1", "delivered")
        writer.attempted("k2", "waiting", "example.org: cannot be reached")
    (waiting,) = deliveries(store, "waiting")
    assert (waiting.idempotency_key, waiting.attempts) == ("k2", 1)
    assert waiting.last_error == "example.org: cannot be reached"
    (arrived,) = deliveries(store, "delivered")
    assert (arrived.attempts, arrived.last_error) == (2, None)
    assert arrived.tried_at is not None
