"""What git is asked, on real repositories."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from perfwatch.errors import HostError, UsageError
from perfwatch.sources import git as source


def test_the_line_follows_first_parents_not_dates(repository, git):
    line = source.first_parents(repository)
    assert [(c.subject, c.position) for c in line] == [
        ("first", 0), ("second: with a\ttab, “quotes” and |", 1), ("merge", 2)
    ]  # fmt: skip
    assert [c.parent for c in line] == [None, line[0].hash, line[1].hash]
    assert line[0].committed_at == datetime(2026, 1, 9, tzinfo=UTC)
    assert line[0].author == "Ada"
    assert line[2].hash == git(repository, "rev-parse", "HEAD")


def test_a_line_may_end_at_any_revision(repository):
    assert [c.subject for c in source.first_parents(repository, "side")] == ["first", "aside"]


def test_a_range_is_oldest_first(repository, git):
    assert source.hashes(repository, "main~2..main") == [
        git(repository, "rev-parse", "main~1"), git(repository, "rev-parse", "main")
    ]  # fmt: skip


def test_a_revision_resolves_to_its_full_hash(repository, git):
    full = git(repository, "rev-parse", "main")
    for revision in ("HEAD", "main", full[:8], full):
        assert source.resolve(repository, revision) == full


@pytest.mark.parametrize("revision", ["nothing", "--help", "", "HEAD~99"])
def test_a_revision_that_is_none_is_a_wrong_argument(repository, revision):
    with pytest.raises(UsageError) as caught:
        source.resolve(repository, revision)
    assert "\n" not in str(caught.value)


def test_no_repository_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert not source.is_repository(tmp_path)
    assert not source.is_repository(tmp_path / "none")
    for ask in (source.first_parents, source.is_shallow):
        with pytest.raises(UsageError, match="not a git repository"):
            ask(tmp_path)
    with pytest.raises(UsageError, match="not a git repository"):
        source.resolve(tmp_path, "HEAD")


def test_a_repository_without_commits_is_told(tmp_path, git):
    git(tmp_path, "init", "-q")
    with pytest.raises(UsageError):
        source.first_parents(tmp_path)


def test_a_shallow_clone_has_no_order(repository, git, tmp_path):
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", "shallow")
    assert source.is_shallow(tmp_path / "shallow")
    assert not source.is_shallow(repository)
    with pytest.raises(HostError, match="git fetch --unshallow"):
        source.first_parents(tmp_path / "shallow")


def test_the_name_of_the_user_is_asked_of_git(repository, git, monkeypatch):
    assert source.user_name(repository) == "Ada"
    monkeypatch.delenv("GIT_AUTHOR_NAME")
    git(repository, "config", "user.name", "Grace")
    assert source.user_name(repository) == "Grace"


def test_without_git_the_host_is_at_fault(repository, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert not source.is_repository(repository)
    with pytest.raises(HostError, match="install git"):
        source.resolve(repository, "HEAD")


def test_names_are_tags_branches_and_those_of_other_clones_with_their_commits(repository, git, tmp_path):
    first, second, merge = (c.hash for c in source.first_parents(repository))
    git(repository, "tag", "v1", first)
    git(repository, "tag", "-a", "v2", "-m", "said", second)
    git(repository, "tag", "-a", "v2-again", "-m", "a tag of a tag", "v2")
    git(repository, "tag", "a-tree", f"{first}^{{tree}}")
    git(repository, "tag", "-a", "a-tree-said", "-m", "no commit", f"{first}^{{tree}}")
    side = git(repository, "rev-parse", "side")
    assert [(r.name, r.kind, r.commit) for r in source.refs(repository)] == [
        ("v1", "tag", first), ("v2", "tag", second), ("v2-again", "tag", second),
        ("main", "branch", merge), ("side", "branch", side),
    ]  # fmt: skip
    git(tmp_path, "clone", "-q", "--no-tags", str(repository), "clone")
    assert [(r.name, r.kind, r.commit) for r in source.refs(tmp_path / "clone")] == [
        ("main", "branch", merge), ("origin/main", "remote branch", merge), ("origin/side", "remote branch", side)
    ]  # fmt: skip


def test_the_newest_common_commit_and_the_files_between(tmp_path, git):
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "inner").mkdir()

    def commit(*changed):
        for name in changed:
            (tmp_path / name).write_text(str(len(list(tmp_path.rglob("*")))) + name)
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-qm", "x", "--allow-empty")
        return git(tmp_path, "rev-parse", "HEAD")

    fork = commit("a.txt", "inner/b.txt")
    ahead = commit("main only.txt")
    git(tmp_path, "checkout", "-qb", "work", fork)
    head = commit("inner/ü b.txt")
    assert source.merge_base(tmp_path, ahead, head) == fork
    assert source.changed_files(tmp_path, fork, head) == ["inner/ü b.txt"]
    assert source.changed_files(tmp_path, ahead, head) == ["inner/ü b.txt", "main only.txt"]
    assert source.changed_files(tmp_path / "inner", ahead, head) == ["ü b.txt", "../main only.txt"]
    assert source.changed_files(tmp_path, head, head) == []
    git(tmp_path, "checkout", "-q", "--orphan", "other")
    assert source.merge_base(tmp_path, head, commit("c.txt")) is None


def test_trailers_are_read_over_every_parent_folded_lines_joined_and_keys_without_case(repository, git):
    git(repository, "checkout", "-qb", "topic")
    git(repository, "commit", "--allow-empty", "-qm", "topic\n\nPerfwatch-Allow: regression; a\n and b\nOther: x")
    git(repository, "checkout", "-q", "main")
    git(repository, "merge", "--no-ff", "-qm", "merged\n\nperfwatch-allow: host; c", "topic")
    found = source.trailers(repository, "Perfwatch-Allow", "main~1..main")
    assert sorted((t.value, t.author) for t in found) == [("host; c", "Ada"), ("regression; a and b", "Ada")]
    assert len(source.reachable(repository, "main~1..main")) == 2
    with pytest.raises(UsageError):
        source.trailers(repository, "Perfwatch-Allow", "nothing..main")


@pytest.mark.parametrize(
    ("message", "trailers", "strays"),
    [
        ("s\n\nKey: a", ["a"], []),
        ("s\n\nKey:", [""], []),
        # A squash leaves them above what it adds at the end.
        ("s\n\n* one\n\nKey: a\n\nCo-authored-by: Ada", [], ["a"]),
        ("s\n\nkey: a\n\nmore\n\nOther: x\nKEY: b\nKey: c", ["b", "c"], ["a"]),
        ("Key: the subject", [], ["the subject"]),
        ("s\n\nas in Key: a of old", [], []),
    ],
)
def test_a_line_that_only_looks_like_a_trailer_is_told_apart(repository, git, message, trailers, strays):
    git(repository, "commit", "--allow-empty", "-qm", message)
    assert [t.value for t in source.trailers(repository, "Key", "HEAD~1..HEAD")] == trailers
    assert [t.value for t in source.strays(repository, "Key", "HEAD~1..HEAD")] == strays
