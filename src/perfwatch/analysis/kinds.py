"""The verdict on each series at the newest commit: what is found, whether it matters, and what could not be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from perfwatch.analysis import artefacts, online
from perfwatch.analysis.contrast import Contrast
from perfwatch.analysis.equivalence import REFERENCE, Break
from perfwatch.analysis.events import APART
from perfwatch.analysis.evidence import BASELINE
from perfwatch.analysis.settings import Settings
from perfwatch.model import Kind, SeriesKey, Verdict
from perfwatch.units import unit

if TYPE_CHECKING:
    from perfwatch.analysis.judge import History

FloatArray = NDArray[np.float64]

# A change is said of a series for so many commits after it, then it is the level.
RECENT = 20
# The newest points are elsewhere if chance alone would put them so far off once in a thousand series.
_APART = 1e-3
NOT_MEASURED, OK, FAILED = 0, 1, 2


@dataclass(frozen=True)
class Found:
    """A change of one series, with whether it is for better or worse and whether it matters."""

    row: int
    key: SeriesKey
    change: online.Change
    is_worse: bool
    is_relevant: bool
    is_same: bool

    @classmethod
    def of(
        cls, row: int, key: SeriesKey, change: online.Change, values: FloatArray, settings: Settings, *, is_same: bool
    ) -> Found:
        """Return a change of a row with what the settings make of it."""
        larger_is_worse = unit(key.unit).lower_is_better is True
        before = values[: change.start]
        level = float(np.median(before[np.isfinite(before)][-BASELINE:]))
        far = abs(np.log(change.ratio)) >= np.log1p(settings.relevant_change) if change.ratio > 0 else True
        floor = settings.absolute_floor.get(key.unit, 0.0)
        return cls(
            row,
            key,
            change,
            is_worse=(change.ratio > 1) == larger_is_worse,
            is_relevant=bool(far and abs(level * (change.ratio - 1)) >= floor),
            is_same=is_same,
        )

    @property
    def name(self) -> str:
        """The series' name in the judge's state."""
        return f"{self.key.label}\0{self.key.version or ''}"

    def is_in(self, told: Mapping[str, Sequence[int]]) -> bool:
        """Return whether this change was told, at this place or one as near as a place is known to."""
        return any(abs(self.change.start - place) <= APART for place in told.get(self.name, ()))


def kinds_of(
    history: History,
    values: FloatArray,
    judged: NDArray[np.bool_],
    states: Mapping[str, online.OnlineState],
    found: Sequence[Found],
    told: Mapping[str, Sequence[int]],
    settings: Settings,
) -> list[Verdict]:
    """Return one verdict a series: the gate's first, then the grave ones."""
    newest: dict[int, Found] = {}
    for f in found:
        if f.change.standing != "RESOLVED" and not f.is_same:
            newest[f.row] = f
    other_versions = {_across_versions(k) for k, s in zip(history.keys, history.status[:, -1], strict=True) if s == OK}
    out = _broken(history)
    rows = np.flatnonzero(judged)
    seen = online.newest_all(values if judged.all() else values[rows], list(states.values()))
    same = artefacts.same_artefacts(history.artefacts)
    for row, contrast in zip(rows.tolist(), seen, strict=True):
        verdict = _verdict(history, values[row], row, newest.get(row), contrast, told, settings, other_versions, same)
        if verdict is not None:
            out.append(verdict)
    return out


def _broken(history: History) -> list[Verdict]:
    commit, out = history.commits[-1], []
    for b in history.breaks.get(commit, ()):
        key = next(
            (
                k
                for k in history.keys
                if (k.label == b.architecture if b.kind == "PARITY" else _is_fingerprint_of(k, b))
            ),
            None,
        )
        if key is not None:
            said = "the reference moved" if b.kind == "MOVED" or b.architecture == REFERENCE else "disagrees"
            detail = b.detail if b.kind == "PARITY" else f"{said}; first: {b.detail}"
            out.append(Verdict(key, commit, "BROKEN", "CONFIRMED", detail=detail))
    return out


def _is_fingerprint_of(key: SeriesKey, b: Break) -> bool:
    return (
        key.benchmark.startswith("equivalence.")
        and key.param("architecture") == b.architecture
        and key.param("size") == b.size
    )


def _across_versions(key: SeriesKey) -> tuple[str, tuple[tuple[str, str], ...]]:
    return key.benchmark, key.params


def _verdict(
    history: History,
    values: FloatArray,
    row: int,
    newest: Found | None,
    seen: Contrast,
    told: Mapping[str, Sequence[int]],
    settings: Settings,
    measured: set[tuple[str, tuple[tuple[str, str], ...]]],
    same: NDArray[np.bool_],
) -> Verdict | None:
    key, commit, status = history.keys[row], history.commits[-1], int(history.status[row, -1])
    expected = history.expected is None or bool(history.expected[row])
    if status != OK:
        return _absent(key, commit, status, history.status[row], expected and _across_versions(key) not in measured)
    if not np.isfinite(values[-1]):
        return None
    before = int(np.isfinite(values[:-1]).sum())
    if before == 0:
        return Verdict(key, commit, "NEW", detail="first measured here")
    own = settings.for_series(key)
    if before < own.minimum_points:
        return Verdict(
            key, commit, "TOO_FEW", n_before=before, detail=f"{before} of the {own.minimum_points} commits it takes"
        )
    if newest is not None and newest.change.start >= len(history.commits) - RECENT:
        return _changed(history, newest, told)
    newest_points = np.flatnonzero(np.isfinite(values))[-max(seen.n_after, 1) :]
    return _still(key, commit, seen, own, is_same=bool(same[newest_points[0]]))


def _absent(key: SeriesKey, commit: str, status: int, statuses: NDArray[np.int8], expected: bool) -> Verdict | None:
    if status == FAILED:
        return Verdict(key, commit, "FAILED", "CONFIRMED", detail="failed at this commit")
    was = np.flatnonzero(statuses[:-1])
    if expected and was.size and statuses[was[-1]] == OK:
        return Verdict(key, commit, "VANISHED", "CONFIRMED", detail="measured before, and not here")
    return None


def _changed(history: History, found: Found, told: Mapping[str, Sequence[int]]) -> Verdict:
    change = found.change
    kind: Kind = "REGRESSED" if found.is_worse else "IMPROVED"
    is_told = change.standing == "CONFIRMED" and found.is_in(told)
    what = "level changed" if is_told else "may have changed, not yet sure"
    return Verdict(
        found.key,
        history.commits[-1],
        kind,
        "CONFIRMED" if is_told else "SUSPECT",
        since=history.commits[change.start],
        ratio=change.ratio,
        lower=change.lower,
        upper=change.upper,
        p_value=change.p_value,
        relevant=found.is_relevant,
        n_before=change.n_before,
        n_after=change.n_after,
        detail=what if found.is_relevant else f"{what}, by less than matters",
    )


def _still(key: SeriesKey, commit: str, seen: Contrast, settings: Settings, *, is_same: bool) -> Verdict:
    too_coarse = seen.minimum_detectable is None or seen.minimum_detectable > settings.relevant_change
    # Where nothing else was built what moved is the host's.
    apart = not is_same and _lies_apart(seen, settings)
    kind: Kind = "INCONCLUSIVE" if too_coarse or apart else "UNCHANGED"
    coarse = "no change that this check could have seen" if too_coarse else "no change"
    return Verdict(
        key,
        commit,
        kind,
        ratio=seen.ratio if apart else None,
        lower=seen.lower if apart else None,
        upper=seen.upper if apart else None,
        p_value=seen.p_value,
        minimum_detectable=seen.minimum_detectable,
        n_before=seen.n_before,
        n_after=seen.n_after,
        detail=f"the newest {seen.n_after} lie apart, too few to tell a new level from outliers" if apart else coarse,
    )


def _lies_apart(seen: Contrast, settings: Settings) -> bool:
    """Return whether the newest points are surely elsewhere, by more than matters: no step yet, and not the old level.

    A run of outliers looks the same, so this is no alarm; "no change" it is not either.
    """
    least = 1.0 + settings.relevant_change
    return bool(seen.p_value < _APART and (seen.lower > least or seen.upper < 1.0 / least))
