"""What people say of events: who knows, who sees to it, what it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from perfwatch.analysis.triage import next_word
from perfwatch.config import Config
from perfwatch.errors import NothingToCompareError, UsageError
from perfwatch.model import Event, Triage, TriageState
from perfwatch.pipeline.line import author_of
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer


def events(
    config: Config, machine: str | None = None, *, everything: bool = False
) -> list[tuple[Event, Triage | None]]:
    """Return the events of the store with the newest word on each, the newest commit's first.

    Parameters
    ----------
    everything : also what is resolved.
    """
    with Reader(parse(config.store)) as reader:
        return [(e, word) for e, word in reader.events(machine) if everything or e.standing != "RESOLVED"]


def triage(
    config: Config,
    identity: str,
    state: TriageState | None = None,
    *,
    reason: str | None = None,
    owner: str | None = None,
    until: datetime | None = None,
    author: str | None = None,
) -> tuple[Event, Triage]:
    """Keep a word on an event; what it does not say stays as the word before it said.

    Parameters
    ----------
    identity : of the event, or the start of it.

    Errors
    ------
    UsageError : the start of several identities, or a moment that has passed.
    NothingToCompareError : no such event.
    """
    location = parse(config.store)
    with Reader(location) as reader:
        event, before = _named(reader.events(), identity)
    by = author or author_of(config.root)
    word = next_word(event.id, before, by, datetime.now(UTC), state=state, reason=reason, owner=owner, until=until)
    with Writer(location) as writer:
        writer.triage(word)
    return event, word


def _named(known: Sequence[tuple[Event, Triage | None]], identity: str) -> tuple[Event, Triage | None]:
    found = [(e, word) for e, word in known if identity and e.id.startswith(identity)]
    if not found:
        raise NothingToCompareError(f"no event {identity!r} in the store; `perfwatch events --all` lists them")
    if len(found) > 1:
        raise UsageError(f"{identity!r} is the start of {len(found)} events; give more of it, {found[0][0].id} is one")
    return found[0]
