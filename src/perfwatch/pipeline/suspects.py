"""Store and git → which commits are to be measured again, against which, and what of the suite."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from perfwatch.analysis import rerun
from perfwatch.analysis.events import APART
from perfwatch.analysis.kinds import RECENT
from perfwatch.analysis.triage import is_left_to_a_rerun
from perfwatch.config import Config
from perfwatch.errors import NothingToCompareError, UsageError
from perfwatch.model import Commit, Event, Triage
from perfwatch.pipeline.line import line_of, line_up_to
from perfwatch.runner import labels
from perfwatch.sources import git
from perfwatch.store.reader import Reader

# What an event names is of one size or of none, and is named whole: no size is kept out.
EVERY_SIZE = "all"


@dataclass(frozen=True)
class Suspect:
    """A commit to be measured again beside the one measured before it.

    Attributes
    ----------
    event : what was said of it, None for a commit named with patterns of its own.
    spoken : the newest word on the event.
    before, after : the two; `gap` holds the commits behind the first up to the second, oldest first.
    patterns : asv's, for what is to be measured; none for everything of the configured size.
    labels : of the series it is decided by; none for all that is measured.
    left_out : how many of the event's series are not measured again.
    is_of_its_own_sizes : whether the patterns say the sizes, whatever is configured.
    """

    event: Event | None
    spoken: Triage | None
    before: Commit
    after: Commit
    gap: Sequence[Commit]
    patterns: Sequence[str]
    labels: frozenset[str] = frozenset()
    left_out: int = 0
    is_of_its_own_sizes: bool = False


def named(reader: Reader, config: Config, name: str, bench: Sequence[str]) -> list[Suspect]:
    """Return what a name stands for: the start of an event's identity, or a commit with the events at it.

    Errors
    ------
    NothingToCompareError : neither an event nor a commit, or a commit without an event and no pattern.
    UsageError : the start of several events, or an event that no measurement can find again.
    """
    known = reader.events()
    found = [(e, word) for e, word in known if name and e.id.startswith(name)]
    if len(found) > 1:
        raise UsageError(f"{name!r} is the start of {len(found)} events; give more of it, {found[0][0].id} is one")
    if not found:
        commit = _commit(config, name)
        here = [(e, word) for e, word in known if e.commit == commit and e.standing != "RESOLVED"]
        found = [(e, word) for e, word in here if e.kind in rerun.KINDS]
        # The same happening on two machines is measured again once, on this one.
        found = [(e, word) for e, word in found if e.machine == config.machine] or found
        if not found and not bench:
            raise NothingToCompareError(
                f"no event at {commit[:8]}; `perfwatch events --all` lists them, --bench says what to measure without"
            )
        if not found:
            return [_alone(config, reader, commit, bench)]
    for event, _ in found:
        if event.kind not in rerun.KINDS:
            raise UsageError(f"{event.id} is a {event.kind}; measuring again finds only {', '.join(rerun.KINDS)}")
    return [suspect(reader, config, event, word, bench) for event, word in found]


def waiting(reader: Reader, config: Config, now: datetime, bench: Sequence[str]) -> list[Suspect]:
    """Return the regressions of the newest commits on this machine that nobody has spoken of, the gravest first."""
    found = []
    for event, word in reader.events(config.machine):
        if event.kind != "regression" or event.standing == "RESOLVED" or not is_left_to_a_rerun(word, now):
            continue
        measured = reader.measured_commits(event.machine, event.environment)
        newest = [c.hash for c in line_of([c for c in reader.commits() if c.hash in measured])][-RECENT:]
        if event.commit in newest:
            found.append((event, word))
    found.sort(key=lambda pair: -rerun.gravity(pair[0]))
    chosen = []
    for event, word in found:
        # Of one whose commit has none before it, or is not in this clone, the others do not depend.
        with contextlib.suppress(NothingToCompareError):
            chosen.append(suspect(reader, config, event, word, bench))
    return chosen


def suspect(reader: Reader, config: Config, event: Event, word: Triage | None, bench: Sequence[str]) -> Suspect:
    """Return what is to be measured to find an event again.

    Errors
    ------
    NothingToCompareError : nothing was measured before its commit, and it has no parent.
    """
    members = [str(m["label"]) for m in event.moved]
    runnable = [label for label in members if labels.is_runnable(label)]
    chosen = (runnable or members)[: rerun.GRAVEST]
    if event.kind == "equivalence break":
        breaks = event.facts.get("breaks", ())
        patterns = labels.of_answers(str(b["size"]) for b in breaks if b["size"])
        patterns += labels.patterns([str(b["architecture"]) for b in breaks if not b["size"]])
        chosen = []
    else:
        patterns = labels.patterns(chosen)
    before, gap = _before(reader, config, event.commit, (event.machine, event.environment))
    return Suspect(
        event,
        word,
        before,
        gap[-1],
        gap,
        list(bench) or patterns,
        frozenset() if bench else frozenset(chosen),
        0 if bench else len(members) - len(chosen),
        is_of_its_own_sizes=not bench,
    )


def around(reader: Reader, config: Config, found: Suspect) -> Suspect | None:
    """Return the commits measured around a suspect's, as far as the place of a change is unknown; None without any.

    A small change stands at a commit near the one that brought it. That this one did not is no word on the change.
    """
    event = found.event
    if event is None or event.kind not in ("regression", "improvement"):
        return None
    place = (event.machine, event.environment)
    measured = reader.measured_commits(*place)
    line = [c for c in line_of(reader.commits()) if c.hash in measured]
    at = next((i for i, c in enumerate(line) if c.hash == event.commit), None)
    if at is None:
        return None
    near = [c for c in line[max(0, at - 1 - APART) : at + APART + 1] if _has_values(reader, c.hash, place)]
    if not near or (near[0].hash, near[-1].hash) == (found.before.hash, found.after.hash):
        return None
    try:
        commits = git.first_parents(config.root, _commit(config, near[-1].hash))
    except NothingToCompareError:
        # Measured elsewhere, and not in this clone.
        return None
    places = [i for i, c in enumerate(commits) if c.hash == near[0].hash]
    gap = commits[places[0] + 1 :] if places else ()
    return replace(found, before=commits[places[0]], after=gap[-1], gap=gap) if gap else None


def _has_values(reader: Reader, commit: str, place: tuple[str, str]) -> bool:
    """Return whether a commit gave a value at a place: one that did not build was measured in vain."""
    return bool(reader.measurements(commit, *place, status="ok"))


def _alone(config: Config, reader: Reader, commit: str, bench: Sequence[str]) -> Suspect:
    before, gap = _before(reader, config, commit, None)
    return Suspect(None, None, before, gap[-1], gap, list(bench))


def _before(
    reader: Reader, config: Config, commit: str, place: tuple[str, str] | None
) -> tuple[Commit, Sequence[Commit]]:
    """Return the nearest commit before that gave a value at a place, and the commits of git's line behind it.

    Where none did, and where no place is meant, that is the first parent.
    """
    line = git.first_parents(config.root, _commit(config, commit))
    if len(line) < 2:
        raise NothingToCompareError(f"{commit[:8]} has no commit before it, so there is nothing to measure it against")
    at = {c.hash: c for c in line[:-1]}
    if place is not None:
        known = next((c for c in reader.commits() if c.hash == commit), None)
        measured = reader.measured_commits(*place)
        for earlier in line_up_to(reader.commits(), known) if known else ():
            if earlier.hash in measured & at.keys() and _has_values(reader, earlier.hash, place):
                found = at[earlier.hash]
                return found, line[(found.position or 0) + 1 :]
    return line[-2], line[-1:]


def _commit(config: Config, name: str) -> str:
    if not git.is_repository(config.root):
        raise UsageError(f"{config.root}: no git repository, so there are no commits to measure")
    try:
        return git.resolve(config.root, name)
    except UsageError as error:
        raise NothingToCompareError(
            f"{name!r} is neither an event nor a commit; `perfwatch events --all` and `git log` list them"
        ) from error
