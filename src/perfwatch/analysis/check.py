"""The gate: one commit against its baseline on one machine, and the exit code that sums it up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from perfwatch.analysis.changes import Change, Missing
from perfwatch.analysis.equivalence import Break
from perfwatch.analysis.triage import is_confirmed
from perfwatch.errors import (
    EXIT_EQUIVALENCE_BROKEN,
    EXIT_INCONCLUSIVE,
    EXIT_NOT_MEASURED,
    EXIT_NOTHING_TO_COMPARE,
    EXIT_REGRESSION,
    gravest,
)
from perfwatch.model import Commit, Event, Failure, Run, Triage, Verdict


@dataclass(frozen=True)
class Place:
    """A commit on one machine in one environment, compared with the nearest measured commit before it.

    Attributes
    ----------
    baseline : None where nothing earlier was measured here.
    measured : how many series have a value at the commit.
    accepted_from : per size, the commit whose fingerprint is in force and whether somebody accepted it.
    run : the newest record of the run, None for results that no `perfwatch run` made.
    unbuilt : what that run failed at that is no benchmark: the build, the import of the suite.
    verdicts : what the judge says of each series at the commit.
    events : what stands at the commit, with people's newest word on it.
    is_comparable : whether any time or size of the commit stands beside one before it; true where it has none.
    """

    machine: str
    environment: str
    baseline: Commit | None
    measured: int
    breaks: Sequence[Break]
    missing: Sequence[Missing]
    changes: Sequence[Change]
    accepted_from: dict[str, tuple[str, bool]]
    run: Run | None
    unbuilt: Sequence[Failure] = ()
    verdicts: Sequence[Verdict] = ()
    events: Sequence[tuple[Event, Triage | None]] = ()
    is_comparable: bool = True

    def regressions(self, now: datetime) -> list[tuple[Event, Triage | None]]:
        """Return the regressions the judge or a re-run is sure of, and that nobody's word has taken off the gate."""
        labels = {v.key.label for v in self.verdicts if v.kind == "REGRESSED" and v.relevant}
        return [
            (event, word)
            for event, word in self.events
            if event.kind == "regression"
            and is_confirmed(event, word)
            and labels & {m["label"] for m in event.moved}
            and not is_silenced(word, now)
        ]

    @property
    def gone(self) -> list[tuple[Event, Triage | None]]:
        """Return the benchmarks that vanished before: they were missing then, and would be green by now unsaid."""
        missing = {m.key.label for m in self.missing}
        return [
            (event, word)
            for event, word in self.events
            if event.kind == "vanished benchmark" and not {m["label"] for m in event.moved} <= missing
        ]

    def codes(self, now: datetime) -> set[int]:
        """Return every exit code that something here asks for."""
        codes = set()
        if self.breaks:
            codes.add(EXIT_EQUIVALENCE_BROKEN)
        if self.missing or self.unbuilt or self.measured == 0:
            codes.add(EXIT_NOT_MEASURED)
        if self.baseline is None or not self.is_comparable:
            codes.add(EXIT_NOTHING_TO_COMPARE)
        if self.regressions(now):
            codes.add(EXIT_REGRESSION)
        if any(v.kind == "INCONCLUSIVE" for v in self.verdicts):
            codes.add(EXIT_INCONCLUSIVE)
        return codes


# A word that takes an event off the gate: somebody knows, or it is none. "accepted" says that it is real, and stands.
_SILENCING = {"acknowledged", "expected", "infra", "noise", "fixed", "recovered"}


def is_silenced(word: Triage | None, now: datetime) -> bool:
    """Return whether people's newest word on an event takes it off the gate, at a moment."""
    return word is not None and word.state in _SILENCING and (word.until is None or word.until > now)


@dataclass(frozen=True)
class Check:
    """What `perfwatch check` found at one commit, in every place it was measured.

    Attributes
    ----------
    checked_at : when; an acknowledgement may hold until then or not.
    strict : whether what could not be seen is a reason to fail.
    stale : runners that fell silent, with people's newest word on each; none where one commit was asked for by name.
    notes : what else is to be known, in plain sentences: what somebody wanted to let pass and could not.
    """

    commit: Commit
    places: Sequence[Place]
    checked_at: datetime
    strict: bool = False
    stale: Sequence[tuple[Event, Triage | None]] = ()
    notes: Sequence[str] = ()

    @property
    def exit_code(self) -> int:
        """Return the one code to end with; nothing measured is never green."""
        codes = {code for place in self.places for code in place.codes(self.checked_at)}
        if not self.places or any(not is_silenced(word, self.checked_at) for _, word in self.stale):
            codes.add(EXIT_NOT_MEASURED)
        if not self.strict:
            codes.discard(EXIT_INCONCLUSIVE)
        return gravest(codes)
