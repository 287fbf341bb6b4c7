"""Result files as asv writes them, oddities included, and the oracle: asv's own reader."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

COLUMNS = [
    "result", "params", "version", "started_at", "duration", "stats_ci_99_a", "stats_ci_99_b", "stats_q_25",
    "stats_q_75", "stats_number", "stats_repeat", "samples", "profile",
]  # fmt: skip


@pytest.fixture
def result_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a version 2 file with these rows, as asv would name it."""

    def write(rows: dict[str, Any], **other: Any) -> Path:
        document = {
            "commit_hash": "c" * 40, "env_name": "py3.11-numpy", "date": 1_700_000_000_000,
            "params": {"machine": "box", "ram": "1"}, "python": "3.11", "requirements": {"numpy": ""}, "env_vars": {},
            "result_columns": COLUMNS, "results": rows, "durations": {"<build>": 3.5}, "version": 2,
        } | other  # fmt: skip
        path = tmp_path / "results" / "box" / "cccccccc-py3.11-numpy.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document))
        return path

    return write


@pytest.fixture
def repository(tmp_path: Path, git: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three commits on main and one on a branch merged into it, the dates running backwards."""
    repo = tmp_path / "repo"
    repo.mkdir()
    git(repo, "init", "-q", "-b", "main")

    def commit(subject: str, day: int) -> None:
        monkeypatch.setenv("GIT_AUTHOR_DATE", f"2026-01-{day:02}T00:00:00Z")
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"2026-01-{day:02}T00:00:00Z")
        git(repo, "commit", "-q", "--allow-empty", "-m", subject)

    commit("first", 9)
    git(repo, "checkout", "-q", "-b", "side")
    commit("aside", 1)
    git(repo, "checkout", "-q", "main")
    commit("second: with a\ttab, “quotes” and |", 5)
    git(repo, "merge", "-q", "--no-ff", "-m", "merge", "side")
    assert os.environ["GIT_AUTHOR_NAME"] == "Ada"
    return repo
