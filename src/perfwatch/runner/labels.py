"""From what people know of a series back to what asv selects it by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from perfwatch.analysis.derived import SIZE, is_derived, sources_of

# In a series' label a text has lost its quotes, and where it held some of these, more than them.
_QUOTED = re.compile(r"[\"'\\]")
# Timed by the runner beside each commit; asv knows nothing of them.
_CONTROL = "controls."


def is_runnable(label: str) -> bool:
    """Return whether asv measures a series itself."""
    return not is_derived(label) and not label.startswith(_CONTROL)


def patterns(labels: Sequence[str]) -> list[str]:
    """Return asv's `--bench` expressions that select these series and as little else as can be said.

    Parameters
    ----------
    labels : `benchmark(value, value)`; of a derived one what it is made of is selected, of its size and of none.
    """
    found = [_pattern(label) for label in labels if is_runnable(label)]
    for label in labels:
        if is_derived(label):
            found += [_of_size(name, SIZE.search(label)) for name in sources_of(label)]
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


def _of_size(name: str, size: re.Match[str] | None) -> str:
    """Return the expression for a benchmark without its other sizes, where a size is asked for."""
    others = rf"(?!.*\b(?!{size[0]}\b)\d+x\d+\b)" if size else ""
    return rf"^{re.escape(name)}{others}(\(|$)"


def _whole(name: str) -> str:
    return rf"^{re.escape(name)}(\(|$)"
