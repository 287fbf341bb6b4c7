"""The equivalence gate over stored fingerprints: is it still the same answer?

Three ways to be broken, all alarms. DISAGREES: an architecture against the reference of its own run, at every commit
until it is mended. MOVED: the reference against the last accepted fingerprint, until someone accepts it. PARITY: a
count of what must not be, a difference between two forms of one rule or a look ahead, that is not 0. No statistics:
trade counts are equal or not, and PnL differs by more than the gate's 1e-6 or not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from perfwatch.model import Measurement, SeriesKey

REFERENCE = "reference"
# The study's own gate: absolute, in percentage points, for every combination.
PNL_TOLERANCE_PP = 1e-6

_MODULE = "equivalence."
# Benchmarks that count what must not be: counted and not 0 is broken.
_PARITIES = {
    "feed.track_differing": "bytes of the feed's records differ from the engine's",
    "features.track_disagreeing": "features are further from numpy's than their bound",
    "features.track_late": "signals were not made after their tick",
}
# asv's patterns for all of them.
ANSWERS = (r"^equivalence\.", *(rf"^{name.replace('.', '[.]')}\b" for name in _PARITIES))


@dataclass(frozen=True)
class Fingerprint:
    """What one architecture answered at one size: per combination, in grid order."""

    architecture: str
    size: str
    lengths: tuple[int, ...]
    pnl: tuple[float | None, ...]
    trades: tuple[int, ...]


@dataclass(frozen=True)
class Break:
    """A broken equivalence; `detail` names the first combination that differs, with both values, or what was counted.

    Of a PARITY `architecture` is the benchmark and its parameters, and `size` is empty.
    """

    kind: Literal["DISAGREES", "MOVED", "PARITY"]
    architecture: str
    size: str
    differing: int
    detail: str


def is_fingerprint(key: SeriesKey) -> bool:
    """Return whether a series is judged by the gate, and so not by how much it changed."""
    return key.benchmark.startswith(_MODULE) or key.benchmark in _PARITIES


def fingerprints(measurements: Iterable[Measurement]) -> dict[tuple[str, str], Fingerprint]:
    """Return the fingerprints among the measurements of one run, by (size, architecture)."""
    found = {}
    for m in _tracked(measurements, "track_combinations"):
        if m.text is None:
            continue
        table = json.loads(m.text)
        size, architecture = _place(m)
        found[size, architecture] = Fingerprint(
            architecture, size, tuple(table["lengths"]), tuple(table["pnl"]), tuple(table["trades"])
        )
    return found


def disagreements(measurements: Sequence[Measurement]) -> list[Break]:
    """Return a Break for each architecture that differs from the reference of its own run."""
    details = {_place(m): m.text for m in _tracked(measurements, "track_first_difference")}
    return [
        Break("DISAGREES", architecture, size, int(m.value), details.get((size, architecture)) or "no detail kept")
        for m in _tracked(measurements, "track_differing")
        for size, architecture in [_place(m)]
        if m.value is not None and m.value > 0
    ]


def parities(measurements: Iterable[Measurement]) -> list[Break]:
    """Return a Break for each benchmark that counted what must not be."""
    return [
        Break("PARITY", m.key.label, "", int(m.value), f"{m.value:g} {_PARITIES[m.key.benchmark]}")
        for m in measurements
        if m.status == "ok" and m.key.benchmark in _PARITIES and m.value is not None and m.value != 0
    ]


def moves(now: Mapping[tuple[str, str], Fingerprint], accepted: Mapping[tuple[str, str], Fingerprint]) -> list[Break]:
    """Return a Break for each size whose reference differs from the accepted one; sizes without one are left out."""
    breaks = []
    for (size, architecture), fingerprint in now.items():
        before = accepted.get((size, architecture))
        if architecture != REFERENCE or before is None:
            continue
        differing = differing_combinations(fingerprint, before)
        if differing:
            breaks.append(Break("MOVED", REFERENCE, size, len(differing), _describe(fingerprint, before, differing[0])))
    return breaks


def differing_combinations(one: Fingerprint, other: Fingerprint) -> list[int]:
    """Return the indices of the combinations beyond the gate; all of them where the grids themselves differ."""
    if one.lengths != other.lengths:
        return list(range(max(len(one.lengths), len(other.lengths))))
    return [
        i for i in range(len(one.lengths)) if one.trades[i] != other.trades[i] or not _within(one.pnl[i], other.pnl[i])
    ]


def _within(a: float | None, b: float | None) -> bool:
    # A PnL that is not a number equals nothing, another one of its kind included.
    return a is not None and b is not None and abs(a - b) <= PNL_TOLERANCE_PP


def _describe(now: Fingerprint, before: Fingerprint, i: int) -> str:
    if now.lengths != before.lengths:
        return f"the grid itself changed: {len(now.lengths)} lengths instead of {len(before.lengths)}, or other ones"
    return (
        f"combination {i} (L={now.lengths[i]}): PnL {_pnl(now.pnl[i])} instead of {_pnl(before.pnl[i])}, "
        f"trades {now.trades[i]:,} instead of {before.trades[i]:,}"
    )


def _pnl(value: float | None) -> str:
    return "not a number" if value is None else f"{value:.6f}"


def _tracked(measurements: Iterable[Measurement], function: str) -> list[Measurement]:
    return [
        m
        for m in measurements
        if m.status == "ok" and m.key.benchmark.startswith(_MODULE) and m.key.benchmark.endswith(f".{function}")
    ]


def _place(m: Measurement) -> tuple[str, str]:
    return m.key.param("size") or "", m.key.param("architecture") or ""
