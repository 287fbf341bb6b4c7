"""The proof: a thousand events, three sinks, one that fails half its calls and loses replies, a process that is killed.

Each event arrives at each sink, counted once by its key, in order.
"""

from __future__ import annotations

import io
import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from github_server import GitHub, github_listening
from post_office import PostOffice, open_office
from receiver import Receiver, listening
from told import event, keep, measured

from perfwatch.config import load
from perfwatch.notify.sinks import sinks_of
from perfwatch.notify.webhook import Webhook
from perfwatch.pipeline.delivering import MOST_UNWRITTEN_OF_PEOPLE
from perfwatch.pipeline.notify import notify

N_EVENTS, N_OVER = 1000, 100
MOST_CALLS = 40


def failing_half(seed: int) -> Callable[[], str]:
    """Return a fate that is bad half the time: nothing is kept, or what was kept is not answered."""
    draw = random.Random(seed)
    return lambda: draw.choice(["well", "well", "down", "lost"])


def killed_at(office: PostOffice, n_mails: int, environment: dict[str, str]) -> None:
    """Run the command and kill it while the mail server holds the answer to its so manieth mail back."""
    command = [sys.executable, "-m", "perfwatch", "notify"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def answer() -> str:
        if len(office.mails) == n_mails:
            os.kill(process.pid, signal.SIGKILL)
        return "250 OK"

    office.answer = answer
    _, said = process.communicate()
    office.answer = lambda: "250 OK"
    assert process.returncode == -signal.SIGKILL, said.decode()


def call_until_nothing_waits(environment: dict[str, str], clock: list[datetime]) -> int:
    """Call `notify` as later and later processes would; return how often it took."""
    for n_calls in range(1, MOST_CALLS):
        clock[0] += timedelta(days=1)
        sinks = [
            Webhook(s.url, s.secret, pause=lambda seconds: None) if isinstance(s, Webhook) else s
            for s in sinks_of(load(), environment, io.StringIO())
        ]
        if not notify(load(), sinks, clock=lambda: clock[0]).held:
            return n_calls
    raise AssertionError("something still waits")


def test_each_arrives_at_each_counted_once_by_its_key_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    # A mail without TLS loads the certificates of this machine, too: most of the time that it takes.
    monkeypatch.setenv("SSL_CERT_FILE", os.devnull)
    measured(tmp_path)
    (tmp_path / "perfwatch.toml").write_text('[notify]\nsinks = ["apprise", "github-issue", "webhook"]\n')
    keep(load(), [event(i) for i in range(N_EVENTS)])
    with open_office() as office, listening() as receiver, github_listening() as github:
        monkeypatch.setenv("PERFWATCH_WEBHOOK_URL", receiver.url)
        environment = {
            **os.environ,
            "PERFWATCH_WEBHOOK_SECRET": "kept between the two",
            "PERFWATCH_APPRISE_URLS": office.url,
            "GITHUB_TOKEN": "actions-token",
            "GITHUB_REPOSITORY": github.repository.name,
            "GITHUB_API_URL": github.url,
        }
        killed_at(office, 105, environment)
        receiver.fate, clock = failing_half(7), [datetime.now(UTC)]
        assert call_until_nothing_waits(environment, clock) > 1
        keep(load(), [event(i, "RESOLVED" if i < N_OVER else "CONFIRMED") for i in range(N_EVENTS)])
        call_until_nothing_waits(environment, clock)
        told_webhook(receiver)
        told_mail(office)
        told_github(github)


def expected() -> dict[str, list[str]]:
    over = {event(i).id: ["CONFIRMED", "RESOLVED"] for i in range(N_OVER)}
    return {event(i).id: over.get(event(i).id, ["CONFIRMED"]) for i in range(N_EVENTS)}


def told_webhook(receiver: Receiver) -> None:
    keys = Counter(headers["idempotency-key"] for headers, _ in receiver.got)
    assert len(keys) == N_EVENTS + N_OVER
    assert max(keys.values()) > 1, "no reply was lost"
    standings: dict[str, list[str]] = {}
    for _, body in receiver.got:
        told = json.loads(body)["event"]
        standings.setdefault(told["id"], []).append(told["standing"])
    # What was repeated was repeated before anything else was told of it.
    assert {i: list(dict.fromkeys(told)) for i, told in standings.items()} == expected()
    assert all(told == sorted(told) for told in standings.values())


def told_mail(office: PostOffice) -> None:
    keys = Counter(mail["X-Perfwatch-Key"] for mail in office.mails)
    assert len(keys) == N_EVENTS + N_OVER
    # The process was killed once: what it had not written down came twice, and no more.
    assert 1 <= len(office.mails) - len(keys) <= MOST_UNWRITTEN_OF_PEOPLE
    threads: dict[str, list[str]] = {}
    for mail in office.mails:
        threads.setdefault(mail["References"], []).append(mail["X-Perfwatch-Key"])
    assert len(threads) == N_EVENTS
    assert Counter(len(dict.fromkeys(told)) for told in threads.values()) == {2: N_OVER, 1: N_EVENTS - N_OVER}


def told_github(github: GitHub) -> None:
    states = Counter(issue["state"] for issue in github.repository.issues.values())
    assert states == {"closed": N_OVER, "open": N_EVENTS - N_OVER}
    assert len({issue["body"].split("<!--")[1] for issue in github.repository.issues.values()}) == N_EVENTS
