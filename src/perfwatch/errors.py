"""Every error perfwatch raises on purpose.

    PerfwatchError                    base; never raised itself
    ├── UsageError            exit 4  a flag, a configuration value or a path that cannot be right
    │   └── HostError         exit 4  this machine or checkout cannot measure (shallow clone, no core to pin to)
    ├── NothingToCompareError exit 5  no baseline, an empty store, an unknown commit
    ├── UnreadableError       exit 8  an input that cannot be read
    │   ├── SourceError       exit 8  one result file; the others still load
    │   └── StoreError        exit 8  the store: locked, foreign, newer than this program, damaged
    ├── DeliveryError         exit 9  a message that did not arrive
    │   └── ForgeError        exit 9  GitHub or GitLab did not do what it was asked
    └── MeasurementError      exit 9  something that should have been measured was not
        ├── FrameError        exit 9  bytes that are not a frame, or a frame that contradicts itself
        ├── EngineError       exit 9  the engine: not found, dead, or it answered with an error
        ├── CommitError       exit 9  a commit of which nothing can be measured: it does not build, or all of it fails
        └── WrongAnswerError  exit 9  what was timed did not compute what it should

Exit codes say one thing each, the same for every command:
0 clean · 1 regression · 2 interrupted · 3 a bug of ours · 4 usage or configuration · 5 nothing comparable ·
6 equivalence broken · 7 inconclusive, under --strict · 8 unreadable input · 9 a measurement failed, is missing or
stale, or a message did not arrive. Several at once: 6 over 9 over 1 over 5 over 7.

A message is one line: what, where, and what to do.
"""

from __future__ import annotations

from collections.abc import Collection

EXIT_CLEAN = 0
EXIT_REGRESSION = 1
EXIT_INTERRUPTED = 2
EXIT_BUG = 3
EXIT_USAGE = 4
EXIT_NOTHING_TO_COMPARE = 5
EXIT_EQUIVALENCE_BROKEN = 6
EXIT_INCONCLUSIVE = 7
EXIT_UNREADABLE = 8
EXIT_NOT_MEASURED = 9

_PRECEDENCE = (
    EXIT_EQUIVALENCE_BROKEN,
    EXIT_NOT_MEASURED,
    EXIT_REGRESSION,
    EXIT_NOTHING_TO_COMPARE,
    EXIT_INCONCLUSIVE,
)


def gravest(codes: Collection[int]) -> int:
    """Return the one of a verdict's codes that a command ends with; clean where there is none."""
    return next((code for code in _PRECEDENCE if code in codes), EXIT_CLEAN)


class PerfwatchError(Exception):
    """Base of all errors raised on purpose; `exit_code` is what the command line ends with."""

    exit_code = EXIT_BUG


class UsageError(PerfwatchError):
    """A flag, a configuration value or a path that cannot be right."""

    exit_code = EXIT_USAGE


class HostError(UsageError):
    """This machine or checkout cannot measure."""


class NothingToCompareError(PerfwatchError):
    """No baseline, an empty store, or a commit the store does not know."""

    exit_code = EXIT_NOTHING_TO_COMPARE


class UnreadableError(PerfwatchError):
    """An input that cannot be read."""

    exit_code = EXIT_UNREADABLE


class SourceError(UnreadableError):
    """One result file that cannot be read."""


class StoreError(UnreadableError):
    """A store that is locked, foreign, newer than this program, or damaged."""


class DeliveryError(PerfwatchError):
    """A message that did not arrive; it waits in the outbox, or was refused."""

    exit_code = EXIT_NOT_MEASURED


class ForgeError(DeliveryError):
    """GitHub or GitLab did not do what it was asked.

    `answer` is the status of its answer, None where there was none. It may fare better another time where
    `is_passing`; `again_after_s` is how long it asked to be left alone, None where it did not say.
    """

    def __init__(
        self, message: str, *, answer: int | None = None, is_passing: bool, again_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.answer, self.is_passing, self.again_after_s = answer, is_passing, again_after_s


class MeasurementError(PerfwatchError):
    """Something that was to be measured was not."""

    exit_code = EXIT_NOT_MEASURED


class FrameError(MeasurementError):
    """Bytes that are not a frame, or a frame that contradicts itself."""


class EngineError(MeasurementError):
    """The engine was not found, died, or answered with an error."""


class CommitError(MeasurementError):
    """A commit of which nothing can be measured: it does not build, or all that was asked for fails.

    `commit` is its hash, `failed` what of it did, `said` the last line of that; None where whoever raises it says so.
    """

    def __init__(
        self, message: str, *, commit: str | None = None, failed: str | None = None, said: str | None = None
    ) -> None:
        super().__init__(message)
        self.commit, self.failed, self.said = commit, failed, said


class WrongAnswerError(MeasurementError):
    """What was timed did not compute what it should."""
