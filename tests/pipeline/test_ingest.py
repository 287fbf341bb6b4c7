"""Trees and reports through one command: each commit's figures are kept, once, in the order of the repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from perfwatch import pipeline
from perfwatch.errors import UsageError
from perfwatch.model import Measurement
from perfwatch.pipeline.compare import compare_stored
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader


def hyperfine(path: Path, *times: float, command: str = "sort") -> Path:
    path.write_text(json.dumps({"results": [{"command": command, "mean": 1.0, "times": list(times)}]}))
    return path


def stored(project: Any) -> dict[tuple[str, str], Measurement]:
    """Return what the store holds, by (commit's subject, label)."""
    with Reader(parse(project.config.store)) as reader:
        subjects = {c.hash: c.subject or c.hash for c in reader.commits()}
        return {(subjects[hash_], m.key.label): m for hash_ in subjects for m in reader.measurements(hash_)}


def test_a_report_that_is_written_over_leaves_each_commit_its_own(project: Any) -> None:
    report = project.folder / "out.json"
    for subject, took in (("first", 1.0), ("second", 2.0)):
        project.commit(subject)
        done = pipeline.ingest(project.config, [hyperfine(report, took)], commit="HEAD", machine="m")
        assert (done.loaded, done.measurements, done.unreadable) == (1, 1, ())
    assert {place: m.value for place, m in stored(project).items()} == {("first", "sort"): 1.0, ("second", "sort"): 2.0}


def test_a_report_loaded_twice_changes_nothing_and_one_measured_again_replaces_its_own(project: Any) -> None:
    project.commit("first")
    report = hyperfine(project.folder / "out.json", 1.0)
    for expected in ((1, 0), (0, 1)):
        done = pipeline.ingest(project.config, [report], commit="HEAD", machine="m")
        assert (done.loaded, done.unchanged) == expected
    report.touch()
    done = pipeline.ingest(project.config, [report], commit="HEAD", machine="m", verify=True)
    assert (done.loaded, done.unchanged) == (0, 1)
    done = pipeline.ingest(project.config, [hyperfine(report, 3.0, 5.0)], commit="HEAD", machine="m")
    assert done.loaded == 1
    [sort] = stored(project).values()
    assert (sort.value, sort.samples) == (4.0, (3.0, 5.0))


def test_one_file_of_one_commit_on_two_machines_keeps_both(project: Any) -> None:
    project.commit("first")
    sort = {"benchmark": "sort", "unit": "seconds"}
    reports = [{"machine": name, "measurements": [{**sort, "value": v}]} for name, v in (("a", 1.0), ("b", 2.0))]
    path = project.folder / "own.json"
    path.write_text(json.dumps({"schema": "perfwatch.measurements/1", "reports": reports}))
    assert pipeline.ingest(project.config, [path], commit="HEAD").measurements == 2
    assert pipeline.ingest(project.config, [path], commit="HEAD").unchanged == 1
    with Reader(parse(project.config.store)) as reader:
        assert {m.key.machine: m.value for m in reader.measurements(project.commits[0])} == {"a": 1.0, "b": 2.0}


def test_the_same_file_said_to_be_of_another_machine_is_loaded_for_that(project: Any) -> None:
    project.commit("first")
    report = hyperfine(project.folder / "out.json", 1.0)
    for machine in ("a", "b"):
        assert pipeline.ingest(project.config, [report], commit="HEAD", machine=machine).loaded == 1
    with Reader(parse(project.config.store)) as reader:
        assert {m.key.machine for m in reader.measurements(project.commits[0])} == {"a", "b"}


def test_trees_and_reports_load_together_and_what_is_broken_is_left_out(project: Any) -> None:
    commit = project.commit("first")
    project.measure(commit)
    broken = project.folder / "broken.json"
    broken.write_text('{"results": [{"command": "x", "mean": 1')
    done = pipeline.ingest(
        project.config,
        [project.config.results_dir, hyperfine(project.folder / "out.json", 1.0), broken],
        commit="HEAD",
        machine="m",
    )
    assert done.loaded == 2
    [(path, message)] = done.unreadable
    assert path == str(broken)
    assert "perhaps cut short" in message
    assert ("first", "sort") in stored(project)
    assert len(stored(project)) > 1


def test_a_folder_of_one_format_is_read_as_said(project: Any) -> None:
    project.commit("first")
    folder = project.folder / "reports"
    folder.mkdir()
    for name in ("a", "b"):
        hyperfine(folder / f"{name}.json", 1.0, command=name)
    done = pipeline.ingest(project.config, [folder], format_name="hyperfine", commit="HEAD", machine="m")
    assert done.loaded == 2
    assert set(stored(project)) == {("first", "a"), ("first", "b")}


def test_a_folder_of_criterion_is_known_by_what_is_in_it(project: Any) -> None:
    project.commit("first")
    for which in ("new", "base"):
        folder = project.folder / "target" / "criterion" / "sort" / which
        folder.mkdir(parents=True)
        (folder / "benchmark.json").write_text('{"group_id": "sort"}')
        (folder / "sample.json").write_text('{"iters": [1, 2], "times": [10, 20]}')
        (folder / "estimates.json").write_text('{"median": {"point_estimate": 10}}')
    done = pipeline.ingest(project.config, [project.folder / "target"], commit="HEAD", machine="m")
    assert (done.loaded, done.measurements) == (1, 1)
    assert stored(project)["first", "sort"].value == pytest.approx(10e-9)


def test_another_project_is_ordered_by_its_own_repository(
    project: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ours = project.commit("ours")
    folder = tmp_path_factory.mktemp("other")
    project.git(folder, "init", "-q")
    for subject in ("theirs 1", "theirs 2"):
        project.git(folder, "commit", "--allow-empty", "-qm", subject)
    report = hyperfine(folder / "out.json", 1.0)
    pipeline.ingest(project.config, [report], commit="HEAD", machine="m", repo=folder)
    with Reader(parse(project.config.store)) as reader:
        commits = {c.subject: c.position for c in reader.commits()}
        assert ours not in {c.hash for c in reader.commits()}
    assert commits == {"theirs 1": 0, "theirs 2": 1}
    assert set(stored(project)) == {("theirs 2", "sort")}


def test_without_a_repository_the_commit_is_what_was_said(
    project: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    project.commit("ours")
    report = hyperfine(tmp_path_factory.mktemp("elsewhere") / "out.json", 1.0)
    with pytest.raises(UsageError, match="names no commit"):
        pipeline.ingest(project.config, [report], commit="v1.2.3", machine="m")
    with pytest.raises(UsageError, match="say it with --commit"):
        pipeline.ingest(project.config, [report], machine="m")


def test_nothing_there_is_told_before_anything_is_written(project: Any) -> None:
    project.commit("first")
    with pytest.raises(UsageError, match="no such file or folder"):
        pipeline.ingest(project.config, [project.folder / "nowhere.json"], commit="HEAD")
    (project.folder / "empty").mkdir()
    with pytest.raises(UsageError, match="no report in it"):
        pipeline.ingest(project.config, [project.folder / "empty"], format_name="jmh", commit="HEAD")
    assert not Path(project.config.store).exists()


def test_what_git_calls_commits_is_kept_and_stays_where_git_is_not_at_hand(project: Any, tmp_path: Path) -> None:
    hashes = [project.commit(subject) for subject in ("first", "second")]
    for commit in hashes:
        project.measure(commit)
    project.git(project.folder, "tag", "v1", hashes[0])
    pipeline.ingest(project.config)
    (project.folder / ".git").rename(tmp_path / "elsewhere")
    pipeline.ingest(project.config)
    with Reader(parse(project.config.store)) as reader:
        assert [(r.name, r.commit) for r in reader.refs()] == [("v1", hashes[0]), ("main", hashes[1])]
    [found] = compare_stored(project.config, "v1", "main")
    assert (found.before.hash, found.after.hash) == tuple(hashes)
