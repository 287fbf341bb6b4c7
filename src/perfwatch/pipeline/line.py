"""The line of commits: which one is meant, and which came before it."""

from __future__ import annotations

import getpass
from collections.abc import Container, Sequence
from datetime import datetime
from pathlib import Path

from perfwatch.errors import NothingToCompareError
from perfwatch.model import Commit, Ref
from perfwatch.sources import git
from perfwatch.store.reader import Reader


def commit_named(reader: Reader, root: Path, revision: str | None) -> Commit:
    if git.is_repository(root):
        full = git.resolve(root, revision or "HEAD")
        return next((c for c in reader.commits() if c.hash == full), None) or Commit(full)
    if revision is not None:
        return reader.commit(revision)
    commits = reader.commits()
    if not commits:
        raise NothingToCompareError("the store holds no commit; run `perfwatch ingest` first")
    return commits[-1]


def line_up_to(commits: Sequence[Commit], commit: Commit) -> list[Commit]:
    """Return the commits before `commit`, nearest first: by git's order, by date where git does not know it."""
    if commit.position is not None:
        earlier = [c for c in commits if c.position is not None and c.position < commit.position]
        return sorted(earlier, key=lambda c: -(c.position or 0))
    if commit.committed_at is None:
        return []
    when = commit.committed_at
    dated = [c for c in commits if c.committed_at is not None and c.committed_at < when and c.hash != commit.hash]
    return sorted(dated, key=lambda c: c.committed_at or when, reverse=True)


def line_of(commits: Sequence[Commit]) -> list[Commit]:
    """Return commits as one line, oldest first: those on git's line by its order, without any of them by date."""
    placed = [c for c in commits if c.position is not None]
    if placed:
        return sorted(placed, key=lambda c: c.position or 0)
    dated = [c for c in commits if c.committed_at is not None]
    return sorted(dated, key=lambda c: c.committed_at or datetime.min)


def line_to_newest(commits: Sequence[Commit], measured: Container[str]) -> list[Commit]:
    """Return the line up to the newest of the commits measured, oldest first: what a place's newest judgement is of.

    Empty where those measured have neither an order nor dates.
    """
    ordered = line_of([c for c in commits if c.hash in measured])
    return [*reversed(line_up_to(commits, ordered[-1])), ordered[-1]] if ordered else []


def git_commits(root: Path) -> list[Commit]:
    """Return the first-parent line of the project's repository; empty where there is none."""
    return git.first_parents(root, "HEAD") if git.is_repository(root) else []


def git_refs(root: Path) -> list[Ref] | None:
    """Return what git calls the commits of the project's repository; None where there is none."""
    return git.refs(root) if git.is_repository(root) else None


def author_of(root: Path) -> str:
    name = git.user_name(root) if git.is_repository(root) else None
    return name or getpass.getuser()
