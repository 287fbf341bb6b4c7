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


def test_a_benchmark_that_failed_and_is_not_run_any_more(project: Any, gate: Callable[..., str]) -> None:
    project.measure(project.commit("three"), seconds=None)
    gate(EXIT_NOT_MEASURED)
    project.measure(project.commit("four"))
    changed(project, lambda d: d["results"].pop("sort.time_sort"))
    assert "ABSENT  sort.time_sort" in gate(EXIT_NOT_MEASURED)


def test_a_benchmark_that_is_gone_for_longer_is_said_though_it_holds_nothing(
    project: Any, gate: Callable[..., str]
) -> None:
    for code in (EXIT_NOT_MEASURED, EXIT_CLEAN):
        project.measure(project.commit("another"))
        changed(project, lambda d: d["results"].pop("sort.time_sort"))
        said = gate(code)
    assert "1 series not measured any more (exit 0)" in said
    assert "everything was measured" not in said
    assert "VANISHED   sort.time_sort" in said


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
    assert "no machine 'no-such' is in the store; known are bench-1" in gate(EXIT_NOT_MEASURED, "--machine", "no-such")


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


def test_a_machine_that_measured_each_commit_before_and_not_this_one(project: Any, gate: Callable[..., str]) -> None:
    folder = project.folder / ".asv" / "results"
    (folder / "bench-2").mkdir()
    (folder / "bench-2" / "machine.json").write_text(json.dumps({"machine": "bench-2", "version": 1}))

    def measure(*machines: str) -> None:
        project.measure(project.commit("another"))
        path = results(project)
        if "bench-2" in machines:
            (folder / "bench-2" / path.name).write_text(path.read_text().replace("bench-1", "bench-2"))

    for _ in range(2):
        measure("bench-1", "bench-2")
    # Two commits are no habit yet.
    measure("bench-1")
    gate(EXIT_CLEAN)
    for _ in range(3):
        measure("bench-1", "bench-2")
    gate(EXIT_CLEAN)
    measure("bench-1")
    said = gate(EXIT_NOT_MEASURED)
    assert "bench-2 · virtualenv-py3.11\n  FAILED  (missing run): measured each of the 3 commits before" in said
    gate(EXIT_CLEAN, "--machine", "bench-1")
    gate(EXIT_NOT_MEASURED, "--machine", "bench-2")
    # A place that is given up holds nobody for long.
    measure("bench-1")
    gate(EXIT_CLEAN)


def test_every_benchmark_in_another_version_has_nothing_to_compare_with(project: Any, gate: Callable[..., str]) -> None:
    project.measure(project.commit("three"))
    changed(project, lambda d: d["results"]["sort.time_sort"].__setitem__(2, "2"))
    declared = project.folder / ".asv" / "results" / "benchmarks.json"
    document = json.loads(declared.read_text())
    document["sort.time_sort"]["version"] = "2"
    declared.write_text(json.dumps(document))
    assert "no series was measured at both" in gate(EXIT_NOTHING_TO_COMPARE)
    for form in ("md", "junit", "github"):
        assert "no series was measured at both" in gate(EXIT_NOTHING_TO_COMPARE, "--format", form) or form == "github"


def test_the_answers_alone_are_compared_with_what_is_accepted(project: Any, gate: Callable[..., str]) -> None:
    commit = project.commit("three")
    project.measure(commit)
    changed(project, lambda d: d["results"].pop("sort.time_sort"))
    at = datetime(2026, 3, 1, tzinfo=UTC)
    asked = {"bench": ["^equivalence"], "sizes": []}
    run = Run(commit, "bench-1", "virtualenv-py3.11", at, at, "asv", 0, selection=asked)
    record.write(project.folder / ".asv" / "runs" / "bench-1", run, {})
    gate(EXIT_CLEAN)


def test_another_size_than_before(project: Any, gate: Callable[..., str]) -> None:
    commit = project.commit("three")
    project.measure(commit)
    path = results(project)
    document = json.loads(path.read_text())
    for name, row in document["results"].items():
        if name.startswith("equivalence."):
            row[1] = [row[1][0], ["'150000x80'"]]
    # The time of a size that was never measured before.
    document["results"]["sort.time_sized"] = [[1.0], [["'150000x80'"]], "1", 1700000000000, 1.0, [0.9], [1.1]]
    del document["results"]["sort.time_sort"]
    path.write_text(json.dumps(document))
    declared = project.folder / ".asv" / "results" / "benchmarks.json"
    known = json.loads(declared.read_text())
    known["sort.time_sized"] = {
        **known["sort.time_sort"],
        "name": "sort.time_sized",
        "params": [["'150000x80'"]],
        "param_names": ["size"],
    }
    declared.write_text(json.dumps(known))
    at = datetime(2026, 3, 1, tzinfo=UTC)
    selection = {"bench": ["time_sized", "equivalence"], "sizes": ["150000x80"]}
    run = Run(commit, "bench-1", "virtualenv-py3.11", at, at, "asv", 0, selection=selection)
    record.write(project.folder / ".asv" / "runs" / "bench-1", run, {})
    gate(EXIT_NOTHING_TO_COMPARE)


def test_a_shallow_clone(
    project: Any, gate: Callable[..., str], tmp_path_factory: Any, git: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.measure(project.commit("three"))
    shallow = tmp_path_factory.mktemp("shallow") / "clone"
    git(project.folder, "clone", "-q", "--depth", "1", f"file://{project.folder}", str(shallow))
    (project.folder / ".asv").rename(shallow / ".asv")
    (shallow / "asv.conf.json").write_text('{"version": 1, "project": "scratch", "repo": "."}')
    monkeypatch.chdir(shallow)
    # Nothing is loaded of which the order is not known; what was loaded before does not stand for this commit.
    gate(EXIT_NOTHING_TO_COMPARE, ingest=EXIT_USAGE)
    store = str(project.folder / "perfwatch.duckdb")
    assert "nothing was measured" in gate(EXIT_NOT_MEASURED, "--store", store, ingest=None)
