"""What the turns of two sides say beside their timings: answers, failures, the host, what was built."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from perfwatch.analysis.equivalence import REFERENCE, Break, disagreements, fingerprints, moves, parities
from perfwatch.analysis.pull import SideName, Unbuilt
from perfwatch.model import Measurement, Run, SeriesKey, said_for
from perfwatch.report.check import last_line
from perfwatch.report.plain import without_folders
from perfwatch.runner.interleave import Interleaved

SIDES: Final[tuple[SideName, SideName]] = ("base", "head")
# What of a host makes timings what they are, for a reader who was not there.
_FACTS = ("cpu_model", "logical_cores", "cores", "kernel", "governor", "turbo", "virtualised", "python")


@dataclass(frozen=True)
class Answers:
    """What the gate says of two sides.

    Attributes
    ----------
    compared : fingerprints of references that both sides have.
    breaks : of head against its own reference, and of its reference against base's.
    breaks_before : of base against its own reference.
    """

    compared: int
    breaks: tuple[Break, ...]
    breaks_before: tuple[Break, ...]


@dataclass(frozen=True)
class Host:
    """What a machine told of itself, as text, and what is not quiet about it."""

    told: Mapping[str, str]
    warnings: tuple[str, ...]


def answers(before: Sequence[Measurement], after: Sequence[Measurement]) -> Answers:
    """Return what the gate says of two sides, environment by environment; the same thing once."""
    compared, breaks, breaks_before = 0, dict[Break, None](), dict[Break, None]()
    for environment in dict.fromkeys(m.key.environment for m in after):
        old, new = ([m for m in side if m.key.environment == environment] for side in (before, after))
        reference = {place: one for place, one in fingerprints(old).items() if place[1] == REFERENCE}
        now = fingerprints(new)
        compared += len(reference.keys() & now.keys())
        breaks |= dict.fromkeys((*disagreements(new), *parities(new), *moves(now, reference)))
        breaks_before |= dict.fromkeys((*disagreements(old), *parities(old)))
    return Answers(compared, tuple(breaks), tuple(breaks_before))


def unbuilt(taken: Interleaved) -> tuple[Unbuilt, ...]:
    """Return the sides of which nothing could be measured, each once."""
    found: dict[SideName, Unbuilt] = {}
    for turn in taken.turns:
        failure = turn.unbuilt
        if failure is not None:
            side = SIDES[turn.side]
            found.setdefault(side, Unbuilt(side, failure.benchmark, last_words(failure.stderr)))
    return tuple(found.values())


def errors_of(taken: Interleaved, series: Iterable[SeriesKey]) -> dict[SeriesKey, str]:
    """Return the last line of what each series' benchmark wrote for it where it failed, head's before base's."""
    wrote: dict[str, str] = {}
    for turn in sorted(taken.turns, key=lambda turn: -turn.side):
        for failure in turn.failures:
            wrote.setdefault(failure.benchmark, failure.stderr)
    return {key: last_words(said_for(key, wrote[key.benchmark])) for key in series if key.benchmark in wrote}


def last_words(stderr: str) -> str:
    """Return the last line of what failed, without the folders of this machine: others read it."""
    return without_folders(last_line(stderr).replace("file://", ""))


def host_facts(runs: Sequence[Run]) -> Host:
    """Return what the runs' machine told of itself."""
    if not runs:
        return Host({}, ())
    told = {name: _shown(runs[0].host[name]) for name in _FACTS if runs[0].host.get(name) is not None}
    # Turn by turn they differ in a number, such as the load.
    warnings = {re.sub(r"\d+", "#", w): w for run in reversed(runs) for w in run.host.get("warnings", [])}
    return Host(told, tuple(warnings.values()))


def _shown(fact: Any) -> str:
    if isinstance(fact, bool):
        return "on" if fact else "off"
    return ", ".join(map(str, fact)) if isinstance(fact, list | tuple) else str(fact)


def controls(before: Sequence[Run], after: Sequence[Run]) -> dict[str, float]:
    """Return by how much each host control moved, after / before: of each side the median over all its turns."""
    sides: list[dict[str, list[float]]] = []
    for runs in (before, after):
        taken: dict[str, list[float]] = {}
        for run in runs:
            for name, control in run.controls.items():
                taken.setdefault(name, []).extend((*control["before"], *control["after"]))
        sides.append(taken)
    old, new = ({name: float(np.median(timings)) for name, timings in side.items() if timings} for side in sides)
    return {name: new[name] / old[name] for name in old if name in new and old[name] > 0}


def same_artefacts(before: Sequence[Run], after: Sequence[Run]) -> dict[str, bool]:
    """Return of each artefact whether both sides built the same; of one that only one side has: no."""
    old, new = ({(r.environment, n): d for r in runs for n, d in r.artefacts.items()} for runs in (before, after))
    found: dict[str, bool] = {}
    for place in dict.fromkeys((*old, *new)):
        found[place[1]] = found.get(place[1], True) and old.get(place) == new.get(place)
    return found
