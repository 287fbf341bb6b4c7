"""perfwatch run, end to end: real git, real asv, real processes."""

from __future__ import annotations

import json
import math
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from perfwatch import errors
from perfwatch.config import load
from perfwatch.errors import HostError, MeasurementError, UsageError
from perfwatch.model import Run
from perfwatch.runner.output import BUILD, Told
from perfwatch.runner.run import _refuse, run
from perfwatch.runner.selection import select as selected
from perfwatch.sources import runs

# Far more than anything here takes; met only when something hangs.
_PATIENCE_S = 600


def records(project: Any, machine: str) -> list[Run]:
    """Return the run records of a machine, oldest first."""
    return [runs.read(p) for p in sorted((project.root / ".asv/runs" / machine).glob("*.json"))]


def result(project: Any, machine: str, commit: str) -> dict[str, Any]:
    """Return asv's results of one commit: benchmark → row, by the names of its columns."""
    (path,) = (project.root / ".asv/results" / machine).glob(f"{commit[:8]}-*.json")
    document = json.loads(path.read_text())
    return {name: dict(zip(document["result_columns"], row, strict=False)) for name, row in document["results"].items()}


def test_a_commit_that_does_not_build_is_recorded_and_the_next_is_measured(project: Any) -> None:
    broken, four = project.hashes[2:]
    report = run(project.config("box"), newest=2, bench=["track_fine"], quiet=True)

    assert report.exit_code == errors.EXIT_NOT_MEASURED
    assert [m.commit for m in report.measured] == [broken, four]
    assert f"{broken[:8]} in " in report.text()
    assert "did not build" in report.text()
    first, second = records(project, "box")
    (failure,) = first.failures
    assert (first.commit, failure.benchmark) == (broken, BUILD)
    assert "no_such_backend" in failure.stderr
    assert first.finished_at is not None
    assert (second.commit, second.failures, second.exit_code) == (four, (), 0)
    assert result(project, "box", four)["suite.track_fine"]["result"] == [4]

    again = run(project.config("box"), newest=2, bench=["track_fine"], quiet=True)
    assert (again.measured, again.skipped, again.exit_code) == ([], [broken, four], errors.EXIT_CLEAN)
    assert "2 commits, 1 of them with failures (--rerun measures them again)" in again.text()


def test_what_a_failed_benchmark_wrote_is_kept_with_its_exit_code(project: Any) -> None:
    bench = ["track_raises", "track_dies", "track_hangs", "track_cached", "track_fine"]
    report = run(project.config("failing"), bench=bench, quiet=True)

    assert report.exit_code == errors.EXIT_NOT_MEASURED
    (record,) = records(project, "failing")
    failures = {f.benchmark: f for f in record.failures}
    assert set(failures) == {"suite.track_raises", "suite.track_dies", "suite.track_hangs", "suite.Cached.track_cached"}
    raised = failures["suite.track_raises"]
    assert raised.stderr.startswith("For parameters: 'bad'\ngoing\n\n[ 50.00%] ··· toy.forged    failed")
    assert "ValueError: no good" in raised.stderr
    assert raised.exit_code == 1
    assert failures["suite.track_dies"].exit_code == 7
    assert failures["suite.track_dies"].stderr.startswith("dying")
    assert "hanging" in failures["suite.track_hangs"].stderr
    assert "timed out" in failures["suite.track_hangs"].stderr
    assert "cache broken" in failures["suite.Cached.track_cached"].stderr
    assert result(project, "failing", project.hashes[3])["suite.track_raises"]["result"] == [1, None]


def test_a_record_says_what_was_measured_where_and_with_what(project: Any) -> None:
    run(project.config("recorded"), "HEAD", bench=["track_fine"], quiet=True)
    (record,) = records(project, "recorded")
    assert record.machine == "recorded"
    assert record.environment is not None
    assert record.environment.startswith("virtualenv-py3")
    assert record.selection == {"bench": ["track_fine"], "sizes": ["150000x80"]}
    assert "asv 0.6" in record.tool
    assert record.engine_digest is None
    assert record.host["kernel"]
    assert "governor" in record.host
    assert record.host["cores"] == sorted(os.sched_getaffinity(0))[:2]
    machine = json.loads((project.root / ".asv/results/recorded/machine.json").read_text())
    assert all(machine[fact] for fact in ("os", "arch", "cpu", "num_cpu", "ram"))


def test_sizes_are_measured_one_after_the_other_into_one_result(project: Any) -> None:
    head, bench = project.hashes[3], ["track_size", "(?i)TRACK_FINE"]
    run(project.config("sizes", size="quick"), bench=bench, quiet=True)
    small, large = result(project, "sizes", head)["suite.track_size"]["result"]
    assert small == 30_000
    assert math.isnan(large)

    more = run(project.config("sizes", size="full"), bench=bench, quiet=True)
    assert [m.commit for m in more.measured] == [head]
    found = result(project, "sizes", head)
    assert found["suite.track_size"]["result"] == [30_000, 150_000]
    assert found["suite.track_fine"]["result"] == [4]
    # The two together are what `all` would be.
    assert run(project.config("sizes", size="all"), bench=bench, quiet=True).measured == []
    assert [m.commit for m in run(project.config("sizes"), bench=bench, rerun=True, quiet=True).measured] == [head]
    (log, *_) = sorted((project.root / ".asv/runs/sizes").glob("*.log"))
    assert f"measuring 30000x20 30000x20 {','.join(map(str, sorted(os.sched_getaffinity(0))[:2]))}" in log.read_text()


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core: asv and the benchmarks have to share it")
def test_asv_stays_off_the_measured_core_where_there_is_another(project: Any) -> None:
    one, *others = sorted(os.sched_getaffinity(0))
    run(project.config("apart", cores=f"{one},{one}"), bench=["track_cores"], quiet=True)
    (cores,) = result(project, "apart", project.hashes[3])["suite.track_cores"]["result"]
    assert cores == {"benchmark": [one], "asv": others}


class Started:
    """`perfwatch run` as a process of its own, known to have reached the benchmark that waits."""

    def __init__(self, project: Any, machine: str, fifo: Path, *arguments: str) -> None:
        os.mkfifo(fifo)
        os.mkfifo(f"{fifo}.never")
        self.fifo = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        command = [sys.executable, "-m", "perfwatch", "run", *arguments, "--machine", machine, "--bench", "track_waits"]
        self.process = subprocess.Popen(
            command,
            cwd=project.root,
            env={**os.environ, "TOY_FIFO": str(fifo)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_for_the_benchmark(self) -> list[psutil.Process]:
        """Wait until the benchmark runs and return what then runs below perfwatch."""
        ready, _, _ = select.select([self.fifo], [], [], _PATIENCE_S)
        assert ready, "the benchmark never began"
        return psutil.Process(self.process.pid).children(recursive=True)


def test_a_stopped_run_keeps_what_is_measured_and_goes_on_where_it_was(project: Any, tmp_path: Path) -> None:
    two, broken, four = project.hashes[1:]
    three_commits = f"{project.hashes[0]}..HEAD"
    started = Started(project, "stopped", tmp_path / "fifo", three_commits)
    children = started.wait_for_the_benchmark()
    started.process.send_signal(signal.SIGINT)
    out, err = started.process.communicate(timeout=_PATIENCE_S)

    assert started.process.returncode == errors.EXIT_INTERRUPTED, err
    assert f"stopped in {four[:8]}; 1 commit left" in out
    assert "goes on there" in out
    assert children
    assert not [c for c in children if is_alive(c)]
    finished = {r.commit: r.finished_at is not None for r in records(project, "stopped")}
    assert finished == {two: True, broken: True, four: False}

    # Where nobody listens the benchmark does not wait.
    report = run(project.config("stopped"), three_commits, bench=["track_waits"], quiet=True)
    assert [m.commit for m in report.measured] == [four]
    assert report.skipped == [two, broken]
    assert result(project, "stopped", two)["suite.track_waits"]["result"] == [1]
    assert result(project, "stopped", four)["suite.track_waits"]["result"] == [1]


def test_a_terminated_run_ends_like_a_stopped_one(project: Any, tmp_path: Path) -> None:
    started = Started(project, "terminated", tmp_path / "fifo", "HEAD")
    children = started.wait_for_the_benchmark()
    started.process.terminate()
    out, _ = started.process.communicate(timeout=_PATIENCE_S)
    assert started.process.returncode == errors.EXIT_INTERRUPTED
    assert "stopped in" in out
    assert not [c for c in children if is_alive(c)]
    assert [r.finished_at for r in records(project, "terminated")] == [None]


def is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_a_killed_run_leaves_no_process_and_no_finished_record(project: Any, tmp_path: Path) -> None:
    started = Started(project, "killed", tmp_path / "fifo", "HEAD")
    children = started.wait_for_the_benchmark()
    started.process.kill()
    started.process.communicate(timeout=_PATIENCE_S)
    _, alive = psutil.wait_procs(children, timeout=_PATIENCE_S)
    assert not alive
    assert records(project, "killed") == []


def test_a_second_run_beside_the_first_is_refused(project: Any, tmp_path: Path) -> None:
    started = Started(project, "twice", tmp_path / "fifo", "HEAD")
    started.wait_for_the_benchmark()
    with pytest.raises(HostError, match=rf"another run \(PID {started.process.pid}\) measures here"):
        run(project.config("under-another-name"), bench=["track_fine"], quiet=True)
    started.process.send_signal(signal.SIGINT)
    started.process.communicate(timeout=_PATIENCE_S)


def test_a_child_that_a_benchmark_leaves_is_ended_with_the_run(
    project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "fifo")
    monkeypatch.setenv("TOY_FIFO", str(tmp_path / "fifo"))
    run(project.config("leaving"), bench=["track_leaves_a_child"], quiet=True)
    (left,) = result(project, "leaving", project.hashes[3])["suite.track_leaves_a_child"]["result"]
    assert left
    assert not psutil.pid_exists(left) or not is_alive(psutil.Process(left))


def test_a_shallow_clone_is_refused(cut_off: Path) -> None:
    with pytest.raises(HostError, match="git fetch --unshallow"):
        run(load(cut_off, {"machine": "box"}), quiet=True)


def test_a_pattern_that_matches_nothing_is_an_error(project: Any) -> None:
    with pytest.raises(UsageError, match="matches no benchmark"):
        run(project.config("nothing"), bench=["no_such_benchmark"], quiet=True)
    assert records(project, "nothing") == []


def test_a_suite_without_benchmarks_is_not_told_to_mend_a_pattern(tmp_path: Path) -> None:
    told = Told((), (), unbuilt=False, nothing_selected=True, no_environment=False)
    with pytest.raises(UsageError, match=r"^the suite has no benchmark .*`benchmark_dir`"):
        _refuse(1, told, selected("full"), tmp_path / "log")


def test_a_python_that_is_not_there_is_named(tmp_path: Path, git: Callable[..., str]) -> None:
    conf = {"version": 1, "project": "p", "repo": ".", "environment_type": "virtualenv", "pythons": ["2.6"]}
    (tmp_path / "asv.conf.json").write_text(json.dumps(conf))
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "__init__.py").touch()
    for words in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-qm", "one")):
        git(tmp_path, *words)
    with pytest.raises(MeasurementError, match=r"create its environment \(No executable found for python 2\.6; No env"):
        run(load(tmp_path, {"machine": "box"}), quiet=True)


def test_a_project_without_asv_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no asv\.conf\.json"):
        run(load(tmp_path, {"machine": "box"}), quiet=True)


def test_controls_and_artefacts_are_kept_with_the_run_and_an_older_commit_without_the_command_fails_nothing(
    project: Any,
) -> None:
    tell = "python -c \"import json, toy; print(json.dumps({'name': toy.NAME}))\""
    run(project.config("digested", artefact_command=tell), "HEAD", bench=["track_fine"], quiet=True)
    (record,) = records(project, "digested")
    assert record.artefacts == {"name": "four"}
    assert set(record.controls) == {"compute", "echo"}
    assert all(c["before"] and c["after"] and c["version"] for c in record.controls.values())

    report = run(
        project.config("undigested", artefact_command="python -m toy.none"), "HEAD", bench=["track_fine"], quiet=True
    )
    (record,) = records(project, "undigested")
    assert (record.artefacts, report.exit_code) == ({}, errors.EXIT_CLEAN)
