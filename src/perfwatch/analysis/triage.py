"""What people say of events: one word follows another, and says anew only what it means to change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, get_args

from perfwatch.errors import UsageError
from perfwatch.model import Event, Triage, TriageState

STATES: Final[tuple[TriageState, ...]] = get_args(TriageState)
# What somebody has settled asks for nobody any more; what they only know of still does.
SETTLED: Final[tuple[TriageState, ...]] = ("accepted", "expected", "infra", "noise", "fixed", "recovered")

# Who says what a re-run of commits in turns found; no person, who may have other words and always has the last.
RERUN: Final = "perfwatch confirm"
BISECT: Final = "perfwatch bisect"
RERUNS: Final = (RERUN, BISECT)


def is_confirmed(event: Event, word: Triage | None) -> bool:
    """Return whether an event is sure: by the detector, or by a re-run of its commit."""
    return event.standing == "CONFIRMED" or (event.standing == "SUSPECT" and _is_reproduced(word))


def is_left_to_a_rerun(word: Triage | None, now: datetime) -> bool:
    """Return whether nobody has spoken of an event but a re-run that left it open, or whose word has run out."""
    if word is None:
        return True
    return word.author in RERUNS and (word.state == "new" or (word.until is not None and word.until <= now))


def _is_reproduced(word: Triage | None) -> bool:
    return word is not None and word.author in RERUNS and word.state == "accepted"


def is_open(event: Event, word: Triage | None, now: datetime | None = None) -> bool:
    """Return whether an event still asks for somebody; `word` is the newest on it.

    Parameters
    ----------
    now : the moment asked about, UTC, by default this one: a word that has run out settles nothing.
    """
    moment = now or datetime.now(UTC)
    settled = word is not None and word.state in SETTLED and (word.until is None or word.until > moment)
    # That it is real was no person's word: it asks for one all the more.
    settled = settled and not _is_reproduced(word)
    return event.standing != "RESOLVED" and not settled


def next_word(
    event_id: str,
    before: Triage | None,
    author: str,
    now: datetime,
    *,
    state: TriageState | None = None,
    reason: str | None = None,
    owner: str | None = None,
    until: datetime | None = None,
) -> Triage:
    """Return a word on an event; what it does not say stays as the word before it said.

    Parameters
    ----------
    until : when it stops to hold, UTC; goes with the state, and so does its absence.

    Errors
    ------
    UsageError : a moment that has passed.
    """
    if until is not None and until <= now:
        raise UsageError(f"until {until:%Y-%m-%d}: that moment has passed; name a later one")
    return Triage(
        event_id,
        state or (before.state if before else "new"),
        author,
        now,
        reason if reason is not None else before.reason if before else None,
        owner if owner is not None else before.owner if before else None,
        until if state is not None or before is None else before.until,
    )


def undone(words: list[Triage], author: str, now: datetime) -> Triage:
    """Return the word that takes the newest one back: what the one before it said, or that the event is new.

    Parameters
    ----------
    words : on one event, oldest first; at least one.
    """
    newest, before = words[-1], words[-2] if len(words) > 1 else None
    taken_back = f"took back “{newest.state}” of {newest.author}"
    if before is None:
        return Triage(newest.event_id, "new", author, now, taken_back)
    return Triage(newest.event_id, before.state, author, now, taken_back, before.owner, before.until)
