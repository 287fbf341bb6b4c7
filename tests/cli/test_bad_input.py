"""Bad input from the command line: one line, the documented code, and nothing lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from perfwatch import errors
from perfwatch.cli import run_command

MACHINE = "bench-1"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder with a results tree of two good files, and the current folder."""
    monkeypatch.chdir(tmp_path)
    results = tmp_path / ".asv" / "results"
    (results / MACHINE).mkdir(parents=True)
    benchmark = {
        "name": "sort.time_sort",
        "unit": "seconds",
        "params": [],
        "param_names": [],
        "type": "time",
        "version": "1",
        "code": "",
    }
    (results / "benchmarks.json").write_text(json.dumps({"sort.time_sort": benchmark, "version": 2}))
    (results / MACHINE / "machine.json").write_text(json.dumps({"machine": MACHINE, "version": 1}))
    for commit in ("a" * 40, "b" * 40):
        (results / MACHINE / f"{commit[:8]}-env.json").write_text(json.dumps(result_file(commit)))
    return results


def result_file(commit: str) -> dict:
    return {
        "commit_hash": commit,
        "env_name": "env",
        "date": 1700000000000 + ord(commit[0]),
        "params": {"machine": MACHINE},
        "python": "3.11",
        "requirements": {},
        "env_vars": {},
        "result_columns": ["result", "params", "version"],
        "results": {"sort.time_sort": [[1.5], [], "1"]},
        "durations": {},
        "version": 2,
    }


def points(capsys: pytest.CaptureFixture[str]) -> int:
    capsys.readouterr()
    assert run_command(["sql", "SELECT count(*) AS n FROM measurements", "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)[0]["n"]


def test_one_truncated_file_among_good_ones_is_named_and_the_good_ones_load(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tree / MACHINE / "cccccccc-env.json"
    bad.write_text(json.dumps(result_file("c" * 40))[:100])
    assert run_command(["ingest"]) == 0
    assert str(bad) in capsys.readouterr().out
    assert points(capsys) == 2


def test_strict_ends_with_8_when_a_file_was_left_out_and_still_loads_the_others(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / MACHINE / "cccccccc-env.json").write_text("{")
    assert run_command(["ingest", "--strict"]) == errors.EXIT_UNREADABLE
    assert points(capsys) == 2


def test_nothing_readable_is_8(tree: Path) -> None:
    for path in (tree / MACHINE).glob("*-env.json"):
        path.write_text("{")
    assert run_command(["ingest"]) == errors.EXIT_UNREADABLE


def test_a_file_that_breaks_later_keeps_the_rows_of_its_readable_state(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["ingest"]) == 0
    (tree / MACHINE / "aaaaaaaa-env.json").write_text("{")
    assert run_command(["ingest", "--strict"]) == errors.EXIT_UNREADABLE
    assert points(capsys) == 2


def test_a_second_ingest_changes_nothing(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_command(["ingest"])
    before = sorted((p.name, p.stat().st_mtime_ns) for p in Path("perfwatch.duckdb.d").iterdir())
    capsys.readouterr()
    assert run_command(["ingest", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["loaded"], told["unchanged"], told["measurements"]) == (0, 2, 0)
    assert sorted((p.name, p.stat().st_mtime_ns) for p in Path("perfwatch.duckdb.d").iterdir()) == before


def test_a_database_of_somebody_else_is_refused_and_untouched(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with duckdb.connect("theirs.duckdb") as theirs:
        theirs.execute("CREATE TABLE orders (id INTEGER)")
    before = Path("theirs.duckdb").read_bytes()
    assert run_command(["ingest", "--store", "theirs.duckdb"]) == errors.EXIT_UNREADABLE
    complaint = capsys.readouterr().err
    assert "theirs.duckdb" in complaint
    assert complaint.count("\n") == 1
    assert Path("theirs.duckdb").read_bytes() == before


def test_a_store_locked_by_another_process_is_8_and_names_it(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["ingest"]) == 0
    (tree / MACHINE / "cccccccc-env.json").write_text(json.dumps(result_file("c" * 40)))
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb; c = duckdb.connect('perfwatch.duckdb'); print('held', flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        capsys.readouterr()
        assert run_command(["ingest"]) == errors.EXIT_UNREADABLE
        complaint = capsys.readouterr().err
        assert str(holder.pid) in complaint
        assert complaint.count("\n") == 1
        # Readers are not locked out meanwhile.
        assert points(capsys) == 2
    finally:
        holder.communicate(b"\n")
    assert run_command(["ingest"]) == 0
    assert points(capsys) == 3


def test_an_engine_that_cannot_be_found_is_9_and_the_other_architectures_answer(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PERFWATCH_ENGINE", "/nowhere/perfwatch-engine")
    command = ["fingerprint", "--size", "quick", "--architecture", "in_process", "--architecture", "rust_spawn_stdin"]
    assert run_command(command) == errors.EXIT_NOT_MEASURED
    said = capsys.readouterr().out
    assert "/nowhere/perfwatch-engine" in said
    assert "32,951" in said


@pytest.mark.parametrize(
    "query", ["DROP TABLE runs", "SELECT * FROM no_such_table", "COPY runs TO 'x.csv'", "DELETE FROM runs"]
)
def test_sql_that_does_not_read_is_refused(tree: Path, query: str, capsys: pytest.CaptureFixture[str]) -> None:
    run_command(["ingest"])
    capsys.readouterr()
    assert run_command(["sql", query]) == errors.EXIT_USAGE
    assert capsys.readouterr().err.count("\n") == 1
    assert not Path("x.csv").exists()
