"""A queue for each sink: in order within a subject, down without holding back others, left alone when it asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from receiver import Receiver, listening

from perfwatch.notify.sink import Outcome
from perfwatch.notify.webhook import Webhook
from perfwatch.pipeline.delivering import IN_VAIN, deliver
from perfwatch.report.notice import Notice
from perfwatch.store.location import Location, parse
from perfwatch.store.outbox import Delivery
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

NOW = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as state:
        yield state


@pytest.fixture
def store(tmp_path: Path) -> Location:
    return parse(tmp_path / "perfwatch.duckdb")


def webhook(receiver: Receiver) -> Webhook:
    return Webhook(receiver.url, "kept between the two", attempts=1)


def message(receiver: Receiver, subject: int, standing: str = "CONFIRMED") -> Delivery:
    about = f"event {subject}"
    notice = Notice(about, standing, "warning", "c0ffee", "a title", "a text", "", "", {"schema": "x"})
    key = f"{subject} {standing}"
    return Delivery(key, about, standing, None, "webhook", webhook(receiver).name, notice.to_json(), NOW)


def queue(store: Location, *messages: Delivery) -> None:
    with Writer(store) as writer:
        writer.queue(messages)


def call(store: Location, *receivers: Receiver, now: datetime = NOW) -> list[str]:
    """Call `deliver` with a webhook for each receiver, and return what came of each message that was tried."""
    with Reader(store) as reader:
        waiting = reader.deliveries("waiting")
    sent = deliver(store, [webhook(r) for r in receivers], waiting, clock=lambda: now)
    return [f"{one.idempotency_key} {outcome.status}" for one, outcome in sent]


def keys(receiver: Receiver) -> list[str]:
    return [headers["idempotency-key"] for headers, _ in receiver.got]


def test_a_sink_that_is_down_holds_back_no_other_and_is_not_hammered(store: Location, receiver: Receiver) -> None:
    with listening() as down:
        down.answers = [503] * 1000
        queue(store, *(message(r, i) for i in range(10) for r in (down,)))
        queue(store, *(replace(message(receiver, i), idempotency_key=f"other {i}") for i in range(10)))
        call(store, down, receiver)
        assert len(down.got) == IN_VAIN
        assert len(receiver.got) == 10


def test_what_waits_holds_back_what_comes_after_it_on_its_subject_alone(store: Location, receiver: Receiver) -> None:
    queue(store, message(receiver, 1), message(receiver, 1, "RESOLVED"), message(receiver, 2))
    receiver.answers = [503]
    assert call(store, receiver) == ["1 CONFIRMED waiting", "2 CONFIRMED delivered"]
    assert call(store, receiver) == []
    assert call(store, receiver, now=NOW + DAY) == ["1 CONFIRMED delivered", "1 RESOLVED delivered"]


def test_a_sink_that_asks_to_be_left_alone_is_until_then_whatever_else_waits(
    store: Location, receiver: Receiver
) -> None:
    queue(store, message(receiver, 1), message(receiver, 2))
    receiver.answers, receiver.headers = [429], {"Retry-After": "7200"}
    assert call(store, receiver) == ["1 CONFIRMED waiting"]
    queue(store, message(receiver, 3))
    assert call(store, receiver, now=NOW + timedelta(minutes=119)) == []
    assert len(call(store, receiver, now=NOW + timedelta(minutes=121))) == 3


def test_messages_that_fail_every_time_do_not_hold_back_others_for_ever(store: Location, receiver: Receiver) -> None:
    queue(store, *(message(receiver, i) for i in range(IN_VAIN)))
    receiver.answers = [500] * IN_VAIN
    assert call(store, receiver) == [f"{i} CONFIRMED waiting" for i in range(IN_VAIN)]
    queue(store, message(receiver, 9))
    # A call a day: all of them may be tried again, and those that failed come last.
    receiver.answers = [204] + [500] * IN_VAIN
    assert call(store, receiver, now=NOW + DAY)[0] == "9 CONFIRMED delivered"


def test_who_refuses_everything_is_not_asked_a_thousand_times(store: Location, receiver: Receiver) -> None:
    queue(store, *(message(receiver, i) for i in range(10)))
    receiver.answers = [401] * 10
    assert call(store, receiver) == [f"{i} CONFIRMED refused" for i in range(IN_VAIN)]


def test_that_it_began_comes_before_that_it_is_over_also_when_it_is_tried_anew(
    store: Location, receiver: Receiver
) -> None:
    queue(store, message(receiver, 1))
    receiver.answers = [401]
    call(store, receiver)
    queue(store, message(receiver, 1, "RESOLVED"))
    with Writer(store) as writer:
        writer.retry(["1 CONFIRMED"], NOW + DAY)
    assert call(store, receiver, now=NOW + 2 * DAY) == ["1 CONFIRMED delivered", "1 RESOLVED delivered"]


def test_a_message_of_an_older_store_is_for_any_webhook(store: Location, receiver: Receiver) -> None:
    queue(store, replace(message(receiver, 1), receiver=None))
    assert call(store, receiver) == ["1 CONFIRMED delivered"]


def test_a_message_that_cannot_be_read_is_refused_and_says_so(store: Location, receiver: Receiver) -> None:
    queue(store, replace(message(receiver, 1), notice="{}"), message(receiver, 2))
    assert call(store, receiver) == ["1 CONFIRMED refused", "2 CONFIRMED delivered"]


@dataclass
class Broken:
    """A sink that raises after it has told so many."""

    tells: int
    error: BaseException
    told: list[str] = field(default_factory=list)
    kind: str = "webhook"
    name: str = "broken"

    def send(self, key: str, notice: Notice) -> Outcome:
        if len(self.told) == self.tells:
            raise self.error
        self.told.append(key)
        return Outcome("delivered")


def test_a_sink_that_does_not_keep_its_promise_holds_back_no_other_and_shows_no_secret(
    store: Location, receiver: Receiver
) -> None:
    queue(store, replace(message(receiver, 1), receiver="broken"), message(receiver, 2))
    with Reader(store) as reader:
        waiting = reader.deliveries("waiting")
    broken = Broken(0, KeyError("https://example.org/hush"))
    sent = deliver(store, [broken, webhook(receiver)], waiting, clock=lambda: NOW)
    assert [outcome.status for _, outcome in sent] == ["waiting", "delivered"]
    assert sent[0][1].error == "webhook broken: a bug of it (KeyError)"


def test_what_arrived_before_somebody_interrupts_is_not_sent_again(store: Location, receiver: Receiver) -> None:
    queue(store, *(replace(message(receiver, i), receiver="broken") for i in range(10)))
    with Reader(store) as reader:
        waiting = reader.deliveries("waiting")
    broken = Broken(5, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        deliver(store, [broken], waiting, clock=lambda: NOW)
    with Reader(store) as reader:
        assert [d.idempotency_key for d in reader.deliveries("delivered")] == broken.told
