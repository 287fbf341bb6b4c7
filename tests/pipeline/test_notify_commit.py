"""The verdict on a commit and in its pull request: told when it changes, and never an older one over a newer."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from forge_server import Chaos
from github_server import GitHub, github_listening

from perfwatch.config import Config
from perfwatch.errors import UsageError
from perfwatch.notify.console import Console
from perfwatch.notify.github import GitHubComment
from perfwatch.notify.github_status import GitHubStatus
from perfwatch.pipeline import ingest
from perfwatch.pipeline.notify import Told, notify
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader


@pytest.fixture
def github() -> Iterator[GitHub]:
    with github_listening() as found:
        yield found


@pytest.fixture
def config(project) -> Config:
    """A project with two measured commits, the newer one as right and as fast as the older."""
    for subject in ("first", "second"):
        project.measure(project.commit(subject))
    ingest(project.config)
    return project.config


def tell(config: Config, github: GitHub, pull: int, revision: str | None = None) -> Told:
    name = github.repository.name
    sinks = [
        GitHubStatus(name, "actions-token", github.url, attempts=1),
        GitHubComment(name, "actions-token", github.url, pull=pull, attempts=1),
    ]
    return notify(config, sinks, revision)


def states(github: GitHub, commit: str) -> list[str]:
    return [s["state"] for s in github.repository.statuses if s["sha"] == commit]


def test_a_verdict_is_told_once_and_again_when_it_says_something_else(project, config: Config, github: GitHub) -> None:
    head = project.commits[-1]
    pull = github.open_pull(head)
    assert len(tell(config, github, pull).sent) == 2
    assert tell(config, github, pull).sent == []
    assert states(github, head) == ["success"]
    (before,) = [c["body"] for c in github.repository.comments]
    project.measure(head, wrong=("rust_batch_unix",))
    ingest(config)
    assert len(tell(config, github, pull).sent) == 2
    assert sorted(states(github, head)) == ["failure", "success"]
    (comment,) = github.repository.comments
    assert comment["body"] != before


def test_a_newer_verdict_takes_the_place_of_one_that_waits_in_the_comment_but_not_on_another_commit(
    project, config: Config, github: GitHub
) -> None:
    first, second = project.commits
    pull = github.open_pull(first)
    github.chaos = Chaos(1, share=1.0, kinds=(503,))
    assert len(tell(config, github, pull, first).held) == 2
    github.push(pull, second)
    held = tell(config, github, pull, second).held
    assert sorted((d.sink, d.subject) for d in held) == [
        ("github-comment", "comment"),
        *sorted(("github-status", f"commit {commit}") for commit in (first, second)),
    ]
    with Reader(parse(config.store)) as reader:
        assert [d.sink for d in reader.deliveries("superseded")] == ["github-comment"]


def test_a_commit_for_which_nobody_is_set_up_is_an_error_of_usage(config: Config) -> None:
    with pytest.raises(UsageError, match="none of the sinks tells a commit's verdict"):
        notify(config, [Console(sys.stdout)], "HEAD")
