"""Derived series: what two or more measurements of one run say together.

Both sides of a ratio come from one run on one machine, so that the host's speed cancels. A derived value whose parts
were not all measured does not exist; it is never filled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from perfwatch.analysis import derived_laboratory
from perfwatch.analysis.derived_run import (
    MADE_OF,
    SAYS,
    SIZE,
    SOURCES,
    Derived,
    Run,
    bars_and_combinations,
    is_derived,
    made,
    over,
    sources_of,
)
from perfwatch.analysis.interval import Estimate, difference, ratio
from perfwatch.model import Measurement
from perfwatch.units import RATIO, SECONDS, Unit

__all__ = ["MADE_OF", "SAYS", "SIZE", "SOURCES", "Derived", "derive", "is_derived", "sources_of"]

# A float64 crosses twice in an echo, out and back.
BYTES_MOVED_PER_FLOAT = 16
SECONDS_PER_BYTE = Unit("seconds per byte", "s/B", prefixed=True, lower_is_better=True)
GRANULARITY = Unit("calls' worth", "×", prefixed=False, lower_is_better=None)


def derive(measurements: Sequence[Measurement]) -> list[Derived]:
    """Return every derived value that the measurements of one run allow.

    Parameters
    ----------
    measurements : of one commit, machine and environment; those that are not ok are left out.
    """
    run = Run(measurements)
    return [derived for rule in _RULES for derived in rule(run)]


def _compute_gap(run: Run) -> Iterator[Derived]:
    for size in run.sizes():
        numba = run.numba(size)
        yield from made("compute_gap", over(run.in_process("rust_in_process", size), numba), RATIO, size)
        unchecked = run.in_process("rust_in_process_unchecked", size)
        yield from made("compute_gap_unchecked", over(unchecked, numba), RATIO, size)


def _batched_total(run: Run) -> Iterator[Derived]:
    for size in run.sizes():
        for affinity in run.values("affinity"):
            batched = run.find("boundary.time_sweep", architecture="rust_batch_unix", size=size, affinity=affinity)
            yield from made("batched_total", over(batched, run.numba(size)), RATIO, size, affinity)


def _boundary_share(run: Run) -> Iterator[Derived]:
    for size in run.sizes():
        bars, _ = bars_and_combinations(size)
        for affinity in run.values("affinity"):
            share = over(run.echo("unix", bars, affinity), run.numba(size))
            yield from made("boundary_share", share, RATIO, size, affinity, "unix")


def _boundary_floor(run: Run) -> Iterator[Derived]:
    for transport in run.values("transport"):
        for affinity in run.values("affinity"):
            floor = run.echo(transport, 1, affinity)
            yield from made("boundary_floor", floor, SECONDS, None, affinity, transport)
            slope = None if floor is None else _fitted_slope(run, transport, affinity, floor.value)
            yield from made("boundary_slope", slope, SECONDS_PER_BYTE, None, affinity, transport)


def _fitted_slope(run: Run, transport: str, affinity: str, floor_s: float) -> Estimate | None:
    """Fit t = floor + slope · bytes, the floor held, by least squares of relative residuals.

    Relative, since the curve spans three decades and each point is known to a few percent of itself. Needs two points.
    """
    above = below = 0.0
    points = 0
    for text in run.values("floats"):
        if not text.isdigit():
            continue
        floats = int(text)
        echo = run.echo(transport, floats, affinity)
        if echo is None or floats == 1 or echo.value <= 0:
            continue
        moved = BYTES_MOVED_PER_FLOAT * floats
        above += moved * (echo.value - floor_s) / echo.value**2
        below += moved**2 / echo.value**2
        points += 1
    return Estimate(above / below) if points >= 2 else None


def _serialization_tax(run: Run) -> Iterator[Derived]:
    for direction in ("encode", "decode"):
        json = run.find(f"encodings.time_{direction}", encoding="json")
        raw = run.find(f"encodings.time_{direction}", encoding="raw")
        yield from made(f"serialization_tax_{direction}", over(json, raw), RATIO)


def _chatty_penalty(run: Run) -> Iterator[Derived]:
    for size in run.sizes():
        _, combinations = bars_and_combinations(size)
        for affinity in run.values("affinity"):
            chatty = run.find("boundary.time_sweep", architecture="rust_chatty_unix", size=size, affinity=affinity)
            batched = run.find("boundary.time_sweep", architecture="rust_batch_unix", size=size, affinity=affinity)
            if chatty is None or batched is None or combinations < 2:
                continue
            penalty = difference(chatty, batched).scaled(1 / (combinations - 1))
            yield from made("chatty_penalty", penalty, SECONDS, size, affinity)


def _spawn_cost(run: Run) -> Iterator[Derived]:
    for affinity in run.values("affinity"):
        spawn = run.find("boundary.time_one_bar", transport="spawn", affinity=affinity)
        socket = run.find("boundary.time_one_bar", transport="unix", affinity=affinity)
        if spawn is not None and socket is not None:
            yield from made("spawn_cost", difference(spawn, socket), SECONDS, None, affinity)


def _granularity(run: Run) -> Iterator[Derived]:
    for size in run.sizes():
        bars, combinations = bars_and_combinations(size)
        numba = run.numba(size)
        for affinity in run.values("affinity"):
            floor = run.echo("unix", 1, affinity)
            if numba is None or floor is None:
                continue
            combination = ratio(numba.scaled(1 / combinations), floor)
            bar = ratio(numba.scaled(1 / (combinations * bars)), floor)
            projection = ratio(floor.scaled(bars), numba)
            yield from made("granularity_ratio_combination", combination, GRANULARITY, size, affinity, "unix")
            yield from made("granularity_ratio_bar", bar, GRANULARITY, size, affinity, "unix")
            yield from made("per_bar_projection", projection, RATIO, size, affinity, "unix")


_RULES: tuple[Callable[[Run], Iterator[Derived]], ...] = (
    _compute_gap,
    _batched_total,
    _boundary_share,
    _boundary_floor,
    _serialization_tax,
    _chatty_penalty,
    _spawn_cost,
    _granularity,
    *derived_laboratory.RULES,
)
