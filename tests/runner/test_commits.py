"""A range is walked along the first-parent line, oldest first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from perfwatch.errors import UsageError
from perfwatch.runner.commits import resolve


@pytest.fixture
def repository(tmp_path: Path, git: Callable[..., str]) -> Path:
    """main: a, b, merge of (side: s), c."""
    git(tmp_path, "init", "-q", "-b", "main")
    for name in ("a", "b"):
        git(tmp_path, "commit", "-q", "--allow-empty", "-m", name)
    git(tmp_path, "checkout", "-q", "-b", "side")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "s")
    git(tmp_path, "checkout", "-q", "main")
    git(tmp_path, "merge", "-q", "--no-ff", "-m", "merge", "side")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "c")
    git(tmp_path, "tag", "-a", "v1", "-m", "v1", "HEAD~1")
    return tmp_path


@pytest.mark.parametrize(
    ("revision_range", "newest", "subjects"),
    [
        (None, None, ["c"]),
        ("HEAD~2..HEAD", None, ["merge", "c"]),
        ("HEAD~3..", None, ["b", "merge", "c"]),
        ("v1", None, ["merge"]),
        ("side", None, ["s"]),
        ("HEAD^!", None, ["c"]),
        (None, 2, ["merge", "c"]),
        (None, 99, ["a", "b", "merge", "c"]),
    ],
)
def test_a_range_names_commits_oldest_first(
    repository: Path,
    git: Callable[..., str],
    revision_range: str | None,
    newest: int | None,
    subjects: list[str],
) -> None:
    found = resolve(repository, revision_range, newest)
    assert [git(repository, "log", "-1", "--format=%s", commit) for commit in found] == subjects


@pytest.mark.parametrize("revision_range", ["no-such", "no-such..HEAD", "HEAD..HEAD", "--all"])
def test_a_range_that_names_nothing_is_an_error(repository: Path, revision_range: str) -> None:
    with pytest.raises(UsageError):
        resolve(repository, revision_range)


def test_a_folder_that_is_no_repository_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        resolve(tmp_path, None)
