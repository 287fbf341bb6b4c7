"""Store → two commits side by side, place by place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from perfwatch.analysis.compare import Compared, compare
from perfwatch.analysis.equivalence import REFERENCE, Break, disagreements, fingerprints, moves, parities
from perfwatch.config import Config
from perfwatch.errors import NothingToCompareError, UsageError
from perfwatch.model import Commit, Measurement, Run, SeriesKey
from perfwatch.pipeline.judging import settings_of
from perfwatch.pipeline.line import commit_named
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader


@dataclass(frozen=True)
class Comparison:
    """Two commits at one place.

    Attributes
    ----------
    breaks : where the second commit's answers differ from its own reference's, or its reference's from the first's.
    answers : how many fingerprints the two were compared by; 0 says that nothing is known of the answers.
    rows : the worst first.
    controls : control → after / before, of what the runner timed beside both; empty where it did not.
    """

    before: Commit
    after: Commit
    machine: str
    environment: str
    breaks: Sequence[Break]
    answers: int
    rows: Sequence[Compared]
    controls: Mapping[str, float]


def compare_stored(
    config: Config,
    first: str,
    second: str,
    *,
    machine: str | None = None,
    environment: str | None = None,
    bench: Sequence[str] = (),
    seed: int = 0,
) -> list[Comparison]:
    """Return the comparison of two commits at each place that measured both.

    Parameters
    ----------
    first, second : commits, by any name git knows or by the start of a hash.
    bench : patterns that a series' label is searched for; all series by default.

    Errors
    ------
    NothingToCompareError : no place measured both.
    UsageError : a pattern that is none.
    """
    chosen = _patterns(bench)
    with Reader(parse(config.store)) as reader:
        before, after = commit_named(reader, config.root, first), commit_named(reader, config.root, second)
        sides = [reader.measurements(c.hash, machine) for c in (before, after)]
        runs = [reader.runs(c.hash, machine) for c in (before, after)]
    places = [{(m.key.machine, m.key.environment) for m in side} for side in sides]
    both = sorted(p for p in places[0] & places[1] if environment in (None, p[1]))
    if not both:
        measured = [c.hash[:8] for c, p in zip((before, after), places, strict=True) if not p]
        what = f"{' and '.join(measured)} not measured" if measured else "no machine and environment measured both"
        raise NothingToCompareError(f"compare: {what}; run `perfwatch run` and `perfwatch ingest`")
    out = []
    for place in both:
        old, new = ([m for m in side if (m.key.machine, m.key.environment) == place] for side in sides)
        out.append(compared(config, before, after, old, new, [*runs[0], *runs[1]], chosen, seed=seed))
    return out


def compared(
    config: Config,
    before: Commit,
    after: Commit,
    old: Sequence[Measurement],
    new: Sequence[Measurement],
    runs: Sequence[Run],
    chosen: Sequence[re.Pattern[str]] = (),
    *,
    seed: int = 0,
) -> Comparison:
    """Return the comparison of the measurements of two commits at one place."""
    machine, environment = new[0].key.machine, new[0].key.environment
    reference = {place: one for place, one in fingerprints(old).items() if place[1] == REFERENCE}
    rows = compare(old, new, settings_of(config), seed=seed)
    here = [r for r in runs if r.machine == machine and r.environment == environment]
    return Comparison(
        before,
        after,
        machine,
        environment,
        [*disagreements(new), *parities(new), *moves(fingerprints(new), reference)],
        len(reference.keys() & fingerprints(new).keys()),
        [r for r in rows if _is_chosen(r.key, chosen)],
        _controls(here, before.hash, after.hash),
    )


def _patterns(bench: Sequence[str]) -> list[re.Pattern[str]]:
    try:
        return [re.compile(pattern) for pattern in bench]
    except re.error as error:
        raise UsageError(f"--bench {error.pattern!r}: no regular expression ({error})") from error


def _is_chosen(key: SeriesKey, chosen: Sequence[re.Pattern[str]]) -> bool:
    return not chosen or any(pattern.search(key.label) for pattern in chosen)


def _controls(runs: Sequence[Run], before: str, after: str) -> dict[str, float]:
    """Return by how much each control moved; of several runs of a commit the newest counts, and they come first."""
    told: dict[str, dict[str, float]] = {before: {}, after: {}}
    for run in runs:
        for name, control in run.controls.items():
            timings = [*control["before"], *control["after"]]
            if timings and run.commit in told:
                told[run.commit].setdefault(f"{name} {control['version']}", float(np.median(timings)))
    return {
        name.partition(" ")[0]: told[after][name] / told[before][name] for name in told[before] if name in told[after]
    }
