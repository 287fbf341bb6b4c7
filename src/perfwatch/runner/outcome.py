"""What came out of a run, in one line a commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from perfwatch import errors
from perfwatch.model import Failure
from perfwatch.runner import output, progress


@dataclass(frozen=True)
class Measured:
    """One commit measured: what failed, the log that holds it whole, and whether the machine was busy with others."""

    commit: str
    failures: tuple[Failure, ...]
    elapsed_s: float
    log: Path
    disturbed: str | None = None

    def text(self) -> str:
        """Return it in one line."""
        busy = f"; busy machine, {self.disturbed}: measure it again (--rerun)" if self.disturbed else ""
        where = f"{self.commit[:8]} in {progress.span(self.elapsed_s)}{busy}"
        if not self.failures:
            return where
        unbuilt = [f for f in self.failures if f.benchmark in (output.BUILD, output.SUITE)]
        if unbuilt:
            what = "did not build" if unbuilt[0].benchmark == output.BUILD else "its suite cannot be imported"
            return f"{where}: {what}: {_last_line(unbuilt[0])} (whole log: {self.log})"
        names = ", ".join(dict.fromkeys(f.benchmark for f in self.failures))
        first = _last_line(self.failures[0])
        return f"{where}: {len(self.failures)} failed: {names}; the first: {first} (whole log: {self.log})"


@dataclass
class RunReport:
    """What a run did: commits measured now, those measured before and which of them failed, and where it stopped."""

    machine: str
    measured: list[Measured] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    skipped_failed: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    stopped_in: str | None = None
    left: int = 0

    @property
    def exit_code(self) -> int:
        """2 when stopped, 9 when something failed, else 0."""
        if self.stopped_in:
            return errors.EXIT_INTERRUPTED
        return errors.EXIT_NOT_MEASURED if any(m.failures for m in self.measured) else errors.EXIT_CLEAN

    def text(self) -> str:
        """Return it for people."""
        lines = []
        if self.measured:
            took = progress.span(sum(m.elapsed_s for m in self.measured))
            lines.append(f"measured {_count(len(self.measured))} on {self.machine} in {took}")
            lines += [f"  {m.text()}" for m in self.measured]
        if self.skipped:
            failed = f", {len(self.skipped_failed)} of them with failures" if self.skipped_failed else ""
            what = f"measured before, left as they are: {_count(len(self.skipped))}{failed}"
            lines.append(f"{what} (--rerun measures them again)")
        if self.stopped_in:
            where = f"stopped in {self.stopped_in[:8]}; {_count(self.left)} left"
            lines.append(f"{where}: `perfwatch run` with the same words goes on there")
        return "\n".join(lines)


def _last_line(failure: Failure) -> str:
    lines = [line.strip() for line in failure.stderr.splitlines() if line.strip()]
    # asv's own last word only repeats that it failed.
    said = [line for line in lines if not line.startswith("asv: ")] or lines
    return said[-1] if said else f"exit code {failure.exit_code}"


def _count(commits_: int) -> str:
    return f"{commits_} commit{'' if commits_ == 1 else 's'}"
