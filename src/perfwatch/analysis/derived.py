"""Derived series: what two or more measurements of one run say together.

Both sides of a ratio come from one run on one machine, so that the host's speed cancels. A derived value whose parts
were not all measured does not exist; it is never filled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from perfwatch.analysis.interval import Estimate, difference, ratio
from perfwatch.model import Measurement
from perfwatch.units import RATIO, SECONDS, Unit

# A float64 crosses twice in an echo, out and back.
BYTES_MOVED_PER_FLOAT = 16
# Floats of the study's series, as a parameter.
_WHOLE_SERIES = "150000"
SECONDS_PER_BYTE = Unit("seconds per byte", "s/B", prefixed=True, lower_is_better=True)
GRANULARITY = Unit("calls' worth", "×", prefixed=False, lower_is_better=None)


@dataclass(frozen=True)
class Derived:
    """One derived value of one run.

    Attributes
    ----------
    name : which of the derived series (`compute_gap`, `boundary_floor`, …).
    label : name and what tells it from its siblings, for people.
    value, lower, upper : the value and its 99 % interval; a bound that is not known is None.
    unit : how it is shown.
    size, affinity, transport, kernel : what it holds for, None where it does not depend on it.
    says : one line on what it tells.
    """

    name: str
    label: str
    value: float
    lower: float | None
    upper: float | None
    unit: Unit
    size: str | None
    affinity: str | None
    transport: str | None
    says: str
    kernel: str | None = None

    @property
    def params(self) -> tuple[tuple[str, str], ...]:
        """What it holds for, as the parameters of a series."""
        told = {"kernel": self.kernel, "size": self.size, "affinity": self.affinity, "transport": self.transport}
        return tuple((name, value) for name, value in told.items() if value is not None)


SAYS = {
    "compute_gap": "Rust kernel in process over numba in process: codegen alone, no boundary",
    "compute_gap_unchecked": "the same with the bounds checks compiled out",
    "kernel_ratio": "a kernel in process over numba's scalar one: what tuning is worth",
    "batched_total": "Rust behind a socket over numba in process: what a user of the service sees",
    "json_total": "the JSON service over numba in process: what a user sees where it is deployed as usual",
    "socket_ratio": "echo of the whole series over the tuned socket over the study's own: what tuning it is worth",
    "session_call": "six parameters across and an answer back, the series loaded before: the price of a call",
    "boundary_share": "echo of the whole series over numba in process: the IPC tax itself",
    "boundary_floor": "echo of one float: the hurdle that each call must clear",
    "boundary_slope": "seconds per byte moved beyond the floor, fitted to the echo curve",
    "serialization_tax_encode": "encoding the series as JSON over raw bytes",
    "serialization_tax_decode": "decoding the series from JSON over raw bytes",
    "chatty_penalty": "added by each extra crossing that ships the series again",
    "spawn_cost": "fixed price of a process: a one-bar request by spawn less the same by socket",
    "granularity_ratio_combination": "compute of one combination over the floor: large means a call is worth making",
    "granularity_ratio_bar": "compute of one bar over the floor: below 1 a call a bar is dead on arrival",
    "per_bar_projection": "one call a bar at the floor, in units of the whole job",
}


def derive(measurements: Sequence[Measurement]) -> list[Derived]:
    """Return every derived value that the measurements of one run allow.

    Parameters
    ----------
    measurements : of one commit, machine and environment; those that are not ok are left out.
    """
    run = _Run(measurements)
    return [derived for rule in _RULES for derived in rule(run)]


class _Run:
    """Look-up of one run's estimates by benchmark and parameters."""

    def __init__(self, measurements: Iterable[Measurement]) -> None:
        self._by_key: dict[tuple[str, frozenset[tuple[str, str]]], Estimate] = {}
        self._values: dict[str, dict[str, None]] = {}
        for m in measurements:
            estimate = Estimate.of(m)
            if estimate is None:
                continue
            self._by_key[m.key.benchmark, frozenset(m.key.params)] = estimate
            for name, value in m.key.params:
                self._values.setdefault(name, {})[value] = None

    def values(self, param: str) -> list[str]:
        return list(self._values.get(param, ()))

    def sizes(self) -> list[str]:
        """Return the sizes whose label says bars and combinations; another project's `size` may be anything."""
        return [s for s in self.values("size") if re.fullmatch(r"\d+x\d+", s)]

    def find(self, benchmark: str, **params: str) -> Estimate | None:
        return self._by_key.get((benchmark, frozenset(params.items())))

    def numba(self, size: str) -> Estimate | None:
        return self.in_process("in_process", size)

    def in_process(self, architecture: str, size: str) -> Estimate | None:
        for affinity in self.values("affinity"):
            found = self.find("compute.time_sweep", architecture=architecture, size=size, affinity=affinity)
            if found is not None:
                return found
        return None

    def echo(self, transport: str, floats: int, affinity: str) -> Estimate | None:
        return self.find("echo.time_round_trip", transport=transport, floats=str(floats), affinity=affinity)


def _bars_and_combinations(size: str) -> tuple[int, int]:
    """Read a size's label, `150000x80`: bars, then combinations."""
    bars, combinations = size.split("x")
    return int(bars), int(combinations)


def _made(
    name: str,
    estimate: Estimate | None,
    unit: Unit,
    size: str | None = None,
    affinity: str | None = None,
    transport: str | None = None,
    kernel: str | None = None,
) -> Iterator[Derived]:
    if estimate is None:
        return
    parts = [name.replace("_", " "), *(p for p in (kernel, transport, affinity, size) if p)]
    yield Derived(
        name=name,
        label=" · ".join(parts),
        value=estimate.value,
        lower=estimate.lower,
        upper=estimate.upper,
        unit=unit,
        size=size,
        affinity=affinity,
        transport=transport,
        says=SAYS[name],
        kernel=kernel,
    )


def _over(above: Estimate | None, below: Estimate | None) -> Estimate | None:
    return None if above is None or below is None else ratio(above, below)


def _compute_gap(run: _Run) -> Iterator[Derived]:
    for size in run.sizes():
        numba = run.numba(size)
        yield from _made("compute_gap", _over(run.in_process("rust_in_process", size), numba), RATIO, size)
        unchecked = run.in_process("rust_in_process_unchecked", size)
        yield from _made("compute_gap_unchecked", _over(unchecked, numba), RATIO, size)


def _kernel_ratio(run: _Run) -> Iterator[Derived]:
    for size in run.sizes():
        for kernel in run.values("kernel"):
            for affinity in run.values("affinity"):
                found = None
                for benchmark in ("kernels.time_sweep", "kernels.time_sweep_on_both_cores"):
                    found = found or run.find(benchmark, kernel=kernel, size=size, affinity=affinity)
                yield from _made("kernel_ratio", _over(found, run.numba(size)), RATIO, size, kernel=kernel)


def _batched_total(run: _Run) -> Iterator[Derived]:
    for size in run.sizes():
        for affinity in run.values("affinity"):
            batched = run.find("boundary.time_sweep", architecture="rust_batch_unix", size=size, affinity=affinity)
            yield from _made("batched_total", _over(batched, run.numba(size)), RATIO, size, affinity)


def _json_total(run: _Run) -> Iterator[Derived]:
    for size in run.sizes():
        for affinity in run.values("affinity"):
            deployed = run.find("deployed.time_sweep", architecture="rust_batch_json", size=size, affinity=affinity)
            yield from _made("json_total", _over(deployed, run.numba(size)), RATIO, size, affinity)


def _sessions(run: _Run) -> Iterator[Derived]:
    for affinity in run.values("affinity"):
        called = run.find("sessions.time_call", affinity=affinity)
        yield from _made("session_call", called, SECONDS, None, affinity, "unix")
        for client in run.values("client"):
            for wait in run.values("wait"):
                way = {"client": client, "wait": wait, "affinity": affinity}
                called = run.find("sessions.time_call_in_memory", **way)
                yield from _made("session_call", called, SECONDS, None, affinity, f"memory, {client}, {wait}")
        for floats in run.values("floats"):
            study = run.find("sessions.time_study_round_trip", floats=floats, affinity=affinity)
            if study is not None and floats == _WHOLE_SERIES:
                tuned = run.echo("unix", int(floats), affinity)
                yield from _made("socket_ratio", _over(tuned, study), RATIO, None, affinity, "unix")


def _boundary_share(run: _Run) -> Iterator[Derived]:
    for size in run.sizes():
        bars, _ = _bars_and_combinations(size)
        for affinity in run.values("affinity"):
            share = _over(run.echo("unix", bars, affinity), run.numba(size))
            yield from _made("boundary_share", share, RATIO, size, affinity, "unix")


def _boundary_floor(run: _Run) -> Iterator[Derived]:
    for transport in run.values("transport"):
        for affinity in run.values("affinity"):
            floor = run.echo(transport, 1, affinity)
            yield from _made("boundary_floor", floor, SECONDS, None, affinity, transport)
            slope = None if floor is None else _fitted_slope(run, transport, affinity, floor.value)
            yield from _made("boundary_slope", slope, SECONDS_PER_BYTE, None, affinity, transport)


def _fitted_slope(run: _Run, transport: str, affinity: str, floor_s: float) -> Estimate | None:
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


def _serialization_tax(run: _Run) -> Iterator[Derived]:
    for direction in ("encode", "decode"):
        json = run.find(f"encodings.time_{direction}", encoding="json")
        raw = run.find(f"encodings.time_{direction}", encoding="raw")
        yield from _made(f"serialization_tax_{direction}", _over(json, raw), RATIO)


def _chatty_penalty(run: _Run) -> Iterator[Derived]:
    for size in run.sizes():
        _, combinations = _bars_and_combinations(size)
        for affinity in run.values("affinity"):
            chatty = run.find("boundary.time_sweep", architecture="rust_chatty_unix", size=size, affinity=affinity)
            batched = run.find("boundary.time_sweep", architecture="rust_batch_unix", size=size, affinity=affinity)
            if chatty is None or batched is None or combinations < 2:
                continue
            penalty = difference(chatty, batched).scaled(1 / (combinations - 1))
            yield from _made("chatty_penalty", penalty, SECONDS, size, affinity)


def _spawn_cost(run: _Run) -> Iterator[Derived]:
    for affinity in run.values("affinity"):
        spawn = run.find("boundary.time_one_bar", transport="spawn", affinity=affinity)
        socket = run.find("boundary.time_one_bar", transport="unix", affinity=affinity)
        if spawn is not None and socket is not None:
            yield from _made("spawn_cost", difference(spawn, socket), SECONDS, None, affinity)


def _granularity(run: _Run) -> Iterator[Derived]:
    for size in run.sizes():
        bars, combinations = _bars_and_combinations(size)
        numba = run.numba(size)
        for affinity in run.values("affinity"):
            floor = run.echo("unix", 1, affinity)
            if numba is None or floor is None:
                continue
            combination = ratio(numba.scaled(1 / combinations), floor)
            bar = ratio(numba.scaled(1 / (combinations * bars)), floor)
            projection = ratio(floor.scaled(bars), numba)
            yield from _made("granularity_ratio_combination", combination, GRANULARITY, size, affinity, "unix")
            yield from _made("granularity_ratio_bar", bar, GRANULARITY, size, affinity, "unix")
            yield from _made("per_bar_projection", projection, RATIO, size, affinity, "unix")


_RULES: tuple[Callable[[_Run], Iterator[Derived]], ...] = (
    _compute_gap,
    _kernel_ratio,
    _batched_total,
    _json_total,
    _sessions,
    _boundary_share,
    _boundary_floor,
    _serialization_tax,
    _chatty_penalty,
    _spawn_cost,
    _granularity,
)
