"""A fork's pull request, played through both workflows' scripts: measured without a secret, told by who trusts nobody.

What is real: git and its repositories, asv and its environment, the scripts, the archive, HTTP. GitHub is the double.
"""

from __future__ import annotations

import io
import json
import stat
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from github_artefacts import GitHubWithArtefacts, artefacts_listening
from toy_project import Toy, make

UPSTREAM, FORK, BRANCH = "ada/engine", "grace/engine", "faster"
# What each push makes the project weigh, and the labels of the pull request then.
PUSHES = ((150, ()), (160, ("perfwatch-allow",)))
# Whoever wants it merged wrote it: it counts for nothing.
SAYS = "Perfwatch-Allow: regression; believe me"
# As many as tell; what is measured is a number that no host moves.
ROUNDS = "2"


@dataclass(frozen=True)
class Played:
    """What the two halves share: the repositories, and what measuring gave for each push, in order."""

    toy: Toy
    home: Path
    number: int
    heads: tuple[str, ...]
    measured: tuple[subprocess.CompletedProcess[str], ...]
    documents: tuple[dict[str, Any], ...]
    seen: dict[str, str]


def pull_request_event(toy: Toy, head: str, number: int, labels: tuple[str, ...]) -> dict[str, Any]:
    """Return what GitHub writes to GITHUB_EVENT_PATH for a pull request of a fork, as far as anybody reads it."""
    base = toy.git(toy.repository(UPSTREAM), "rev-parse", "main")
    return {
        "action": "synchronize",
        "number": number,
        "pull_request": {
            "number": number,
            "state": "open",
            "labels": [{"name": name} for name in labels],
            "head": {"label": f"grace:{BRANCH}", "ref": BRANCH, "sha": head, "repo": {"full_name": FORK, "fork": True}},
            "base": {"label": "ada:main", "ref": "main", "sha": base, "repo": {"full_name": UPSTREAM, "fork": False}},
        },
        "repository": {"full_name": UPSTREAM, "default_branch": "main"},
        "sender": {"login": "grace"},
    }


def workflow_run_event(head: str, run: int, *, branch: str = BRANCH) -> dict[str, Any]:
    """Return what GitHub writes for the run that measured; of a fork it lists no pull requests."""
    return {
        "action": "completed",
        "workflow": {"name": "pull", "path": ".github/workflows/pull.yml"},
        "workflow_run": {
            "id": run,
            "name": "pull",
            "event": "pull_request",
            "status": "completed",
            "conclusion": "failure",
            "head_branch": branch,
            "head_sha": head,
            "head_repository": {"full_name": FORK, "fork": True, "owner": {"login": "grace"}},
            "repository": {"full_name": UPSTREAM, "fork": False},
            "pull_requests": [],
            "html_url": f"https://github.example/{UPSTREAM}/actions/runs/{run}",
        },
        "repository": {"full_name": UPSTREAM, "default_branch": "main"},
        "sender": {"login": "grace"},
    }


def push(toy: Toy, weight: int | None, number: int) -> str:
    """Push to the fork, and let the forge make what it makes of that: the head and the merge, in the upstream."""
    head = toy.commit(
        weight, BRANCH, of=BRANCH if BRANCH in toy.git(toy.work, "branch") else "main", into=FORK, says=SAYS
    )
    toy.git(toy.work, "checkout", "-q", "-B", "merge", "main")
    toy.git(toy.work, "merge", "-q", "--no-ff", "-m", f"Merge {head} into main", head)
    refs = [f"{head}:refs/pull/{number}/head", f"HEAD:refs/pull/{number}/merge"]
    toy.git(toy.work, "push", "-q", "--force", str(toy.repository(UPSTREAM)), *refs)
    return head


def measure(
    toy: Toy, home: Path, head: str, number: int, labels: tuple[str, ...] = ()
) -> tuple[subprocess.CompletedProcess[str], Any]:
    """Run the first workflow's script on the merge that GitHub checks out, without any token."""
    job = toy.job(f"measure-{head[:8]}", home, f"refs/pull/{number}/merge")
    event = job.temp / "event.json"
    event.write_text(json.dumps(pull_request_event(toy, head, number, labels)))
    done = job.step(
        "pull.sh",
        GITHUB_EVENT_NAME="pull_request",
        GITHUB_EVENT_PATH=str(event),
        GITHUB_SHA=toy.git(job.checkout, "rev-parse", "HEAD"),
        GITHUB_REF=f"refs/pull/{number}/merge",
        INPUT_ROUNDS=ROUNDS,
        TOY_SEEN=str(job.temp / "seen.json"),
    )
    return done, job


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, environments: Path, home: Path) -> Played:
    """Two pushes of one pull request, measured; another pull request is open as well."""
    toy, number = make(tmp_path_factory.mktemp("fork"), environments), 2
    toy.commit(100)
    heads, measured, documents = [], [], []
    for weight, labels in PUSHES:
        heads.append(push(toy, weight, number))
        done, job = measure(toy, home, heads[-1], number, labels)
        document = Path(job.output("document") or "")
        assert document.is_file(), done.stdout + done.stderr
        measured.append(done)
        documents.append(json.loads(document.read_text()))
    seen = json.loads((job.temp / "seen.json").read_text())
    return Played(toy, home, number, tuple(heads), tuple(measured), tuple(documents), seen)


@pytest.fixture
def github(played: Played) -> Iterator[GitHubWithArtefacts]:
    """GitHub as it is after the first push: the pull request is the second of two."""
    with artefacts_listening() as forge:
        another = forge.open_pull("a" * 40, branch="other", source=FORK)
        assert forge.open_pull(played.heads[0], branch=BRANCH, source=FORK) == played.number == another + 1
        yield forge


def packed(*entries: tuple[str | zipfile.ZipInfo, str]) -> bytes:
    """Return the archive that actions/upload-artifact makes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return made.getvalue()


def comment(played: Played, github: GitHubWithArtefacts, head: str, run: int) -> subprocess.CompletedProcess[str]:
    """Run the second workflow's script, on the default branch, for the run that measured `head`."""
    name = f"comment-{len(list(played.toy.server.parent.glob('comment-*')))}"
    job = played.toy.job(name, played.home, GITHUB_API_URL=github.url)
    event = job.temp / "event.json"
    event.write_text(json.dumps(workflow_run_event(head, run)))
    done = job.step(
        "comment.sh", GITHUB_EVENT_NAME="workflow_run", GITHUB_EVENT_PATH=str(event), GITHUB_TOKEN="actions-token"
    )
    assert "actions-token" not in done.stdout + done.stderr
    return done


def test_measuring_needs_no_token_and_its_exit_code_is_the_verdict(played: Played) -> None:
    worse, allowed = played.measured
    assert worse.returncode == 1, worse.stdout + worse.stderr
    assert "believe me" not in worse.stdout + json.dumps(played.documents[0])
    # As bad, and somebody who may set labels lets it pass.
    assert allowed.returncode == 0, allowed.stdout + allowed.stderr
    assert "label perfwatch-allow" in allowed.stdout
    assert not [name for name in played.seen if "TOKEN" in name or "SECRET" in name]
    assert not {"GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT"} & played.seen.keys()


def test_measured_is_the_head_and_not_the_merge_that_is_checked_out(played: Played) -> None:
    first, second = played.documents
    assert [d["head"]["hash"] for d in (first, second)] == list(played.heads)
    assert first["base"]["hash"] == played.toy.git(played.toy.repository(UPSTREAM), "rev-parse", "main")


def test_a_change_that_the_rules_leave_out_is_nobodys_failure_and_is_not_called_clean(
    tmp_path: Path, environments: Path, home: Path
) -> None:
    toy = make(tmp_path, environments)
    toy.commit(100)
    done, job = measure(toy, home, push(toy, None, 1), 1)
    assert (done.returncode, job.output("verdict")) == (0, "5"), done.stdout + done.stderr
    assert "::notice::only files changed that the rules of this project leave out" in done.stdout


def test_two_pushes_make_one_comment_on_the_right_pull_request_edited(
    played: Played, github: GitHubWithArtefacts
) -> None:
    bodies = []
    for run, (head, document) in enumerate(zip(played.heads, played.documents, strict=True), start=1):
        github.push(played.number, head)
        github.upload("perfwatch-pull", packed(("pr.json", json.dumps(document))), run=run, branch=BRANCH, fork=True)
        done = comment(played, github, head, run)
        assert done.returncode == 0, done.stdout + done.stderr
        (said,) = github.repository.comments
        assert (said["issue"], said["user"]["login"]) == (played.number, "github-actions[bot]")
        assert head[:8] in said["body"]
        bodies.append(said["body"])
    assert bodies[0] != bodies[1]
    checks = [(c["head_sha"], c["conclusion"]) for c in github.repository.check_runs]
    # What somebody let pass is neither red nor green.
    assert checks == [(played.heads[0], "failure"), (played.heads[1], "neutral")]
    assert github.carried == []


def test_a_run_that_comes_late_leaves_what_the_newer_one_said(played: Played, github: GitHubWithArtefacts) -> None:
    github.push(played.number, played.heads[1])
    github.upload("perfwatch-pull", packed(("pr.json", json.dumps(played.documents[0]))), run=1, fork=True)
    done = comment(played, github, played.heads[0], 1)
    assert (done.returncode, "moved on" in done.stdout) == (0, True), done.stderr
    assert github.written() == []


def test_a_run_that_measured_nothing_says_so_and_writes_nothing(played: Played, github: GitHubWithArtefacts) -> None:
    done = comment(played, github, played.heads[0], 1)
    assert (done.returncode, "measured nothing" in done.stdout) == (0, True), done.stderr
    assert github.written() == []


def _link() -> zipfile.ZipInfo:
    found = zipfile.ZipInfo("pr.json")
    found.external_attr = (stat.S_IFLNK | 0o777) << 16
    return found


@pytest.mark.parametrize("trick", ["way out", "link", "huge", "deep", "other head", "other schema", "no JSON"])
def test_a_hostile_artefact_is_refused_in_one_line_and_nothing_is_written(
    played: Played, github: GitHubWithArtefacts, trick: str
) -> None:
    document, head = played.documents[0], played.heads[0]
    said = json.dumps(document)
    archive = {
        "way out": lambda: packed(("../../pr.json", said)),
        "link": lambda: packed((_link(), "/etc/passwd")),
        "huge": lambda: packed(("pr.json", said + " " * 20_000_000)),
        "deep": lambda: packed(("pr.json", "[" * 100_000)),
        "other head": lambda: packed(("pr.json", said.replace(head, "b" * 40))),
        "other schema": lambda: packed(("pr.json", json.dumps({**document, "schema": "perfwatch.pull/99"}))),
        "no JSON": lambda: packed(("pr.json", "#!/bin/sh")),
    }[trick]()
    github.upload("perfwatch-pull", archive, run=1, branch=BRANCH, fork=True)
    done = comment(played, github, head, 1)
    assert done.returncode == 8, done.stdout + done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert github.written() == []


def test_a_document_cannot_name_another_pull_request(played: Played, github: GitHubWithArtefacts) -> None:
    document = {**played.documents[0], "pull": 1, "number": 1, "repository": "ada/secret"}
    github.upload("perfwatch-pull", packed(("pr.json", json.dumps(document))), run=1, branch=BRANCH, fork=True)
    done = comment(played, github, played.heads[0], 1)
    assert done.returncode == 8, done.stdout
    assert github.written() == []


def test_markup_in_what_a_stranger_named_does_not_break_out(played: Played, github: GitHubWithArtefacts) -> None:
    evil = "x`|</details>\n# @ada [click](https://evil.example) <img src=https://evil.example/x.png> <!-- perfwatch -->"
    document = played.documents[0]
    document = {**document, "head": {**document["head"], "subject": evil}}
    github.upload("perfwatch-pull", packed(("pr.json", json.dumps(document))), run=1, branch=BRANCH, fork=True)
    done = comment(played, github, played.heads[0], 1)
    assert done.returncode == 0, done.stderr
    for said in github.repository.comments:
        assert "<img src=https://evil" not in said["body"]
        assert "](https://evil" not in said["body"]
        assert "\n# @ada" not in said["body"]
        assert said["body"].count("<!-- perfwatch -->") == 0
