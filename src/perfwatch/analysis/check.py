"""The gate: one commit against its baseline on one machine, and the exit code that sums it up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from perfwatch.analysis.changes import Change, Missing
from perfwatch.analysis.equivalence import Break
from perfwatch.errors import (
    EXIT_CLEAN,
    EXIT_EQUIVALENCE_BROKEN,
    EXIT_INCONCLUSIVE,
    EXIT_NOT_MEASURED,
    EXIT_NOTHING_TO_COMPARE,
    EXIT_REGRESSION,
)
from perfwatch.model import Commit, Failure, Run

# Several at once: the first of these that occurs.
_PRECEDENCE = (
    EXIT_EQUIVALENCE_BROKEN,
    EXIT_NOT_MEASURED,
    EXIT_REGRESSION,
    EXIT_NOTHING_TO_COMPARE,
    EXIT_INCONCLUSIVE,
)


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

    @property
    def codes(self) -> set[int]:
        """Return every exit code that something here asks for."""
        codes = set()
        if self.breaks:
            codes.add(EXIT_EQUIVALENCE_BROKEN)
        if self.missing or self.unbuilt or self.measured == 0:
            codes.add(EXIT_NOT_MEASURED)
        if self.baseline is None:
            codes.add(EXIT_NOTHING_TO_COMPARE)
        return codes


@dataclass(frozen=True)
class Check:
    """What `perfwatch check` found at one commit, in every place it was measured."""

    commit: Commit
    places: Sequence[Place]

    @property
    def exit_code(self) -> int:
        """Return the one code to end with; nothing measured is never green."""
        codes = {code for place in self.places for code in place.codes}
        if not self.places:
            codes.add(EXIT_NOT_MEASURED)
        return next((code for code in _PRECEDENCE if code in codes), EXIT_CLEAN)
