"""Which events are told, and in which words: one message for each event when it is sure, and one when it is over."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from perfwatch.analysis.check import is_silenced
from perfwatch.model import Commit, Event, Triage
from perfwatch.report import verdicts

SCHEMA = "perfwatch.event/1"


@dataclass(frozen=True)
class Message:
    """One event at one standing, as it is told; `key` is the same whenever the same is told again."""

    key: str
    event: Event
    body: str


def due(
    events: Iterable[tuple[Event, Triage | None]],
    told: Collection[tuple[str, str]],
    news: Collection[str],
    now: datetime,
) -> list[Event]:
    """Return the events to be told now.

    Parameters
    ----------
    told : (event, standing) pairs that were told before or wait to be.
    news : commits whose events are news. A history loaded for the first time is none: what is long past is not told.
    now : what somebody's word takes off the gate at that moment is not told, for somebody knows.

    Notes
    -----
    What is only suspected is not told. That an event is over is told to whoever was told that it began, also long
    after and whatever was said of it meanwhile.
    """
    found = []
    for event, word in events:
        if (event.id, event.standing) in told:
            continue
        began = event.standing == "CONFIRMED" and event.commit in news and not is_silenced(word, now)
        ended = event.standing == "RESOLVED" and (event.id, "CONFIRMED") in told
        if began or ended:
            found.append(event)
    return found


def message(event: Event, word: Triage | None, commit: Commit | None, url: str) -> Message:
    """Return what a receiver is told of an event, an object of the schema `perfwatch.event/1`.

    Parameters
    ----------
    commit : the event's own, with author and subject, where the store knows it.
    url : the receiver's address; two receivers are told the same under different keys.
    """
    key = hashlib.sha256("\0".join((event.id, event.standing, url)).encode()).hexdigest()[:32]
    subject = None if commit is None else {"hash": commit.hash, "author": commit.author, "subject": commit.subject}
    body = {
        "schema": SCHEMA,
        "key": key,
        "event": verdicts.event_json(event, word),
        "commit": subject or {"hash": event.commit, "author": None, "subject": None},
        "text": "\n".join(line.strip() for line in verdicts.event_lines(event, word)),
    }
    return Message(key, event, json.dumps(body, ensure_ascii=False, default=str, allow_nan=False))
