"""`check` from result files to exit code, through git, the writer and the reader."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from perfwatch import pipeline
from perfwatch.errors import NothingToCompareError, UsageError
from perfwatch.model import Failure, Run
from perfwatch.report import check as say
from perfwatch.runner import record

MOVED = {"lengths": [6, 14], "pnl": [-1000.0, -700.0], "trades": [11443, 7000]}


def judged(project: Any, revision: str | None = None) -> Any:
    pipeline.ingest(project.config)
    return pipeline.check(project.config, revision)


def test_the_same_answer_and_time_as_the_parent_is_clean(project: Any) -> None:
    project.measure(project.commit("one"))
    project.measure(project.commit("two"))
    found = judged(project)
    assert found.exit_code == 0
    assert found.places[0].baseline.subject == "one"


def test_the_first_measured_commit_has_nothing_to_compare_with(project: Any) -> None:
    project.measure(project.commit("one"))
    assert judged(project).exit_code == 5


def test_a_head_that_was_not_measured_is_not_green(project: Any) -> None:
    project.measure(project.commit("one"))
    project.commit("two")
    assert judged(project).exit_code == 9


def test_an_architecture_that_disagrees_is_broken_and_named_at_every_commit_until_mended(project: Any) -> None:
    project.measure(project.commit("one"))
    project.measure(project.commit("fee"), wrong=("rust_batch_unix",))
    found = judged(project)
    assert found.exit_code == 6
    said = say.text(found)
    assert project.commits[1][:8] in said
    assert "rust_batch_unix disagrees" in said
    assert "combination 0 (L=6)" in said
    project.measure(project.commit("child"), wrong=("rust_batch_unix",))
    assert judged(project).exit_code == 6
    project.measure(project.commit("undo"))
    assert judged(project).exit_code == 0


def test_a_reference_that_moved_is_broken_until_someone_accepts_it(project: Any) -> None:
    project.measure(project.commit("one"))
    project.measure(project.commit("fee everywhere"), reference=MOVED)
    found = judged(project)
    assert found.exit_code == 6
    assert "PnL -1000.000000 instead of -1062.250000" in say.text(found)
    project.measure(project.commit("child"), reference=MOVED)
    assert judged(project).exit_code == 6
    word = pipeline.accept(project.config, project.commits[1], "the fee was wrong")
    assert word.author == "Ada"
    assert judged(project).exit_code == 0
    assert judged(project, "HEAD~1").exit_code == 0


def test_going_back_on_an_accepted_answer_is_a_move_again(project: Any) -> None:
    project.measure(project.commit("one"))
    project.measure(project.commit("fee everywhere"), reference=MOVED)
    pipeline.ingest(project.config)
    pipeline.accept(project.config, "HEAD", "the fee was wrong")
    project.measure(project.commit("back"))
    assert judged(project).exit_code == 6


def test_an_acceptance_on_another_branch_does_not_count_here(project: Any) -> None:
    project.measure(project.commit("one"))
    project.git(project.folder, "checkout", "-qb", "other")
    project.measure(project.commit("fee everywhere"), reference=MOVED)
    pipeline.ingest(project.config)
    pipeline.accept(project.config, "HEAD", "the fee was wrong")
    project.git(project.folder, "checkout", "-q", "main")
    project.measure(project.commit("fee on main, too"), reference=MOVED)
    assert judged(project).exit_code == 6


def test_a_commit_that_lies_before_the_move_is_judged_by_what_held_then(project: Any) -> None:
    project.measure(project.commit("one"))
    project.measure(project.commit("two"))
    project.measure(project.commit("fee everywhere"), reference=MOVED)
    pipeline.ingest(project.config)
    pipeline.accept(project.config, "HEAD", "the fee was wrong")
    assert pipeline.check(project.config, "HEAD~1").exit_code == 0


def test_a_benchmark_that_failed_is_not_measured(project: Any) -> None:
    project.measure(project.commit("one"))
    project.measure(project.commit("two"), seconds=None)
    found = judged(project)
    assert found.exit_code == 9
    assert "FAILED  sort.time_sort" in say.text(found)


def test_a_slower_series_is_listed_with_its_interval_and_ends_clean(project: Any) -> None:
    project.measure(project.commit("one"))
    project.measure(project.commit("two"), seconds=1.5)
    found = judged(project)
    assert found.exit_code == 0
    assert "slower" in say.text(found)


def test_the_baseline_is_the_nearest_measured_commit_by_git_s_order_whatever_the_dates(project: Any) -> None:
    for subject in ("one", "two", "not measured", "four"):
        commit = project.commit(subject)
        if subject != "not measured":
            project.measure(commit)
    assert judged(project).places[0].baseline.subject == "two"


def test_an_acceptance_needs_a_measured_commit_and_a_reason(project: Any) -> None:
    project.measure(project.commit("one"))
    pipeline.ingest(project.config)
    project.commit("two")
    with pytest.raises(NothingToCompareError, match="no fingerprint"):
        pipeline.accept(project.config, "HEAD", "because")
    with pytest.raises(UsageError, match="reason"):
        pipeline.accept(project.config, "HEAD~1", "  ")


def test_a_revision_that_git_does_not_know_is_a_usage_error(project: Any) -> None:
    project.measure(project.commit("one"))
    with pytest.raises(UsageError, match="no-such"):
        judged(project, "no-such")


def run_of(project: Any, commit: str, **fields: Any) -> None:
    """Write the record that `perfwatch run` leaves of a commit."""
    when = datetime(2026, 1, 1, tzinfo=UTC)
    plain = {"environment": "virtualenv-py3.11", "exit_code": 0, "selection": {"bench": [], "sizes": ["30000x20"]}}
    run = Run(commit, "bench-1", started_at=when, finished_at=when, tool="asv", **{**plain, **fields})
    folder = project.config.runs_dir / "bench-1"
    folder.mkdir(parents=True, exist_ok=True)
    record.write(folder, run, {})


def test_a_commit_that_does_not_build_is_not_measured_and_the_reason_is_told(project: Any) -> None:
    project.measure(project.commit("one"))
    commit = project.commit("two")
    run_of(project, commit, environment=None, exit_code=1, failures=(Failure("(build)", 1, "error: no such field"),))
    found = judged(project)
    assert found.exit_code == 9
    assert "FAILED  (build): error: no such field" in say.text(found)


def test_what_a_run_was_not_asked_for_is_not_missed(project: Any) -> None:
    project.measure(project.commit("one"))
    commit = project.commit("two")
    project.measure(commit, seconds=None)
    run_of(project, commit, selection={"bench": ["^equivalence"], "sizes": ["30000x20"]})
    assert judged(project).exit_code == 0


def test_what_a_run_was_asked_for_and_did_not_give_is_missed(project: Any) -> None:
    project.measure(project.commit("one"))
    commit = project.commit("two")
    project.measure(commit, seconds=None)
    run_of(project, commit, selection={"bench": ["sort"], "sizes": ["30000x20"]})
    assert judged(project).exit_code == 9
