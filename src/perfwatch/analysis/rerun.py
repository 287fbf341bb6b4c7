"""What a re-run of a suspected commit says: found again, not found again, or not decided."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from perfwatch.analysis.equivalence import Break
from perfwatch.analysis.sequential import Decided
from perfwatch.analysis.triage import RERUN, RERUNS
from perfwatch.errors import (
    EXIT_CLEAN,
    EXIT_EQUIVALENCE_BROKEN,
    EXIT_INCONCLUSIVE,
    EXIT_INTERRUPTED,
    EXIT_NOT_MEASURED,
    EXIT_REGRESSION,
    gravest,
)
from perfwatch.model import Commit, Event, EventKind, Failure, Triage
from perfwatch.units import show_ratio

Outcome = Literal["confirmed", "not confirmed", "undecided", "answers differ", "failed", "stopped"]
# What a re-run can say anything of; a host, a runner or a benchmark that is gone are not found by measuring again.
KINDS: Final[tuple[EventKind, ...]] = ("regression", "improvement", "equivalence break", "failure")
# So many of the series that moved are measured again, the gravest: one mend does for all, and each costs its time.
GRAVEST = 5
# "Noise" is no person's word: after a week the event asks again, for the detector may have gone on to see it.
NOISE_HOLDS = timedelta(days=7)


@dataclass(frozen=True)
class Rerun:
    """A commit and the one measured before it, measured again in turns.

    Attributes
    ----------
    event : what was to be found again; None for a commit nothing was said of.
    spoken : the newest word on the event before, None where nobody spoke.
    gap : commits behind `before` up to `after` on git's first-parent line, oldest first; `after` alone where none lies
        between.
    machine : this one; the event may be of another.
    rounds : turns that each of the two had, of at most `most`.
    rows : the series measured for it, the gravest first.
    left_out : how many series of the event were not measured again.
    breaks : answers of `after` that differ from its reference, or from those of `before`.
    failures : what failed, with the commit it failed at.
    is_out_of_time : whether it ended because its time was over.
    alone : the event's own commit beside the one before it, where the change was not there and the commits around it
        were asked; None where no second question was.
    word : what was kept of it in the store; None for nothing.
    """

    event: Event | None
    spoken: Triage | None
    before: Commit
    after: Commit
    gap: Sequence[Commit]
    machine: str
    rounds: int
    most: int
    rows: Sequence[Decided] = ()
    left_out: int = 0
    breaks: Sequence[Break] = ()
    failures: Sequence[tuple[str, Failure]] = ()
    is_stopped: bool = False
    is_out_of_time: bool = False
    alone: Rerun | None = None
    word: Triage | None = field(default=None, compare=False)

    @property
    def kind(self) -> EventKind:
        """What was to be found again; of a commit alone a regression is asked for."""
        return self.event.kind if self.event else "regression"

    @property
    def outcome(self) -> Outcome:
        """What the re-run says, the gravest first."""
        if self.breaks:
            return "confirmed" if self.kind == "equivalence break" else "answers differ"
        if self.failures:
            is_again = self.kind == "failure" and {c for c, _ in self.failures} == {self.after.hash}
            return "confirmed" if is_again else "failed"
        if self.is_stopped:
            return "stopped"
        if self.kind in ("failure", "equivalence break"):
            return "not confirmed"
        return found_again(self.kind, self.rows)

    @property
    def exit_code(self) -> int:
        """Return what the command ends with for this alone."""
        outcome = self.outcome
        if outcome == "stopped":
            return EXIT_INTERRUPTED
        if self.breaks:
            return EXIT_EQUIVALENCE_BROKEN
        if self.failures:
            return EXIT_NOT_MEASURED
        if outcome == "undecided":
            return EXIT_INCONCLUSIVE
        return EXIT_REGRESSION if outcome == "confirmed" and self.kind == "regression" else EXIT_CLEAN


def found_again(kind: EventKind, rows: Sequence[Decided]) -> Outcome:
    """Return whether a change of speed was found again: one series that surely moved that way is enough.

    Not found again takes every series: each within what matters, or moved the other way.
    """
    wanted, other = ("better", "worse") if kind == "improvement" else ("worse", "better")
    if any(row.word == wanted for row in rows):
        return "confirmed"
    return "not confirmed" if rows and all(row.word in ("same", other) for row in rows) else "undecided"


def is_enough(kind: EventKind, rows: Sequence[Decided]) -> bool:
    """Return whether more rounds would tell more: not where one series surely moved, nor where none would."""
    wanted = "better" if kind == "improvement" else "worse"
    return bool(rows) and (
        any(row.word == wanted and row.is_settled for row in rows) or all(row.is_settled for row in rows)
    )


def exit_code(reruns: Sequence[Rerun]) -> int:
    """Return the one code for several: 6 over 9 over 1 over 7; 2 where somebody stopped them."""
    codes = {one.exit_code for one in reruns}
    if EXIT_INTERRUPTED in codes:
        return EXIT_INTERRUPTED
    return gravest(codes)


def gravity(event: Event) -> float:
    """Return how far the series moved that moved most, as the logarithm of its ratio."""
    ratios = [m["ratio"] for m in event.moved if m.get("ratio")]
    return max((abs(math.log(r)) for r in ratios if r > 0), default=0.0)


def shown(row: Decided) -> str:
    """Return a row's change as text: `+10.2 % (95 %: +9.8 to +10.6 %)`."""
    if row.ratio is None:
        return f"{row.before:g} → {row.after:g}"
    change = show_ratio(row.ratio.value)
    if row.ratio.lower is None or row.ratio.upper is None:
        return change
    lower, upper = show_ratio(row.ratio.lower), show_ratio(row.ratio.upper)
    return f"{change} (95 %: {lower.removesuffix(' %') if upper.endswith(' %') else lower} to {upper})"


def word_of(rerun: Rerun, now: datetime) -> Triage | None:
    """Return the word to keep on the event; None where a person spoke, or nothing was learnt.

    Notes
    -----
    That it was not found on another machine is no word that it is not there; that it was found is one that it is.
    """
    event, spoken, outcome = rerun.event, rerun.spoken, rerun.outcome
    if event is None or (spoken is not None and spoken.author not in RERUNS):
        return None
    where = f"in {rerun.rounds} round{'s' * (rerun.rounds != 1)} on {rerun.machine}"
    if rerun.alone is not None:
        where = f"between {rerun.before.hash[:8]} and {rerun.after.hash[:8]} {where}"
    much = f": {shown(rerun.rows[0])}" if rerun.rows else ""
    if outcome == "confirmed":
        return Triage(event.id, "accepted", RERUN, now, f"confirmed{much} {where}")
    if outcome == "not confirmed" and rerun.machine == event.machine:
        reason = f"not confirmed{much} {where}"
        return Triage(event.id, "noise", RERUN, now, reason, until=now + NOISE_HOLDS)
    if outcome == "undecided":
        return Triage(event.id, "new", RERUN, now, f"a re-run left it undecided{much} {where}")
    return None
