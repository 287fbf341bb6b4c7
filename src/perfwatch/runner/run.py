"""Measure commits that are not measured yet: host, asv, record, commit by commit, oldest first."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from perfwatch.errors import HostError, MeasurementError, UsageError
from perfwatch.model import Failure, Run
from perfwatch.runner import artefacts, asv, commits, controls, host, output, process, progress, record
from perfwatch.runner.disturbance import disturbance
from perfwatch.runner.outcome import Measured, RunReport
from perfwatch.runner.selection import Selection, select


class Settings(Protocol):
    """What of the configuration a run needs (`config.Config`)."""

    @property
    def root(self) -> Path: ...
    @property
    def asv_conf(self) -> Path | None: ...
    @property
    def results_dir(self) -> Path: ...
    @property
    def runs_dir(self) -> Path: ...
    @property
    def machine(self) -> str: ...
    @property
    def cores(self) -> tuple[int, int] | None: ...
    @property
    def size(self) -> str: ...
    @property
    def artefact_command(self) -> str | None: ...


def run(
    config: Settings,
    revision_range: str | None = None,
    *,
    newest: int | None = None,
    bench: Sequence[str] = (),
    rerun: bool = False,
    quiet: bool = False,
) -> RunReport:
    """Measure the commits of a range that are not measured yet and return what was done.

    Parameters
    ----------
    revision_range : `HEAD~3..HEAD` or one revision; None for HEAD.
    newest : the newest N commits of HEAD's first-parent line instead.
    bench : asv's patterns; none for everything.
    rerun : measure again what is measured already.
    quiet : no progress.

    A commit counts as measured when a record of this machine says that a run of at least this selection came to its
    end, failures included, and asv's results of it are there. A benchmark or a build that fails is recorded, and the
    next commit has its turn.

    Errors
    ------
    UsageError : no asv configuration, no such revision, a pattern that matches nothing.
    HostError : a shallow clone, a core that cannot be used, another run at work here.
    MeasurementError : asv itself could not work.
    """
    if config.asv_conf is None:
        raise UsageError(f"{config.root}: no asv.conf.json here, so nothing to measure; `asv quickstart` writes one")
    selection = select(config.size, bench)
    wanted = commits.resolve(config.root, revision_range, newest)
    folder = config.runs_dir / config.machine
    known = record.finished(folder)
    before = [c for c in wanted if not rerun and _is_measured(config, known, c, selection)]
    todo = [c for c in wanted if c not in before]
    failed = {r.commit for r, _ in known if r.failures}
    report = RunReport(config.machine, skipped=before, skipped_failed=[c for c in before if c in failed])
    if not todo:
        return report
    with only_run(config.runs_dir, folder), process.interruptible() as stop, progress.show(len(todo), quiet) as shown:
        job = _prepare(config, config.asv_conf, selection, folder, shown, stop)
        report.warnings = job.facts["warnings"]
        job.controls_before = [r.controls for r, _ in known]
        job.before = next((p for r, path in known if (p := job.usable_pace(r, path))), None)
        for index, commit in enumerate(todo):
            done = job.measure(commit, index, len(todo) - index - 1)
            if done is None:
                report.stopped_in, report.left = commit, len(todo) - index
                break
            report.measured.append(done)
            shown.done(index, done.text())
    return report


def _is_measured(config: Settings, known: list[tuple[Run, Path]], commit: str, selection: Selection) -> bool:
    runs = [r for r, _ in known if r.commit == commit]
    # A commit that does not build leaves no results, and building it again would not change that.
    has_results = bool(asv.result_files(config.results_dir, config.machine, commit))
    return selection.is_covered_by(r.selection for r in runs if has_results or _unbuilt(r.failures))


def _unbuilt(failures: Iterable[Failure]) -> bool:
    return any(f.benchmark in (output.BUILD, output.SUITE) for f in failures)


@contextlib.contextmanager
def only_run(runs_dir: Path, folder: Path) -> Iterator[None]:
    """Make the folder of the records and hold the lock of all runs: two would share cores and environments."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (runs_dir / ".lock").open("a+")
    except OSError as error:
        raise UsageError(
            f"{folder}: cannot be written ({error.strerror}); set runs_dir to a folder of yours"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            raise HostError(f"another run (PID {lock.read().strip()}) measures here; wait for its end") from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _prepare(
    config: Settings,
    conf: Path,
    selection: Selection,
    folder: Path,
    shown: progress.Shown,
    stop: process.Interruption,
) -> _Job:
    """Check and describe the host, tell what is not quiet, register the machine with asv."""
    cores = host.pinned_cores(config.cores)
    facts = host.describe(cores)
    facts["warnings"] = host.warnings(facts)
    if other := host.other_machine(facts, asv.registered(config.results_dir, config.machine)):
        facts["warnings"].append(other)
    for warning in facts["warnings"]:
        shown.note(f"warning: {warning}")
    asv.register(host.machine_facts(config.machine, facts))
    return _Job(
        config.machine, config.root, conf, folder, selection, cores, facts, shown, stop, config.artefact_command
    )


@dataclass
class _Job:
    """What all commits of one run share."""

    machine: str
    root: Path
    conf: Path
    folder: Path
    selection: Selection
    cores: tuple[int, ...]
    facts: dict[str, Any]
    shown: progress.Shown
    stop: process.Interruption
    artefact_command: str | None = None
    before: progress.Pace | None = None
    # Of the runs before, newest first: what is usual on this machine.
    controls_before: list[dict[str, dict[str, Any]]] = field(default_factory=list)

    def measure(self, commit: str, index: int, after: int) -> Measured | None:
        """Measure one commit, write its record and return what came out; None when stopped."""
        started_at, started = datetime.now(UTC), time.monotonic()
        log = self.folder / f"{record.stamp(started_at)}-{commit[:8]}.log"
        listener, pace = output.Listener(), progress.Pace()

        def heard(text: str) -> None:
            elapsed_s, position = time.monotonic() - started, listener.heard(text)
            pace.reached(position.fraction, elapsed_s)
            left_s = progress.remaining_s(pace, position.fraction, elapsed_s, after, self.before)
            self.shown.at(index, commit[:8], position.fraction, position.doing, left_s)

        controls_before = controls.measure(self.cores[0] if self.cores else None)
        ended = process.follow(
            asv.command(self.conf, commit, self.machine, self.cores, self.selection),
            cwd=self.root,
            environment=asv.environment(self.cores, self.selection),
            log=log,
            heard=heard,
            interruption=self.stop,
        )
        told = output.tell(output.read(log))
        elapsed_s = time.monotonic() - started
        if not ended.interrupted:
            _refuse(ended.exit_code, told, self.selection, log)
            pace.ended(elapsed_s)
        taken = controls.joined(
            controls_before, {} if ended.interrupted else controls.measure(self.cores[0] if self.cores else None)
        )
        self._record(commit, started_at, ended, told, taken, log, pace)
        if ended.interrupted:
            return None
        failures = tuple(f for _, f in told.failures)
        if not told.unbuilt:
            self.before = pace
        disturbed = disturbance(taken, self.controls_before)
        if disturbed is None:
            self.controls_before.insert(0, taken)
        return Measured(commit, failures, elapsed_s, log, disturbed)

    def _record(
        self,
        commit: str,
        started_at: datetime,
        ended: process.Ended,
        told: output.Told,
        taken: dict[str, dict[str, Any]],
        log: Path,
        pace: progress.Pace,
    ) -> None:
        finished_at = None if ended.interrupted else datetime.now(UTC)
        for name in told.environments or (None,):
            run_of_it = Run(
                commit=commit,
                machine=self.machine,
                environment=name,
                started_at=started_at,
                finished_at=finished_at,
                tool=asv.tool(),
                exit_code=None if ended.interrupted else ended.exit_code,
                host=self.facts,
                selection=self.selection.as_json(),
                engine_digest=asv.engine_digest(self.conf, name, commit) if name else None,
                failures=tuple(f for where, f in told.failures if where in (name, None)),
                controls=taken,
                artefacts=artefacts.of_commit(self.conf, name, commit, self.artefact_command) if name else {},
            )
            record.write(self.folder, run_of_it, {"log": log.name, "pace": pace.points})

    def usable_pace(self, run_before: Run, path: Path) -> progress.Pace | None:
        """Return the pace of an earlier run of the same selection; None where it kept none or did not build."""
        if run_before.selection != self.selection.as_json():
            return None
        if _unbuilt(run_before.failures):
            return None
        return record.pace(path)


def _refuse(exit_code: int, told: output.Told, selection: Selection, log: Path) -> None:
    """Raise where asv ended without having measured, and no commit is to blame for it."""
    if told.nothing_selected:
        sized = f" (of size {', '.join(selection.sizes)}, where the suite has sizes)"
        if not selection.bench:
            where = "asv looks in `benchmark_dir`, for names like time_… and track_…"
            raise UsageError(f"the suite has no benchmark{sized}; {where}")
        shown = ", ".join(map(repr, selection.bench))
        raise UsageError(f"--bench {shown} matches no benchmark{sized}; mend the pattern")
    # 0: all well; 2: a benchmark or a build failed; 1 with a build that failed: nothing could be imported.
    if exit_code in (0, 2) or told.unbuilt:
        return
    why = "asv could not create its environment" if told.no_environment else f"asv ended with code {exit_code}"
    # The last line says that it gave up; what it lacked stands before.
    lines = [line.strip().removeprefix("·").strip() for line in output.read(log).strip().splitlines()[-2:]]
    raise MeasurementError(f"{why} ({'; '.join(lines) or 'it said nothing'}); the whole log is {log}")
