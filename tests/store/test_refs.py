"""What git calls commits: kept, replaced as a whole, and understood where a commit is asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from perfwatch.errors import NothingToCompareError, UsageError
from perfwatch.model import Commit, Ref
from perfwatch.store.location import Location, parse
from perfwatch.store.names import named
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

DAY = datetime(2026, 1, 1, tzinfo=UTC)
LINE = [Commit(f"{i:x}{i:x}" * 20, DAY, "Ada", f"s{i}", None, i) for i in range(3)]
OTHER = [Commit(f"{i:x}{i:x}" * 20, DAY, "Ada", f"s{i}", None, i - 13) for i in range(13, 15)]
REFS = [Ref("v1", "tag", LINE[0].hash), Ref("main", "branch", LINE[2].hash)]


def test_names_are_replaced_as_a_whole_and_kept_where_git_was_not_asked(
    tree: Any, ingest: Any, store: Location
) -> None:
    def refs() -> list[Ref]:
        with Reader(store) as reader:
            return reader.refs()

    tree.usual(0)
    ingest(commits=LINE, refs=REFS)
    assert refs() == REFS
    ingest()
    ingest(commits=LINE)
    assert refs() == REFS
    moved = [Ref("main", "branch", LINE[1].hash), Ref("origin/main", "remote branch", LINE[1].hash)]
    ingest(commits=LINE, refs=moved)
    assert refs() == moved
    ingest(commits=LINE, refs=[])
    assert refs() == []


def test_the_names_of_another_repository_stay(tree: Any, ingest: Any, store: Location) -> None:
    tree.usual(0)
    ingest(commits=LINE, refs=REFS)
    theirs = [Ref("main", "branch", OTHER[1].hash)]
    ingest(commits=OTHER, refs=theirs)
    with Reader(store) as reader:
        assert sorted(map(repr, reader.refs())) == sorted(map(repr, REFS + theirs))
        with pytest.raises(UsageError, match=r"the branch heads/main .* and the branch heads/main"):
            reader.commit("main")


def test_the_same_names_again_publish_nothing(tree: Any, ingest: Any, store: Location) -> None:
    tree.usual(0)
    ingest(commits=LINE, refs=REFS)
    with Reader(store) as reader:
        version = reader.version
        ingest(commits=LINE, refs=REFS)
        assert reader.version == version
        ingest(commits=LINE, refs=REFS[:1])
        assert reader.version != version


def test_a_team_s_store_has_them_too(tree: Any, team: str) -> None:
    location = parse(team)
    tree.usual(0)
    for refs in (REFS, REFS[1:], None):
        with Writer(location) as writer:
            writer.load(tree.results, None, LINE, refs)
    with Reader(location) as reader:
        assert reader.refs() == REFS[1:]
        assert reader.commit("main") == LINE[2]


@pytest.mark.parametrize("form", ["parquet", "csv", "json"])
def test_an_export_takes_them_along(form: Any, tree: Any, ingest: Any, store: Location, tmp_path: Path) -> None:
    tree.usual(0)
    ingest(commits=LINE, refs=REFS)
    with Reader(store) as reader:
        reader.export(tmp_path / "export", form)
    there = parse(tmp_path / "there.duckdb")
    with Writer(there) as writer:
        writer.restore(tmp_path / "export")
    with Reader(there) as reader:
        assert reader.refs() == REFS


@pytest.mark.parametrize(
    ("name", "index"),
    [("v1", 0), ("main", 2), ("tags/v1", 0), ("refs/heads/main", 2), ("1111", 1), ("1" * 40, 1), ("origin/x", 1),
     ("remotes/origin/x", 1), ("AAAA", 3), ("aaaaaaa", 3), ("tags/twice", 0), ("heads/twice", 1), ("same", 2)],
)  # fmt: skip
def test_a_commit_is_found_by_its_names_and_by_the_start_of_its_hash(name: str, index: int) -> None:
    commits = [*LINE, Commit("a" * 40)]
    refs = [
        *REFS, Ref("origin/x", "remote branch", LINE[1].hash), Ref("twice", "tag", LINE[0].hash),
        Ref("twice", "branch", LINE[1].hash), Ref("same", "tag", LINE[2].hash), Ref("same", "branch", LINE[2].hash),
        # A name of a commit that is there by its whole hash: that is always the commit.
        Ref("1" * 40, "branch", LINE[0].hash),
    ]  # fmt: skip
    assert named(name, commits, refs, "store") == commits[index]


def test_a_name_that_means_two_things_is_said() -> None:
    refs = [Ref("twice", "tag", LINE[0].hash), Ref("twice", "branch", LINE[1].hash), Ref("222", "branch", LINE[1].hash)]
    with pytest.raises(UsageError, match=r"the tag tags/twice \(0{12}\) and the branch heads/twice \(1{12}\)"):
        named("twice", LINE, refs, "store")
    with pytest.raises(UsageError, match=r"the branch heads/222 \(1{12}\) and the start of commit 2{12}; say which"):
        named("222", LINE, refs, "store")


def test_a_name_of_a_commit_the_store_does_not_know_says_which() -> None:
    with pytest.raises(NothingToCompareError, match="tag 'v9' is of ffffffff, which it does not know"):
        named("v9", LINE, [Ref("v9", "tag", "f" * 40)], "store")
