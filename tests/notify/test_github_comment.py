"""One comment on a pull request for each project, of its head only, and only our own."""

from __future__ import annotations

import pytest
from forge_server import Fault
from github_server import REPOSITORY, GitHub
from notices import FIRST, SECOND, delivered, of_commit, of_pull

from perfwatch.notify.github import GitHubComment


def sink(github: GitHub, pull: int, project: str = "scratch") -> GitHubComment:
    return GitHubComment(REPOSITORY, "actions-token", github.url, project=project, pull=pull, pause=lambda _: None)


def comments(github: GitHub) -> list[str]:
    return [str(c["body"]) for c in github.repository.comments]


def test_a_pull_request_has_one_comment_edited_at_each_push(github: GitHub) -> None:
    pull = github.open_pull(FIRST)
    for number, head in enumerate([FIRST, SECOND, "deadbeef" * 5]):
        github.push(pull, head)
        told = of_pull(said=f"{number} regressions", head=head)
        delivered(sink(github, pull), f"key {number}", told)
        (body,) = comments(github)
        assert body.startswith(told.markdown.strip())


def test_two_projects_of_a_repository_have_a_comment_each(github: GitHub) -> None:
    pull = github.open_pull(FIRST)
    for project in ("engine", "web --> <!--", "engine"):
        delivered(sink(github, pull, project), "1", of_pull())
    assert len(comments(github)) == 2


def test_where_people_would_read_the_same_nothing_is_written(github: GitHub) -> None:
    pull = github.open_pull(FIRST)
    delivered(sink(github, pull), "1", of_pull())
    delivered(sink(github, pull), "2", of_pull())
    assert len(github.written()) == 1


def test_what_is_about_an_older_head_is_passed_over(github: GitHub) -> None:
    pull = github.open_pull(FIRST)
    github.push(pull, SECOND)
    delivered(sink(github, pull), "2", of_pull(said="newer", head=SECOND))
    delivered(sink(github, pull), "1", of_pull(said="older"))
    assert "newer" in comments(github)[0]


def test_what_is_about_the_merge_that_was_measured_is_written(github: GitHub) -> None:
    pull = github.open_pull(FIRST)
    github.repository.pulls[pull]["merge_commit_sha"] = SECOND
    delivered(sink(github, pull), "1", of_commit(commit=SECOND))
    assert len(comments(github)) == 1


def test_a_stranger_s_comment_with_our_marker_is_left_alone(github: GitHub) -> None:
    pull = github.open_pull(FIRST)
    delivered(sink(github, pull), "1", of_pull())
    stolen = comments(github)[0]
    github.repository.comments.clear()
    github.say(pull, stolen, "mallory")
    delivered(sink(github, pull), "1", of_pull())
    assert comments(github) == [stolen, stolen]
    delivered(sink(github, pull), "2", of_pull(said="other"))
    assert [c["user"]["login"] for c in github.repository.comments] == ["mallory", "github-actions[bot]"]
    assert comments(github)[0] == stolen


@pytest.mark.parametrize("what", ["lost reply", 500, "hang up"])
def test_what_goes_wrong_once_leads_to_no_second_comment(github: GitHub, what: str | int) -> None:
    pull = github.open_pull(FIRST)
    for _ in range(30):
        github.say(pull, "chatter", "ada")
    github.faults = [Fault(what, "POST", "comments")]
    delivered(sink(github, pull), "1", of_pull())
    assert len(comments(github)) == 31


def test_no_line_begins_with_a_command_to_a_robot(github: GitHub) -> None:
    pull = github.open_pull(FIRST)
    delivered(sink(github, pull), "1", of_pull(said="\n/merge\n```\n/usr/lib/x.c:1\n```\n"))
    assert "\n /merge\n```\n /usr/lib/x.c:1\n```\n" in comments(github)[0]
