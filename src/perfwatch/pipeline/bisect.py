"""Git → commits between a good and a bad one, measured in turns → the one that brought the change → store."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from perfwatch.analysis import bisection
from perfwatch.analysis.bisection import Bisection, Step
from perfwatch.analysis.look import FEWEST
from perfwatch.analysis.search import Answer, Found, questions, search
from perfwatch.config import Config
from perfwatch.errors import UsageError
from perfwatch.model import Commit
from perfwatch.pipeline import suspects
from perfwatch.pipeline.confirm import measured
from perfwatch.pipeline.criteria import Criterion, Stopped, criterion
from perfwatch.pipeline.judging import settings_of
from perfwatch.pipeline.suspects import Suspect
from perfwatch.runner.interleave import Told
from perfwatch.sources import git
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer


def bisect(
    config: Config,
    good: str,
    bad: str,
    *,
    rounds: int,
    bench: Sequence[str] = (),
    event: str | None = None,
    budget_s: float | None = None,
    quiet: bool = False,
    tell: Told | None = None,
    about: Callable[[str], None] = lambda _: None,
    clock: Callable[[], float] = time.monotonic,
) -> Bisection:
    """Return which commit behind `good` up to `bad` brought the change, or among which it is.

    Parameters
    ----------
    good, bad : commits; the first on the first-parent line of the second.
    rounds : turns of each side at each step, at most.
    bench : asv's patterns; by default those of the event's series, without one everything of the configured size.
    event : what the change is known by; the word on what was found is kept there.
    budget_s : no step is begun once so much time has passed.
    about : told of each step before its first turn.

    Errors
    ------
    UsageError : not two commits of one line, or fewer rounds than decide anything.
    NothingToCompareError : no such event.
    """
    if rounds < FEWEST:
        raise UsageError(f"--rounds {rounds}: nothing is decided by fewer than {FEWEST}; give {FEWEST} or more")
    began, settings = clock(), settings_of(config)
    suspect = _suspect(config, good, bad, bench, event)

    def is_over() -> bool:
        return budget_s is not None and clock() - began >= budget_s

    about(f"the ends: {suspect.before.hash[:8]} and {suspect.after.hash[:8]}")
    ends, taken = measured(config, suspect, settings, rounds, is_over, quiet=quiet, tell=tell)
    plain = Bisection(ends, suspect.gap)
    by = None if ends.is_stopped else criterion(config, suspect, ends, taken, rounds, quiet=quiet, tell=tell)
    if by is None:
        return plain
    found, steps, is_stopped = _searched(suspect.gap, by, is_over, about)
    done = replace(plain, criterion=by.kind, by=by.name, found=found, steps=steps, is_stopped=is_stopped)
    done = replace(done, pattern=by.patterns[0] if by.patterns else ".")
    if found.is_exact:
        cause = done.candidates[0]
        done = replace(done, diffstat=git.diffstat(config.root, cause.hash))
        if by.kind == "time" and len(suspect.gap) > 1 and not found.is_stopped:
            about(f"{cause.hash[:8]} against the commit before it")
            pair = replace(
                suspect, before=done.before, after=cause, gap=[cause], patterns=by.patterns, labels=by.labels
            )
            own, _ = measured(config, pair, settings, rounds, is_over, quiet=quiet, tell=tell)
            done = replace(done, own=own)
    return _kept(config, done)


def _searched(
    line: Sequence[Commit], by: Criterion, is_over: Callable[[], bool], about: Callable[[str], None]
) -> tuple[Found, list[Step], bool]:
    """Return what the search came to, each step, and whether somebody stopped it."""
    steps: list[Step] = []
    is_stopped = False

    def ask(at: int) -> Answer:
        nonlocal is_stopped
        commit = line[at]
        about(
            f"step {len(steps) + 1} of about {questions(len(line))}: {commit.hash[:8]} {commit.subject or ''}".strip()
        )
        try:
            step = by.ask(commit)
        except Stopped:
            is_stopped = True
            step = Step(commit, "undecided", 0, "stopped")
        steps.append(step)
        return step.answer

    found = search(len(line), ask, lambda: not (is_stopped or is_over()))
    if is_stopped:
        # The one it was stopped at was not asked.
        left = {at: answer for at, answer in found.answers.items() if line[at] != steps[-1].commit}
        return replace(found, answers=left, is_stopped=True), steps[:-1], True
    return found, steps, False


def _suspect(config: Config, good: str, bad: str, bench: Sequence[str], event: str | None) -> Suspect:
    """Return the two ends and what is to be measured of them."""
    if not git.is_repository(config.root):
        raise UsageError(f"{config.root}: no git repository, so there are no commits to search")
    first, last = git.resolve(config.root, good), git.resolve(config.root, bad)
    line = git.first_parents(config.root, last)
    at = next((c.position for c in line if c.hash == first), None)
    if at is None or first == last:
        raise UsageError(
            f"{first[:8]} is not before {last[:8]} on its first-parent line; `git log --first-parent {bad}` shows it"
        )
    gap = line[at + 1 :]
    if event is None:
        return Suspect(None, None, line[at], gap[-1], gap, list(bench))
    with Reader(parse(config.store)) as reader:
        (known, *_) = suspects.named(reader, config, event, bench)
    return replace(known, before=line[at], after=gap[-1], gap=gap)


def _kept(config: Config, found: Bisection) -> Bisection:
    """Keep the word on what was found; a person may have spoken while it was searched, and has the last word."""
    if found.ends.event is None:
        return found
    location = parse(config.store)
    with Reader(location) as reader:
        words = reader.triages(found.ends.event.id)
    found = replace(found, ends=replace(found.ends, spoken=words[-1] if words else None))
    word = bisection.word_of(found, datetime.now(UTC))
    if word is None:
        return found
    with Writer(location) as writer:
        writer.triage(word)
    return replace(found, word=word)
