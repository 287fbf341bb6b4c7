"""What the action describes, its scripts take, and its documentation says: the same inputs in all three."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
ACTION = ROOT / ".github" / "action"
DESCRIPTIONS = [
    *sorted((ROOT / ".github" / "workflows").glob("*.yml")),
    ACTION / "action.yml",
    *sorted((ROOT / "docs" / "examples").glob("github-*.yml")),
]
# Said where the action is not: GitLab's pipelines and the Makefile set it themselves.
ELSEWHERE = {"INPUT_JUNIT"}


def described(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def steps(path: Path) -> list[dict[str, Any]]:
    found = described(path)
    jobs = [found["runs"]] if "runs" in found else found["jobs"].values()
    return [step for job in jobs for step in job["steps"]]


@pytest.mark.parametrize("path", DESCRIPTIONS, ids=lambda p: p.name)
def test_no_expression_becomes_text_of_a_command(path: Path) -> None:
    # A job's matrix is the workflow's own words; nobody else writes them.
    commands = [step["run"].replace("${{ matrix.", "") for step in steps(path) if "run" in step]
    assert not [command for command in commands if "${{" in command]


@pytest.mark.parametrize("path", DESCRIPTIONS, ids=lambda p: p.name)
def test_each_action_is_pinned_by_digest(path: Path) -> None:
    used = [step["uses"] for step in steps(path) if "uses" in step]
    assert [u for u in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", u)] == []


def test_each_input_reaches_a_script_that_takes_it_and_each_script_takes_only_inputs() -> None:
    mapped = {
        name: re.fullmatch(r"\$\{\{ inputs\.(\w+) \}\}", value)[1]  # type: ignore[index]
        for step in steps(ACTION / "action.yml")
        for name, value in step.get("env", {}).items()
        if name.startswith("INPUT_")
    }
    assert {name: name.removeprefix("INPUT_").lower() for name in mapped} == mapped
    taken = {n for path in ACTION.glob("*.sh") for n in re.findall(r"INPUT_[A-Z]+", path.read_text(encoding="utf-8"))}
    assert taken - ELSEWHERE == mapped.keys()
    assert {m.lower() for m in mapped.values()} == described(ACTION / "action.yml")["inputs"].keys()


def test_each_input_is_documented_with_its_default() -> None:
    text = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", text, flags=re.MULTILINE))
    for name, given in described(ACTION / "action.yml")["inputs"].items():
        default = given["default"]
        assert name in rows
        if default and "${{" not in default:
            assert rows[name] == f"`{default}`"


def test_what_runs_code_of_strangers_is_given_nothing_and_what_may_write_checks_out_nothing_of_theirs() -> None:
    for pull in (ROOT / ".github/workflows/pull.yml", ROOT / "docs/examples/github-pull.yml"):
        (job,) = described(pull)["jobs"].values()
        assert job["permissions"] == {"contents": "read"}
        assert "self-hosted" not in job["runs-on"]
        assert not re.search(r"secrets|github\.token", pull.read_text(encoding="utf-8").partition("jobs:")[2])
    for comment in (ROOT / ".github/workflows/comment.yml", ROOT / "docs/examples/github-comment.yml"):
        (job,) = described(comment)["jobs"].values()
        assert {k for k, v in job["permissions"].items() if v == "write"} == {"checks", "pull-requests"}
        checkouts = [step for step in job["steps"] if "actions/checkout" in step.get("uses", "")]
        # No `ref`: what is checked out is the default branch.
        assert not [step for step in checkouts if {"ref", "repository"} & step["with"].keys()]


def test_the_two_halves_know_each_other_by_name() -> None:
    for folder, first, second in (
        (".github/workflows", "pull.yml", "comment.yml"),
        ("docs/examples", "github-pull.yml", "github-comment.yml"),
    ):
        # YAML 1.1 reads `on` as true.
        event = described(ROOT / folder / second)[True]["workflow_run"]
        assert event["workflows"] == [described(ROOT / folder / first)["name"]]


def test_the_ten_lines_of_the_documentation_are_ten_and_those_that_are_checked() -> None:
    example = (ROOT / "docs" / "examples" / "github-ten-lines.yml").read_text(encoding="utf-8")
    assert len(example.splitlines()) == 10
    assert f"```yaml\n{example}```" in (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")


def test_an_unknown_mode_is_an_error_and_not_a_job_that_does_nothing(toy: Any, job: Any) -> None:
    toy.commit(1)
    done = job("one").step("install.sh", INPUT_MODE="comit")
    assert (done.returncode, "mode: comit is none" in done.stdout) == (4, True)


def test_a_python_that_will_not_do_is_named_with_what_it_is(toy: Any, job: Any) -> None:
    toy.commit(1)
    done = job("one").step("install.sh", INPUT_PYTHON="python-of-nobody")
    assert (done.returncode, done.stderr) == (4, "")
    assert "newer, and python-of-nobody cannot be started; name one with the input python" in done.stdout
