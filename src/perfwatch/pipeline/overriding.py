"""Git and flags → which findings somebody lets pass → store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from perfwatch.analysis.check import Check
from perfwatch.analysis.override import KEY, NOT_LAST, Allowance, Unusable, decide, read
from perfwatch.analysis.triage import next_word
from perfwatch.config import Config
from perfwatch.errors import UsageError
from perfwatch.model import Commit, Event, Triage
from perfwatch.pipeline.line import author_of
from perfwatch.sources import git
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer


@dataclass(frozen=True)
class Overrides:
    """What of people's words beside the store counts.

    Attributes
    ----------
    reason : why what holds the gate now may pass; None where nobody says so.
    author : who says so; None for git's user.
    are_trailers_heard : whether messages of commits count; not where a stranger may have written them.
    """

    reason: str | None = None
    author: str | None = None
    are_trailers_heard: bool = True

    def __post_init__(self) -> None:
        """Refuse a word without a reason.

        Errors
        ------
        UsageError : an empty reason, or an author without one.
        """
        if self.reason is not None and not self.reason.strip():
            raise UsageError("--override: the reason is empty; say why this may pass")
        if self.reason is None and self.author is not None:
            raise UsageError("--override-by: says who, but not why; give --override REASON, too")


def overridden(config: Config, check: Check, overrides: Overrides) -> Check:
    """Return a check with what somebody lets pass; each word is kept in the store beside the others on its event."""
    words, notes = _of_messages(config, check) if overrides.are_trailers_heard else ([], [])
    check = _with(check, words)
    if overrides.reason is not None:
        by = overrides.author or author_of(config.root)
        more = _of_flag(check, overrides.reason.strip(), by)
        words, check = [*words, *more], _with(check, more)
        if not more:
            notes.append("--override lets nothing pass: no confirmed regression holds the gate")
    _keep(config, words)
    return replace(check, notes=(*check.notes, *notes))


def _of_flag(check: Check, reason: str, author: str) -> list[Triage]:
    """Return a word on each regression that holds the gate; answers and what was not measured are held by others."""
    held = {event.id: word for place in check.places for event, word in place.regressions(check.checked_at)}
    why = f"{reason} (--override)"
    return [
        next_word(identity, word, author, check.checked_at, state="acknowledged", reason=why)
        for identity, word in held.items()
    ]


def _of_messages(config: Config, check: Check) -> tuple[list[Triage], list[str]]:
    """Return what the messages of commits say of what stands, and what they say in vain."""
    if not git.is_repository(config.root):
        return [], []
    with Reader(parse(config.store)) as reader:
        commits = {c.hash: c for c in reader.commits()}
        measured = [reader.measured_commits(p.machine, p.environment) for p in check.places]
        words: dict[str, list[Triage]] = {}
        for word in reader.triages():
            words.setdefault(word.event_id, []).append(word)
    said: list[Triage] = []
    notes: list[str] = []
    for place, here in zip(check.places, measured, strict=True):
        events = [e for e, _ in place.events]
        before = {e.id: _before(commits, here, e.commit) for e in events}
        allowances, unusable = _allowances(config, check.commit, [b for b in before.values() if b])
        reach = {e.id: _came_with(config, b, e.commit) for e in events if (b := before[e.id])} if allowances else {}
        found, in_vain = decide(events, allowances, reach, words, check.checked_at)
        said += found
        notes += [*(f"{KEY} in {u.commit[:8]} counts for nothing: {u.why}" for u in unusable), *in_vain]
    return said, [*dict.fromkeys(notes)]


def _before(commits: dict[str, Commit], measured: set[str], commit: str) -> Commit | None:
    """Return the commit measured before one, by git's order; None where there is none or git knows no order."""
    at = commits[commit].position if commit in commits else None
    if at is None:
        return None
    earlier = [c for c in commits.values() if c.hash in measured and c.position is not None and c.position < at]
    return max(earlier, key=lambda c: c.position or 0, default=None)


def _allowances(config: Config, commit: Commit, before: Sequence[Commit]) -> tuple[list[Allowance], list[Unusable]]:
    """Return what the messages say since the earliest of what stands, up to the commit judged."""
    if not before:
        return [], []
    oldest = min(before, key=lambda c: c.position or 0)
    since = f"{oldest.hash}..{commit.hash}"
    try:
        told, strays = git.trailers(config.root, KEY, since), git.strays(config.root, KEY, since)
    except UsageError:
        return [], []  # The store is of another repository, or this one holds only its newest part.
    words = [read(t.commit, t.author, t.committed_at, t.value) for t in told]
    unusable = [Unusable(line.commit, line.value, NOT_LAST) for line in strays]
    unusable += [word for word in words if isinstance(word, Unusable)]
    return [word for word in words if isinstance(word, Allowance)], unusable


def _came_with(config: Config, before: Commit, commit: str) -> list[str]:
    try:
        return git.reachable(config.root, f"{before.hash}..{commit}")
    except UsageError:
        return []


def _with(check: Check, words: Sequence[Triage]) -> Check:
    newest = {word.event_id: word for word in words}

    def told(events: Sequence[tuple[Event, Triage | None]]) -> list[tuple[Event, Triage | None]]:
        return [(e, newest.get(e.id, word)) for e, word in events]

    return replace(check, places=[replace(p, events=told(p.events)) for p in check.places])


def _keep(config: Config, words: Sequence[Triage]) -> None:
    """Keep words on events that the store has; those of an older commit, judged for its own sake, it has not."""
    if not words:
        return
    location = parse(config.store)
    with Reader(location) as reader:
        known = {event.id for event, _ in reader.events()}
    kept = [word for word in words if word.event_id in known]
    if kept:
        with Writer(location) as writer:
            for word in kept:
                writer.triage(word)
