"""From events in a store to a receiver that listens, is down, refuses, and comes back."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from receiver import Receiver, listening
from told import COMMITS, keep, measured

from perfwatch.cli import run_command
from perfwatch.config import load
from perfwatch.errors import EXIT_CLEAN, EXIT_NOT_MEASURED, EXIT_USAGE
from perfwatch.model import Event, Triage
from perfwatch.notify.webhook import Webhook
from perfwatch.pipeline.notify import Told, notify
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

SECRET = "kept between the two"
NOW = datetime(2026, 3, 3, tzinfo=UTC)
MOVED = {"label": "a.time_b", "ratio": 1.1, "lower": 1.09, "upper": 1.11, "family": "module a"}
EVENT = Event("0123456789ab", "regression", COMMITS[-1], "m", "py", "CONFIRMED", "a.time_b 10 % slower", moved=(MOVED,))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as state:
        yield state


@pytest.fixture
def project(tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one measured commit, at which a regression is known."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PERFWATCH_WEBHOOK_URL", receiver.url)
    monkeypatch.setenv("PERFWATCH_WEBHOOK_SECRET", SECRET)
    measured(tmp_path)
    keep(load(), [EVENT])
    return tmp_path


def call(receiver: Receiver, now: datetime = NOW) -> Told:
    """Call `notify` at a moment, with a webhook that asks once."""
    return notify(load(), [Webhook(receiver.url, SECRET, attempts=1)], clock=lambda: now)


def statuses(told: Told) -> list[str]:
    return [outcome.status for _, outcome in told.sent]


def test_what_is_news_arrives_once_signed_and_that_it_is_over_after_it(project: Path, receiver: Receiver) -> None:
    assert statuses(call(receiver)) == ["delivered"]
    assert statuses(call(receiver)) == []
    keep(load(), [replace(EVENT, standing="RESOLVED")])
    assert statuses(call(receiver)) == ["delivered"]
    for headers, body in receiver.got:
        said = headers["x-perfwatch-timestamp"].encode() + b"." + body
        right = hmac.new(SECRET.encode(), said, hashlib.sha256).hexdigest()
        assert headers["x-perfwatch-signature"] == f"sha256={right}"
    standings = [json.loads(body)["event"]["standing"] for _, body in receiver.got]
    assert standings == ["CONFIRMED", "RESOLVED"]


def test_what_a_receiver_that_is_down_did_not_get_arrives_later_in_order(project: Path, receiver: Receiver) -> None:
    receiver.answers = [503, 503]
    assert statuses(call(receiver)) == ["waiting"]
    keep(load(), [replace(EVENT, standing="RESOLVED")])
    soon = call(receiver, NOW + timedelta(seconds=5))
    assert (statuses(soon), len(soon.held)) == ([], 2)
    assert statuses(call(receiver, NOW + timedelta(minutes=1))) == ["waiting"]
    assert statuses(call(receiver, NOW + timedelta(minutes=3))) == ["delivered", "delivered"]
    arrived = receiver.got[2:]
    assert [json.loads(body)["event"]["standing"] for _, body in arrived] == ["CONFIRMED", "RESOLVED"]
    assert arrived[0][0]["idempotency-key"] == receiver.got[0][0]["idempotency-key"]
    with Reader(parse(load().store)) as reader:
        assert [(d.status, d.attempts) for d in reader.deliveries()] == [("delivered", 3), ("delivered", 1)]


def test_a_command_says_what_waits_and_why_and_ends_with_9(
    project: Path, receiver: Receiver, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.answers = [503] * 3
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    assert run_command(["notify"]) == EXIT_NOT_MEASURED
    said = capsys.readouterr()
    host = receiver.url.split("/")[2]
    assert said.err.strip() == (
        f"perfwatch: notify: 1 message did not arrive: 1 waiting ({host}: answered 503); `perfwatch outbox` lists them"
    )
    assert run_command(["outbox"]) == EXIT_CLEAN
    listed = capsys.readouterr().out
    assert f"webhook {host}  event {EVENT.id} CONFIRMED" in listed
    assert "a.time_b 10 % slower" in listed
    assert "old, tried once, next try in" in listed
    assert listed.endswith("\n1 waiting\n")
    assert "answered 503" in listed
    assert run_command(["outbox", "--retry", "all"]) == EXIT_CLEAN
    assert run_command(["notify"]) == EXIT_CLEAN
    assert f"1 message sent to webhook {host}" in capsys.readouterr().out
    assert run_command(["outbox"]) == EXIT_CLEAN
    assert capsys.readouterr().out == "nothing waits, and nothing was refused\n"
    assert run_command(["notify"]) == EXIT_CLEAN
    assert capsys.readouterr().out == "nothing new to tell\n"


def test_a_receiver_that_refuses_is_told_of_and_asked_again_only_when_somebody_says_so(
    project: Path, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver.answers = [401]
    assert run_command(["notify"]) == EXIT_NOT_MEASURED
    assert "1 refused" in capsys.readouterr().err
    assert run_command(["notify"]) == EXIT_CLEAN
    assert len(receiver.got) == 1
    capsys.readouterr()
    assert run_command(["outbox", "--format", "json"]) == EXIT_CLEAN
    (listed,) = json.loads(capsys.readouterr().out)["messages"]
    assert (listed["status"], listed["attempts"]) == ("refused", 1)
    assert run_command(["outbox", "--retry", listed["key"][:6]]) == EXIT_CLEAN
    assert run_command(["notify"]) == EXIT_CLEAN
    assert [headers["idempotency-key"] for headers, _ in receiver.got] == [listed["key"]] * 2


def test_a_key_that_is_none_is_an_error_of_usage(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["outbox", "--retry", "abc"]) == EXIT_USAGE
    assert "'abc' is the key of nothing undelivered" in capsys.readouterr().err


def test_that_it_is_over_is_not_told_to_whoever_refused_that_it_began(project: Path, receiver: Receiver) -> None:
    receiver.answers = [400]
    assert statuses(call(receiver)) == ["refused"]
    keep(load(), [replace(EVENT, standing="RESOLVED")])
    assert statuses(call(receiver)) == []


def test_a_message_that_was_in_vain_for_long_is_given_up(project: Path, receiver: Receiver) -> None:
    receiver.answers = [503, 503]
    call(receiver)
    ((_, outcome),) = call(receiver, NOW + timedelta(days=15)).sent
    assert outcome.status == "refused"
    assert "given up after 14 days" in (outcome.error or "")


def test_what_waits_for_a_receiver_that_is_not_set_up_any_more_is_given_up_in_the_end(
    project: Path, receiver: Receiver
) -> None:
    receiver.answers = [503]
    call(receiver)
    elsewhere = [Webhook("http://elsewhere.invalid/", SECRET, attempts=1, pause=lambda seconds: None)]

    def first() -> tuple[str, str | None]:
        with Reader(parse(load().store)) as reader:
            one = reader.deliveries()[0]
            return one.status, one.last_error

    notify(load(), elsewhere, clock=lambda: NOW + timedelta(days=15), are_all=False)
    assert first()[0] == "waiting"
    notify(load(), elsewhere, clock=lambda: NOW + timedelta(days=15))
    assert first() == ("refused", "its sink is not set up any more; given up after 14 days")


def test_a_rehearsal_says_what_would_be_sent_and_neither_sends_nor_keeps(
    project: Path, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["notify", "--dry-run"]) == EXIT_CLEAN
    said = capsys.readouterr().out
    host = receiver.url.split("/")[2]
    assert f"1 message would be sent to webhook {host}\n" in said
    assert f"  webhook {host}: event {EVENT.id} CONFIRMED: SLOWER · a.time_b 10 % slower\n" in said
    assert receiver.got == []
    with Reader(parse(load().store)) as reader:
        assert reader.deliveries() == []


def test_the_console_is_told_once(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["notify", "--sink", "console"]) == EXIT_CLEAN
    said = capsys.readouterr().out
    assert "a.time_b 10 % slower" in said
    assert "1 message sent to console standard output" in said
    assert run_command(["notify", "--sink", "console"]) == EXIT_CLEAN
    assert capsys.readouterr().out == "nothing new to tell\n"


def test_what_somebody_spoke_about_is_not_told(project: Path, receiver: Receiver) -> None:
    with Writer(parse(load().store)) as writer:
        writer.triage(Triage(EVENT.id, "noise", "ada", datetime(2026, 3, 2, tzinfo=UTC), "the backup ran"))
    assert call(receiver).sent == []


@pytest.mark.parametrize("missing", ["PERFWATCH_WEBHOOK_URL", "PERFWATCH_WEBHOOK_SECRET"])
def test_without_an_address_or_a_secret_it_says_what_to_set(
    project: Path, missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(missing)
    assert run_command(["notify"]) == EXIT_USAGE
    assert missing in capsys.readouterr().err


def test_neither_address_nor_secret_is_kept_or_shown(
    project: Path, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver.answers = [401]
    run_command(["notify", "--format", "json"])
    shown = capsys.readouterr()
    kept = b"".join(p.read_bytes() for p in project.rglob("*.duckdb") if p.is_file())
    for secret in ("hush", SECRET):
        assert secret not in shown.out + shown.err
        assert secret.encode() not in kept
