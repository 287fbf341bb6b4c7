"""From events in a store to a receiver that listens, is down, refuses, and comes back."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from receiver import Receiver, listening

from perfwatch.cli import run_command
from perfwatch.config import Config, load
from perfwatch.errors import EXIT_CLEAN, EXIT_NOT_MEASURED, EXIT_USAGE
from perfwatch.model import Event, Triage
from perfwatch.notify.webhook import Webhook
from perfwatch.pipeline import notify as telling
from perfwatch.pipeline.notify import notify
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

SECRET = "kept between the two"
COMMIT = "c0ffee00" * 5
RESULT = {
    "commit_hash": COMMIT,
    "env_name": "py",
    "date": 1772323200000,
    "params": {"machine": "m"},
    "python": "3.11",
    "requirements": {},
    "env_vars": {},
    "result_columns": ["result", "params"],
    "results": {"a.time_b": [[1.0], []]},
    "durations": {},
    "version": 2,
}
MOVED = {"label": "a.time_b", "ratio": 1.1, "lower": 1.09, "upper": 1.11, "family": "module a"}
EVENT = Event("0123456789ab", "regression", COMMIT, "m", "py", "CONFIRMED", "a.time_b 10 % slower", moved=(MOVED,))


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
    results = tmp_path / ".asv" / "results" / "m"
    results.mkdir(parents=True)
    (results.parent / "benchmarks.json").write_text(json.dumps({"version": 2}))
    (results / "c0ffee00-py.json").write_text(json.dumps(RESULT))
    assert run_command(["ingest"]) == EXIT_CLEAN
    keep(load(), EVENT)
    return tmp_path


def keep(config: Config, *events: Event) -> None:
    with Writer(parse(config.store)) as writer:
        writer.keep(
            "m",
            "py",
            COMMIT,
            verdicts=[],
            events=events,
            factors={},
            settings={},
            inputs_digest="",
            state={"digest": ""},
        )


def test_what_is_news_arrives_once_signed_and_that_it_is_over_after_it(project: Path, receiver: Receiver) -> None:
    assert [outcome.status for _, outcome in notify(load(), SECRET).sent] == ["delivered"]
    assert notify(load(), SECRET).sent == []
    keep(load(), replace(EVENT, standing="RESOLVED"))
    assert len(notify(load(), SECRET).sent) == 1
    for headers, body in receiver.got:
        said = headers["x-perfwatch-timestamp"].encode() + b"." + body
        right = hmac.new(SECRET.encode(), said, hashlib.sha256).hexdigest()
        assert headers["x-perfwatch-signature"] == f"sha256={right}"
    standings = [json.loads(body)["event"]["standing"] for _, body in receiver.got]
    assert standings == ["CONFIRMED", "RESOLVED"]


def test_what_a_receiver_that_is_down_did_not_get_arrives_later_in_order(
    project: Path, receiver: Receiver, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "Webhook", partial(Webhook, attempts=1))
    receiver.answers = [503, 503]
    assert run_command(["notify"]) == EXIT_NOT_MEASURED
    assert "answered 503" in capsys.readouterr().err
    keep(load(), replace(EVENT, standing="RESOLVED"))
    assert run_command(["notify"]) == EXIT_NOT_MEASURED
    assert run_command(["notify"]) == EXIT_CLEAN
    assert "2 messages sent to 127.0.0.1" in capsys.readouterr().out
    arrived = receiver.got[2:]
    assert [json.loads(body)["event"]["standing"] for _, body in arrived] == ["CONFIRMED", "RESOLVED"]
    assert arrived[0][0]["idempotency-key"] == receiver.got[0][0]["idempotency-key"]
    with Reader(parse(load().store)) as reader:
        assert [(d.status, d.attempts) for d in reader.deliveries()] == [("delivered", 3), ("delivered", 1)]


def test_a_receiver_that_refuses_is_told_of_and_not_asked_again(
    project: Path, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver.answers = [401]
    assert run_command(["notify"]) == EXIT_NOT_MEASURED
    assert "mend the address or the secret" in capsys.readouterr().err
    assert run_command(["notify"]) == EXIT_CLEAN
    assert len(receiver.got) == 1


def test_a_message_that_was_in_vain_for_long_is_given_up(
    project: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "Webhook", partial(Webhook, attempts=1))
    monkeypatch.setattr(telling, "GIVEN_UP_AFTER", -telling.GIVEN_UP_AFTER)
    receiver.answers = [503]
    ((_, outcome),) = notify(load(), SECRET).sent
    assert outcome.status == "refused"
    assert "given up" in (outcome.error or "")


def test_a_rehearsal_says_what_would_be_sent_and_neither_sends_nor_keeps(
    project: Path, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["notify", "--dry-run"]) == EXIT_CLEAN
    assert "1 message would be sent" in capsys.readouterr().out
    assert receiver.got == []
    with Reader(parse(load().store)) as reader:
        assert reader.deliveries() == []


def test_what_somebody_spoke_about_is_not_told(project: Path, receiver: Receiver) -> None:
    with Writer(parse(load().store)) as writer:
        writer.triage(Triage(EVENT.id, "noise", "ada", datetime(2026, 3, 2, tzinfo=UTC), "the backup ran"))
    assert notify(load(), SECRET).sent == []


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
