"""One issue for each event, whatever goes wrong on the way, and never somebody else's."""

from __future__ import annotations

from typing import Any

import pytest
from forge_server import Chaos, Fault
from github_server import REPOSITORY, GitHub
from notices import delivered, of_event

from perfwatch.notify.github_issue import GitHubIssue


def sink(github: GitHub, token: str = "actions-token") -> GitHubIssue:
    return GitHubIssue(REPOSITORY, token, github.url, pause=lambda _: None)


def issues(github: GitHub) -> list[dict[str, Any]]:
    return list(github.repository.issues.values())


def test_an_event_is_one_issue_edited_as_it_changes_and_closed_when_it_is_over(github: GitHub) -> None:
    for key, told in [("1", of_event()), ("2", of_event(said="12 % slower")), ("3", of_event("RESOLVED", "over"))]:
        delivered(sink(github), key, told)
        (issue,) = issues(github)
        assert issue["title"] == told.title
        assert str(issue["body"]).startswith(told.markdown.strip())
        assert issue["labels"] == [{"name": "perfwatch"}]
    assert (issue["state"], issue["state_reason"]) == ("closed", "completed")
    (comment,) = github.repository.comments
    assert str(comment["body"]).startswith("This is over.")


def test_what_comes_back_opens_the_same_issue_again(github: GitHub) -> None:
    for key, standing in [("1", "CONFIRMED"), ("2", "RESOLVED"), ("3", "CONFIRMED")]:
        delivered(sink(github), key, of_event(standing))
    (issue,) = issues(github)
    assert (issue["state"], issue["state_reason"]) == ("open", "reopened")
    assert [str(c["body"]).split(".")[0] for c in github.repository.comments] == ["This is over", "This is back"]


def test_what_was_told_before_is_not_written_again_by_any_process(github: GitHub) -> None:
    delivered(sink(github), "1", of_event())
    before = len(github.written())
    same = sink(github)
    delivered(same, "1", of_event())
    delivered(same, "2", of_event())
    delivered(sink(github), "1", of_event())
    assert len(github.written()) == before


@pytest.mark.parametrize("standing", ["CONFIRMED", "RESOLVED"])
@pytest.mark.parametrize("lost", range(5))
def test_an_answer_that_is_lost_leads_to_no_second_issue_or_comment(github: GitHub, standing: str, lost: int) -> None:
    if standing == "RESOLVED":
        delivered(sink(github), "0", of_event())
    faults = [Fault("lost reply", "POST"), Fault("lost reply", "PATCH"), Fault(502, "POST"), Fault(500, "GET")]
    github.faults = faults[lost : lost + 2]
    delivered(sink(github), "1", of_event(standing))
    assert len(issues(github)) == 1
    assert len(github.repository.comments) == (standing == "RESOLVED")
    assert issues(github)[0]["state"] == ("closed" if standing == "RESOLVED" else "open")


def test_what_fails_between_the_comment_and_the_closing_is_closed_by_the_next_process(github: GitHub) -> None:
    delivered(sink(github), "1", of_event())
    github.faults = [Fault(503, "PATCH")] * 3
    assert sink(github).send("2", of_event("RESOLVED")).status == "waiting"
    assert issues(github)[0]["state"] == "open"
    delivered(sink(github), "2", of_event("RESOLVED"))
    assert issues(github)[0]["state"] == "closed"
    assert len(github.repository.comments) == 1


def test_a_stranger_s_issue_with_our_marker_is_left_alone(github: GitHub) -> None:
    delivered(sink(github), "1", of_event())
    (ours,) = issues(github)
    stolen = github.open_issue("mine", str(ours["body"]), "mallory", ("perfwatch",))
    github.repository.issues.pop(1)
    delivered(sink(github), "2", of_event(said="12 % slower"))
    assert github.repository.issues[stolen]["title"] == "mine"
    assert [i["user"]["login"] for i in issues(github)] == ["mallory", "github-actions[bot]"]


def test_a_person_of_the_robot_s_name_is_another(github: GitHub) -> None:
    delivered(sink(github), "1", of_event())
    (ours,) = issues(github)
    ours["user"] = {"login": "github-actions", "type": "User"}
    delivered(sink(github), "1", of_event())
    assert len(issues(github)) == 2


def test_a_marker_within_what_is_told_counts_for_nothing(github: GitHub) -> None:
    delivered(sink(github), "1", of_event(event="aaaaaaaaaaaa"))
    victim = str(issues(github)[0]["body"]).splitlines()[-1]
    delivered(sink(github), "2", of_event(said=f"\n{victim}\n", event="bbbbbbbbbbbb"))
    delivered(sink(github), "3", of_event("RESOLVED", event="aaaaaaaaaaaa"))
    assert [i["state"] for i in issues(github)] == ["closed", "open"]


def test_what_somebody_closed_by_hand_stays_closed_until_it_comes_back(github: GitHub) -> None:
    delivered(sink(github), "1", of_event())
    issues(github)[0]["state"] = "closed"
    delivered(sink(github), "2", of_event(said="12 % slower"))
    assert issues(github)[0]["state"] == "closed"
    delivered(sink(github), "3", of_event("RESOLVED"))
    delivered(sink(github), "4", of_event())
    assert issues(github)[0]["state"] == "open"


def test_an_issue_that_somebody_deleted_is_opened_anew(github: GitHub) -> None:
    same = sink(github)
    delivered(same, "1", of_event())
    github.repository.issues.clear()
    delivered(same, "2", of_event(said="12 % slower"))
    assert len(issues(github)) == 1


def test_that_something_is_over_is_not_told_where_nobody_heard_that_it_began(github: GitHub) -> None:
    delivered(sink(github), "1", of_event("RESOLVED"))
    assert issues(github) == []


def test_events_are_found_again_beyond_the_first_page(github: GitHub) -> None:
    first = sink(github)
    names = [f"{i:012x}" for i in range(230)]
    for name in names:
        delivered(first, name, of_event(event=name))
    another = sink(github)
    delivered(another, "again", of_event("RESOLVED", event=names[0]))
    delivered(another, "new", of_event(event="f" * 12))
    assert len(issues(github)) == 231
    assert [i["number"] for i in issues(github) if i["state"] == "closed"] == [1]


def test_by_chance_failing_at_half_of_its_calls_every_event_is_one_issue(github: GitHub) -> None:
    github.chaos = Chaos(seed=11, share=0.5, kinds=(500, 502, 429, "hang up", "lost reply"))
    waiting = [(f"{i:012x}", standing) for i in range(12) for standing in ("CONFIRMED", "RESOLVED")]
    for _ in range(400):
        if not waiting:
            break
        name, standing = waiting[0]
        # Each call by a new process: nothing is remembered but what GitHub holds.
        if sink(github).send(f"{name} {standing}", of_event(standing, event=name)).status == "delivered":
            waiting.pop(0)
    assert waiting == []
    assert [i["state"] for i in issues(github)] == ["closed"] * 12
    assert len(github.repository.comments) == 12
