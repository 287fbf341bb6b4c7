"""The endpoints of the double of GitHub, one function each, and what each of them refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forge_server import Answer, AnswerError, Request

if TYPE_CHECKING:
    from github_server import GitHub, Repository, Token

LONGEST_BODY = 65_536
LONGEST_OUTPUT = 65_535


@dataclass(frozen=True)
class Route:
    """One endpoint; any of `permissions` allows it."""

    method: str
    path: str
    permissions: tuple[str, ...]
    level: str
    act: Callable[..., Answer]


def allow(token: Token, route: Route) -> None:
    allowed = {"read": ("read", "write"), "write": ("write",)}[route.level]
    if not any(token.permissions.get(p) in allowed for p in route.permissions):
        kind = "integration" if token.app else "personal access token"
        wanted = "; ".join(f"{p}={route.level}" for p in route.permissions)
        headers = {"X-Accepted-GitHub-Permissions": wanted}
        raise AnswerError(403, {"message": f"Resource not accessible by {kind}", "status": "403"}, headers)


def invalid(resource: str, field_name: str, message: str) -> AnswerError:
    error = {"resource": resource, "code": "custom", "field": field_name, "message": message}
    return AnswerError(422, {"message": "Validation Failed", "errors": [error], "status": "422"})


def _check_length(resource: str, name: str, value: Any, longest: int) -> None:
    if value is not None and len(value) > longest:
        raise invalid(resource, name, f"{name} is too long (maximum is {longest} characters)")


def new_issue(
    github: GitHub, repository: Repository, user: dict[str, Any], title: str, body: str, labels: list[str]
) -> dict[str, Any]:
    number = max(repository.issues, default=0) + 1
    repository.issues[number] = {
        "id": github.count(),
        "number": number,
        "title": title,
        "body": body,
        "state": "open",
        "state_reason": None,
        "locked": False,
        "user": user,
        "labels": [{"name": name} for name in labels],
        "created_at": github.now(),
    }
    return repository.issues[number]


def list_issues(github: GitHub, repository: Repository, token: Token, request: Request) -> Answer:
    state = request.query.get("state", "open")
    if state not in ("open", "closed", "all"):
        raise invalid("Issue", "state", "state is not included in the list")
    labels = {name for name in request.query.get("labels", "").split(",") if name}
    found = [
        issue
        for issue in repository.issues.values()
        if state in ("all", issue["state"]) and labels <= {label["name"] for label in issue["labels"]}
    ]
    return github.page(request, sorted(found, key=lambda i: -i["number"]), 30)


def create_issue(github: GitHub, repository: Repository, token: Token, request: Request) -> Answer:
    if not repository.has_issues:
        raise AnswerError(410, {"message": "Issues has been disabled in this repository.", "status": "410"})
    body = request.body
    if not body.get("title"):
        error = {"resource": "Issue", "code": "missing_field", "field": "title"}
        raise AnswerError(422, {"message": "Validation Failed", "errors": [error]})
    _check_length("Issue", "title", body["title"], 256)
    _check_length("Issue", "body", body.get("body"), LONGEST_BODY)
    issue = new_issue(github, repository, token.user, body["title"], body.get("body"), body.get("labels", []))
    return 201, issue, {}


def _issue(repository: Repository, number: str) -> dict[str, Any]:
    if int(number) not in repository.issues:
        raise AnswerError(404, {"message": "Not Found", "status": "404"})
    return repository.issues[int(number)]


def get_issue(github: GitHub, repository: Repository, token: Token, request: Request, number: str) -> Answer:
    return 200, _issue(repository, number), {}


def update_issue(github: GitHub, repository: Repository, token: Token, request: Request, number: str) -> Answer:
    issue, body = _issue(repository, number), request.body
    _check_length("Issue", "title", body.get("title"), 256)
    _check_length("Issue", "body", body.get("body"), LONGEST_BODY)
    if body.get("state", "open") not in ("open", "closed"):
        raise invalid("Issue", "state", "state is not included in the list")
    issue.update({k: body[k] for k in ("title", "body", "state", "state_reason") if k in body})
    return 200, issue, {}


def list_comments(github: GitHub, repository: Repository, token: Token, request: Request, number: str) -> Answer:
    _issue(repository, number)
    return github.page(request, [c for c in repository.comments if c["issue"] == int(number)], 30)


def create_comment(github: GitHub, repository: Repository, token: Token, request: Request, number: str) -> Answer:
    if _issue(repository, number)["locked"]:
        raise AnswerError(403, {"message": "Unable to create comment because issue is locked."})
    _check_length("IssueComment", "body", request.body.get("body"), LONGEST_BODY)
    comment = {"id": github.count(), "issue": int(number), "user": token.user, "body": request.body["body"]}
    repository.comments.append(comment)
    return 201, comment, {}


def update_comment(github: GitHub, repository: Repository, token: Token, request: Request, identity: str) -> Answer:
    _check_length("IssueComment", "body", request.body.get("body"), LONGEST_BODY)
    for comment in repository.comments:
        if comment["id"] == int(identity):
            comment["body"] = request.body["body"]
            return 200, comment, {}
    raise AnswerError(404, {"message": "Not Found", "status": "404"})


def list_statuses(github: GitHub, repository: Repository, token: Token, request: Request, sha: str) -> Answer:
    return github.page(request, [s for s in reversed(repository.statuses) if s["sha"] == sha], 30)


def create_status(github: GitHub, repository: Repository, token: Token, request: Request, sha: str) -> Answer:
    body = request.body
    if body.get("state") not in ("error", "failure", "pending", "success"):
        raise invalid("Status", "state", "state is not included in the list")
    _check_length("Status", "description", body.get("description"), 140)
    if sha not in repository.commits:
        raise AnswerError(422, {"message": f"No commit found for SHA: {sha}"})
    status = {"context": "default", "target_url": None, "description": None, **body, "sha": sha, "creator": token.user}
    repository.statuses.append({**status, "id": github.count()})
    return 201, repository.statuses[-1], {}


def list_checks(github: GitHub, repository: Repository, token: Token, request: Request, sha: str) -> Answer:
    name, newest = request.query.get("check_name"), {}
    found = [c for c in repository.check_runs if c["head_sha"] == sha and name in (None, c["name"])]
    if request.query.get("filter", "latest") == "latest":
        for check in found:
            newest[check["app"]["slug"], check["name"]] = check
        found = list(newest.values())
    status, page, headers = github.page(request, found[::-1], 30)
    return status, {"total_count": len(found), "check_runs": page}, headers


def _check_output(token: Token, body: dict[str, Any]) -> None:
    if token.app is None:
        raise AnswerError(403, {"message": "You must authenticate via a GitHub App.", "status": "403"})
    words = ("action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out")
    if "conclusion" in body and body["conclusion"] not in words:
        raise invalid("CheckRun", "conclusion", "conclusion is not included in the list")
    output = body.get("output", {"title": "", "summary": ""})
    if "title" not in output or "summary" not in output:
        raise AnswerError(422, {"message": 'Invalid request.\n\n"title", "summary" weren\'t supplied.'})
    for name in ("summary", "text"):
        given = len(output.get(name) or "")
        if given > LONGEST_OUTPUT:
            said = f"Invalid request.\n\nOnly {LONGEST_OUTPUT} characters are allowed; {given} were supplied."
            raise AnswerError(422, {"message": said})
    if len(output.get("annotations", [])) > 50:
        raise AnswerError(422, {"message": "Invalid request.\n\nNo more than 50 items are allowed; 51 were supplied."})


def create_check(github: GitHub, repository: Repository, token: Token, request: Request) -> Answer:
    body = request.body
    _check_output(token, body)
    if body["head_sha"] not in repository.commits:
        raise AnswerError(422, {"message": f"No commit found for SHA: {body['head_sha']}"})
    status = "completed" if "conclusion" in body else body.get("status", "queued")
    check = {"external_id": "", **body, "id": github.count(), "status": status, "app": {"slug": token.app}}
    repository.check_runs.append(check)
    return 201, check, {}


def update_check(github: GitHub, repository: Repository, token: Token, request: Request, identity: str) -> Answer:
    _check_output(token, request.body)
    for check in repository.check_runs:
        if check["id"] == int(identity):
            if check["app"]["slug"] != token.app:
                said = "Invalid app_id - check run can only be modified by the GitHub App that created it."
                raise AnswerError(403, {"message": said})
            check.update(request.body)
            return 200, check, {}
    raise AnswerError(404, {"message": "Not Found", "status": "404"})


def list_pulls(github: GitHub, repository: Repository, token: Token, request: Request) -> Answer:
    state, head = request.query.get("state", "open"), request.query.get("head")
    found = [
        p for p in repository.pulls.values() if state in ("all", p["state"]) and head in (None, p["head"]["label"])
    ]
    return github.page(request, sorted(found, key=lambda p: -p["number"]), 30)


def get_pull(github: GitHub, repository: Repository, token: Token, request: Request, number: str) -> Answer:
    if int(number) not in repository.pulls:
        raise AnswerError(404, {"message": "Not Found", "status": "404"})
    return 200, repository.pulls[int(number)], {}


def pulls_of_commit(github: GitHub, repository: Repository, token: Token, request: Request, sha: str) -> Answer:
    """Answer with the pull requests whose head it is; those of forks are not known here, as on GitHub at times."""
    pulls = repository.pulls.values()
    own = [p for p in pulls if p["head"]["sha"] == sha and p["head"]["repo"] == {"full_name": repository.name}]
    return github.page(request, own, 30)


_TALK = ("issues", "pull_requests")
ROUTES = (
    Route("GET", r"/issues", _TALK, "read", list_issues),
    Route("POST", r"/issues", ("issues",), "write", create_issue),
    Route("GET", r"/issues/(\d+)", _TALK, "read", get_issue),
    Route("PATCH", r"/issues/(\d+)", _TALK, "write", update_issue),
    Route("GET", r"/issues/(\d+)/comments", _TALK, "read", list_comments),
    Route("POST", r"/issues/(\d+)/comments", _TALK, "write", create_comment),
    Route("PATCH", r"/issues/comments/(\d+)", _TALK, "write", update_comment),
    Route("GET", r"/commits/(\w+)/statuses", ("statuses",), "read", list_statuses),
    Route("POST", r"/statuses/(\w+)", ("statuses",), "write", create_status),
    Route("GET", r"/commits/(\w+)/check-runs", ("checks",), "read", list_checks),
    Route("POST", r"/check-runs", ("checks",), "write", create_check),
    Route("PATCH", r"/check-runs/(\d+)", ("checks",), "write", update_check),
    Route("GET", r"/pulls", ("pull_requests",), "read", list_pulls),
    Route("GET", r"/pulls/(\d+)", ("pull_requests",), "read", get_pull),
    Route("GET", r"/commits/(\w+)/pulls", ("pull_requests",), "read", pulls_of_commit),
)
