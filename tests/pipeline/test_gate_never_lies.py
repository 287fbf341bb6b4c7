"""Green is said of what was measured and judged: every way to have measured less ends otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from perfwatch.analysis.check import is_silenced
from perfwatch.cli import run_command
from perfwatch.errors import (
    EXIT_CLEAN,
    EXIT_EQUIVALENCE_BROKEN,
    EXIT_NOT_MEASURED,
    EXIT_NOTHING_TO_COMPARE,
    EXIT_UNREADABLE,
    EXIT_USAGE,
)
from perfwatch.model import Event, Failure, Run, Triage
from perfwatch.runner import record
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer


@pytest.fixture
def gate(project: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Two good commits, loaded; returns a function that loads what came since, checks, and returns what is said."""
    monkeypatch.chdir(project.folder)
    project.measure(project.commit("one"))
    project.measure(project.commit("two"))
    assert run_command(["ingest"]) == EXIT_CLEAN

    def check(code: int, *arguments: str, ingest: int | None = EXIT_CLEAN) -> str:
        if ingest is not None:
            assert run_command(["ingest"]) == ingest
        capsys.readouterr()
        assert run_command(["check", *arguments]) == code
        shown = capsys.readouterr()
        return shown.out + shown.err

    return check


def results(project: Any) -> Path:
    """Return the file of the newest measured commit."""
    return max(
        (project.folder / ".asv" / "results" / "bench-1").glob("*-virtualenv*.json"), key=lambda p: p.stat().st_mtime_ns
    )


def changed(project: Any, change: Callable[[dict[str, Any]], None]) -> None:
    """Write the newest commit's results otherwise."""
    path = results(project)
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def test_what_was_measured_and_holds_is_green(gate: Callable[..., str]) -> None:
    assert "the answers hold and everything was measured" in gate(EXIT_CLEAN)


def test_a_commit_nobody_measured(project: Any, gate: Callable[..., str]) -> None:
    project.commit("three")
    assert "nothing was measured" in gate(EXIT_NOT_MEASURED)


def test_results_without_a_single_value(project: Any, gate: Callable[..., str]) -> None:
    project.measure(project.commit("three"))
    changed(project, lambda d: d.update(results={}))
    assert "nothing was measured" in gate(EXIT_NOT_MEASURED)


def test_everything_skipped(project: Any, gate: Callable[..., str]) -> None:
    project.measure(project.commit("three"))

    def skip(document: dict[str, Any]) -> None:
        for row in document["results"].values():
            row[0] = [float("nan")] * len(row[0])

    changed(project, skip)
    gate(EXIT_NOT_MEASURED)


def test_a_benchmark_that_failed(project: Any, gate: Callable[..., str]) -> None:
    project.measure(project.commit("three"), seconds=None)
    assert "FAILED" in gate(EXIT_NOT_MEASURED)


def test_a_benchmark_that_is_gone_or_was_renamed(project: Any, gate: Callable[..., str]) -> None:
    project.measure(project.commit("three"))
    changed(project, lambda d: d["results"].pop("sort.time_sort"))
    assert "sort.time_sort" in gate(EXIT_NOT_MEASURED)


def test_the_answers_left_out_while_the_times_are_there(project: Any, gate: Callable[..., str]) -> None:
    project.measure(project.commit("three"))

    def drop(document: dict[str, Any]) -> None:
        for name in [n for n in document["results"] if n.startswith("equivalence.")]:
            del document["results"][name]

    changed(project, drop)
    assert "equivalence" in gate(EXIT_NOT_MEASURED)


def test_a_version_of_a_benchmark_that_has_no_past(project: Any, gate: Callable[..., str]) -> None:
    project.measure(project.commit("three"), wrong=("in_process",))
    changed(project, lambda d: d["results"]["equivalence.track_differing"].__setitem__(2, "2"))
    gate(EXIT_EQUIVALENCE_BROKEN)


def test_a_broken_file_that_was_left_out(project: Any, gate: Callable[..., str]) -> None:
    project.measure(project.commit("three"))
    results(project).write_text("{")
    assert "nothing was measured" in gate(EXIT_NOT_MEASURED)


def test_a_file_that_breaks_after_it_was_loaded_leaves_what_was_read(project: Any, gate: Callable[..., str]) -> None:
    project.measure(project.commit("three"), wrong=("in_process",))
    gate(EXIT_EQUIVALENCE_BROKEN)
    results(project).write_text("{")
    gate(EXIT_EQUIVALENCE_BROKEN)


def test_the_first_commit_there_is(project: Any, gate: Callable[..., str]) -> None:
    assert "nothing to compare with" in gate(EXIT_NOTHING_TO_COMPARE, "HEAD~1")


def test_results_of_another_machine_are_no_baseline(project: Any, gate: Callable[..., str]) -> None:
    project.measure(project.commit("three"))
    folder = project.folder / ".asv" / "results"
    path = results(project)
    (folder / "bench-2").mkdir()
    (folder / "bench-2" / "machine.json").write_text(json.dumps({"machine": "bench-2", "version": 1}))
    (folder / "bench-2" / path.name).write_text(path.read_text().replace("bench-1", "bench-2"))
    path.unlink()
    assert "bench-2" in gate(EXIT_NOTHING_TO_COMPARE)


def test_a_machine_that_is_none(gate: Callable[..., str]) -> None:
    gate(EXIT_NOT_MEASURED, "--machine", "no-such")


def test_a_run_that_was_stopped_half_way(project: Any, gate: Callable[..., str]) -> None:
    commit = project.commit("three")
    project.measure(commit)
    changed(project, lambda d: d["results"].pop("sort.time_sort"))
    at = datetime(2026, 3, 1, tzinfo=UTC)
    stopped = Run(commit, "bench-1", "virtualenv-py3.11", at, None, "asv", None)
    record.write(project.folder / ".asv" / "runs" / "bench-1", stopped, {})
    assert "sort.time_sort" in gate(EXIT_NOT_MEASURED)


def test_a_commit_that_does_not_build(project: Any, gate: Callable[..., str]) -> None:
    commit = project.commit("three")
    at = datetime(2026, 3, 1, tzinfo=UTC)
    failed = Run(commit, "bench-1", None, at, at, "asv", 2, failures=(Failure("(build)", 1, "error: no such field"),))
    record.write(project.folder / ".asv" / "runs" / "bench-1", failed, {})
    assert "error: no such field" in gate(EXIT_NOT_MEASURED)


def test_a_commit_git_does_not_know(gate: Callable[..., str]) -> None:
    assert "no commit" in gate(EXIT_USAGE, "no-such-branch")


def test_a_store_of_another_project(
    project: Any, gate: Callable[..., str], tmp_path_factory: Any, git: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path_factory.mktemp("other")
    git(other, "init", "-q")
    git(other, "commit", "--allow-empty", "-qm", "elsewhere")
    project.folder.joinpath("asv.conf.json").rename(other / "asv.conf.json")
    monkeypatch.chdir(other)
    assert "nothing was measured" in gate(
        EXIT_NOT_MEASURED, "--store", str(project.folder / "perfwatch.duckdb"), ingest=None
    )


def test_a_store_that_is_not_there_or_none(gate: Callable[..., str], project: Any) -> None:
    gate(EXIT_NOTHING_TO_COMPARE, "--store", "elsewhere.duckdb", ingest=None)
    (project.folder / "notes.txt").write_text("notes " * 1000)
    gate(EXIT_UNREADABLE, "--store", "notes.txt", ingest=None)


def test_a_word_that_ran_out_takes_nothing_off_the_gate() -> None:
    now = datetime.now(UTC)
    word = Triage("id", "acknowledged", "ada", now, "soon", until=now + timedelta(days=1))
    assert is_silenced(word, now)
    assert not is_silenced(word, now + timedelta(days=2))


def test_a_word_on_a_broken_answer_does_not_open_the_gate(project: Any, gate: Callable[..., str]) -> None:
    project.measure(project.commit("three"), wrong=("in_process",))
    gate(EXIT_EQUIVALENCE_BROKEN)
    with Writer(parse(project.config.store)) as writer:
        for event in _breaks(project):
            writer.triage(Triage(event.id, "expected", "ada", datetime.now(UTC), "as meant"))
    gate(EXIT_EQUIVALENCE_BROKEN)


def _breaks(project: Any) -> list[Event]:
    with Reader(parse(project.config.store)) as reader:
        found = [e for e, _ in reader.events() if e.kind == "equivalence break"]
    assert found
    return found
