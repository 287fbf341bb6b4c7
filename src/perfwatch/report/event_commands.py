"""What to run after an event: the command that measures it again, and the one that says what it is."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from perfwatch.analysis.derived import SIZE, is_derived, sources_of
from perfwatch.model import Commit, Event, SeriesKey

# More patterns than this are no shorter than the whole suite.
_MOST_PATTERNS = 5
# Nobody copies a longer line.
_LONGEST_PATTERNS = 600
# As much of a hash as nobody has twice.
_HASH = 12


def commands(event: Event, before: Commit | None, gap: int, keys: Mapping[str, SeriesKey]) -> list[str]:
    """Return shell lines, each after a comment on what it is for; quoted, so that no name is more than a name.

    Parameters
    ----------
    before : the commit measured before the event's, None where it is not known.
    gap : commits between the two that were not measured.
    keys : series of the event's place by label, as far as they are known.
    """
    bad = _named(event.commit)
    good = f"{bad}~1" if before is None else _named(before.hash)
    only, ack = _patterns(event, keys), f"perfwatch ack {_named(event.id)}"
    lines = []
    if event.kind in ("regression", "improvement"):
        if event.standing != "RESOLVED":
            lines.append(("measure it again beside the commit before it", f"perfwatch confirm {_named(event.id)}"))
        lines.append(("look at both, in turns on one host", f"perfwatch bench {good} {bad}{only}"))
        if gap:
            many = "1 commit" if gap == 1 else f"{gap} commits"
            lines.append((f"find the commit among the {many} not measured", f"perfwatch bisect {good} {bad}{only}"))
    if event.standing == "RESOLVED":
        return _shown(lines)
    if event.kind in ("failure", "vanished benchmark", "equivalence break"):
        lines.append(("measure it again", f"perfwatch run {bad} --rerun{only}"))
    if any(b.get("kind") == "MOVED" for b in _breaks(event)):
        lines.append(("if the new answer is the right one", f"perfwatch accept {bad} --reason '…'"))
    if event.kind == "stale runner":
        lines.append(("on that machine: measure what is not measured yet", "perfwatch run HEAD --quiet"))
    if event.kind == "vanished benchmark":
        lines.append(("if it was taken out on purpose", f"{ack} --state expected --reason '…'"))
    chosen = " --state infra" if event.kind in _OF_THE_HOST else ""
    lines.append(("say what it is, and why", f"{ack}{chosen} --reason '…'"))
    return _shown(lines)


_OF_THE_HOST = {"host change", "two-state host", "stale runner"}


def _shown(lines: Sequence[tuple[str, str]]) -> list[str]:
    return [text for meant, line in lines for text in (f"# {meant}", line)]


def _breaks(event: Event) -> list[Mapping[str, Any]]:
    return [b for b in event.facts.get("breaks") or [] if isinstance(b, dict)]


def _named(name: str) -> str:
    return shlex.quote(name[:_HASH])


def _patterns(event: Event, keys: Mapping[str, SeriesKey]) -> str:
    """Return the options that measure again what moved, or none where they would be too many."""
    if event.kind == "equivalence break" and all(b.get("kind") != "PARITY" for b in _breaks(event)):
        # What the answers are of every architecture is tracked by this file of benchmarks alone.
        return f" --bench {shlex.quote(pattern('equivalence.'))}"
    benchmarks: dict[str, None] = {}
    for member in event.moved:
        label = member["label"]
        if is_derived(label):
            benchmarks |= dict.fromkeys(sources_of(label))
        else:
            benchmarks.setdefault(keys[label].benchmark if label in keys else label.partition("(")[0])
        if len(benchmarks) > _MOST_PATTERNS:
            return ""
    chosen = "".join(f" --bench {shlex.quote(pattern(name))}" for name in benchmarks)
    # The size need not be the one that is measured by default.
    chosen += " --size all" if any(SIZE.search(member["label"]) for member in event.moved) else ""
    return chosen if len(chosen) <= _LONGEST_PATTERNS else ""


def pattern(benchmark: str) -> str:
    r"""Return the expression that asv selects one benchmark by, whatever its parameters: `^echo\.time_round_trip\b`.

    asv searches it in `name` or `name(value, value)`, so that nothing may be asked of the end.
    """
    # A name ends where a word does, or with a sign that no other name goes on after.
    end = r"\b" if re.search(r"\w\Z", benchmark) else ""
    return f"^{re.escape(benchmark)}{end}"
