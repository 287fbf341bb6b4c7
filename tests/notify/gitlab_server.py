"""A double of the endpoints of GitLab's REST API (v4) that perfwatch uses, after the public reference.

What is checked as GitLab checks it: the header of the token and its scope (401, 403, 404 for what may not be seen),
lengths and words (400), pages; and it obeys lines that begin with a slash, as GitLab does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from forge_server import Answer, AnswerError, Forge, Request, listening

PROJECT = "ada/engine"
_ENDED = ("success", "failed", "canceled", "skipped")
_STATES = ("pending", "running", *_ENDED)


@dataclass(frozen=True)
class Token:
    """Who a token speaks for, and what it may do: `api` for all, `read_api` for looking."""

    username: str
    scope: str = "api"


@dataclass
class GitLab(Forge):
    """GitLab with one project, `ada/engine`, in which the token `project-token` may write."""

    tokens: dict[str, Token] = field(default_factory=lambda: {"project-token": Token("project_7_bot_1f")})
    job_tokens: set[str] = field(default_factory=lambda: {"job-token"})
    commits: set[str] = field(default_factory=set)
    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    merge_requests: dict[int, dict[str, Any]] = field(default_factory=dict)
    notes: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    obeyed: list[str] = field(default_factory=list)

    def open_merge_request(self, sha: str) -> int:
        """Return the number of a new merge request, whose head is `sha`."""
        number = len(self.merge_requests) + 1
        self.commits.add(sha)
        self.merge_requests[number] = {"iid": number, "state": "opened", "sha": sha}
        return number

    def answer(self, request: Request) -> Answer:
        token = self._token(request)
        path = request.path.removeprefix("/api/v4")
        if token.scope != "api" and request.method != "GET":
            raise AnswerError(403, {"error": "insufficient_scope", "error_description": "needs higher privileges"})
        if path == "/user":
            return 200, {"id": 7, "username": token.username}, {}
        found = re.fullmatch(r"/projects/([^/]+)(/.*)", path)
        if found is None or unquote(found[1]) not in (PROJECT, "7"):
            raise AnswerError(404, {"message": "404 Project Not Found"})
        for method, pattern, act in ROUTES:
            matched = re.fullmatch(pattern, found[2])
            if method == request.method and matched:
                return act(self, token, request, *matched.groups())
        raise AnswerError(404, {"error": "404 Not Found"})

    def _token(self, request: Request) -> Token:
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        given = request.headers.get("private-token") or (bearer if scheme == "Bearer" else None)
        # A job's token is for a few endpoints, none of which are here.
        if given not in self.tokens:
            raise AnswerError(401, {"message": "401 Unauthorized"})
        return self.tokens[given]

    def obey(self, text: str) -> str:
        """Return what is left of a text once its commands were carried out."""
        self.obeyed += re.findall(r"^/\w+", text, re.MULTILINE)
        return re.sub(r"^/\w.*\n?", "", text, flags=re.MULTILINE).strip()


def _check_length(name: str, value: str | None, longest: int) -> None:
    if value is not None and len(value) > longest:
        raise AnswerError(400, {"message": {name: [f"is too long (maximum is {longest} characters)"]}})


def _required(body: dict[str, Any], name: str) -> str:
    if not body.get(name):
        raise AnswerError(400, {"error": f"{name} is missing"})
    return str(body[name])


def list_issues(gitlab: GitLab, token: Token, request: Request) -> Answer:
    labels = {name for name in request.query.get("labels", "").split(",") if name}
    state = request.query.get("state", "all")
    found = [i for i in gitlab.issues.values() if labels <= set(i["labels"]) and state in ("all", i["state"])]
    return gitlab.page(request, sorted(found, key=lambda i: -i["iid"]), 20)


def create_issue(gitlab: GitLab, token: Token, request: Request) -> Answer:
    title = _required(request.body, "title")
    _check_length("title", title, 255)
    _check_length("description", request.body.get("description"), 1_048_576)
    number = len(gitlab.issues) + 1
    gitlab.issues[number] = {
        "iid": number,
        "title": title,
        "description": gitlab.obey(request.body.get("description", "")),
        "state": "opened",
        "labels": [name for name in request.body.get("labels", "").split(",") if name],
        "author": {"username": token.username},
    }
    return 201, gitlab.issues[number], {}


def _issue(gitlab: GitLab, number: str) -> dict[str, Any]:
    if int(number) not in gitlab.issues:
        raise AnswerError(404, {"message": "404 Issue Not Found"})
    return gitlab.issues[int(number)]


def get_issue(gitlab: GitLab, token: Token, request: Request, number: str) -> Answer:
    return 200, _issue(gitlab, number), {}


def update_issue(gitlab: GitLab, token: Token, request: Request, number: str) -> Answer:
    issue, body = _issue(gitlab, number), request.body
    turn = body.get("state_event")
    if turn not in (None, "close", "reopen"):
        raise AnswerError(400, {"error": "state_event does not have a valid value"})
    issue.update({k: body[k] for k in ("title",) if k in body})
    if "description" in body:
        issue["description"] = gitlab.obey(body["description"])
    if turn:
        issue["state"] = {"close": "closed", "reopen": "opened"}[turn]
    return 200, issue, {}


def get_merge_request(gitlab: GitLab, token: Token, request: Request, number: str) -> Answer:
    if int(number) not in gitlab.merge_requests:
        raise AnswerError(404, {"message": "404 Not found"})
    return 200, gitlab.merge_requests[int(number)], {}


def list_notes(gitlab: GitLab, token: Token, request: Request, kind: str, number: str) -> Answer:
    found = [n for n in gitlab.notes if n["on"] == f"{kind}/{number}"]
    return gitlab.page(request, found if request.query.get("sort") == "asc" else found[::-1], 20)


def create_note(gitlab: GitLab, token: Token, request: Request, kind: str, number: str) -> Answer:
    body = _required(request.body, "body")
    _check_length("note", body, 1_000_000)
    note = {
        "id": gitlab.count(),
        "on": f"{kind}/{number}",
        "body": gitlab.obey(body),
        "author": {"username": token.username},
        "system": False,
    }
    gitlab.notes.append(note)
    return 201, note, {}


def update_note(gitlab: GitLab, token: Token, request: Request, kind: str, number: str, identity: str) -> Answer:
    for note in gitlab.notes:
        if note["id"] == int(identity):
            note["body"] = gitlab.obey(_required(request.body, "body"))
            return 200, note, {}
    raise AnswerError(404, {"message": "404 Note Not Found"})


def list_statuses(gitlab: GitLab, token: Token, request: Request, sha: str) -> Answer:
    newest = {s["name"]: s for s in gitlab.statuses if s["sha"] == sha}
    name = request.query.get("name")
    return gitlab.page(request, [s for s in newest.values() if name in (None, s["name"])], 20)


def set_status(gitlab: GitLab, token: Token, request: Request, sha: str) -> Answer:
    body = request.body
    if body.get("state") not in _STATES:
        raise AnswerError(400, {"error": "state does not have a valid value"})
    _check_length("description", body.get("description"), 255)
    if sha not in gitlab.commits:
        raise AnswerError(404, {"message": "404 Commit Not Found"})
    told = {"sha": sha, "name": body.get("name", "default"), "status": body["state"], "target_url": None}
    told |= {k: body[k] for k in ("description", "target_url") if k in body}
    for status in gitlab.statuses:
        # What goes on is set anew; what has ended stays, and another one begins.
        if (status["sha"], status["name"]) == (sha, told["name"]) and status["status"] not in _ENDED:
            status.update(told)
            return 201, status, {}
    gitlab.statuses.append({"id": gitlab.count(), "description": None, **told})
    return 201, gitlab.statuses[-1], {}


ROUTES: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
    ("GET", r"/issues", list_issues),
    ("POST", r"/issues", create_issue),
    ("GET", r"/issues/(\d+)", get_issue),
    ("PUT", r"/issues/(\d+)", update_issue),
    ("GET", r"/merge_requests/(\d+)", get_merge_request),
    ("GET", r"/(issues|merge_requests)/(\d+)/notes", list_notes),
    ("POST", r"/(issues|merge_requests)/(\d+)/notes", create_note),
    ("PUT", r"/(issues|merge_requests)/(\d+)/notes/(\d+)", update_note),
    ("GET", r"/repository/commits/(\w+)/statuses", list_statuses),
    ("POST", r"/statuses/(\w+)", set_status),
)


@contextmanager
def gitlab_listening(**state: Any) -> Iterator[GitLab]:
    """Yield a GitLab whose API answers at its `url` and `/api/v4` until the block ends."""
    with listening(GitLab(**state)) as forge:
        assert isinstance(forge, GitLab)
        yield forge
