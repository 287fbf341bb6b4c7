"""From what people know of a series back to what asv selects it by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from perfwatch.analysis.derived import MADE_OF

# In a series' label a text has lost its quotes, and where it held some of these, more than them.
_QUOTED = re.compile(r"[\"'\\]")
_DERIVED = "derived."
# Timed by the runner beside each commit; asv knows nothing of them.
_CONTROL = "controls."


def is_runnable(label: str) -> bool:
    """Return whether asv measures a series itself."""
    return not label.startswith((_DERIVED, _CONTROL))


def patterns(labels: Sequence[str]) -> list[str]:
    """Return asv's `--bench` expressions that select these series and as little else as can be said.

    Parameters
    ----------
    labels : `benchmark(value, value)`; of a derived one all that such are made of is selected.
    """
    found = [_pattern(label) for label in labels if is_runnable(label)]
    if any(label.startswith(_DERIVED) for label in labels):
        found += [_whole(name) for name in sorted(MADE_OF)]
    return list(dict.fromkeys(found))


def of_answers(sizes: Iterable[str]) -> list[str]:
    """Return asv's expressions for the gate's own benchmarks at some sizes."""
    return [rf"^equivalence\..*{re.escape(size)}" for size in sorted(set(sizes))]


def _pattern(label: str) -> str:
    name, bracket, rest = label.partition("(")
    if not bracket or _QUOTED.search(rest) or not rest.endswith(")"):
        return _whole(name)
    # asv searches in `name('text', 5)`: a value may have quotes or none, and which had them the label does not say. A
    # quote written as one would be a nuisance to whoever hands the expression to a shell.
    values = [rf"\W?{re.escape(value)}\W?" for value in rest[:-1].split(", ")]
    return rf"^{re.escape(name)}\({', '.join(values)}\)$"


def _whole(name: str) -> str:
    return rf"^{re.escape(name)}(\(|$)"
