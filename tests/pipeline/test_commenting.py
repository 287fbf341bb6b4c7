"""What strangers measured, written by somebody who may write: only where the forge itself says that it belongs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from forge_server import Fault
from github_server import REPOSITORY, GitHub, github_listening
from gitlab_server import PROJECT, gitlab_listening
from notices import FIRST, SECOND, of_pull

from perfwatch.errors import ForgeError, UnreadableError, UsageError
from perfwatch.notify.github_pulls import Head
from perfwatch.pipeline.ci_event import CiEvent, of_github, of_gitlab
from perfwatch.pipeline.commenting import LARGEST_FILE, Mark, Where, contents, post
from perfwatch.report.notice import Notice

FORK = Head(FIRST, "grace/engine", "faster")


@pytest.fixture
def github() -> Iterator[GitHub]:
    """A GitHub to which a fork's pull request was made, after one of its own."""
    with github_listening() as forge:
        forge.open_pull(SECOND, branch="own")
        forge.open_pull(FIRST, source="grace/engine")
        yield forge


def posted(
    github: GitHub, head: Head = FORK, told: Notice | None = None, mark: Mark = "status", **more: Any
) -> list[tuple[str, str, str]]:
    where = Where("github", REPOSITORY, head, project="scratch", api_url=github.url, **more)
    found = post(told or of_pull(), where, "actions-token", mark=mark, pause=lambda _: None)
    return [(kind, name, outcome.status) for kind, name, outcome in found.written]


def test_a_fork_s_report_becomes_the_comment_and_the_status_of_its_pull_request(github: GitHub) -> None:
    expected = [("github-comment", "ada/engine#2", "delivered"), ("github-status", "ada/engine", "delivered")]
    for _ in range(2):
        assert posted(github) == expected
    (comment,) = github.repository.comments
    (status,) = github.repository.statuses
    assert comment["issue"] == 2
    assert (status["sha"], status["state"], status["context"]) == (FIRST, "failure", "perfwatch/scratch")


@pytest.mark.parametrize("mark", ["check", "none"])
def test_what_is_set_beside_the_commit_is_chosen(github: GitHub, mark: Mark) -> None:
    posted(github, mark=mark)
    assert len(github.repository.check_runs) == (mark == "check")
    assert github.repository.statuses == []


@pytest.mark.parametrize(
    "head",
    [
        Head(FIRST, "mallory/engine", "faster"),
        Head(FIRST, "grace/engine", "other"),
        Head(FIRST, "ada/engine"),
        Head("f" * 40, "grace/engine", "faster"),
    ],
)
def test_a_head_that_no_open_pull_request_has_is_left_alone(github: GitHub, head: Head) -> None:
    assert posted(github, head, of_pull(head=head.commit)) == []
    assert github.written() == []


def test_a_pull_request_that_moved_on_or_was_closed_is_left_alone(github: GitHub) -> None:
    github.push(2, SECOND)
    assert posted(github) == posted(github, pull=2) == []
    github.push(2, FIRST)
    github.repository.pulls[2]["state"] = "closed"
    assert posted(github) == []
    assert github.written() == []


def test_a_number_is_believed_only_with_the_right_head(github: GitHub) -> None:
    assert posted(github, pull=1) == []
    assert posted(github, pull=2)[0] == ("github-comment", "ada/engine#2", "delivered")


def test_without_a_branch_all_open_pull_requests_are_looked_through(github: GitHub) -> None:
    for _ in range(120):
        github.open_pull(SECOND)
    assert posted(github, Head(FIRST))[0] == ("github-comment", "ada/engine#2", "delivered")


def test_a_report_about_another_commit_than_the_event_is_not_written(github: GitHub) -> None:
    with pytest.raises(UnreadableError, match="about 'beefbeef', and the event about c0ffee00; nothing written"):
        posted(github, told=of_pull(head=SECOND))
    assert github.requests == []


@pytest.mark.parametrize("commit", ["", "main", "c0ffee", "../../x", "C0FFEE00" * 5])
def test_what_is_no_whole_hash_is_an_error_of_usage(github: GitHub, commit: str) -> None:
    with pytest.raises(UsageError, match="is no commit; give its whole hash"):
        posted(github, Head(commit), of_pull(head=commit))


def test_a_status_that_does_not_arrive_keeps_no_comment_back(github: GitHub) -> None:
    github.faults = [Fault(429, "POST", "statuses")]
    assert [status for _, _, status in posted(github)] == ["delivered", "waiting"]
    assert [status for _, _, status in posted(github)] == ["delivered", "delivered"]
    assert len(github.repository.comments) == len(github.repository.statuses) == 1


def test_where_github_does_not_say_which_pull_request_it_is_that_is_said(github: GitHub) -> None:
    github.faults = [Fault(503)]
    with pytest.raises(ForgeError, match="github ada/engine: answered 503"):
        posted(github)


def test_a_merge_request_is_written_into_only_at_its_head() -> None:
    with gitlab_listening() as gitlab:
        pull = gitlab.open_merge_request(FIRST)
        where = Where("gitlab", PROJECT, Head(FIRST), pull, "scratch", f"{gitlab.url}/api/v4")
        for _ in range(2):
            done = post(of_pull(), where, "project-token")
            assert [kind for kind, _, _ in done.written] == ["gitlab-note", "gitlab-status"]
        assert len(gitlab.notes) == len(gitlab.statuses) == 1
        gitlab.merge_requests[pull]["sha"] = SECOND
        assert post(of_pull(), where, "project-token").written == []


def refused(path: Path) -> str:
    with pytest.raises(UnreadableError) as error:
        contents(path)
    return str(error.value)


def test_a_report_is_a_plain_file_of_a_size_that_reports_have(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"schema": "perfwatch.pull/1"}))
    assert contents(report) == {"schema": "perfwatch.pull/1"}
    link, pipe = tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(report)
    os.mkfifo(pipe)
    assert "is a link; a report is a plain file" in refused(link)
    assert "is no plain file" in refused(pipe)
    assert "is no plain file" in refused(tmp_path)
    report.write_bytes(b'"' + b"x" * LARGEST_FILE + b'"')
    assert "has more than 5 MB" in refused(report)
    with pytest.raises(UsageError, match="no such file"):
        contents(tmp_path / "nothing")


@pytest.mark.parametrize(
    "text", [b"", b"secret of another", b"\xff\xfe", b"[" * 200_000, b"[NaN]", b'{"a": ' + b"9" * 5_000 + b"}"]
)
def test_what_is_no_json_is_said_without_a_word_of_it(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(text)
    assert refused(path) == f"{path}: is no JSON; it was not written by `perfwatch pr --out`"


def event_file(tmp_path: Path, event: Any) -> dict[str, str]:
    path = tmp_path / "event.json"
    path.write_text(json.dumps(event))
    return {
        "GITHUB_EVENT_PATH": str(path),
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_API_URL": "https://api.github.com",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_RUN_ID": "9",
    }


def test_of_a_fork_s_run_the_event_names_the_head_and_no_number(tmp_path: Path) -> None:
    run = {
        "head_sha": FIRST,
        "head_branch": "faster",
        "head_repository": {"full_name": "grace/engine"},
        "html_url": "https://github.com/ada/engine/actions/runs/8",
        "pull_requests": [],
    }
    environ = event_file(tmp_path, {"workflow_run": run})
    assert of_github(environ) == CiEvent(
        REPOSITORY, FIRST, "grace/engine", "faster", None, "https://api.github.com", run["html_url"]
    )


def test_of_a_pull_request_the_event_names_all(tmp_path: Path) -> None:
    head = {"sha": FIRST, "ref": "faster", "repo": {"full_name": "grace/engine"}}
    environ = event_file(tmp_path, {"pull_request": {"number": 7, "head": head}})
    url = "https://github.com/ada/engine/actions/runs/9"
    assert of_github(environ) == CiEvent(REPOSITORY, FIRST, "grace/engine", "faster", 7, "https://api.github.com", url)


def test_outside_of_a_workflow_nothing_is_known(tmp_path: Path) -> None:
    assert of_github({}) == of_gitlab({}) == CiEvent()
    with pytest.raises(UsageError, match="GITHUB_EVENT_PATH"):
        of_github({"GITHUB_EVENT_PATH": str(tmp_path / "nothing")})


def test_a_merge_request_s_pipeline_names_the_head_and_not_the_merge() -> None:
    environ = {
        "CI_PROJECT_ID": "8",
        "CI_MERGE_REQUEST_PROJECT_ID": "7",
        "CI_MERGE_REQUEST_IID": "3",
        "CI_COMMIT_SHA": SECOND,
        "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": FIRST,
        "CI_API_V4_URL": "https://gitlab.com/api/v4",
        "CI_JOB_URL": "https://gitlab.com/ada/engine/-/jobs/1",
    }
    assert of_gitlab(environ) == CiEvent(
        "7", FIRST, None, None, 3, "https://gitlab.com/api/v4", "https://gitlab.com/ada/engine/-/jobs/1"
    )
