"""A small chart of one series around a commit: what was measured, how far it scatters, and the step."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from statistics import median
from typing import Final, Protocol

from perfwatch.analysis.derived_history import BoundedPoints, derived_series
from perfwatch.model import SeriesKey
from perfwatch.report import svg
from perfwatch.report.plain import short
from perfwatch.units import Unit, unit

WIDTH, HEIGHT = 480, 160
# So many commits are told apart at this width.
SHOWN = 60
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 78, 30, 24
# What the eight digits of a hash take.
_HASH_PX = 60
_BARS: Final = "▁▂▃▄▅▆▇█"


class Stretch(Protocol):
    """A series over neighbouring commits, as a store has it."""

    @property
    def key(self) -> SeriesKey: ...
    @property
    def commits(self) -> Sequence[str]: ...
    @property
    def values(self) -> Sequence[float | None]: ...
    @property
    def lower(self) -> Sequence[float | None]: ...
    @property
    def upper(self) -> Sequence[float | None]: ...
    @property
    def at(self) -> int: ...


@dataclass(frozen=True)
class History:
    """One series around a commit, oldest first.

    Attributes
    ----------
    label, unit : of the series.
    commits : hashes of the commits measured at its place, in git's order.
    values : SI, None where the series has no number.
    lower, upper : bounds of each value's 99 % interval, None where there are none.
    at : index of the first commit of the new level.
    """

    label: str
    unit: str
    commits: Sequence[str]
    values: Sequence[float | None]
    lower: Sequence[float | None]
    upper: Sequence[float | None]
    at: int

    @classmethod
    def of(cls, found: Stretch) -> History:
        """Return what a store has of a series around a commit, to be drawn."""
        key = found.key
        return cls(key.label, key.unit, found.commits, found.values, found.lower, found.upper, found.at)

    @classmethod
    def of_derived(cls, points: BoundedPoints, labels: Sequence[str], commit: str) -> History | None:
        """Return the first of some derived series over the commits of `points`; None without any, or without `commit`.

        Parameters
        ----------
        labels : as events name series; those that are measured are passed over.
        """
        found = derived_series(points, labels) if commit in points.commits else None
        if found is None:
            return None
        key, by_column = found
        none = (None, None, None)
        values, lower, upper = zip(*(by_column.get(i, none) for i in range(len(points.commits))), strict=True)
        return cls(key.label, key.unit, points.commits, values, lower, upper, list(points.commits).index(commit))

    def around(self, most: int = SHOWN) -> History:
        """Return the newest `most` commits of it, but at least a third of them before the step."""
        stop = min(len(self.commits), self.at + most * 2 // 3)
        start = max(0, stop - most)
        return replace(
            self,
            commits=self.commits[start:stop],
            values=self.values[start:stop],
            lower=self.lower[start:stop],
            upper=self.upper[start:stop],
            at=self.at - start,
        )

    @property
    def before(self) -> float | None:
        """The median of what is before the step, None where that is nothing."""
        return _median(self.values[: self.at])

    @property
    def after(self) -> float | None:
        """The median of what is from the step on, None where that is nothing."""
        return _median(self.values[self.at :])


def _known(values: Iterable[float | None]) -> list[float]:
    """Return the values that are numbers."""
    return [v for v in values if v is not None and math.isfinite(v)]


def _median(values: Sequence[float | None]) -> float | None:
    found = _known(values)
    return median(found) if found else None


def says(history: History) -> str:
    """Return what a chart shows in words: `100 ms before, 110 ms from beefbeef on, as measured`."""
    shown = unit(history.unit)
    if not 0 < history.at < len(history.commits):
        return f"{shown.show(_median(history.values))} in the middle, as measured"
    since = history.commits[history.at][:8]
    return f"{shown.show(history.before)} before, {shown.show(history.after)} from {since} on, as measured"


def chart(history: History) -> str | None:
    """Return the chart as SVG; None where there is nothing to draw. A commit without a value is a gap."""
    part = history.around()
    if not _known(part.values):
        return None
    known = [*_known(part.values), *_bounds(part)]
    low, high = min(known), max(known)
    # A series that never moved is a line in the middle, not one at the edge.
    pad = (high - low) * 0.08 or abs(high) * 0.05 or 1.0
    frame = _Frame(len(part.commits), low - pad, high + pad)
    root = svg.page(WIDTH, HEIGHT, f"{part.label} over {len(part.commits)} commits", says(part))
    svg.words(root, "ink", 12, 19, short(part.label, svg.fits(WIDTH - 24)), font_weight="bold")
    _axes(root, frame, part, unit(part.unit))
    _points(root, frame, part)
    _levels(root, frame, part, unit(part.unit))
    return svg.text(root)


def _bounds(part: History) -> list[float]:
    """Return the bounds of the values, but none so wide that they flatten what was measured."""
    values = _known(part.values)
    reach = max(values) - min(values)
    bounds = _known((*part.lower, *part.upper))
    return [b for b in bounds if reach and min(values) - reach <= b <= max(values) + reach]


@dataclass(frozen=True)
class _Frame:
    """Where a commit and a value are on the paper."""

    n: int
    low: float
    high: float

    def x(self, at: float) -> float:
        room = WIDTH - _LEFT - _RIGHT
        return _LEFT + (room / 2 if self.n == 1 else room * at / (self.n - 1))

    def y(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM)


def _axes(root: svg.Element, frame: _Frame, part: History, shown: Unit) -> None:
    for tick in svg.ticks(frame.low, frame.high, 3):
        y = frame.y(tick)
        svg.add(root, "line", "rule", x1=_LEFT - 4, x2=WIDTH - _RIGHT + 4, y1=y, y2=y)
        svg.words(root, "quiet", _LEFT - 8, y + 3.5, shown.show(tick), "end", font_size=svg.SMALL_PX)
    step = frame.x(part.at - 0.5) if 0 < part.at < frame.n else -math.inf
    for at, side in ((0, "start"), (frame.n - 1, "end")):
        # The step's own commit is named below it, and needs the room.
        if abs(frame.x(at) - step) > _HASH_PX and (at or frame.n > 1 or step < 0):
            svg.words(root, "quiet", frame.x(at), HEIGHT - 9, part.commits[at][:8], side, font_size=svg.SMALL_PX)


def _points(root: svg.Element, frame: _Frame, part: History) -> None:
    """Draw each run of commits that have values: its band, its line, its points."""
    rows = zip(range(frame.n), part.values, part.lower, part.upper, strict=True)
    for is_there, group in groupby(rows, key=lambda row: bool(_known(row[1:2]))):
        if not is_there:
            continue
        run = list(group)
        places = [(frame.x(i), frame.y(v)) for i, value, *_ in run for v in _known([value])]
        bounds = [(frame.x(i), frame.y(b[0]), frame.y(b[1])) for i, _, *ends in run if len(b := _known(ends)) == 2]
        if len(bounds) == len(run) > 1:
            edge = [*((x, upper) for x, _, upper in bounds), *((x, lower) for x, lower, _ in reversed(bounds))]
            svg.add(root, "path", "band", d=svg.path(edge, closed=True))
        if len(places) > 1:
            svg.add(root, "path", "line", d=svg.path(places), stroke_width=1.25)
        for x, y in places:
            svg.add(root, "circle", "dot", cx=x, cy=y, r=1.8)


def _levels(root: svg.Element, frame: _Frame, part: History, shown: Unit) -> None:
    """Draw the step, and the median on either side of it with what it is."""
    if not 0 < part.at < frame.n:
        return
    before, after, tone = part.before, part.after, "quiet"
    if before is not None and after is not None and before != after and shown.lower_is_better is not None:
        tone = "bad" if (after > before) == shown.lower_is_better else "good"
    x = frame.x(part.at - 0.5)
    svg.add(root, "line", f"pen-{tone}", x1=x, x2=x, y1=_TOP - 4, y2=HEIGHT - _BOTTOM, stroke_dasharray="3 3")
    since = part.commits[part.at][:8]
    svg.words(root, tone, x, HEIGHT - 9, since, "middle", font_size=svg.SMALL_PX, font_weight="bold")
    sides = (_Level(before, frame.x(0), x, "quiet"), _Level(after, x, frame.x(frame.n - 1) + 4, tone))
    bottom = -math.inf
    # The higher one first: two that are near are named one below the other, not one over the other.
    for side in sorted(sides, key=lambda one: -math.inf if one.value is None else -one.value):
        if side.value is not None:
            y = frame.y(side.value)
            svg.add(root, "line", f"pen-{side.look}", x1=side.begin, x2=side.end, y1=y, y2=y, stroke_width=1.5)
            bottom = max(y + 3.5, bottom + svg.SIZE_PX + 1)
            svg.words(root, side.look, WIDTH - _RIGHT + 10, bottom, shown.show(side.value))


@dataclass(frozen=True)
class _Level:
    """A median and where it is drawn, from and to which pixel."""

    value: float | None
    begin: float
    end: float
    look: str


def sparkline(history: History) -> str:
    """Return the same as one line of text, lowest to highest; a space is a commit without a value, a bar the step."""
    part = history.around()
    known = _known(part.values)
    if not known:
        return ""
    low, reach = min(known), max(known) - min(known)
    signs = []
    for i, value in enumerate(part.values):
        signs += ["|"] if i == part.at and i else []
        shares = [(v - low) / reach if reach else 0.5 for v in _known([value])]
        signs += [_BARS[min(int(share * len(_BARS)), len(_BARS) - 1)] for share in shares] or [" "]
    return "".join(signs)
