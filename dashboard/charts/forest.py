"""A forest plot's geometry: where ratios and intervals lie on one logarithmic axis with "as before" in its middle.

What draws it is the table itself (components/grid): plot and numbers are one, row by row.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

# Half of the axis ends at one of these.
_ENDS = (1.01, 1.02, 1.05, 1.1, 1.2, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0, 1e3, 1e4, 1e6, 1e9)
# So few, and no larger a share, may lie beyond the axis and end in an arrow: one that got a hundred times slower
# must not press all others into one line, but what moved is what people look for.
_BEYOND, _BEYOND_SHARE = 3, 0.02
_MIDDLE = 500


@dataclass(frozen=True)
class Axis:
    """A logarithmic axis from 1 / `end` to `end`; places on it are per mille, 500 is "as before"."""

    end: float

    def place(self, ratio: float | None) -> int | None:
        """Return where a ratio lies, 0 or 1000 for what is beyond an end; None for what is not known."""
        if ratio is None or not ratio > 0:
            return None
        at = _MIDDLE + _MIDDLE * math.log(ratio) / math.log(self.end) if math.isfinite(ratio) else math.inf
        return round(min(max(at, 0.0), 2.0 * _MIDDLE))

    def is_beyond(self, ratio: float | None) -> bool:
        """Return whether a ratio lies outside of the axis."""
        return ratio is not None and ratio > 0 and abs(math.log(ratio)) > math.log(self.end) * (1 + 1e-9)

    @property
    def ticks(self) -> tuple[tuple[int, str], ...]:
        """Return places and texts: both ends, the middle, and one between each where there is a round one."""
        ratios = [self.end, 1 / self.end, 1.0]
        half = [end for end in _ENDS if 0.35 <= math.log(end) / math.log(self.end) <= 0.65]
        if half:
            nearest = min(half, key=lambda end: abs(math.log(end) / math.log(self.end) - 0.5))
            ratios += [nearest, 1 / nearest]
        return tuple((self.place(r) or 0, _text(r)) for r in sorted(ratios))


def axis(ratios: Sequence[float]) -> Axis:
    """Return the axis on which nearly all of `ratios` lie, after / before."""
    reach = sorted(abs(math.log(r)) for r in ratios if r > 0 and math.isfinite(r))
    needed = reach[-1 - min(_BEYOND, int(_BEYOND_SHARE * len(reach)))] if reach else 0.0
    return Axis(next((end for end in _ENDS if math.log(end) >= needed * 1.02), _ENDS[-1]))


def _text(ratio: float) -> str:
    return "1 ×" if ratio == 1 else f"{ratio:.3g}"
