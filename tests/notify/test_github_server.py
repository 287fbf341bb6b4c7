"""The double of GitHub behaves as the public reference says, so that what is proven against it means something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from forge_server import Chaos, Fault
from github_server import REPOSITORY, GitHub, Token, github_listening, rate_limited, too_fast

SHA = "c0ffee00" * 5


@pytest.fixture
def github() -> Iterator[GitHub]:
    with github_listening() as forge:
        forge.repository.commits.add(SHA)
        yield forge


def ask(
    github: GitHub, method: str, path: str, body: Any = None, token: str = "actions-token"
) -> urllib3.BaseHTTPResponse:
    with urllib3.PoolManager(retries=False, timeout=5) as pool:
        url = github.url + (path if path.startswith("/graphql") else f"/repos/{REPOSITORY}{path}")
        return pool.request(method, url, json=body, headers={"Authorization": f"Bearer {token}"})


def test_a_wrong_token_is_401_a_missing_permission_403_and_what_may_not_be_seen_404(github: GitHub) -> None:
    github.tokens["reader"] = Token("ada", permissions={"issues": "read"})
    assert ask(github, "GET", "/issues", token="nobody").status == 401
    answer = ask(github, "POST", "/issues", {"title": "x"}, "reader")
    assert answer.status == 403
    assert answer.headers["x-accepted-github-permissions"] == "issues=write"
    assert ask(github, "GET", "/issues/7").status == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/issues", {"title": "x", "body": "x" * 65_537}),
        ("/issues", {"body": "no title"}),
        (f"/statuses/{SHA}", {"state": "neutral"}),
        (f"/statuses/{SHA}", {"state": "success", "description": "x" * 141}),
        ("/statuses/beef", {"state": "success"}),
        ("/check-runs", {"name": "x", "head_sha": SHA, "output": {"title": "x", "summary": "x" * 65_536}}),
        ("/check-runs", {"name": "x", "head_sha": SHA, "conclusion": "fine"}),
    ],
)
def test_what_github_does_not_take_is_422(github: GitHub, path: str, body: dict[str, Any]) -> None:
    assert ask(github, "POST", path, body).status == 422
    assert github.written() == []


def test_check_runs_are_for_apps_only(github: GitHub) -> None:
    github.tokens["ada"] = Token("ada")
    answer = ask(github, "POST", "/check-runs", {"name": "x", "head_sha": SHA}, "ada")
    assert (answer.status, answer.json()["message"]) == (403, "You must authenticate via a GitHub App.")


def test_pages_are_linked(github: GitHub) -> None:
    for number in range(5):
        github.open_issue(str(number), "", "ada", ("perf",))
    github.open_issue("no label", "", "ada")
    answer = ask(github, "GET", "/issues?labels=perf&per_page=2")
    assert [i["title"] for i in answer.json()] == ["4", "3"]
    assert answer.headers["link"] == (
        f'<{github.url}/repos/{REPOSITORY}/issues?labels=perf&per_page=2&page=2>; rel="next", '
        f'<{github.url}/repos/{REPOSITORY}/issues?labels=perf&per_page=2&page=3>; rel="last"'
    )
    assert "link" not in ask(github, "GET", "/issues?labels=perf&per_page=2&page=3").headers


def test_statuses_pile_up_and_the_newest_comes_first(github: GitHub) -> None:
    for state in ("pending", "success"):
        assert ask(github, "POST", f"/statuses/{SHA}", {"state": state, "context": "x"}).status == 201
    assert [s["state"] for s in ask(github, "GET", f"/commits/{SHA}/statuses").json()] == ["success", "pending"]


def test_who_a_token_is(github: GitHub) -> None:
    answer = ask(github, "POST", "/graphql", {"query": "{ viewer { login } }"})
    assert answer.json() == {"data": {"viewer": {"login": "github-actions[bot]"}}}


def test_a_fork_s_pull_request_is_found_by_its_branch(github: GitHub) -> None:
    number = github.open_pull(SHA, source="grace/engine")
    assert ask(github, "GET", f"/commits/{SHA}/pulls").json() == []
    assert [p["number"] for p in ask(github, "GET", "/pulls?head=grace:faster").json()] == [number]


def test_faults_come_in_order_and_a_lost_reply_was_processed(github: GitHub) -> None:
    github.faults = [Fault(503), Fault("lost reply", "POST"), too_fast(7, 429), rate_limited(1_800_000_000)]
    assert ask(github, "GET", "/issues").status == 503
    with pytest.raises(urllib3.exceptions.ProtocolError):
        ask(github, "POST", "/issues", {"title": "x"})
    assert ask(github, "GET", "/issues").headers["retry-after"] == "7"
    assert ask(github, "GET", "/issues").headers["x-ratelimit-reset"] == "1800000000"
    assert [i["title"] for i in ask(github, "GET", "/issues").json()] == ["x"]


def test_chaos_is_the_same_for_the_same_seed() -> None:
    def drawn(seed: int) -> list[Any]:
        chaos = Chaos(seed, 0.5)
        return [fault.what if (fault := chaos.fault("POST")) else None for _ in range(50)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert {None, "lost reply"} < set(drawn(1))
