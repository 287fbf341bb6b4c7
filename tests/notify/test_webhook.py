"""Messages to a real receiver on this machine: signed, repeated while it is down, never after it refused."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator

import pytest
from receiver import Receiver, listening

from perfwatch.errors import UsageError
from perfwatch.notify.webhook import LONGEST_REST_S, Webhook
from perfwatch.report.notice import Notice

SECRET = "kept between the two"
NOTICE = Notice(
    "event 0123456789ab",
    "CONFIRMED",
    "warning",
    "c0ffee",
    "sort 10 % slower",
    "REGRESSED … 10 %",
    "**sort**",
    "<b>sort</b>",
    {"schema": "perfwatch.event/2", "event": {"id": "0123456789ab"}},
    "<svg/>",
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as state:
        yield state


def webhook(url: str) -> Webhook:
    return Webhook(url, SECRET, pause=lambda seconds: None, clock=lambda: 1_800_000_000.7)


def test_a_message_arrives_as_it_is_with_a_signature_over_time_and_body(receiver: Receiver) -> None:
    assert webhook(receiver.url).send("key-1", NOTICE).status == "delivered"
    ((headers, body),) = receiver.got
    assert json.loads(body) == {
        "schema": "perfwatch.event/2",
        "event": {"id": "0123456789ab"},
        "key": "key-1",
        "text": "REGRESSED … 10 %",
        "chart": "<svg/>",
    }
    assert headers["idempotency-key"] == "key-1"
    assert headers["content-type"] == "application/json"
    assert headers["x-perfwatch-timestamp"] == "1800000000"
    right = hmac.new(SECRET.encode(), b"1800000000." + body, hashlib.sha256).hexdigest()
    assert headers["x-perfwatch-signature"] == f"sha256={right}"


def test_a_receiver_that_stumbles_is_asked_again_under_the_same_key(receiver: Receiver) -> None:
    receiver.answers = [500, 429]
    pauses: list[float] = []
    sink = Webhook(receiver.url, SECRET, pause=pauses.append)
    assert sink.send("key-1", NOTICE).status == "delivered"
    assert [headers["idempotency-key"] for headers, _ in receiver.got] == ["key-1"] * 3
    assert pauses == [0.5, 1.0]


@pytest.mark.parametrize(
    ("asked", "rest"),
    [("120", 120.0), ("99999999", LONGEST_REST_S), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0), ("soon", None)],
)
def test_a_receiver_that_asks_to_be_left_alone_is_not_asked_again(
    receiver: Receiver, asked: str, rest: float | None
) -> None:
    receiver.answers, receiver.headers = [429] * 3, {"Retry-After": asked}
    outcome = webhook(receiver.url).send("key-1", NOTICE)
    assert (outcome.status, outcome.again_after_s) == ("waiting", rest)
    assert len(receiver.got) == (3 if rest is None else 1)


def test_a_receiver_that_stays_down_leaves_the_message_waiting(receiver: Receiver) -> None:
    receiver.answers = [503] * 10
    outcome = webhook(receiver.url).send("key-1", NOTICE)
    assert outcome.status == "waiting"
    assert "503" in (outcome.error or "")
    assert len(receiver.got) == 3


@pytest.mark.parametrize("answer", [400, 401, 404, 302])
def test_what_is_refused_or_sent_elsewhere_is_not_tried_again(receiver: Receiver, answer: int) -> None:
    receiver.answers = [answer]
    outcome = webhook(receiver.url).send("key-1", NOTICE)
    assert outcome.status == "refused"
    assert str(answer) in (outcome.error or "")
    assert len(receiver.got) == 1


def test_where_nobody_listens_the_message_waits_and_no_error_tells_the_address() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        outcome = webhook(f"http://127.0.0.1:{port}/hook?token=hush").send("key-1", NOTICE)
    assert outcome.status == "waiting"
    assert outcome.error == f"127.0.0.1:{port}: cannot be reached"


def test_a_receiver_that_hangs_up_leaves_the_message_waiting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            for _ in range(3):
                server.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        outcome = webhook(f"http://127.0.0.1:{server.getsockname()[1]}/hook?token=hush").send("key-1", NOTICE)
        thread.join()
    assert outcome.status == "waiting"
    assert "hush" not in (outcome.error or "")


@pytest.mark.parametrize("url", ["", "ftp://example.org/x", "example.org/hook", "https://"])
def test_an_address_that_is_none_is_an_error_of_usage(url: str) -> None:
    with pytest.raises(UsageError, match="webhook_url"):
        Webhook(url, SECRET)


def test_without_a_secret_nothing_is_sent_and_the_secret_is_in_no_text() -> None:
    with pytest.raises(UsageError, match="PERFWATCH_WEBHOOK_SECRET"):
        Webhook("https://example.org/hook", "")
    assert repr(webhook("https://example.org/hook?token=hush")) == "Webhook(attempts=3, pause_s=0.5)"
