"""Unit: the name a result carries, its factor to SI, and how a value of it is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """A unit of measurement.

    Attributes
    ----------
    name : the word asv or another source writes beside the value.
    symbol : what is put behind a shown number; empty for counts and ratios.
    prefixed : whether a value is shown with an SI prefix (2 µs instead of 2e-06 s).
    lower_is_better : direction of improvement, or None where there is none (a fingerprint).
    """

    name: str
    symbol: str
    prefixed: bool
    lower_is_better: bool | None

    def show(self, value: float | None) -> str:
        """Return `value` as text for people; an em dash where it is missing."""
        if value is None or value != value:
            return "—"
        if not self.prefixed:
            # Four digits, but never an exponent for what people can read in full.
            whole = float(value).is_integer() or 1e3 <= abs(value) < 1e15
            number = f"{value:,.0f}" if whole and abs(value) < 1e15 else f"{value:.4g}"
            return f"{number} {self.symbol}".strip()
        return f"{_prefixed(value)}{self.symbol}"


# From the largest; below the nano step a value is shown in nanoseconds, the finest a clock here tells.
_PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))


def _prefixed(value: float) -> str:
    if value == 0:
        return "0 "
    for factor, prefix in _PREFIXES:
        if abs(value) >= factor * 0.99995:
            return f"{value / factor:.4g} {prefix}"
    return f"{value / 1e-9:.3g} n"


def show_ratio(ratio: float) -> str:
    """Return after / before as text: `+10.2 %`, from twice or half on `× 132`; an em dash where it is missing.

    A change of thousands of percent is read by nobody.
    """
    if ratio != ratio:
        return "—"
    if 0.5 < ratio < 2.0:
        return f"{100 * (ratio - 1):+.1f} %"
    return f"× {ratio:,.0f}" if ratio >= 100 else f"× {ratio:.3g}"


SECONDS = Unit("seconds", "s", prefixed=True, lower_is_better=True)
BYTES = Unit("bytes", "B", prefixed=True, lower_is_better=True)
RATIO = Unit("ratio", "×", prefixed=False, lower_is_better=True)
PERCENTAGE_POINTS = Unit("percentage points", "pp", prefixed=False, lower_is_better=None)
TRADES = Unit("trades", "trades", prefixed=False, lower_is_better=None)
COMBINATIONS = Unit("combinations", "combinations", prefixed=False, lower_is_better=True)
DIGEST = Unit("digest", "", prefixed=False, lower_is_better=None)

# So much of something in a time.
_RATE = re.compile(r".+/(?:s|sec|second|ms|us|µs|ns|min)|.+ per (?:second|minute)", re.IGNORECASE)

_KNOWN = {u.name: u for u in (SECONDS, BYTES, RATIO, PERCENTAGE_POINTS, TRADES, COMBINATIONS, DIGEST)}


def unit(name: str | None) -> Unit:
    """Return the Unit called `name`; an unknown name is kept as it is and judged lower-is-better, as asv does.

    Deviation from asv: of a rate (`MB/s`, `ops/ms`, `items per second`) more is better.
    """
    if not name:
        return Unit("", "", prefixed=False, lower_is_better=True)
    return _KNOWN.get(name) or Unit(name, name, prefixed=False, lower_is_better=_RATE.fullmatch(name) is None)
