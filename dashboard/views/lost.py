"""What is lost on each way to cross, as a table with an axis, as numbers with their intervals, and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from charts.dots import Dot, Scale, dots
from frames import crossing, history

from perfwatch.analysis.interval import Estimate
from perfwatch.units import SECONDS

TICKS = tuple((p / 100, f"{p:g} %") for p in (0.01, 0.1, 1, 10, 100))


def table(ways: Sequence[crossing.Way], calls: Mapping[str, Estimate], compute_s: float) -> str:
    """Return every way with the share lost on it, and the compute a call at which certain shares are, as HTML."""
    heads = ["Way", "Lost", "99 %", "A call costs", *(f"{100 * share:g} % lost at" for share in crossing.SHARES)]
    rows = []
    for way in ways:
        call = calls[way.label]
        share = crossing.lost(compute_s, call)
        needed = [SECONDS.show(crossing.needed(p, call).value) for p in crossing.SHARES]
        texts = (percent(share.value), between(share), SECONDS.show(call.value), *needed)
        rows.append(Dot(way.label, share, tuple((text, "plain") for text in texts)))
    scale = Scale(low=1e-4, high=1.0, ticks=TICKS)
    return dots(heads, rows, scale, "What is lost on each way to cross, and the compute a call at which how much is")


def numbers(ways: Sequence[crossing.Way], calls: Mapping[str, Estimate], compute_s: float) -> pd.DataFrame:
    """Return the same with the interval of every number, as a table."""
    rows = []
    for way in ways:
        call = calls[way.label]
        rows.append(
            {
                "way": way.label,
                "a call costs": SECONDS.show(call.value),
                "99 %": history.interval(call.lower, call.upper, SECONDS),
                "lost": percent(crossing.lost(compute_s, call).value),
                "lost, 99 %": between(crossing.lost(compute_s, call)),
            }
        )
        for share in crossing.SHARES:
            least = crossing.needed(share, call)
            rows[-1][f"{100 * share:g} % lost at"] = SECONDS.show(least.value)
            rows[-1][f"{100 * share:g} %, 99 %"] = history.interval(least.lower, least.upper, SECONDS)
    return pd.DataFrame(rows)


def hurdle(call: Estimate) -> str:
    """Return in words what a call has to compute to lose no more than a hundredth."""
    least = crossing.needed(0.01, call)
    bounds = ""
    if least.lower is not None and least.upper is not None:
        bounds = f" (99 %: {SECONDS.show(least.lower)} – {SECONDS.show(least.upper)})"
    return f"It is 1 % once a call computes {SECONDS.show(least.value)}{bounds}."


def percent(share: float) -> str:
    """Return a share as people read it: 0.0231 is `2.3 %`."""
    value = 100 * share
    return f"{value:.3g} %" if value < 99.95 else "100 %"


def between(share: Estimate) -> str:
    """Return the interval of a share as text."""
    if share.lower is None or share.upper is None:
        return "not known"
    return f"{percent(share.lower).removesuffix(' %')} – {percent(share.upper)}"
