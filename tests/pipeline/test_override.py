"""Overrides from a commit's message or a flag to the gate and the store, through git and the judge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from perfwatch import pipeline
from perfwatch.cli import run_command
from perfwatch.errors import EXIT_CLEAN, EXIT_EQUIVALENCE_BROKEN, EXIT_REGRESSION, EXIT_USAGE
from perfwatch.pipeline import triage
from perfwatch.pipeline.overriding import Overrides
from perfwatch.report import check as say
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader

QUIET, SLOW = 30, 10


def measured(project: Any, message: str, **wrong: Any) -> Any:
    """Return a project that became a third slower with the commit of a message, measured and loaded."""
    rng = np.random.default_rng(7)
    for i in range(QUIET + SLOW):
        level = 1.0 if i < QUIET else 1.3
        commit = project.commit(message if i == QUIET else f"commit {i}")
        last = i == QUIET + SLOW - 1
        project.measure(commit, seconds=level * (1 + 0.004 * rng.standard_normal()), **(wrong if last else {}))
    pipeline.ingest(project.config)
    return project


def words(project: Any) -> list[tuple[str, str, str]]:
    with Reader(parse(project.config.store)) as reader:
        return [(w.state, w.author, w.reason or "") for w in reader.triages()]


def test_a_regression_that_its_own_commit_allows_passes_and_the_word_is_kept_once(project: Any) -> None:
    measured(project, "slower\n\nPerfwatch-Allow: regression ^sort; rounding\n as of #12")
    unheard = pipeline.check(project.config, overrides=Overrides(are_trailers_heard=False))
    assert unheard.exit_code == EXIT_REGRESSION
    assert words(project) == []
    for _ in range(2):
        found = pipeline.check(project.config)
        assert found.exit_code == EXIT_CLEAN
    mark = f"(Perfwatch-Allow in {project.commits[QUIET][:12]})"
    assert words(project) == [("expected", "Ada", f"rounding as of #12 {mark}")]
    assert f"expected by Ada: rounding as of #12 {mark}" in say.text(found)
    assert "1 regression somebody knows of" in say.text(found)
    # What a person says after it holds: real, and on the gate.
    (event,) = [e for e, _ in found.places[0].events if e.kind == "regression"]
    triage.triage(project.config, event.id, "accepted", reason="too much", author="grace")
    assert pipeline.check(project.config).exit_code == EXIT_REGRESSION


def test_a_word_that_cannot_count_leaves_the_gate_shut_and_is_told(project: Any) -> None:
    lines = ["regression", "regression ^echo; why", "equivalence; I meant it", "regression ^(; why"]
    moved_up = "Perfwatch-Allow: regression; before a squash"
    measured(project, f"slower\n\n{moved_up}\n\n" + "\n".join(f"Perfwatch-Allow: {line}" for line in lines))
    found = pipeline.check(project.config)
    assert found.exit_code == EXIT_REGRESSION
    assert words(project) == []
    said = say.text(found)
    assert "counts for nothing: it gives no reason" in said
    assert "does not let" in said
    assert "sort.time_sort moved, too" in said
    assert "accepted with `perfwatch accept`" in said
    assert "is no pattern" in said
    assert "last paragraph only" in said


def test_the_words_of_another_commit_do_not_open_the_gate_but_an_identity_does(project: Any) -> None:
    measured(project, "slower")
    (event,) = [e for e, _ in pipeline.check(project.config).places[0].events if e.kind == "regression"]
    project.measure(project.commit("later\n\nPerfwatch-Allow: regression; not mine"), seconds=1.3)
    pipeline.ingest(project.config)
    assert pipeline.check(project.config).exit_code == EXIT_REGRESSION
    project.measure(project.commit(f"later\n\nPerfwatch-Allow: {event.id[:6]}; paid back by #41"), seconds=1.3)
    pipeline.ingest(project.config)
    assert pipeline.check(project.config).exit_code == EXIT_CLEAN
    assert [w[0] for w in words(project)] == ["expected"]


def test_a_flag_lets_what_holds_the_gate_pass_with_a_reason_and_never_an_answer(
    project: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    measured(project, "slower", wrong=("rust_batch_unix",))
    monkeypatch.chdir(project.folder)
    assert run_command(["check", "--override", "  "]) == EXIT_USAGE
    assert run_command(["check", "--override-by", "grace"]) == EXIT_USAGE
    assert words(project) == []
    arguments = ["check", "--override", "label perf-ok", "--override-by", "grace"]
    assert run_command(arguments) == EXIT_EQUIVALENCE_BROKEN
    assert words(project) == [("acknowledged", "grace", "label perf-ok (--override)")]
    said = capsys.readouterr().out
    assert "acknowledged by grace: label perf-ok (--override)" in said
    project.measure(project.commit("mended"), seconds=1.3)
    pipeline.ingest(project.config)
    assert run_command(["check"]) == EXIT_CLEAN
    assert run_command(arguments) == EXIT_CLEAN
    assert "--override lets nothing pass" in capsys.readouterr().out
