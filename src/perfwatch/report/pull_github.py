"""A pull request for a workflow of GitHub's: a few annotations on the run."""

from __future__ import annotations

from collections.abc import Iterator

from perfwatch.analysis.pull import Pull
from perfwatch.report import pull_words as words
from perfwatch.report.check import alike
from perfwatch.report.github import SHOWN_ANNOTATIONS, command
from perfwatch.report.notice import Level
from perfwatch.report.plain import clean, short

_LONGEST = 500


def commands(pull: Pull) -> str:
    """Return workflow commands, one a line, the gravest first: `::error title=…::…`."""
    found = list(_found(pull))
    shown = found[:SHOWN_ANNOTATIONS]
    if len(found) > len(shown):
        shown.append((shown[0][0], "perfwatch", f"… and {len(found) - len(shown)} more in the summary of the job"))
    return "\n".join(command(level, title, short(clean(message), _LONGEST)) for level, title, message in shown)


def _found(pull: Pull) -> Iterator[tuple[Level, str, str]]:
    """Yield level, title and message of everything worth an annotation."""
    for broken, names in alike(pull.breaks):
        where = f" at {broken.size}" if broken.size else ""
        yield "error", "perfwatch: EQUIVALENCE BROKEN", f"{', '.join(names)}{where}; first: {broken.detail}"
    for side in pull.unbuilt:
        yield "error", "perfwatch: NOT MEASURED", f"{side.side} {side.what}: {side.error}"
    for row in pull.worded("failed", "gone"):
        yield "error", "perfwatch: FAILED", f"{row.label}: {row.error or 'not measured since this change'}"
    for row in pull.regressions:
        yield "error", "perfwatch: WORSE", f"{words.moved(row)} ({words.interval(row)})"
    if not pull.compared and not pull.answers and not pull.unbuilt:
        yield "warning", "perfwatch: nothing compared", words.title(pull)
    unsure = len(pull.worded("unsure"))
    if pull.strict and unsure:
        yield "warning", "perfwatch: INCONCLUSIVE", f"{unsure} series could hide a change that matters"
    for row in pull.worded("better"):
        yield "notice", "perfwatch: better", f"{words.moved(row)} ({words.interval(row)})"
