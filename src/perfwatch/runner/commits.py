"""Which commits a run is about: a range, a revision or the newest few, oldest first."""

from __future__ import annotations

from pathlib import Path

from perfwatch.errors import HostError, UsageError
from perfwatch.sources import git

_RANGE_MARKS = ("..", "^!", "^-", "^@")


def resolve(root: Path, revision_range: str | None, newest: int | None = None) -> list[str]:
    """Return full hashes along the first-parent line, oldest first.

    Parameters
    ----------
    root : the repository.
    revision_range : `HEAD~3..HEAD`, or one revision; None for HEAD.
    newest : the newest N commits of HEAD's first-parent line instead.

    Errors
    ------
    UsageError : no repository, no such revision, a range without commits.
    HostError : a shallow clone, which does not know the order of commits.
    """
    if git.is_repository(root) and git.is_shallow(root):
        raise HostError(f"{root}: a shallow clone does not know the order of commits; run `git fetch --unshallow`")
    if newest is not None:
        return [c.hash for c in git.first_parents(root, "HEAD")[-newest:]]
    if revision_range is None or not any(mark in revision_range for mark in _RANGE_MARKS):
        return [git.resolve(root, revision_range or "HEAD")]
    found = git.hashes(root, revision_range)
    if not found:
        raise UsageError(
            f"the range {revision_range!r} holds no commit; `git log {revision_range}` shows what it names"
        )
    return found
