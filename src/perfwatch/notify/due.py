"""What a sink is to be told now, given what it was told before, and the key each message has for ever."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from perfwatch.analysis.check import is_silenced
from perfwatch.analysis.triage import is_confirmed
from perfwatch.model import Event, Triage
from perfwatch.report.notice import Notice

# Every new commit moves an estimate a little: a title counts as another when its words are.
_FIGURE = re.compile(r"[+-]?\d+(?:[.,]\d+)*")

# What a re-run can find again or not; a broken answer, a failure or a stale runner waits for none.
_CHANGES_OF_SPEED: Final = {"regression", "improvement"}


@dataclass(frozen=True)
class Before:
    """What one sink was told of one subject, or is to be told.

    Attributes
    ----------
    standings : of all its messages.
    reached : of those that were not refused.
    content, key : of the newest message; no content at a sink that only appends.
    """

    standings: frozenset[str]
    reached: frozenset[str]
    content: str | None
    key: str


def subject_of(event: Event) -> str:
    """Return what a notice of an event calls its subject."""
    return f"event {event.id}"


def due(
    events: Iterable[tuple[Event, Triage | None]],
    before: Mapping[str, Before],
    news: Collection[str],
    now: datetime,
    *,
    updates: bool,
    wait_for_rerun: bool = False,
) -> list[Event]:
    """Return the events that one sink is to be told now; one that a re-run made sure before the judge, as CONFIRMED.

    Parameters
    ----------
    before : by subject.
    news : commits whose events are news. A history loaded for the first time is none: what is long past is not told.
    now : what somebody's word takes off the gate at that moment is not told, for somebody knows.
    updates : whether the sink can change what it told before; then it is told of every change that people would act
        on (see `content_of`), else that an event began, and that it is over.

    Notes
    -----
    What is only suspected is not told, until a re-run (`perfwatch confirm`) finds it again. What follows after an event
    began is told to whoever was told that, also long after and whatever was said of it meanwhile.
    """
    found = []
    for event, word in events:
        if is_confirmed(event, word):
            event = replace(event, standing="CONFIRMED")
        last = before.get(subject_of(event))
        if last is None:
            is_held = wait_for_rerun and event.kind in _CHANGES_OF_SPEED and (word is None or word.state != "accepted")
            is_sure = event.standing == "CONFIRMED" and not is_held
            if is_sure and event.commit in news and not is_silenced(word, now):
                found.append(event)
        elif event.standing == "SUSPECT" or not last.reached:
            continue
        elif updates:
            found += [event] if content_of(event, word) != last.content else []
        elif event.standing == "RESOLVED" and "RESOLVED" not in last.standings:
            found.append(event)
    return found


def content_of(event: Event, word: Triage | None) -> str:
    """Return a digest of what people act on: the same as long as only the last digits of figures change.

    That is the standing, the title's words, the members, the largest change to one digit, the cause, the difference of
    the environment, and what somebody said of it.
    """
    largest = event.moved[0].get("ratio") if event.moved else None
    said = None if word is None else [word.state, word.author, word.reason, word.owner, str(word.until)]
    return _digest(
        event.kind,
        event.standing,
        _FIGURE.sub("#", event.title),
        event.cause,
        sorted(str(member.get("label")) for member in event.moved),
        None if largest is None else f"{largest - 1:.1g}",
        event.facts.get("environment"),
        said,
    )


def content_of_notice(notice: Notice) -> str:
    """Return a digest of what a notice says in words; for what is told once it is settled, a commit's verdict."""
    return _digest(notice.subject, notice.standing, notice.title, notice.text)


def key_of(notice: Notice, kind: str, receiver: str, content: str | None, last: Before | None) -> str:
    """Return the key of a message: the same whenever the same is queued again, another for another receiver.

    A sink that updates may be told A, then B, then A again: its key also hangs on that of the message before it.
    """
    chain = last.key if last is not None and content is not None else None
    return _digest(notice.subject, notice.standing, content, kind, receiver, chain)[:32]


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()
