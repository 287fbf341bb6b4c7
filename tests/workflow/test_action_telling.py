"""Whom the action's mode commit tells: those of its input, else those whom the project's own settings name."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from github_artefacts import artefacts_listening


def judged(job: Any, api_url: str, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Judge a first commit, whose store stays on the runner."""
    report = job.temp / "report.json"
    report.write_text(json.dumps([{"name": "weight", "unit": "bytes", "value": 1}]))
    given = {
        "INPUT_STORE": str(job.temp / "store.duckdb"),
        "INPUT_RESULTS": str(report),
        "INPUT_TOKEN": "actions-token",
    }
    done: subprocess.CompletedProcess[str] = job.step("commit.sh", "judge", GITHUB_API_URL=api_url, **given, **inputs)
    assert (done.returncode, job.output("verdict")) == (5, "5"), done.stderr
    assert "actions-token" not in done.stdout + done.stderr
    return done


@pytest.mark.parametrize("said_in", ["settings", "input"])
def test_sinks_of_the_settings_are_told_like_those_of_the_input_with_the_token_of_the_job(
    toy: Any, job: Callable[..., Any], said_in: str
) -> None:
    head = toy.commit(1)
    one = job("one")
    if said_in == "settings":
        (one.checkout / "perfwatch.toml").write_text('[notify]\nsinks = ["github-status"]\n')
    with artefacts_listening() as github:
        github.repository.commits.add(head)
        github.tokens["actions-token"].permissions["statuses"] = "write"
        judged(one, github.url, **({"INPUT_NOTIFY": "github-status"} if said_in == "input" else {}))
        # Nothing to compare with is neither green nor red, for which a status has no word.
        assert [s["state"] for s in github.repository.statuses] == ["error"]


def test_sinks_may_stand_in_lines_and_none_is_passed_over(toy: Any, job: Callable[..., Any]) -> None:
    toy.commit(1)
    done = judged(job("one"), "http://127.0.0.1:9", INPUT_NOTIFY="console\ngithub-isue\n")
    assert "no sink 'github-isue'" in done.stderr


def test_where_nobody_is_named_nobody_is_told_and_that_is_no_error(toy: Any, job: Callable[..., Any]) -> None:
    toy.commit(1)
    assert "notify" not in judged(job("one"), "http://127.0.0.1:9").stderr


@pytest.mark.parametrize(
    ("variables", "extras"),
    [
        ({}, ""),
        ({"PERFWATCH_APPRISE_URLS": "slack://a/b/c"}, "[notify]"),
        ({"INPUT_STORE": "quack:host:1", "PERFWATCH_APPRISE_URLS": "slack://a/b/c"}, "[team,notify]"),
    ],
    ids=["nobody", "apprise", "apprise and a server"],
)
def test_what_the_variables_of_a_job_need_is_installed_with_it(
    toy: Any, job: Callable[..., Any], tmp_path: Path, variables: dict[str, str], extras: str
) -> None:
    toy.commit(1)
    # In place of Python: makes an environment whose programs write down what they are called with.
    asked, python = tmp_path / "asked", tmp_path / "python"
    python.write_text(f"""#!/bin/sh
if [ "$2" = venv ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && cp "$0" "$3/bin/perfwatch"; fi
echo "$@" >>{asked}
""")
    python.chmod(0o755)
    done = job("one").step("install.sh", INPUT_PYTHON=str(python), INPUT_VERSION="1.0", **variables)
    assert done.returncode == 0, done.stderr
    assert f" perfwatch{extras}==1.0\n" in asked.read_text()
