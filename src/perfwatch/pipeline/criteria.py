"""By what two ends of a search differ, and how a commit between them is asked which it is like."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Protocol

from perfwatch.analysis import bisection
from perfwatch.analysis.bisection import Step
from perfwatch.analysis.equivalence import Break
from perfwatch.analysis.likeness import Side, exact, likeness
from perfwatch.analysis.rerun import Rerun
from perfwatch.analysis.search import questions
from perfwatch.analysis.sequential import Decided
from perfwatch.analysis.turns import by_turn
from perfwatch.config import Config
from perfwatch.errors import CommitError
from perfwatch.model import Commit, Measurement
from perfwatch.pipeline.confirm import breaks_of
from perfwatch.pipeline.suspects import EVERY_SIZE, Suspect
from perfwatch.report.check import last_line
from perfwatch.runner import labels
from perfwatch.runner.interleave import Enough, Interleaved, Told, interleave
from perfwatch.units import unit

# As `interleave` measures.
Measure = Callable[..., Interleaved]


class Stopped(Exception):  # noqa: N818 (somebody's wish, no error)
    """Somebody stopped the measuring; what was found before stands."""


class Criterion(Protocol):
    """What tells good commits from bad ones; `labels` names the series, where it is one."""

    @property
    def kind(self) -> bisection.Criterion: ...
    @property
    def name(self) -> str: ...
    @property
    def patterns(self) -> Sequence[str]: ...
    @property
    def labels(self) -> frozenset[str]: ...

    def ask(self, commit: Commit) -> Step:
        """Return what a commit is like.

        Errors
        ------
        Stopped : somebody stopped it.
        """


def criterion(
    config: Config,
    suspect: Suspect,
    ends: Rerun,
    taken: Interleaved,
    rounds: int,
    *,
    quiet: bool = False,
    tell: Told | None = None,
    measure: Measure = interleave,
) -> Criterion | None:
    """Return by what the two ends differ: answers before failures before speed; None where they do not, or not surely.

    Parameters
    ----------
    ends, taken : the good and the bad commit, measured, and their turns.
    rounds : turns of each side at most, where it takes turns.
    measure : what takes the turns.
    """
    here = replace(config, size=EVERY_SIZE) if suspect.is_of_its_own_sizes else config
    measuring = _Measuring(here, rounds, quiet, tell, measure)
    good = [m for t in taken.turns if t.side == 0 for m in t.measurements]
    if any(commit == ends.before.hash for commit, _ in ends.failures):
        return None
    before = {_place(b) for b in breaks_of((), good)}
    if broken := {_place(b) for b in ends.breaks} - before:
        return _Answers(measuring, suspect.patterns or labels.of_answers({size for _, _, size in broken}), good, broken)
    if ends.failures:
        names = frozenset(failure.benchmark for _, failure in ends.failures)
        return _Failure(measuring, suspect.patterns or labels.patterns(sorted(names)), names)
    row = _clearest(ends.rows)
    if row is None:
        return None
    if row.is_exact:
        return _Number(measuring, row)
    return _Time(measuring, row, ends.before, ends.after, questions(len(ends.gap)))


def _clearest(rows: Sequence[Decided]) -> Decided | None:
    """Return the series that got worse the most clearly, without one that which got better; None without either."""
    for word in ("worse", "better"):
        moved = [row for row in rows if row.word == word]
        # What is derived is made of several, and costs them all.
        moved = [row for row in moved if labels.is_runnable(row.key.label)] or moved
        if moved:
            return max(moved, key=_clarity)
    return None


def _clarity(row: Decided) -> float:
    if row.is_exact or row.ratio is None or row.ratio.value <= 0:
        return math.inf
    return abs(math.log(row.ratio.value)) / row.scatter if row.scatter else math.inf


def _place(found: Break) -> tuple[str, str, str]:
    return found.kind, found.architecture, found.size


@dataclass(frozen=True)
class _Measuring:
    """How the commits of a search are measured: in turns, at most so many rounds."""

    config: Config
    rounds: int
    quiet: bool
    tell: Told | None
    measure: Measure

    def turns(
        self, commits: Sequence[str], patterns: Sequence[str], rounds: int = 1, enough: Enough | None = None
    ) -> Interleaved:
        """Return turns of commits.

        Errors
        ------
        CommitError : one of them gives nothing.
        Stopped : somebody stopped it.
        """
        taken = self.measure(
            self.config, commits, rounds=rounds, bench=patterns, quiet=self.quiet, tell=self.tell, enough=enough
        )
        if taken.is_stopped:
            raise Stopped
        return taken

    def once(self, commit: Commit, patterns: Sequence[str]) -> Interleaved | Step:
        """Return one turn of a commit, or the step that says why it gives none."""
        try:
            taken = self.turns([commit.hash], patterns)
        except CommitError as error:
            return Step(commit, "unmeasurable", 0, str(error))
        unbuilt = taken.turns[0].unbuilt
        if unbuilt is not None:
            return Step(commit, "unmeasurable", 0, f"{unbuilt.benchmark} {last_line(unbuilt.stderr)}")
        return taken


@dataclass(frozen=True)
class _Answers:
    """Broken answers: one look at a commit tells."""

    measuring: _Measuring
    patterns: Sequence[str]
    good: Sequence[Measurement]
    broken: set[tuple[str, str, str]]
    kind: bisection.Criterion = "answers"
    labels: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return ", ".join(sorted({architecture for _, architecture, _ in self.broken}))

    def ask(self, commit: Commit) -> Step:
        taken = self.measuring.once(commit, self.patterns)
        if isinstance(taken, Step):
            return taken
        (turn,) = taken.turns
        found = [b for b in breaks_of(self.good, turn.measurements) if _place(b) in self.broken]
        if found:
            return Step(commit, "bad", 1, found[0].detail)
        if turn.failures:
            return Step(commit, "unmeasurable", 1, f"{turn.failures[0].benchmark} failed")
        return Step(commit, "good", 1)


@dataclass(frozen=True)
class _Failure:
    """A benchmark, or the build, that fails: one look at a commit tells."""

    measuring: _Measuring
    patterns: Sequence[str]
    names: frozenset[str]
    kind: bisection.Criterion = "failure"
    labels: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return ", ".join(sorted(self.names))

    def ask(self, commit: Commit) -> Step:
        try:
            (turn,) = self.measuring.turns([commit.hash], self.patterns).turns
        except CommitError as error:
            return Step(commit, "unmeasurable", 0, str(error))
        found = next((f for f in turn.failures if f.benchmark in self.names), None)
        if found is not None:
            return Step(commit, "bad", 1, last_line(found.stderr))
        if turn.unbuilt is not None:
            return Step(commit, "unmeasurable", 0, f"{turn.unbuilt.benchmark} {last_line(turn.unbuilt.stderr)}")
        return Step(commit, "good", 1)


@dataclass(frozen=True)
class _OfOneSeries:
    """What is told by one series."""

    measuring: _Measuring
    row: Decided

    @property
    def name(self) -> str:
        return self.row.key.label

    @property
    def labels(self) -> frozenset[str]:
        return frozenset({self.name})

    @property
    def patterns(self) -> Sequence[str]:
        return labels.patterns([self.name])

    def values(self, taken: Interleaved, side: int) -> list[float]:
        """Return a side's value in each turn; a version of the benchmark is not asked for, the ends have one."""
        found = by_turn(turn.measurements for turn in taken.turns if turn.side == side)
        return found.get(self.row.key, [])


@dataclass(frozen=True)
class _Number(_OfOneSeries):
    """A number that does not scatter: one look at a commit tells."""

    kind: bisection.Criterion = "number"

    def ask(self, commit: Commit) -> Step:
        taken = self.measuring.once(commit, self.patterns)
        if isinstance(taken, Step):
            return taken
        values = self.values(taken, 0)
        if not values:
            return Step(commit, "unmeasurable", 1, "gave no value of this version of the benchmark")
        shown = unit(self.row.key.unit).show(values[0])
        return Step(commit, exact(self.row.before, values[0], self.row.after), 1, shown)


@dataclass(frozen=True)
class _Time(_OfOneSeries):
    """A time that scatters: a commit is measured in turns with both ends, until evidence says which it is like."""

    good: Commit
    bad: Commit
    answers: int
    kind: bisection.Criterion = "time"

    def ask(self, commit: Commit) -> Step:
        # A commit that gives nothing would cost both ends a turn in each round.
        if isinstance(first := self.measuring.once(commit, self.patterns), Step):
            return first
        if not self.values(first, 0):
            return Step(commit, "unmeasurable", 1, "gave no value of this version of the benchmark")
        sides = [self.good.hash, commit.hash, self.bad.hash]
        taken = self.measuring.turns(sides, self.patterns, self.measuring.rounds, self._is_enough)
        side, _ = self._side(taken)
        rounds = len(taken.turns) // len(sides)
        between = self.values(taken, 1)
        shown = unit(self.row.key.unit).show(median(between) if between else None)
        return Step(commit, side or "undecided", rounds, shown)

    def _is_enough(self, taken: Interleaved) -> bool:
        side, is_worth_it = self._side(taken)
        return side is not None or not is_worth_it

    def _side(self, taken: Interleaved) -> tuple[Side | None, bool]:
        good, between, bad = (self.values(taken, side) for side in range(3))
        if not len(good) == len(between) == len(bad):
            return None, True
        return likeness(good, between, bad, answers=self.answers, most=self.measuring.rounds)
