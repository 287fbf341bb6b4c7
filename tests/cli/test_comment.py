"""`perfwatch comment`: a report of anybody's, written where the event says, or an error that says why not."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from forge_server import Fault
from github_server import REPOSITORY, GitHub, github_listening
from gitlab_server import gitlab_listening
from pulls import PULLS

from perfwatch.cli import run_command
from perfwatch.errors import EXIT_CLEAN, EXIT_NOT_MEASURED, EXIT_UNREADABLE, EXIT_USAGE
from perfwatch.report import pull as report

SECRET = "ghs_KeepThisToYourself"
WORSE = PULLS["regression"]
HEAD = WORSE.head.hash
# What a shell would make of it is not for this to find out.
BRANCH = "a;$(touch pwned)`b`"


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    """A workflow of `workflow_run` after a fork's, with the fork's report in `report.json`."""
    for name in [n for n in os.environ if n.startswith(("GITHUB_", "GITLAB_", "CI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    run = {"head_sha": HEAD, "head_branch": BRANCH, "head_repository": {"full_name": "grace/engine"}}
    (tmp_path / "event.json").write_text(json.dumps({"workflow_run": run}))
    write(report.as_json(WORSE))
    with github_listening() as forge:
        forge.tokens = {SECRET: forge.tokens.pop("actions-token")}
        forge.open_pull("0" * 40, branch="another")
        forge.open_pull(HEAD, branch=BRANCH, source="grace/engine")
        for name, value in {
            "API_URL": forge.url,
            "EVENT_PATH": str(tmp_path / "event.json"),
            "REPOSITORY": REPOSITORY,
            "TOKEN": SECRET,
        }.items():
            monkeypatch.setenv(f"GITHUB_{name}", value)
        yield forge


def write(document: Any) -> None:
    Path("report.json").write_text(json.dumps(document))


def comment(*options: str) -> int:
    return run_command(["comment", "report.json", "--project", "scratch", *options])


def test_a_fork_s_report_is_one_comment_and_one_status_however_often_it_is_sent(
    github: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    title = report.notice(WORSE).title
    for _ in range(2):
        assert comment() == EXIT_CLEAN
        assert capsys.readouterr().out == f"github-comment ada/engine#2: {title}\ngithub-status ada/engine: {title}\n"
    (written,) = github.repository.comments
    (status,) = github.repository.statuses
    assert written["issue"] == 2
    assert report.markdown(WORSE).strip() in written["body"]
    assert (status["sha"], status["state"]) == (HEAD, "failure")


@pytest.mark.parametrize("situation", sorted(PULLS))
def test_every_kind_of_report_is_taken_by_github(github: GitHub, situation: str) -> None:
    write(report.as_json(PULLS[situation]))
    assert comment("--mark", "check") == EXIT_CLEAN
    (check,) = github.repository.check_runs
    assert check["conclusion"] == PULLS[situation].conclusion


def test_a_report_that_names_another_commit_than_the_event_is_refused(
    github: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    write(report.as_json(replace(WORSE, head=replace(WORSE.head, hash="0" * 40))))
    assert comment() == EXIT_UNREADABLE
    assert "the report is about '00000000', and the event about c0ffee00" in capsys.readouterr().err
    assert github.written() == []


@pytest.mark.parametrize("document", [None, [], {"schema": "perfwatch.check/2"}, {"schema": "perfwatch.pull/1"}])
def test_what_is_no_report_is_refused(github: GitHub, document: Any) -> None:
    write(document)
    assert comment() == EXIT_UNREADABLE
    assert github.requests == []


def test_a_link_to_something_else_is_refused(github: GitHub, capsys: pytest.CaptureFixture[str]) -> None:
    Path("report.json").rename("elsewhere.json")
    Path("report.json").symlink_to("elsewhere.json")
    assert comment() == EXIT_UNREADABLE
    assert "is a link; a report is a plain file" in capsys.readouterr().err


def test_a_pull_request_that_has_moved_on_is_left_alone(github: GitHub, capsys: pytest.CaptureFixture[str]) -> None:
    github.push(2, "1" * 40)
    assert comment() == EXIT_CLEAN
    assert capsys.readouterr().out == (
        "ada/engine: no open pull request has c0ffee00 at its head (it has moved on, or was closed); nothing written\n"
    )
    assert github.written() == []


def test_options_stand_for_the_event(github: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_EVENT_PATH")
    monkeypatch.delenv("GITHUB_REPOSITORY")
    assert comment("--repository", REPOSITORY, "--head-sha", HEAD, "--pull", "2") == EXIT_CLEAN
    assert len(github.repository.comments) == 1


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("GITHUB_EVENT_PATH", "no commit: give --commit, or run it in a workflow or pipeline of a pull request"),
        (
            "GITHUB_REPOSITORY",
            "no repository: give --repository, or run it in a workflow or pipeline of a pull request",
        ),
        ("GITHUB_TOKEN", "no token; set GITHUB_TOKEN to one with the permission `pull-requests: write`"),
    ],
)
def test_what_is_missing_is_named(
    github: GitHub, variable: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(variable)
    assert comment() == EXIT_USAGE
    assert said in capsys.readouterr().err


def test_what_does_not_arrive_is_said_without_the_token_and_arrives_the_next_time(
    github: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    github.faults = [Fault(403, "POST", "comments", message=f"no, {SECRET}"), Fault(429, "POST", "statuses")]
    assert comment() == EXIT_NOT_MEASURED
    said = capsys.readouterr().err
    assert said == (
        "perfwatch: comment: github-comment ada/engine#2: the token may not do this (403: no, …); it needs the "
        "permission `pull-requests: write`; github-status ada/engine: rate limit reached (429); asks to be left alone "
        "for 60 s; call it again\n"
    )
    assert comment() == EXIT_CLEAN
    assert len(github.repository.comments) == len(github.repository.statuses) == 1


def test_programs_are_told_what_was_written(github: GitHub, capsys: pytest.CaptureFixture[str]) -> None:
    assert comment("--mark", "none", "--format", "json") == EXIT_CLEAN
    assert json.loads(capsys.readouterr().out) == {
        "schema": "perfwatch.comment/1",
        "repository": REPOSITORY,
        "commit": HEAD,
        "written": [
            {
                "sink": "github-comment",
                "name": "ada/engine#2",
                "status": "delivered",
                "error": None,
                "again_after_s": None,
            }
        ],
    }


def test_in_a_merge_request_s_pipeline_it_is_gitlab_s_note_and_status(
    github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    with gitlab_listening() as gitlab:
        number = gitlab.open_merge_request(HEAD)
        for name, value in {
            "GITLAB_CI": "true",
            "GITLAB_TOKEN": "project-token",
            "CI_API_V4_URL": f"{gitlab.url}/api/v4",
            "CI_MERGE_REQUEST_IID": str(number),
            "CI_PROJECT_ID": "7",
            "CI_COMMIT_SHA": HEAD,
        }.items():
            monkeypatch.setenv(name, value)
        assert comment() == EXIT_CLEAN
        assert comment("--mark", "check") == EXIT_USAGE
        assert len(gitlab.notes) == len(gitlab.statuses) == 1
    assert github.requests == []
