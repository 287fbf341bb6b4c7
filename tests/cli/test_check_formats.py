"""What `perfwatch check` writes and where, and what it ends with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import junitparser
import pytest

from perfwatch import errors
from perfwatch.cli import run_command

MACHINE = "bench-1"
COMMITS = ("a" * 40, "b" * 40)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A store of two commits without a repository, of which the second has a failed benchmark; the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    results = tmp_path / "results"
    (results / MACHINE).mkdir(parents=True)
    common = {"unit": "seconds", "params": [], "param_names": [], "type": "time", "version": "1", "code": ""}
    names = ("sort.time_sort", "sort.time_merge")
    (results / "benchmarks.json").write_text(
        json.dumps({**{name: {"name": name, **common} for name in names}, "version": 2})
    )
    (results / MACHINE / "machine.json").write_text(json.dumps({"machine": MACHINE, "version": 1}))
    for i, commit in enumerate(COMMITS):
        document = {
            "commit_hash": commit,
            "env_name": "env",
            "date": 1700000000000 + i,
            "params": {"machine": MACHINE},
            "python": "3.11",
            "requirements": {},
            "env_vars": {},
            "result_columns": ["result", "params", "version"],
            "results": {"sort.time_sort": [[1.5], [], "1"], "sort.time_merge": [[1.5] if i == 0 else None, [], "1"]},
            "durations": {},
            "version": 2,
        }
        (results / MACHINE / f"{commit[:8]}-env.json").write_text(json.dumps(document))
    assert run_command(["ingest", "results"]) == 0
    capsys.readouterr()
    return tmp_path


def test_each_format_ends_with_the_same_code_and_says_the_same(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = {}
    for form in ("text", "md", "json", "junit", "github"):
        assert run_command(["check", "--format", form]) == errors.EXIT_NOT_MEASURED
        said[form] = capsys.readouterr().out
        assert "time_merge" in said[form].replace("\\", "")
    assert said["md"].startswith("## perfwatch: not everything was measured\n")
    assert json.loads(said["json"])["exit_code"] == errors.EXIT_NOT_MEASURED
    assert junitparser.JUnitXml.fromstring(said["junit"].encode()).errors == 1


def test_files_hold_what_the_formats_print_while_people_read_text(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = {}
    for form in ("text", "md", "junit"):
        run_command(["check", "--format", form])
        printed[form] = capsys.readouterr().out
    outputs = ["--output", "junit=a.xml", "--output", "md=b.md", "--output", "json=c.json"]
    assert run_command(["check", *outputs]) == errors.EXIT_NOT_MEASURED
    assert capsys.readouterr().out == printed["text"]
    assert Path("b.md").read_text() == printed["md"]
    assert junitparser.JUnitXml.fromfile("a.xml").errors == 1
    assert json.loads(Path("c.json").read_text())["schema"] == "perfwatch.check/2"


@pytest.mark.parametrize("output", ["a.xml", "junit=", "xml=a.xml", "github=a.md", "md=no/such/folder.md"])
def test_a_file_that_cannot_be_is_told_before_anything_is_judged(
    output: str, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["check", "--output", output]) == errors.EXIT_USAGE
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1


def test_a_file_that_cannot_be_written_is_4_and_not_green(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("folder.md").mkdir()
    for more in ([], ["--exit-zero"]):
        assert run_command(["check", "--output", "md=folder.md", *more]) == errors.EXIT_USAGE
        assert "folder.md" in capsys.readouterr().err


def test_exit_zero_says_everything_and_what_it_passes_over_in_the_last_line(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_command(["check"])
    plain = capsys.readouterr().out
    assert run_command(["check", "--exit-zero"]) == errors.EXIT_CLEAN
    assert capsys.readouterr().out == f"{plain}exit 9 passed over by --exit-zero\n"
    for form in ("json", "junit"):
        assert run_command(["check", "--exit-zero", "--format", form]) == errors.EXIT_CLEAN
        shown = capsys.readouterr()
        assert shown.err == "exit 9 passed over by --exit-zero\n"
        assert "passed over" not in shown.out
    # What is clean has nothing to pass over.
    results = Path("results") / MACHINE / f"{COMMITS[1][:8]}-env.json"
    results.write_text(results.read_text().replace("null", "[1.5]"))
    assert run_command(["ingest", "results"]) == 0
    capsys.readouterr()
    assert run_command(["check", "--exit-zero"]) == errors.EXIT_CLEAN
    assert "passed over" not in capsys.readouterr().out


def test_a_reader_that_has_seen_enough_opens_no_gate(tree: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "perfwatch", "check", "--output", "md=a.md"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (errors.EXIT_NOT_MEASURED, "")
    assert "time\\_merge" in Path("a.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--no-such"], errors.EXIT_USAGE),
        (["--override", " "], errors.EXIT_USAGE),
        (["--store", "nowhere.duckdb"], errors.EXIT_NOTHING_TO_COMPARE),
        (["--store", "notes.txt"], errors.EXIT_UNREADABLE),
        (["no-such-commit"], errors.EXIT_NOTHING_TO_COMPARE),
    ],
)
def test_exit_zero_passes_over_no_error(
    arguments: list[str], code: int, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("notes.txt").write_text("notes, no store " * 1000)
    assert run_command(["check", "--exit-zero", *arguments]) == code
    assert capsys.readouterr().err.count("\n") == 1
