"""What GitHub refuses or does not answer is said on one line, without the token; what may pass is kept for later."""

from __future__ import annotations

from typing import Any

import pytest
from forge_server import Failing, Fault
from github_server import REPOSITORY, WRITE, GitHub, Token, rate_limited, too_fast
from notices import FIRST, delivered, of_commit, of_event, of_pull

from perfwatch.errors import UsageError
from perfwatch.notify.github import GitHub as Sink
from perfwatch.notify.github import GitHubComment
from perfwatch.notify.github_issue import GitHubIssue
from perfwatch.notify.github_status import GitHubCheck, GitHubStatus

SECRET = "ghs_KeepThisToYourself"
NOW = 1_800_000_000.0


def issue(github: GitHub, **more: Any) -> GitHubIssue:
    return GitHubIssue(REPOSITORY, SECRET, github.url, **{"pause": lambda _: None, "clock": lambda: NOW, **more})


@pytest.fixture(autouse=True)
def _known(github: GitHub) -> None:
    github.tokens[SECRET] = github.tokens.pop("actions-token")


@pytest.mark.parametrize(
    ("fault", "again_after_s"),
    [
        (rate_limited(NOW + 1800), 1800),
        (rate_limited(NOW - 5, 429), 1),
        (too_fast(7), 7),
        (too_fast(90, 429), 90),
        (too_fast(None), 60),
        (Fault(503, headers={"Retry-After": "120"}), 120),
    ],
)
def test_a_limit_is_not_pushed_against_and_says_for_how_long(
    github: GitHub, fault: Fault, again_after_s: float
) -> None:
    github.faults = [fault]
    outcome = issue(github).send("1", of_event())
    assert (outcome.status, outcome.again_after_s) == ("waiting", again_after_s)
    assert len(github.requests) == 1
    assert outcome.error == (
        f"github-issue ada/engine: rate limit reached ({fault.what}); asks to be left alone for {again_after_s} s"
    )
    delivered(issue(github), "1", of_event())
    assert len(github.repository.issues) == 1


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (500, "answered 500"),
        (502, "answered 502"),
        (504, "answered 504"),
        ("hang up", "hung up (ProtocolError)"),
        ("slow", "no answer within 0.05 s"),
    ],
)
def test_what_is_down_is_asked_thrice_with_longer_pauses_and_then_another_time(
    github: GitHub, what: Failing, said: str
) -> None:
    github.faults = [Fault(what)] * 3
    pauses: list[float] = []
    outcome = issue(github, pause=pauses.append, timeout_s=0.05 if what == "slow" else 10).send("1", of_event())
    assert (outcome.status, outcome.again_after_s) == ("waiting", None)
    assert outcome.error == f"github-issue ada/engine: {said}"
    assert pauses == [1, 2]
    delivered(issue(github), "1", of_event())
    assert len(github.repository.issues) == 1


def test_where_nobody_listens_the_message_waits() -> None:
    sink = GitHubIssue(REPOSITORY, SECRET, "http://127.0.0.1:9", pause=lambda _: None)
    outcome = sink.send("1", of_event())
    assert (outcome.status, outcome.error) == ("waiting", "github-issue ada/engine: cannot be reached")


def test_a_wrong_token_is_said_and_the_right_one_delivers(github: GitHub) -> None:
    token = github.tokens.pop(SECRET)
    outcome = issue(github).send("1", of_event())
    assert outcome.status == "refused"
    assert outcome.error == (
        "github-issue ada/engine: wrong or expired token (401); set GITHUB_TOKEN to one with the permission "
        "`issues: write`"
    )
    github.tokens[SECRET] = token
    delivered(issue(github), "1", of_event())


@pytest.mark.parametrize(
    ("sink", "permission", "told"),
    [
        (GitHubIssue, "issues", of_event()),
        (GitHubStatus, "statuses", of_commit()),
        (GitHubCheck, "checks", of_commit()),
        (GitHubComment, "pull_requests", of_pull()),
    ],
)
def test_a_permission_that_is_missing_is_named(github: GitHub, sink: type[Sink], permission: str, told: Any) -> None:
    more = {"pull": github.open_pull(FIRST)} if sink is GitHubComment else {}
    without = {name: level for name, level in WRITE.items() if name not in (permission, "issues")}
    github.tokens[SECRET] = Token("github-actions[bot]", "github-actions", without)
    outcome = sink(REPOSITORY, SECRET, github.url, pause=lambda _: None, **more).send("1", told)
    assert outcome.status == "refused"
    said = outcome.error or ""
    assert "the token may not do this (403: Resource not accessible by integration); it needs the permission " in said
    assert f"`{permission.replace('_', '-')}: write`" in said


def test_what_is_not_there_or_may_not_be_seen_is_said(github: GitHub) -> None:
    sink = GitHubIssue("ada/nowhere", SECRET, github.url, pause=lambda _: None)
    outcome = sink.send("1", of_event())
    assert (outcome.status, outcome.error) == (
        "refused",
        "github-issue ada/nowhere: not found (404): it does not exist, or the token lacks the permission "
        "`issues: write`",
    )


def test_what_github_does_not_take_is_refused_with_its_own_words(github: GitHub) -> None:
    outcome = GitHubStatus(REPOSITORY, SECRET, github.url).send("1", of_commit(commit="0" * 40))
    assert outcome.status == "refused"
    assert f"refused (422): No commit found for SHA: {'0' * 40}" in (outcome.error or "")
    github.repository.has_issues = False
    outcome = issue(github).send("1", of_event())
    assert "refused (410): Issues has been disabled in this repository." in (outcome.error or "")


@pytest.mark.parametrize("answer", [400, 401, 403, 404, 422, 301])
def test_no_error_shows_the_token_even_where_the_forge_repeats_it(github: GitHub, answer: int) -> None:
    github.faults = [Fault(answer, message=f"{SECRET} is\nno good\x1b[31m" + "x" * 500)]
    outcome = issue(github).send("1", of_event())
    assert outcome.status == "refused"
    assert SECRET not in (outcome.error or "")
    assert (outcome.error or "").isprintable()
    assert len(outcome.error or "") < 400


def test_neither_a_repr_nor_a_name_shows_the_token(github: GitHub) -> None:
    sink = issue(github)
    delivered(sink, "1", of_event())
    assert SECRET not in repr(sink) + repr(sink.forge) + sink.name


@pytest.mark.parametrize(
    ("repository", "token", "url", "said"),
    [
        ("engine", "t", "https://api.github.com", "'engine' is no repository"),
        ("ada/../x", "t", "https://api.github.com", "is no repository"),
        ("ada/..", "t", "https://api.github.com", "is no repository"),
        ("ada/engine", "", "https://api.github.com", "no token; set GITHUB_TOKEN"),
        ("ada/engine", "a\r\nX: y", "https://api.github.com", "GITHUB_TOKEN holds spaces or signs"),
        ("ada/engine", "t", "http://github.example", "GITHUB_API_URL is not https"),
        ("ada/engine", "t", "https://ada:pw@github.example", "GITHUB_API_URL is no http or https address"),
        ("ada/engine", "t", "api.github.com", "GITHUB_API_URL is no http or https address"),
    ],
)
def test_what_cannot_be_right_is_an_error_of_usage(repository: str, token: str, url: str, said: str) -> None:
    with pytest.raises(UsageError, match="github-issue") as error:
        GitHubIssue(repository, token, url)
    assert said in str(error.value)
    assert "pw" not in str(error.value)
    assert "X: y" not in str(error.value)


def test_an_address_that_is_no_api_is_said(github: GitHub) -> None:
    github.faults = [Fault(200, message="<html>")] * 2
    outcome = GitHubStatus(REPOSITORY, SECRET, github.url).send("1", of_commit())
    assert "is none; does GITHUB_API_URL lead to the API?" in (outcome.error or "")


def test_an_answer_of_another_shape_is_said(github: GitHub) -> None:
    github.faults = [Fault(200, path="pulls")]
    outcome = GitHubComment(REPOSITORY, SECRET, github.url, pull=1).send("1", of_pull())
    assert (outcome.status, outcome.error) == (
        "refused",
        "github-comment ada/engine#1: an answer is not what the API's reference says (KeyError('head'))",
    )


def test_an_enterprise_server_is_asked_below_its_own_address(github: GitHub) -> None:
    github.open_issue("another", "", "ada", ("perfwatch",))
    sink = GitHubIssue(REPOSITORY, SECRET, github.url + "/api/v3/", pause=lambda _: None)
    delivered(sink, "1", of_event())
    assert {r.path.split("/repos")[0] for r in github.requests} == {"/api/v3", "/api/graphql"}


def test_a_proxy_that_the_environment_names_is_asked_and_its_password_is_not_shown(
    github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", github.url.replace("http://", "ada:KeepThis@"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    outcome = GitHubIssue(REPOSITORY, SECRET, "https://github.example", pause=lambda _: None).send("1", of_event())
    assert (outcome.status, outcome.error) == (
        "waiting",
        "github-issue ada/engine: the proxy of HTTPS_PROXY does not let it through",
    )
    assert {(r.method, r.path, r.headers["proxy-authorization"]) for r in github.requests} == {
        ("CONNECT", "github.example:443", "Basic YWRhOktlZXBUaGlz")
    }
    assert not any("authorization" in r.headers for r in github.requests)
    delivered(issue(github), "1", of_event())
