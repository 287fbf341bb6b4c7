"""Notices as reports make them, short enough to be read in a test."""

from __future__ import annotations

from perfwatch.notify.sink import Sink
from perfwatch.report.notice import Notice

FIRST = "c0ffee00" * 5
SECOND = "beefbeef" * 5


def of_event(standing: str = "CONFIRMED", said: str = "10 % slower", event: str = "0123456789ab") -> Notice:
    return notice(f"event {event}", standing, FIRST, f"REGRESSED a.time_b {said}")


def of_commit(conclusion: str = "failure", said: str = "1 regression", commit: str = FIRST) -> Notice:
    return notice(f"commit {commit}", conclusion, commit, said)


def of_pull(conclusion: str = "failure", said: str = "1 regression", head: str = FIRST) -> Notice:
    return notice(f"pull {head}", conclusion, head, said)


def notice(subject: str, standing: str, commit: str, said: str) -> Notice:
    markdown = f"## {said}\n\n| benchmark | change |\n|---|---|\n| `a.time_b` | +10 % |\n"
    return Notice(subject, standing, "error", commit, said, said, markdown, f"<p>{said}</p>", {"schema": "test/1"})


def delivered(sink: Sink, key: str, told: Notice) -> None:
    """Send, and see that it arrived."""
    outcome = sink.send(key, told)
    assert (outcome.status, outcome.error) == ("delivered", None)
