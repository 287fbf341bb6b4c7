"""Git → two commits measured in turns → set side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from perfwatch.config import Config
from perfwatch.errors import NothingToCompareError, UsageError
from perfwatch.model import Commit
from perfwatch.pipeline.compare import Comparison, compared
from perfwatch.runner.interleave import Interleaved, Told, interleave
from perfwatch.sources import git


@dataclass(frozen=True)
class Bench:
    """Two commits measured in turns; `comparison` is None where it was stopped before each had a turn."""

    taken: Interleaved
    comparison: Comparison | None


def bench(
    config: Config,
    first: str,
    second: str,
    *,
    rounds: int,
    patterns: Sequence[str] = (),
    quiet: bool = False,
    seed: int = 0,
    tell: Told | None = None,
) -> Bench:
    """Measure two commits in turns on this host and compare them; nothing enters the store.

    Errors
    ------
    UsageError : no repository, no such commit.
    NothingToCompareError : no series has a value on both sides.
    """
    before, after = (commit_in_git(config, revision) for revision in (first, second))
    taken = interleave(config, [before.hash, after.hash], rounds=rounds, bench=patterns, quiet=quiet, tell=tell)
    old, new = taken.of_side(0), taken.of_side(1)
    if not (old and new):
        if taken.is_stopped:
            return Bench(taken, None)
        raise NothingToCompareError("bench: nothing was measured on both sides; see the messages of asv above")
    return Bench(taken, compared(config, before, after, old, new, (), seed=seed))


def commit_in_git(config: Config, revision: str) -> Commit:
    """Return a commit of the project's repository with its subject."""
    if not git.is_repository(config.root):
        raise UsageError(f"{config.root}: no git repository, so there are no commits to measure")
    return git.first_parents(config.root, git.resolve(config.root, revision))[-1]
