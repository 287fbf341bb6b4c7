"""A double of the endpoints of GitHub's REST API that perfwatch uses, after the public reference of version 2022-11-28.

What is checked as GitHub checks it: who may do what (401, 403, 404 for what may not be seen), lengths and words (422),
whose check run it is, pages. Who wants to see it in use: test_github_server.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from forge_server import Answer, AnswerError, Fault, Forge, Request, listening
from github_endpoints import ROUTES, allow, new_issue

REPOSITORY = "ada/engine"
# What a workflow's own token can be given; `metadata` it always has.
WRITE = {"issues": "write", "pull_requests": "write", "statuses": "write", "checks": "write", "contents": "read"}


@dataclass(frozen=True)
class Token:
    """Who a token speaks for; `app` is the app's name, None for a person's token."""

    login: str
    app: str | None = None
    permissions: dict[str, str] = field(default_factory=lambda: dict(WRITE))

    @property
    def user(self) -> dict[str, Any]:
        return {"login": self.login, "type": "Bot" if self.app else "User"}


ACTIONS = Token("github-actions[bot]", "github-actions")


@dataclass
class Repository:
    """What one repository holds; a pull request is an issue, too, as on GitHub."""

    name: str
    private: bool = False
    has_issues: bool = True
    commits: set[str] = field(default_factory=set)
    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    check_runs: list[dict[str, Any]] = field(default_factory=list)
    pulls: dict[int, dict[str, Any]] = field(default_factory=dict)


@dataclass
class GitHub(Forge):
    """GitHub with one repository, `ada/engine`, in which a workflow's token `actions-token` may write."""

    tokens: dict[str, Token] = field(default_factory=lambda: {"actions-token": ACTIONS})
    repositories: dict[str, Repository] = field(default_factory=lambda: {REPOSITORY: Repository(REPOSITORY)})

    @property
    def repository(self) -> Repository:
        return self.repositories[REPOSITORY]

    def open_pull(self, head: str, *, branch: str = "faster", source: str = REPOSITORY, base: str = "main") -> int:
        """Return the number of a new pull request of `branch` in the repository `source`, whose head is `head`."""
        number = self.open_issue("a pull request", "", "grace")
        self.repository.issues[number]["pull_request"] = {"url": f"{self.url}/repos/{REPOSITORY}/pulls/{number}"}
        self.repository.commits.add(head)
        owner = source.split("/")[0]
        self.repository.pulls[number] = {
            "number": number,
            "state": "open",
            "title": "a pull request",
            "user": {"login": owner, "type": "User"},
            "head": {"sha": head, "ref": branch, "label": f"{owner}:{branch}", "repo": {"full_name": source}},
            "base": {"sha": "0" * 40, "ref": base, "label": f"ada:{base}", "repo": {"full_name": REPOSITORY}},
            "merge_commit_sha": None,
        }
        return number

    def push(self, number: int, head: str) -> None:
        """Give a pull request a new head."""
        self.repository.commits.add(head)
        self.repository.pulls[number]["head"]["sha"] = head

    def open_issue(self, title: str, body: str, login: str, labels: tuple[str, ...] = ()) -> int:
        """Return the number of an issue that somebody opened in the browser."""
        issue = new_issue(self, self.repository, {"login": login, "type": "User"}, title, body, list(labels))
        return int(issue["number"])

    def say(self, number: int, body: str, login: str) -> None:
        """Comment on an issue or a pull request as somebody did in the browser."""
        user = {"login": login, "type": "User"}
        self.repository.comments.append({"id": self.count(), "issue": number, "user": user, "body": body})

    def answer(self, request: Request) -> Answer:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        token = self.tokens.get(secret) if scheme.lower() in ("bearer", "token") else None
        if token is None:
            raise AnswerError(401, {"message": "Bad credentials", "status": "401"})
        if request.path in ("/graphql", "/api/graphql"):
            return self._graphql(request, token)
        path = request.path.removeprefix("/api/v3")
        found = re.fullmatch(r"/repos/([^/]+/[^/]+)(/.*)", path)
        repository = self.repositories.get(found[1]) if found else None
        if found is None or repository is None or (repository.private and not token.permissions):
            raise AnswerError(404, {"message": "Not Found", "status": "404"})
        for route in ROUTES:
            matched = re.fullmatch(route.path, found[2])
            if route.method == request.method and matched:
                allow(token, route)
                return route.act(self, repository, token, request, *matched.groups())
        raise AnswerError(404, {"message": "Not Found", "status": "404"})

    def _graphql(self, request: Request, token: Token) -> Answer:
        if re.sub(r"\s", "", request.body["query"]) != "{viewer{login}}":
            return 200, {"errors": [{"message": "a query that this double does not know"}]}, {}
        return 200, {"data": {"viewer": {"login": token.login}}}, {}


def rate_limited(reset_at: float, status: int = 403) -> Fault:
    """Return the answer to who has used up the hour's requests; `reset_at` in seconds since 1970."""
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(reset_at))}
    return Fault(status, headers=headers, message="API rate limit exceeded for installation ID 1.")


def too_fast(retry_after_s: int | None = 60, status: int = 403) -> Fault:
    """Return the answer to who writes too much at once; it does not always say how long to wait."""
    headers = {"X-RateLimit-Remaining": "4000"}
    if retry_after_s is not None:
        headers["Retry-After"] = str(retry_after_s)
    return Fault(
        status, headers=headers, message="You have exceeded a secondary rate limit. Please wait a few minutes."
    )


@contextmanager
def github_listening(**state: Any) -> Iterator[GitHub]:
    """Yield a GitHub that answers at its `url` until the block ends."""
    with listening(GitHub(**state)) as forge:
        assert isinstance(forge, GitHub)
        yield forge
