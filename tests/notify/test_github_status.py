"""What is beside a commit: one status for a context, one check run of a name, and neither says more than is known."""

from __future__ import annotations

import pytest
from forge_server import Fault
from github_server import REPOSITORY, GitHub, Token
from notices import FIRST, SECOND, delivered, of_commit

from perfwatch.notify.github_status import GitHubCheck, GitHubStatus, cut


def status(github: GitHub, token: str = "actions-token") -> GitHubStatus:
    url = "https://bench.example.org"
    return GitHubStatus(REPOSITORY, token, github.url, project="scratch", target_url=url, pause=lambda _: None)


def check(github: GitHub, token: str = "actions-token") -> GitHubCheck:
    return GitHubCheck(REPOSITORY, token, github.url, project="scratch", pause=lambda _: None)


@pytest.mark.parametrize(
    ("conclusion", "state"),
    [("success", "success"), ("failure", "failure"), ("neutral", "error"), ("something new", "error")],
)
def test_what_is_not_known_is_no_success(github: GitHub, conclusion: str, state: str) -> None:
    delivered(status(github), "1", of_commit(conclusion, "x" * 200))
    (written,) = github.repository.statuses
    assert (written["state"], written["context"]) == (state, "perfwatch/scratch")
    assert written["description"] == "x" * 139 + "…"
    assert written["target_url"] == "https://bench.example.org"


def test_a_status_is_set_only_where_the_newest_says_something_else(github: GitHub) -> None:
    for key, conclusion in enumerate(["failure", "failure", "success", "success", "failure"]):
        delivered(status(github), str(key), of_commit(conclusion))
    assert [s["state"] for s in github.repository.statuses] == ["failure", "success", "failure"]


def test_a_status_whose_answer_was_lost_is_not_set_again(github: GitHub) -> None:
    github.faults = [Fault("lost reply", "POST")]
    delivered(status(github), "1", of_commit())
    assert len(github.repository.statuses) == 1


def test_the_status_of_another_context_is_not_ours(github: GitHub) -> None:
    other = {"sha": FIRST, "context": "ci", "state": "failure", "description": "1 regression"}
    github.repository.statuses += [other] * 40
    delivered(status(github), "1", of_commit())
    assert len(github.repository.statuses) == 41


@pytest.mark.parametrize("conclusion", ["success", "failure", "neutral"])
def test_a_commit_has_one_check_run_with_the_conclusion_and_the_report(github: GitHub, conclusion: str) -> None:
    delivered(check(github), "1", of_commit("failure", "first"))
    delivered(check(github), "2", of_commit(conclusion))
    delivered(check(github), "2", of_commit(conclusion))
    (run,) = github.repository.check_runs
    assert (run["name"], run["conclusion"], run["external_id"]) == ("perfwatch/scratch", conclusion, "perfwatch:2")
    assert run["output"] == {"title": "1 regression", "summary": of_commit().markdown}
    assert len(github.written()) == 2


def test_another_commit_has_another_check_run(github: GitHub) -> None:
    delivered(check(github), "1", of_commit())
    delivered(check(github), "2", of_commit(commit=SECOND))
    assert [run["head_sha"] for run in github.repository.check_runs] == [FIRST, SECOND]


def test_a_job_that_has_the_same_name_by_chance_is_not_overwritten(github: GitHub) -> None:
    job = {"id": 1, "name": "perfwatch/scratch", "head_sha": FIRST, "external_id": "a-job", "app": {"slug": "x"}}
    github.repository.check_runs.append({**job})
    delivered(check(github), "1", of_commit())
    assert github.repository.check_runs[0] == job
    assert len(github.repository.check_runs) == 2


def test_a_check_run_whose_answer_was_lost_is_not_made_again(github: GitHub) -> None:
    github.faults = [Fault("lost reply", "POST")]
    delivered(check(github), "1", of_commit())
    assert len(github.repository.check_runs) == 1


def test_with_a_person_s_token_it_says_what_to_use_instead(github: GitHub) -> None:
    github.tokens["mine"] = Token("ada")
    outcome = check(github, "mine").send("1", of_commit())
    assert outcome.status == "refused"
    assert "You must authenticate via a GitHub App" in (outcome.error or "")
    assert "use github-status" in (outcome.error or "")


def test_what_is_longer_than_github_takes_is_cut_at_a_line(github: GitHub) -> None:
    told = of_commit(said="µ" * 50 + "\n" + "| ≈≈≈≈≈≈ |\n" * 6_000)
    delivered(check(github), "1", told)
    summary = github.repository.check_runs[0]["output"]["summary"]
    assert len(summary.encode()) <= 65_535
    assert summary.endswith("| ≈≈≈≈≈≈ |\n\n… (cut)\n")
    assert cut("short\n", 10) == "short\n"
