"""Files into the store: which to read, what of it is new, and transactions in which a file is all or nothing.

A file is told by its path. One whose size, time and inode are as before is not read; one whose content is as before is
not loaded. A changed file replaces its own rows. A file that has become unreadable, or has gone, keeps the rows of its
readable state. Two files that measured the same series at the same commit (two clones of a project, for example) do
not both count: what is loaded later takes the place, except that a skipped point never displaces a measured one.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path

from perfwatch.errors import SourceError
from perfwatch.model import Commit, Machine, Ref
from perfwatch.sources import asv, formats, runs
from perfwatch.sources.asv import Declaration, FoundFile, ResultFile
from perfwatch.sources.document import read_bytes
from perfwatch.sources.formats import Origin
from perfwatch.store import facts, summaries
from perfwatch.store.ahead import Read, ahead, read
from perfwatch.store.connection import Connection
from perfwatch.store.ledger import LOADED, UNREADABLE, Ledger, Source
from perfwatch.store.loaded import IngestReport, Progress
from perfwatch.store.pending import Pending, in_transaction
from perfwatch.store.series import SeriesIds

# Large enough for DuckDB's columns to pack well, small enough to hold some hundred MB at most with ten samples a point.
BATCH_POINTS = 500_000
_BATCH_SAMPLES = 4_000_000


def find(results_dir: Path, runs_dir: Path | None) -> list[FoundFile]:
    """Return the files to be looked at: declarations, machines, results, run records; UsageError without the folder."""
    records = sorted(asv.scan(runs_dir, "run"), key=lambda f: f.path) if runs_dir else []
    return [*asv.discover(results_dir), *records]


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector from looking through what is read: millions of numbers in lists, none in a cycle."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class Ingest:
    """One ingest into an attached, migrated store."""

    def __init__(
        self,
        connection: Connection,
        *,
        verify: bool = False,
        batch_points: int = BATCH_POINTS,
        origin: Origin | None = None,
        format_name: str | None = None,
    ) -> None:
        self._connection = connection
        self._origin, self._format = origin or Origin(), format_name
        self._verify = verify
        self._batch_points = batch_points
        self._ledger = Ledger(connection)
        self._ids: SeriesIds | None = None
        self._holders: dict[tuple[str, str, str], set[int]] | None = None
        self._declared: dict[str, Declaration] | None = None
        self._commits = {c.hash: c for c in facts.read_commits(connection)}
        self._report = IngestReport()
        self._ahead: Iterator[Read] | None = None
        self._unreadable: list[tuple[str, str]] = []
        self._problems: list[tuple[str, str]] = []
        self._pending = Pending()

    def load_reports(
        self,
        files: Sequence[FoundFile],
        line: Sequence[Commit] = (),
        refs: Sequence[Ref] | None = None,
        progress: Progress | None = None,
    ) -> IngestReport:
        """Load what is new among reports of other tools; as `load`."""
        self._know_history(line, refs)
        self._each(files, progress)
        return replace(self._report, unreadable=tuple(self._unreadable), problems=tuple(self._problems))

    def load(
        self,
        results_dir: Path,
        files: Sequence[FoundFile],
        line: Sequence[Commit] = (),
        refs: Sequence[Ref] | None = None,
        progress: Progress | None = None,
    ) -> IngestReport:
        """Load what is new among `files`, and return what was done.

        Parameters
        ----------
        line : git's first-parent line, oldest first; empty where there is no git.
        refs : what git calls the line's repository's commits; None where there is no git.
        progress : called with (files done, files in all, path) after each file.
        """
        self._know_history(line, refs)
        self._each(files, progress)
        if not any(f.kind == "asv-results" for f in files):
            self._problems.append((str(results_dir), "no result files here; measure with `perfwatch run`, then ingest"))
        there = {str(f.path) for f in files}
        return replace(
            self._report,
            unreadable=tuple(self._unreadable),
            problems=tuple(self._problems),
            vanished=tuple(sorted(s.path for s in self._ledger.below(results_dir) if s.path not in there)),
        )

    def _each(self, files: Sequence[FoundFile], progress: Progress | None) -> None:
        with _uncollected():
            self._load_each(files, progress)

    def _load_each(self, files: Sequence[FoundFile], progress: Progress | None) -> None:
        for done, file in enumerate(files, 1):
            self._one(file, files)
            batch = self._pending.batch
            if batch.n_points >= self._batch_points or batch.n_samples >= _BATCH_SAMPLES:
                self._flush()
            if progress is not None:
                progress(done, len(files), str(file.path))
        self._flush()

    def _one(self, file: FoundFile, files: Sequence[FoundFile]) -> None:
        was = self._ledger.get(file.path)
        if file.kind == "report":
            self._one_report(file)
            return
        counts = file.kind in ("asv-results", "run")
        if file.kind == "asv-results" and self._is_new(file):
            self._one_result(file, was, files)
            return
        if was is not None and was.seen_as(file) and not self._verify:
            self._report = replace(self._report, unchanged=self._report.unchanged + counts)
            return
        digest = None
        try:
            content = read_bytes(file.path)
            digest = sha256(content).hexdigest()
            was = was or self._ledger.moved(file, digest)
            if was is not None and was.status == LOADED and was.digest == digest:
                self._ledger.touch(file, was)
                self._report = replace(self._report, unchanged=self._report.unchanged + counts)
                return
            self._load(file, content, digest, was)
            self._report = replace(self._report, loaded=self._report.loaded + counts)
        except SourceError as error:
            self._ledger.record(file, digest, UNREADABLE, str(error), was)
            self._unreadable.append((str(file.path), str(error)))

    def _is_new(self, file: FoundFile) -> bool:
        was = self._ledger.get(file.path)
        return self._verify or was is None or not was.seen_as(file)

    def _one_result(self, file: FoundFile, was: Source | None, files: Sequence[FoundFile]) -> None:
        if self._ahead is None:
            # Declarations come before results, so that these are all there are.
            results = [f for f in files if f.kind == "asv-results" and self._is_new(f)]
            reading = partial(read, declared=self._declarations(files))
            self._ahead = ahead(reading, results, lambda f: f.size_bytes)
        found = next(self._ahead)
        was = was or (self._ledger.moved(file, found.digest) if found.digest else None)
        if was is not None and was.status == LOADED and was.digest == found.digest:
            self._ledger.touch(file, was)
            self._report = replace(self._report, unchanged=self._report.unchanged + 1)
        elif found.digest is None or isinstance(found.results, SourceError):
            self._ledger.record(file, found.digest, UNREADABLE, str(found.results), was)
            self._unreadable.append((str(file.path), str(found.results)))
        else:
            self._add_results(file, found.results, found.digest, was)
            self._report = replace(self._report, loaded=self._report.loaded + 1)

    def _one_report(self, file: FoundFile) -> None:
        """Load another tool's report, which is told by its path and what it is of: its tool writes over it each run."""
        known = [s for s in self._ledger.reports(file.path) if s.seen_as(file) and self._is_of_origin(s)]
        if known and not self._verify:
            self._report = replace(self._report, unchanged=self._report.unchanged + 1)
            return
        digest = None
        try:
            content = read_bytes(file.path)
            digest = sha256(content).hexdigest()
            loaded = 0
            for results in formats.read(content, file.path, self._origin, self._format):
                environment = results.environment.name
                named = replace(file, path=Path(f"{file.path}@{results.commit}@{results.machine}@{environment}"))
                was = self._ledger.get(named.path)
                if was is not None and was.status == LOADED and was.digest == digest:
                    self._ledger.touch(named, was)
                    continue
                self._add_results(named, results, digest, was)
                loaded += 1
            loads = replace(self._report, loaded=self._report.loaded + 1)
            self._report = loads if loaded else replace(self._report, unchanged=self._report.unchanged + 1)
        except SourceError as error:
            # Nothing is recorded: whose commit it would have been is not known.
            self._unreadable.append((str(file.path), str(error)))

    def _is_of_origin(self, source: Source) -> bool:
        """Return whether what was loaded is of the commit, machine and environment that the caller says, if any."""
        said = (self._origin.commit, self._origin.machine)
        ends = self._origin.environment is None or source.path.endswith(f"@{self._origin.environment}")
        return ends and all(part is None or f"@{part}@" in source.path for part in said)

    def _load(self, file: FoundFile, content: bytes, digest: str, was: Source | None) -> None:
        if file.kind == "run":
            run = runs.parse(content, file.path)
            source = self._ledger.record(file, digest, LOADED, None, was)
            self._pending.replace(source.source_id)
            self._pending.runs.append((source.source_id, run))
            self._know_commit(run.commit, None)
        elif file.kind == "asv-machine":
            machine = asv.parse_machine(content, file.path)
            self._ledger.record(file, digest, LOADED, None, was)
            self._pending.machines[machine.name] = machine
        else:
            self._relabel(asv.parse_benchmarks(content, file.path), file, digest, was)

    def _add_results(self, file: FoundFile, results: ResultFile, digest: str, was: Source | None) -> None:
        machine = results.machine or file.path.parent.name
        environment = results.environment
        place = (results.commit, machine, environment.name)
        if self._pending.holds(*place):
            self._flush()
        source = self._ledger.record(file, digest, LOADED, "; ".join(results.problems) or None, was)
        self._problems.extend((str(file.path), problem) for problem in results.problems)
        holders = self._place_holders().setdefault(place, set())
        others = holders - {source.source_id}
        holders.add(source.source_id)
        if was is not None:
            self._pending.replace(source.source_id)
        self._pending.environments[environment.name] = environment
        if machine not in self._pending.machines:
            self._pending.machines[machine] = self._machine(machine)
        self._know_commit(results.commit, results)
        self._pending.add(results, machine, self._series_ids(), (source.source_id, digest), alone=not others)

    def _machine(self, name: str) -> Machine:
        """Return a machine as the store has it, a bare name where it is new: not every tree describes its machines."""
        found = self._connection.execute("SELECT facts FROM machines WHERE name = ?", [name]).fetchone()
        return Machine(name, facts.read_json(found[0]) if found else {})

    def _know_commit(self, commit_hash: str, results: ResultFile | None) -> None:
        have = self._commits.get(commit_hash)
        if have is None or (have.committed_at is None and results is not None):
            self._know({commit_hash: Commit(commit_hash, results.committed_at if results else None)})

    def _know_history(self, line: Sequence[Commit], refs: Sequence[Ref] | None) -> None:
        self._know(facts.changed_commits(self._commits, line))
        self._pending.refs = facts.changed_refs(self._connection, line, refs)

    def _know(self, commits: dict[str, Commit]) -> None:
        self._pending.know(commits, self._commits)
        self._commits.update(commits)

    def _series_ids(self) -> SeriesIds:
        if self._ids is None:
            self._ids = SeriesIds(self._connection)
        return self._ids

    def _declarations(self, files: Sequence[FoundFile]) -> dict[str, Declaration]:
        """Return `benchmarks.json`, and what the store knows of benchmarks it does not declare."""
        if self._declared is None:
            self._declared = self._series_ids().declarations()
            known_broken = {path for path, _ in self._unreadable}
            for file in files:
                if file.kind == "asv-benchmarks" and str(file.path) not in known_broken:
                    try:
                        self._declared |= asv.parse_benchmarks(read_bytes(file.path), file.path)
                    except SourceError as error:
                        self._unreadable.append((str(file.path), str(error)))
        return self._declared

    def _relabel(self, declarations: dict[str, Declaration], file: FoundFile, digest: str, was: Source | None) -> None:
        self._flush()  # so that the transaction below records no file whose rows are still pending
        self._ledger.record(file, digest, LOADED, None, was)
        ids = self._series_ids()

        def write() -> None:
            if ids.relabel(self._connection, declarations):
                summaries.recompute(self._connection)
            self._ledger.write(self._connection)

        in_transaction(self._connection, write)
        self._declared = ids.declarations() | declarations

    def _place_holders(self) -> dict[tuple[str, str, str], set[int]]:
        """Return which files hold measurements of a (commit, machine, environment)."""
        if self._holders is None:
            self._holders = {}
            rows = self._connection.execute(
                "SELECT commit_hash, machine, environment, sources FROM measured"
            ).fetchall()
            for commit, machine, environment, sources in rows:
                self._holders[commit, machine, environment] = set(summaries.source_ids(sources))
        return self._holders

    def _flush(self) -> None:
        """Write what is pending in one transaction."""
        n_points = self._pending.batch.n_points
        self._pending.write(self._connection, self._ids, self._ledger)
        self._report = replace(self._report, measurements=self._report.measurements + n_points)
        self._pending = Pending()
