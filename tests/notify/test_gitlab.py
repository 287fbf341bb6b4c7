"""GitLab as a sink: one note, one issue, one status, and no line that it takes for a command."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from forge_server import Chaos, Fault
from gitlab_server import PROJECT, GitLab, Token
from notices import FIRST, SECOND, delivered, of_commit, of_event, of_pull

from perfwatch.errors import UsageError
from perfwatch.notify.gitlab import GitLabNote
from perfwatch.notify.gitlab_issue import GitLabIssue
from perfwatch.notify.gitlab_status import GitLabStatus


def settings(gitlab: GitLab, token: str = "project-token") -> dict[str, Any]:
    url = f"{gitlab.url}/api/v4"
    return {"repository": PROJECT, "token": token, "api_url": url, "project": "scratch", "pause": lambda _: None}


def note(gitlab: GitLab, pull: int) -> GitLabNote:
    return GitLabNote(**settings(gitlab), pull=pull)


def issue(gitlab: GitLab, token: str = "project-token") -> GitLabIssue:
    return GitLabIssue(**settings(gitlab, token))


def status(gitlab: GitLab) -> GitLabStatus:
    return GitLabStatus(**settings(gitlab))


def test_a_merge_request_has_one_note_edited_at_each_push(gitlab: GitLab) -> None:
    pull = gitlab.open_merge_request(FIRST)
    for number, head in enumerate([FIRST, SECOND, FIRST]):
        gitlab.merge_requests[pull]["sha"] = head
        told = of_pull(said=f"{number} regressions", head=head)
        delivered(note(gitlab, pull), str(number), told)
        delivered(note(gitlab, pull), str(number), told)
        (written,) = gitlab.notes
        assert str(written["body"]).startswith(told.markdown.strip())
    delivered(note(gitlab, pull), "old", of_pull(said="older", head=SECOND))
    assert len(gitlab.written()) == 3


def test_a_stranger_s_note_with_our_marker_is_left_alone(gitlab: GitLab) -> None:
    pull = gitlab.open_merge_request(FIRST)
    delivered(note(gitlab, pull), "1", of_pull())
    gitlab.notes[0]["author"] = {"username": "mallory"}
    delivered(note(gitlab, pull), "2", of_pull(said="2 regressions"))
    assert [n["author"]["username"] for n in gitlab.notes] == ["mallory", "project_7_bot_1f"]


@pytest.mark.parametrize("said", ["\n/merge\n", "\n  /close now\n", "\n/unlabel ~perfwatch"])
def test_nothing_that_is_told_is_a_command(gitlab: GitLab, said: str) -> None:
    pull = gitlab.open_merge_request(FIRST)
    delivered(note(gitlab, pull), "1", of_pull(said=said))
    delivered(issue(gitlab), "1", of_event(said=said))
    delivered(issue(gitlab), "2", of_event("RESOLVED", said=said))
    bare = replace(of_pull(), markdown=said.strip())
    delivered(note(gitlab, pull), "3", bare)
    delivered(note(gitlab, pull), "4", bare)
    assert gitlab.obeyed == []
    assert len(gitlab.written()) == 5


def test_a_status_is_set_only_where_the_newest_says_something_else(gitlab: GitLab) -> None:
    for key, conclusion in enumerate(["failure", "failure", "neutral", "success", "success"]):
        delivered(status(gitlab), str(key), of_commit(conclusion, "x" * 300))
    assert [s["status"] for s in gitlab.statuses] == ["failed", "canceled", "success"]
    assert {(s["name"], len(s["description"])) for s in gitlab.statuses} == {("perfwatch/scratch", 255)}


def test_an_event_is_one_issue_closed_when_it_is_over_and_opened_when_it_is_back(gitlab: GitLab) -> None:
    states = []
    for key, standing in enumerate(["CONFIRMED", "CONFIRMED", "RESOLVED", "RESOLVED", "CONFIRMED"]):
        delivered(issue(gitlab), str(key), of_event(standing))
        (only,) = gitlab.issues.values()
        states.append(only["state"])
    assert states == ["opened", "opened", "closed", "closed", "opened"]
    assert only["labels"] == ["perfwatch"]
    assert [str(n["body"]).split(".")[0] for n in gitlab.notes] == ["This is over", "This is back"]


def test_a_stranger_s_issue_with_our_marker_is_left_alone(gitlab: GitLab) -> None:
    delivered(issue(gitlab), "1", of_event())
    gitlab.issues[1]["author"] = {"username": "mallory"}
    delivered(issue(gitlab), "2", of_event("RESOLVED"))
    assert gitlab.issues[1]["state"] == "opened"
    assert len(gitlab.issues) == 1


def test_by_chance_failing_at_half_of_its_calls_every_event_is_one_issue(gitlab: GitLab) -> None:
    gitlab.chaos = Chaos(seed=5, share=0.5, kinds=(500, 502, 429, "hang up", "lost reply"))
    waiting = [(f"{i:012x}", standing) for i in range(6) for standing in ("CONFIRMED", "RESOLVED")]
    for _ in range(200):
        if not waiting:
            break
        name, standing = waiting[0]
        if issue(gitlab).send(f"{name} {standing}", of_event(standing, event=name)).status == "delivered":
            waiting.pop(0)
    assert waiting == []
    assert [i["state"] for i in gitlab.issues.values()] == ["closed"] * 6
    assert len(gitlab.notes) == 6


def test_a_job_s_own_token_is_no_token_for_this(gitlab: GitLab) -> None:
    outcome = issue(gitlab, "job-token").send("1", of_event())
    assert (outcome.status, outcome.error) == (
        "refused",
        "gitlab-issue ada/engine: wrong or expired token (401); set GITLAB_TOKEN to one with the scope `api` and "
        "the role Reporter",
    )


def test_a_scope_that_is_missing_is_named(gitlab: GitLab) -> None:
    gitlab.tokens["reader"] = Token("ada", "read_api")
    outcome = issue(gitlab, "reader").send("1", of_event())
    assert (outcome.status, outcome.error) == (
        "refused",
        "gitlab-issue ada/engine: the token may not do this (403: insufficient_scope); it needs the scope `api` and "
        "the role Reporter",
    )


def test_what_gitlab_does_not_take_is_refused_with_its_own_words(gitlab: GitLab) -> None:
    gitlab.faults = [Fault(400, "POST", message="state does not have a valid value")]
    outcome = status(gitlab).send("1", of_commit())
    assert "refused (400): state does not have a valid value" in (outcome.error or "")
    outcome = status(gitlab).send("1", of_commit(commit="0" * 40))
    assert "not found (404)" in (outcome.error or "")


def test_a_limit_is_not_pushed_against(gitlab: GitLab) -> None:
    gitlab.faults = [Fault(429, headers={"Retry-After": "30", "RateLimit-Remaining": "0"})]
    outcome = issue(gitlab).send("1", of_event())
    assert (outcome.status, outcome.again_after_s) == ("waiting", 30)
    assert len(gitlab.requests) == 1


@pytest.mark.parametrize("repository", ["7", PROJECT])
def test_a_project_is_known_by_path_or_number(gitlab: GitLab, repository: str) -> None:
    delivered(GitLabIssue(**{**settings(gitlab), "repository": repository}), "1", of_event())
    assert len(gitlab.issues) == 1


@pytest.mark.parametrize("repository", ["engine", "ada/", "ada/../../user", ""])
def test_what_is_no_project_is_an_error_of_usage(gitlab: GitLab, repository: str) -> None:
    with pytest.raises(UsageError, match="is no project"):
        GitLabIssue(**{**settings(gitlab), "repository": repository})
