"""From result files to two commits side by side on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from perfwatch.cli import run_command
from perfwatch.errors import EXIT_CLEAN, EXIT_NOTHING_TO_COMPARE, EXIT_USAGE

OLD, NEW = "a" * 40, "b" * 40


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two commits of one machine, and one of another; `time_slow` is 20 % slower at the second."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    for machine, commits in {"one": (OLD, NEW), "two": (NEW,)}.items():
        folder = tmp_path / ".asv" / "results" / machine
        folder.mkdir(parents=True)
        for day, commit in enumerate(commits):
            results = {}
            for name in ("time_slow", "time_same"):
                level = 1.2 if name == "time_slow" and commit == NEW else 1.0
                samples = (level * np.exp(0.01 * rng.standard_normal(12))).tolist()
                results[f"a.{name}"] = [[float(np.median(samples))], [], [samples]]
            document = {
                "commit_hash": commit,
                "env_name": "py",
                "date": 1772323200000 + 86_400_000 * day,
                "params": {"machine": machine},
                "python": "3.11",
                "requirements": {},
                "env_vars": {},
                "result_columns": ["result", "params", "samples"],
                "results": results,
                "durations": {},
                "version": 2,
            }
            (folder / f"{commit[:8]}-py.json").write_text(json.dumps(document))
    (tmp_path / ".asv" / "results" / "benchmarks.json").write_text(json.dumps({"version": 2}))
    assert run_command(["ingest"]) == EXIT_CLEAN
    return tmp_path


def test_two_stored_commits_are_compared_on_their_samples(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run_command(["compare", "aaaa", "bbbb", "--format", "json"]) == EXIT_CLEAN
    (sides,) = json.loads(capsys.readouterr().out)["comparisons"]
    assert (sides["before"], sides["after"], sides["machine"]) == (OLD, NEW, "one")
    slow, same = sides["series"]
    assert (slow["series"], slow["mark"], slow["n_before"]) == ("a.time_slow", "+", 12)
    assert slow["lower"] < 1.2 < slow["upper"]
    assert (same["mark"], same["is_significant"]) == (" ", False)


def test_a_pattern_chooses_series_and_what_did_not_change_can_be_left_out(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run_command(["compare", "aaaa", "bbbb", "--only-changed"]) == EXIT_CLEAN
    shown = capsys.readouterr().out
    assert "time_slow" in shown
    assert "time_same" not in shown
    assert run_command(["compare", "aaaa", "bbbb", "--bench", "same", "--only-changed"]) == EXIT_CLEAN
    assert "no series changed by as much as matters" in capsys.readouterr().out


def test_what_cannot_be_compared_says_why(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["compare", "aaaa", "bbbb", "--machine", "two"]) == EXIT_NOTHING_TO_COMPARE
    assert "aaaaaaaa not measured" in capsys.readouterr().err
    assert run_command(["compare", "aaaa", "cccc"]) != EXIT_CLEAN
    assert run_command(["compare", "aaaa", "bbbb", "--bench", "("]) == EXIT_USAGE
    assert "no regular expression" in capsys.readouterr().err
