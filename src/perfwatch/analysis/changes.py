"""What changed between two measured commits, series by series.

No verdict yet: a change is listed with the interval of its ratio and marked where that interval excludes 1. Whether it
is real is the question of the change-point detector; whether it matters, of a threshold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from perfwatch.analysis.interval import Estimate, ratio
from perfwatch.model import Measurement, SeriesKey
from perfwatch.units import unit

Mark = Literal["slower", "faster", "larger", "smaller", "changed", "same", "unsure"]


@dataclass(frozen=True)
class Change:
    """One series at two commits: values in the series' unit, ratio = after / before with its 99 % interval."""

    key: SeriesKey
    before: float
    after: float
    ratio: Estimate | None
    mark: Mark


@dataclass(frozen=True)
class Missing:
    """A series that was measured at the baseline, if only to fail, and gives no value now, and why."""

    key: SeriesKey
    why: Literal["failed", "skipped", "absent"]
    error: str | None


def changes(before: Sequence[Measurement], after: Sequence[Measurement]) -> list[Change]:
    """Return the numeric series measured at both commits, the largest relative change first."""
    earlier = _values(before)
    listed = [
        Change(key, old.value, new.value, found, _mark(key, old, new, found))
        for key, new in _values(after).items()
        if (old := earlier.get(key)) is not None
        for found in [ratio(new, old)]
    ]
    return sorted(listed, key=lambda c: (-_distance(c), c.key.label))


def missing(
    before: Sequence[Measurement], after: Sequence[Measurement], expected: Callable[[SeriesKey], bool]
) -> list[Missing]:
    """Return the series that have a value in `before`, or failed there, and have none in `after`; of those `expected`.

    A benchmark whose source changed is another series, but it has not vanished; one that failed is missing whether or
    not it ever had a value, and nothing is mended by not being run any more.
    """
    earlier = [m.key for m in before if m.status != "skipped" and expected(m.key)]
    measured = {_across_versions(m.key) for m in after if m.status == "ok"}
    without = {_across_versions(m.key): m for m in after if m.status != "ok"}
    found = {
        place: Missing(m.key, "failed", m.error)
        for place, m in without.items()
        if m.status == "failed" and expected(m.key)
    }
    for key in earlier:
        place = _across_versions(key)
        if place in measured or place in found:
            continue
        found[place] = Missing(key, "skipped" if place in without else "absent", None)
    return sorted(found.values(), key=lambda m: m.key.label)


def _across_versions(key: SeriesKey) -> tuple[str, tuple[tuple[str, str], ...], str, str]:
    return key.benchmark, key.params, key.machine, key.environment


def _values(measurements: Sequence[Measurement]) -> Mapping[SeriesKey, Estimate]:
    return {m.key: found for m in measurements if (found := Estimate.of(m)) is not None}


def _mark(key: SeriesKey, old: Estimate, new: Estimate, found: Estimate | None) -> Mark:
    if unit(key.unit).lower_is_better is None or (key.kind == "track" and found is None):
        return "same" if old.value == new.value else "changed"
    if found is None:
        return "same" if old.value == new.value else "changed"
    words: tuple[Mark, Mark] = ("slower", "faster") if key.kind == "time" else ("larger", "smaller")
    if key.kind == "track":
        # A tracked number is exact: it has no scatter, so it moved or it did not.
        return "same" if found.value == 1 else words[0] if found.value > 1 else words[1]
    if found.lower is None or found.upper is None:
        return "unsure"
    return words[0] if found.lower > 1 else words[1] if found.upper < 1 else "same"


def _distance(change: Change) -> float:
    if change.ratio is None:
        return 0.0 if change.before == change.after else float("inf")
    return max(change.ratio.value, 1 / change.ratio.value)
