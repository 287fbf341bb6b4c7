"""What a search for the commit that brought a change came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from perfwatch.analysis.rerun import Rerun, shown
from perfwatch.analysis.search import Answer, Found
from perfwatch.analysis.triage import BISECT, RERUNS
from perfwatch.errors import (
    EXIT_CLEAN,
    EXIT_EQUIVALENCE_BROKEN,
    EXIT_INCONCLUSIVE,
    EXIT_INTERRUPTED,
    EXIT_NOT_MEASURED,
    EXIT_REGRESSION,
)
from perfwatch.model import Commit, Triage

# By what commits are told apart: a time that scatters, a number that does not, answers, a benchmark that fails.
Criterion = Literal["time", "number", "answers", "failure"]


@dataclass(frozen=True)
class Step:
    """One commit asked: what it is like, how many rounds that took, and why where it says nothing."""

    commit: Commit
    answer: Answer
    rounds: int
    detail: str = ""


@dataclass(frozen=True)
class Bisection:
    """A search between two commits.

    Attributes
    ----------
    ends : the good commit against the bad one, as measured first.
    line : the commits behind the good one up to the bad one, oldest first.
    criterion : by what they are told apart; None where the two do not differ, or nobody knows.
    by : the one series or benchmark searched by, or what is broken.
    found : None where nothing was searched.
    steps : in the order asked.
    own : the commit found against the one before it, measured for itself; None where that told nothing new.
    diffstat : of the commit found.
    pattern : asv's, of what was measured at each step.
    is_stopped : whether somebody stopped it; what was found before stands.
    """

    ends: Rerun
    line: Sequence[Commit]
    criterion: Criterion | None = None
    by: str = ""
    found: Found | None = None
    steps: Sequence[Step] = ()
    own: Rerun | None = None
    diffstat: str = ""
    pattern: str = ""
    is_stopped: bool = False
    word: Triage | None = field(default=None, compare=False)

    @property
    def candidates(self) -> Sequence[Commit]:
        """The commits one of which brought the change, oldest first; none where nothing was searched."""
        return [] if self.found is None else [self.line[at] for at in self.found.candidates]

    @property
    def before(self) -> Commit:
        """The last commit known to be good."""
        return self.ends.before if self.found is None or self.found.good < 0 else self.line[self.found.good]

    @property
    def is_doubtful(self) -> bool:
        """Whether evidence was wanting: at a commit in question, or for the one found against the one before it."""
        if self.found is None:
            return self.ends.outcome == "undecided"
        doubts = (self.found.answers.get(at) == "undecided" for at in self.found.candidates)
        return self.found.is_stopped or any(doubts) or (self.own is not None and self.own.outcome != "confirmed")

    @property
    def exit_code(self) -> int:
        """Return what the command ends with."""
        if self.is_stopped or self.ends.is_stopped or (self.own is not None and self.own.is_stopped):
            return EXIT_INTERRUPTED
        if self.criterion == "answers":
            return EXIT_EQUIVALENCE_BROKEN
        if self.criterion == "failure" or self.ends.failures:
            return EXIT_NOT_MEASURED
        if self.is_doubtful:
            return EXIT_INCONCLUSIVE
        is_worse = self.criterion is not None and bool(self.ends.rows) and self.ends.rows[0].word == "worse"
        return EXIT_REGRESSION if is_worse else EXIT_CLEAN


def word_of(found: Bisection, now: datetime) -> Triage | None:
    """Return the word to keep on the event: which commit brought it; None where a person spoke or none is named."""
    event, spoken = found.ends.event, found.ends.spoken
    if event is None or not found.candidates or found.is_doubtful or (spoken and spoken.author not in RERUNS):
        return None
    names = [f"{c.hash[:8]} {c.subject or ''}".strip() for c in found.candidates]
    row = (found.own or found.ends).rows[:1]
    much = f": {shown(row[0])}" if row and len(names) == 1 else ""
    if len(names) == 1:
        reason = f"brought by {names[0]}{much}"
    else:
        reason = f"brought by one of {len(names)} commits, {names[0]} to {names[-1]}"
    return Triage(event.id, "accepted", BISECT, now, f"{reason}; found on {found.ends.machine}")
