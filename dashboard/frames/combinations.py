"""A fingerprint beside the one it is held to, combination by combination. No store, no widgets."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from perfwatch.analysis.equivalence import PNL_TOLERANCE_PP, REFERENCE, Fingerprint, differing_combinations, moves

# Bounds of "less" and "more", percentage points: a rounding, a fee, another strategy.
SLIGHTLY_PP, MUCH_PP = 0.01, 1.0


@lru_cache(maxsize=512)
def fingerprint(table: str) -> Fingerprint:
    """Return the fingerprint in a table of combinations as it is stored (JSON: lengths, pnl, trades)."""
    told: dict[str, Any] = json.loads(table)
    return Fingerprint(REFERENCE, "", tuple(told["lengths"]), tuple(told["pnl"]), tuple(told["trades"]))


def moved(now: str, before: str, origin: str) -> str | None:
    """Return how the reference's table differs from that of the commit `origin`; None where the gate lets it pass."""
    key = ("", REFERENCE)
    for broken in moves({key: fingerprint(now)}, {key: fingerprint(before)}):
        count = "1 combination differs" if broken.differing == 1 else f"{broken.differing} combinations differ"
        return f"{count} from {origin[:8]}; first: {broken.detail}"
    return None


@lru_cache(maxsize=1024)
def compared(table: str, held: str) -> pd.DataFrame:
    """Return every combination of a table beside the one it is held to, in the grid's order.

    Columns: combination (from 0), length, pnl, held_pnl (percentage points, NaN where it is no number), trades,
    held_trades (float64, NaN where the grid has no such combination), deviation (pnl - held_pnl), is_beyond (whether
    the gate stops it), state (a name of charts.deviations.DEVIATIONS). It is shared: not to be changed.
    """
    ours, theirs = fingerprint(table), fingerprint(held)
    n = max(len(ours.lengths), len(theirs.lengths))
    lengths = ours.lengths if len(ours.lengths) == n else theirs.lengths
    frame = pd.DataFrame(
        {
            "combination": range(n),
            "length": lengths,
            "pnl": _numbers(ours.pnl, n),
            "held_pnl": _numbers(theirs.pnl, n),
            "trades": _numbers(ours.trades, n),
            "held_trades": _numbers(theirs.trades, n),
        }
    )
    frame["deviation"] = frame["pnl"] - frame["held_pnl"]
    beyond = np.zeros(n, bool)
    beyond[differing_combinations(ours, theirs)] = True
    frame["is_beyond"] = beyond
    frame["state"] = [
        _state(bool(b), d, t) for b, d, t in zip(beyond, frame["deviation"], _other_trades(frame), strict=True)
    ]
    return frame


def _numbers(values: tuple[Any, ...], n: int) -> list[float]:
    known = [math.nan if v is None else float(v) for v in values]
    return known + [math.nan] * (n - len(known))


def _other_trades(frame: pd.DataFrame) -> pd.Series[bool]:
    return frame["trades"] != frame["held_trades"]


def _state(is_beyond: bool, deviation: float, other_trades: bool) -> str:
    if not is_beyond:
        return "same" if deviation == 0 else "within the gate"
    if not math.isfinite(deviation):
        return "no number"
    size = abs(deviation)
    if other_trades and size <= PNL_TOLERANCE_PP:
        return "other trades"
    how = "slightly" if size < SLIGHTLY_PP else "clearly" if size < MUCH_PP else "much"
    return f"{how} {'more' if deviation > 0 else 'less'}"


def first_beyond(frame: pd.DataFrame) -> int | None:
    """Return the place of the first combination beyond the gate, None where all are within it."""
    beyond = np.flatnonzero(frame["is_beyond"])
    return int(beyond[0]) if len(beyond) else None


def worst_first(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the combinations beyond the gate in the grid's order, then the others."""
    return pd.concat([frame[frame["is_beyond"]], frame[~frame["is_beyond"]]])


def ever_beyond(frames: Iterable[pd.DataFrame]) -> list[int]:
    """Return the places of the combinations that are beyond the gate in any of the frames, in the grid's order."""
    return sorted({i for frame, _ in _counted(frames) for i in np.flatnonzero(frame["is_beyond"]).tolist()})


def n_beyond(frames: Iterable[pd.DataFrame]) -> int:
    """Return how many combinations are beyond the gate in all of the frames together."""
    return sum(count * int(frame["is_beyond"].sum()) for frame, count in _counted(frames))


def listed(found: Mapping[str, pd.DataFrame], commits: pd.DataFrame) -> pd.DataFrame:
    """Return every combination beyond the gate with both values, newest commit first.

    Parameters
    ----------
    found : combinations by commit.
    commits : columns hash, label; oldest first.
    """
    parts = [
        found[row.hash][found[row.hash]["is_beyond"]].assign(hash=row.hash, commit=row.label)
        for row in commits.iloc[::-1].itertuples()
        if row.hash in found
    ]
    columns = ["hash", "commit", "combination", "length", "state", "held_pnl", "pnl", "held_trades", "trades"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _counted(frames: Iterable[pd.DataFrame]) -> list[tuple[pd.DataFrame, int]]:
    """Return each frame once with how often it comes: most commits share theirs."""
    found = list(frames)
    counts = Counter(map(id, found))
    return [(frame, counts[id(frame)]) for frame in {id(frame): frame for frame in found}.values()]
