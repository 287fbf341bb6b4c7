"""The names people read for what the benchmarks call by identifiers, and the order they are listed in."""

from __future__ import annotations

from perfwatch.model import EventKind, Kind, Standing
from perfwatch.units import show_ratio

TRANSPORTS = {"unix": "Unix", "tcp": "TCP"}
AFFINITIES = {"one-core": "one core", "same-core": "same core", "two-cores": "two cores", "unpinned": "unpinned"}
KERNELS = {
    "in_process": "numba",
    "rust_in_process": "Rust, checked",
    "rust_in_process_unchecked": "Rust, unchecked",
    "numba_blocked": "numba, blocked",
    "numba_prefix": "numba, shared sums",
    "numba_certified": "numba, certified",
    "rust_plain": "Rust, plain",
    "rust_across": "Rust, side by side",
    "rust_prefix": "Rust, shared sums",
    "rust_certified": "Rust, certified",
    "rust_prefix_cores": "Rust, shared sums, both cores",
    "rust_certified_cores": "Rust, certified, both cores",
}
DERIVED = {
    "compute_gap": "Compute gap, Rust / numba",
    "compute_gap_unchecked": "Compute gap, unchecked",
    "batched_total": "Batched total",
    "serialization_tax_encode": "JSON tax, encode",
    "serialization_tax_decode": "JSON tax, decode",
    "boundary_floor": "Boundary floor",
    "boundary_slope": "Boundary slope",
    "boundary_share": "Boundary share",
    "chatty_penalty": "Chatty penalty",
    "spawn_cost": "Spawn cost",
    "per_bar_projection": "Per-bar projection",
    "granularity_ratio_combination": "Granularity, one combination",
    "granularity_ratio_bar": "Granularity, one bar",
}


def place(transport: str | None, affinity: str | None) -> str:
    """Return `Unix · two cores`, less where one of the two is not given; "" for neither."""
    named = (TRANSPORTS.get(transport or "", transport), AFFINITIES.get(affinity or "", affinity))
    return " · ".join(n for n in named if n)


def changed(ratio: float) -> str:
    """Return after / before as text with the sign that print has, `−1.4 %`; what rounds to nothing has none."""
    text = show_ratio(ratio).replace("-", "−")
    return "0.0 %" if text in ("+0.0 %", "−0.0 %") else text


def size(label: str) -> str:
    """Return a size's label for people: `150000x80` is `150,000 bars × 80`."""
    bars, _, combinations = label.partition("x")
    return f"{int(bars):,} bars × {combinations}" if bars.isdigit() and combinations.isdigit() else label


def ago(seconds: float) -> str:
    """Return how long ago something was, in the largest unit that is not nought."""
    for unit, length_s in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count = int(seconds // length_s)
        if count:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


# Verdicts as people read them, gravest first.
SAID: dict[Kind, str] = {
    "BROKEN": "broken",
    "FAILED": "failed",
    "VANISHED": "vanished",
    "REGRESSED": "slower",
    "IMPROVED": "faster",
    "NEW": "new",
    "INCONCLUSIVE": "cannot tell",
    "TOO_FEW": "too few",
    "UNCHANGED": "unchanged",
}

EVENTS: dict[EventKind, str] = {
    "equivalence break": "answer changed",
    "failure": "failed",
    "vanished benchmark": "vanished",
    "regression": "slower",
    "improvement": "faster",
    "host change": "host",
    "two-state host": "host in two states",
    "stale runner": "runner stale",
}


def said(kind: Kind | None, standing: Standing | None) -> str:
    """Return a verdict in a word or two; "not judged" for none."""
    if kind is None:
        return "not judged"
    return f"{SAID[kind]}?" if standing == "SUSPECT" else SAID[kind]
