"""The workflows call targets of the Makefile and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_a_workflow_step_calls_the_makefile_or_the_one_script_that_does(path: Path) -> None:
    steps = re.findall(r"^\s*- run: (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert steps
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    for step in steps:
        if step != "bash .ci/run":
            assert step.split()[0] == "make"
            assert step.split()[1] in targets


def test_ci_requires_every_test_to_run() -> None:
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "PERFWATCH_REQUIRE_ALL=1" in text
    assert "make test" in text


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_a_workflow_clones_in_full_and_keeps_no_credentials(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    clones = text.count("uses: actions/checkout@")
    assert clones == text.count("fetch-depth: 0") == text.count("persist-credentials: false")
