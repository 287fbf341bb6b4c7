"""Overrides: a word in a commit's message that what this commit costs may pass.

    Perfwatch-Allow: regression; the new rounding rule costs this, see #12
    Perfwatch-Allow: regression ^compute; the new rounding rule costs this, see #12
    Perfwatch-Allow: 3fa91c; found last week, paid back by the next release

What is allowed stands before the first semicolon, why after it. A kind (and a pattern that is searched in the labels of
series) speaks of what came with the commit itself; an identity, as `perfwatch events` shows it, of any event before.
An event is allowed whole or not at all: where one of its series does not match, it stays on the gate.

Of answers and of what was not measured nobody says in a message that they may pass.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from perfwatch.model import Event, EventKind, Triage

KEY = "Perfwatch-Allow"
_KINDS: Final[dict[str, tuple[EventKind, ...]]] = {
    "regression": ("regression",),
    "improvement": ("improvement",),
    "host": ("host change", "two-state host"),
}
ALLOWABLE: Final = tuple(kind for kinds in _KINDS.values() for kind in kinds)
# Fewer digits than these are a word of somebody's language.
_IDENTITY = re.compile(r"[0-9a-f]{4,12}")
NOT_LAST: Final = "git reads such lines in a message's last paragraph only, and a squash may move them up"
_HOW = f"write for example `{KEY}: regression ^compute; why`"


@dataclass(frozen=True)
class Allowance:
    """What one commit's message lets pass.

    Attributes
    ----------
    commit, author, said_at : whose word it is, and when the commit was made, UTC.
    kinds : what it may be.
    pattern : searched in the label of each series that moved; None for any.
    event : start of an identity; empty for what came with the commit itself.
    """

    commit: str
    author: str
    said_at: datetime
    reason: str
    kinds: tuple[EventKind, ...]
    pattern: str | None = None
    event: str = ""

    @property
    def where(self) -> str:
        """Where it was said, as it stands behind the reason in the store."""
        return f"({KEY} in {self.commit[:12]})"

    def left_out(self, labels: Iterable[str]) -> list[str]:
        """Return the labels that are not allowed."""
        return [] if self.pattern is None else [one for one in labels if not re.search(self.pattern, one)]

    def speaks_of(self, event: Event, came_with: Collection[str]) -> bool:
        """Return whether it means an event.

        Parameters
        ----------
        came_with : the commits that the event's own brought: those since the commit measured before it.
        """
        if self.event:
            return event.id.startswith(self.event)
        return event.kind in self.kinds and self.commit in came_with


@dataclass(frozen=True)
class Unusable:
    """What stands in a commit's message and lets nothing pass, and why."""

    commit: str
    value: str
    why: str


def read(commit: str, author: str, said_at: datetime, value: str) -> Allowance | Unusable:
    """Return what a trailer's value lets pass."""
    what, separator, reason = (part.strip() for part in value.partition(";"))
    name, _, pattern = what.partition(" ")
    pattern = pattern.strip()
    if not separator or not reason:
        return Unusable(commit, value, f"it gives no reason; {_HOW}")
    if name in _KINDS:
        return _of_kind(commit, author, said_at, value, reason, name, pattern)
    if _IDENTITY.fullmatch(name) and not pattern:
        return Allowance(commit, author, said_at, reason, ALLOWABLE, event=name)
    if name.startswith(("equivalence", "broken")):
        return Unusable(commit, value, "an answer that moved is accepted with `perfwatch accept`, never by its commit")
    return Unusable(commit, value, f"only {', '.join(_KINDS)} or an event's identity can be let pass; {_HOW}")


def _of_kind(
    commit: str, author: str, said_at: datetime, value: str, reason: str, name: str, pattern: str
) -> Allowance | Unusable:
    try:
        re.compile(pattern)
    except re.error as error:
        return Unusable(commit, value, f"{pattern!r} is no pattern ({error})")
    return Allowance(commit, author, said_at, reason, _KINDS[name], pattern or None)


def decide(
    events: Sequence[Event],
    allowances: Sequence[Allowance],
    came_with: Mapping[str, Collection[str]],
    words: Mapping[str, Sequence[Triage]],
    now: datetime,
) -> tuple[list[Triage], list[str]]:
    """Return the words that messages say of events for the first time, and what they say in vain, in plain sentences.

    Parameters
    ----------
    events : what stands.
    allowances : oldest first.
    came_with : event → the commits its own brought.
    words : event → what was said of it before, oldest first.

    Notes
    -----
    A message is heard once: what people say of the event after it holds, whatever the message says. Where an event
    grew by series that its message does not name, the word is taken back.
    """
    said: list[Triage] = []
    in_vain: list[str] = []
    for event in events:
        for one in allowances:
            if not one.speaks_of(event, came_with.get(event.id, ())):
                continue
            before = [*words.get(event.id, ()), *(w for w in said if w.event_id == event.id)]
            word, why_not = _heard(one, event, before, now)
            if word is not None:
                said.append(word)
            if why_not:
                in_vain.append(f"{KEY} in {one.commit[:8]} does not let {event.id} pass: {why_not}")
    return said, in_vain


def _heard(one: Allowance, event: Event, before: Sequence[Triage], now: datetime) -> tuple[Triage | None, str]:
    newest = before[-1] if before else None
    owner = newest.owner if newest else None
    if event.kind not in one.kinds:
        return None, "an answer is accepted with `perfwatch accept`; what was not measured is to be measured"
    missed = one.left_out(str(m["label"]) for m in event.moved)
    why_not = f"{missed[0]}{f' and {len(missed) - 1} more' if len(missed) > 1 else ''} moved, too" if missed else ""
    mine = [w for w in before if (w.reason or "").endswith(one.where)]
    if mine:
        if missed and newest is mine[-1] and newest.state == "expected":
            taken_back = f"no longer allowed, {why_not} {one.where}"
            return Triage(event.id, "new", one.author, now, taken_back, owner), why_not
        return None, why_not
    spoken = newest is not None and newest.state != "new" and newest.said_at >= one.said_at
    if missed or spoken:
        return None, why_not
    return Triage(event.id, "expected", one.author, now, f"{one.reason} {one.where}", owner), ""
