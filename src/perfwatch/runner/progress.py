"""How far a run is and how long it will still take, on a terminal or line by line."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn

# Without a terminal, a line each time this share of a commit is done.
_LINE_EVERY = 0.1
# Less than this share of a commit's benchmarks says nothing yet about the rest.
_TOO_EARLY = 0.02


@dataclass
class Pace:
    """When a commit reached which share of its benchmarks: (fraction, seconds), rising; the last is its end."""

    points: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 0.0)])

    def reached(self, fraction: float, elapsed_s: float) -> None:
        """Note a share reached; smaller steps than a hundredth are not worth keeping."""
        if fraction >= self.points[-1][0] + 0.01:
            self.points.append((round(fraction, 3), round(elapsed_s, 2)))

    def ended(self, elapsed_s: float) -> None:
        """Note the end."""
        self.points.append((1.0, round(elapsed_s, 2)))

    @property
    def total_s(self) -> float:
        """Seconds the whole took."""
        return self.points[-1][1]

    def at(self, fraction: float) -> float:
        """Return the seconds it took to reach `fraction`, read off the line between the points noted."""
        for (f0, t0), (f1, t1) in zip(self.points, self.points[1:], strict=False):
            if fraction <= f1:
                return t0 + (t1 - t0) * ((fraction - f0) / (f1 - f0) if f1 > f0 else 1.0)
        return self.total_s

    @classmethod
    def from_points(cls, points: object) -> Pace | None:
        """Return the pace a run record keeps; None where it keeps none."""
        try:
            read = [(float(f), float(t)) for f, t in points]  # type: ignore[attr-defined]
        except (TypeError, ValueError):
            return None
        return cls(read) if len(read) > 1 else None


def remaining_s(pace: Pace, fraction: float, elapsed_s: float, commits_after: int, before: Pace | None) -> float | None:
    """Return the seconds left in all, None while nothing speaks for any number.

    Parameters
    ----------
    pace : of the commit at work, so far.
    fraction, elapsed_s : where it is.
    commits_after : how many wait behind it.
    before : the pace of a commit measured earlier with the same selection, the better guide by far: benchmarks differ
        a thousandfold in length, so that an even share of them is no even share of time.
    """
    if before is not None:
        since_s = elapsed_s - pace.points[-1][1]
        here = max(0.0, before.total_s - before.at(fraction) - since_s)
        return here + commits_after * before.total_s
    # Building, before the first benchmark, is over and says nothing about the rest.
    begun, begun_s = pace.points[1] if len(pace.points) > 1 else (fraction, elapsed_s)
    if fraction < begun + _TOO_EARLY:
        return None
    here = (elapsed_s - begun_s) * (1 - fraction) / (fraction - begun)
    return here + commits_after * (elapsed_s + here)


def span(seconds: float) -> str:
    """Return a length of time for people: `45 s`, `3 min 20 s`, `1 h 05 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


class Shown(Protocol):
    """What a run tells while it goes."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...
    def note(self, text: str) -> None:
        """Tell something that stays."""

    def at(self, index: int, title: str, fraction: float, doing: str, left_s: float | None) -> None:
        """Tell where commit number `index`, from 0, is."""

    def done(self, index: int, text: str) -> None:
        """Tell how it ended."""


def show(commits: int, quiet: bool) -> Shown:
    """Return the way of telling that fits: nothing, a bar on a terminal, or lines; all on stderr."""
    if quiet:
        return Silent()
    return Bar(commits) if sys.stderr.isatty() else Lines(commits)


class Silent:
    """Tells nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def note(self, text: str) -> None:
        """Tell nothing."""

    def at(self, index: int, title: str, fraction: float, doing: str, left_s: float | None) -> None:
        """Tell nothing."""

    def done(self, index: int, text: str) -> None:
        """Tell nothing."""


class Lines(Silent):
    """Tells in lines: one for each step of a commit and each tenth of its benchmarks."""

    def __init__(self, commits: int) -> None:
        self._commits = commits
        self._last: tuple[int, int | str] | None = None

    def note(self, text: str) -> None:
        """Print it."""
        print(text, file=sys.stderr, flush=True)

    def at(self, index: int, title: str, fraction: float, doing: str, left_s: float | None) -> None:
        """Print a line where something changed since the last one."""
        step = int(fraction / _LINE_EVERY) if fraction > 0 else doing
        if (index, step) != self._last:
            self._last = (index, step)
            left = f", about {span(left_s)} left" if left_s is not None else ""
            self.note(f"[{index + 1}/{self._commits}] {title}: {fraction:.0%} {doing}{left}")

    def done(self, index: int, text: str) -> None:
        """Print it."""
        self.note(f"[{index + 1}/{self._commits}] {text}")


class Bar:
    """Tells by a bar on a terminal."""

    def __init__(self, commits: int) -> None:
        self._commits = commits
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[left]}", markup=False),
            TextColumn("{task.fields[doing]}", markup=False),
            console=Console(stderr=True),
            transient=True,
            # Drawing takes time from what is measured.
            refresh_per_second=2,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def note(self, text: str) -> None:
        """Print it above the bar."""
        self._progress.console.print(text, markup=False, highlight=False)

    def at(self, index: int, title: str, fraction: float, doing: str, left_s: float | None) -> None:
        """Move the bar."""
        if self._task is None:
            self._task = self._progress.add_task(title, total=self._commits, left="", doing="")
        self._progress.update(
            self._task,
            description=f"{title} ({index + 1}/{self._commits})",
            completed=index + fraction,
            left=f"about {span(left_s)} left" if left_s is not None else "estimating",
            doing=doing,
        )

    def done(self, index: int, text: str) -> None:
        """Print it above the bar."""
        self.note(f"[{index + 1}/{self._commits}] {text}")
