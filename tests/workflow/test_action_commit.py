"""The action's mode commit, its scripts played as steps on fresh clones that share only the forge."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

STORE = "branch:perfwatch-data"
BRANCH = "refs/heads/perfwatch-data"
MACHINE = "github-Linux-X64"


def steps(job: Any, *stages: str, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run steps of the mode until one fails; return the last."""
    for stage in stages:
        done: subprocess.CompletedProcess[str] = job.step("commit.sh", stage, **{"INPUT_STORE": STORE} | inputs)
        if done.returncode != 0:
            break
    return done


def report(job: Any, value: float) -> dict[str, str]:
    """Write what a step before has measured, in a form that needs no asv; return the input that names it."""
    path = job.temp / "report.json"
    path.write_text(json.dumps([{"name": "weight", "unit": "bytes", "value": value}]))
    return {"INPUT_RESULTS": str(path)}


def stored(toy: Any, tmp_path: Path) -> set[tuple[str, float]]:
    """Return what the store on the branch holds: subject of the commit, value."""
    file = tmp_path / "looked-at.duckdb"
    show = ["git", "cat-file", "blob", f"{BRANCH}:perfwatch.duckdb"]
    file.write_bytes(subprocess.run(show, cwd=toy.repository(), check=True, capture_output=True).stdout)
    import duckdb

    with duckdb.connect(str(file), read_only=True) as connection:
        query = "SELECT subject, value FROM measurements JOIN commits ON commit_hash = hash"
        return set(connection.execute(query).fetchall())


def test_the_second_run_finds_the_first_on_the_branch_though_its_check_failed(
    toy: Any, job: Callable[..., Any]
) -> None:
    toy.commit(100)
    first = job("first")
    done = steps(first, "restore", "measure", "judge")
    # Nothing to compare with yet: 5, which fails a first run on purpose and says so.
    assert done.returncode == 5, done.stdout + done.stderr
    assert first.output("verdict") == "5"

    toy.commit(101)
    second = job("second")
    done = steps(second, "restore", "measure", "judge")
    assert (done.returncode, second.output("verdict")) == (0, "0"), done.stdout + done.stderr
    assert "against" in done.stdout
    assert "weighs 100: 1 of 1 series differ" in done.stdout
    assert MACHINE in second.summary.read_text()


def test_a_first_run_measures_as_much_history_as_is_asked_for_and_the_next_one_its_own_commit(
    toy: Any, job: Callable[..., Any], tmp_path: Path
) -> None:
    for weight in (1, 2, 3):
        toy.commit(weight)
    first = job("first")
    done = steps(first, "restore", "measure", "judge", INPUT_HISTORY="2")
    assert (done.returncode, first.output("verdict")) == (0, "0"), done.stdout + done.stderr
    assert stored(toy, tmp_path) == {("weighs 2", 2), ("weighs 3", 3)}

    toy.commit(4)
    second = job("second")
    done = steps(second, "restore", "measure", INPUT_HISTORY="2")
    assert "measured 1 commit" in done.stdout, done.stdout + done.stderr


def test_measuring_sees_no_token_and_nothing_that_steers_a_later_step(
    toy: Any, job: Callable[..., Any], tmp_path: Path
) -> None:
    toy.commit(1)
    seen = tmp_path / "seen.json"
    secrets = dict.fromkeys(
        ["GITHUB_TOKEN", "INPUT_TOKEN", "ACTIONS_RUNTIME_TOKEN", "PERFWATCH_STORE_TOKEN"], "hidden-value"
    )
    done = steps(job("one"), "measure", TOY_SEEN=str(seen), GITHUB_ENV=str(tmp_path / "env"), **secrets)
    assert done.returncode == 0, done.stderr
    found = json.loads(seen.read_text())
    assert "hidden-value" not in found.values()
    assert not {"GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT"} & found.keys()


def test_of_two_runs_that_save_at_once_nothing_is_lost(
    toy: Any, job: Callable[..., Any], tmp_path: Path, git: Callable[..., str]
) -> None:
    toy.commit(1)
    one = job("one")
    toy.commit(2)
    two = job("two")
    # Both begin before either has saved, and then again on top of a store that is there.
    for value in (1, 11):
        assert steps(one, "restore").returncode == steps(two, "restore").returncode == 0
        assert "saved" in steps(one, "judge", **report(one, value)).stdout
        late = steps(two, "judge", **report(two, value + 1))
        assert "another run has saved its store meanwhile" in late.stdout, late.stderr
        assert stored(toy, tmp_path) == {("weighs 1", value), ("weighs 2", value + 1)}
    # One commit without a past, however often it was saved.
    assert git(toy.repository(), "rev-list", "--count", BRANCH) == "1"
    assert git(toy.repository(), "ls-tree", "--name-only", BRANCH) == "perfwatch.duckdb"


def test_a_branch_that_may_not_be_written_is_told_with_what_the_job_needs(toy: Any, job: Callable[..., Any]) -> None:
    toy.commit(1)
    hook = toy.repository() / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    one = job("one")
    done = steps(one, "restore", "judge", **report(one, 1))
    assert "permissions: contents: write" in done.stderr
    assert "another run" not in done.stdout
    # The verdict stands: 5, nothing to compare with.
    assert done.returncode == 5


def test_a_branch_that_is_no_store_is_left_as_it_is(toy: Any, job: Callable[..., Any], git: Callable[..., str]) -> None:
    theirs = toy.commit(1, "perfwatch-data")
    toy.commit(1)
    done = steps(job("one"), "restore")
    assert done.returncode == 8
    assert "is it another's branch?" in done.stderr
    assert git(toy.repository(), "rev-parse", BRANCH) == theirs


def test_a_forge_that_does_not_answer_is_not_one_without_a_store(toy: Any, job: Callable[..., Any]) -> None:
    toy.commit(1)
    done = steps(job("one"), "restore", GITHUB_REPOSITORY="ada/none")
    assert done.returncode == 4
    assert "cannot be asked for the branch perfwatch-data" in done.stderr
    assert "this run makes it" not in done.stdout


def test_the_token_goes_to_the_forges_address_and_stands_in_no_command(
    toy: Any, job: Callable[..., Any], root: Path
) -> None:
    toy.commit(1)
    one = job("one", INPUT_TOKEN="t0ken", GITHUB_SERVER_URL="https://example.org")
    script = '. "$1/settings.sh"; . "$1/store.sh"; git init -q --bare "$store_git"; store_git config --list'
    done = subprocess.run(
        ["bash", "-xc", script, "bash", str(root / ".github" / "action")],
        cwd=one.checkout,
        env={k: v for k, v in one.variables.items() if not k.startswith("GIT_CONFIG")},
        capture_output=True,
        text=True,
        check=True,
    )
    header = [line for line in done.stdout.splitlines() if "extraheader" in line]
    # base64 of x-access-token:t0ken
    assert header == ["http.https://example.org/ada/.extraheader=Authorization: Basic eC1hY2Nlc3MtdG9rZW46dDBrZW4="]


@pytest.mark.parametrize(("store", "said"), [("branch:", "branch: names nothing"), ("artefact:", "artefact: names")])
def test_a_store_without_a_name_is_refused(toy: Any, job: Callable[..., Any], store: str, said: str) -> None:
    toy.commit(1)
    done = steps(job("one"), "restore", INPUT_STORE=store)
    assert (done.returncode, said in done.stdout) == (4, True)


def test_a_shallow_checkout_is_told_with_the_line_that_is_missing(
    toy: Any, job: Callable[..., Any], tmp_path: Path
) -> None:
    toy.commit(1)
    toy.commit(2)
    one = job("one")
    toy.git(tmp_path, "clone", "-q", "--depth", "1", toy.repository().as_uri(), "shallow")
    one.checkout = tmp_path / "shallow"
    done = steps(one, "restore")
    assert (done.returncode, "give actions/checkout fetch-depth: 0" in done.stdout) == (4, True)


def test_a_job_without_a_checkout_is_told_that_it_lacks_one(toy: Any, job: Callable[..., Any], tmp_path: Path) -> None:
    toy.commit(1)
    one = job("one")
    one.checkout = tmp_path / "empty"
    one.checkout.mkdir()
    done = steps(one, "restore")
    assert (done.returncode, "actions/checkout has to come before this step" in done.stdout) == (4, True)


def test_a_folder_that_is_none_is_told_in_one_line(toy: Any, job: Callable[..., Any]) -> None:
    toy.commit(1)
    done = steps(job("one"), "restore", INPUT_FOLDER="asv.conf.json")
    assert (done.returncode, done.stderr) == (4, "")
    assert done.stdout.startswith("::error::folder: asv.conf.json is no folder of the checkout; name the one")


def test_a_path_of_the_runner_is_the_store_itself(toy: Any, job: Callable[..., Any], tmp_path: Path) -> None:
    toy.commit(1)
    one, path = job("one"), tmp_path / "kept" / "perfwatch.duckdb"
    path.parent.mkdir()
    done = steps(one, "restore", "judge", INPUT_STORE=str(path), **report(one, 1))
    assert done.returncode == 5, done.stderr
    assert path.exists()
    assert not subprocess.check_output(["git", "branch", "--list", "perfwatch*"], cwd=toy.repository())


def test_a_project_in_a_folder_of_its_repository_is_found_there(toy: Any, job: Callable[..., Any]) -> None:
    toy.commit(1)
    one = job("one")
    (one.checkout / "bench").mkdir()
    (one.checkout / "asv.conf.json").rename(one.checkout / "bench" / "asv.conf.json")
    done = steps(one, "restore", "judge", INPUT_FOLDER="bench", INPUT_MACHINE="mine", **report(one, 1))
    assert done.returncode == 5, done.stderr
    assert "mine" in done.stdout


def test_the_same_scripts_serve_a_pipeline_of_gitlab(toy: Any, job: Callable[..., Any], tmp_path: Path) -> None:
    toy.commit(1)
    one = job("one")
    one.variables = {k: v for k, v in one.variables.items() if not k.startswith(("GITHUB_", "RUNNER_"))}
    # Those of docs/examples/gitlab-ci.yml.
    said = {"STORE_REMOTE": str(toy.repository()), "STORE_USER": "perfwatch", "INPUT_MACHINE": "bench-1"}
    said |= {"RUNNER_TEMP": str(one.temp), "CI": "true", "GITLAB_CI": "true", **report(one, 7)}
    said |= {"INPUT_JUNIT": str(tmp_path / "perfwatch.xml")}
    done = steps(one, "restore", "judge", **said)
    assert done.returncode == 5, done.stdout + done.stderr
    assert "::" not in done.stdout
    assert "<testsuite" in (tmp_path / "perfwatch.xml").read_text()
    assert stored(toy, tmp_path) == {("weighs 1", 7)}
