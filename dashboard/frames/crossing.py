"""What a call costs by the way it crosses, and what of a computation is lost on it: the break-even's arithmetic."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd
import words

from frames.lines import Lines, estimates
from perfwatch.analysis.derived import derive
from perfwatch.analysis.interval import Estimate, difference
from perfwatch.model import Measurement, SeriesKey
from perfwatch.units import SECONDS

BYTES_PER_FLOAT = 8
SHARES = (0.01, 0.05, 0.1, 0.5)
COMPUTE_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
PAYLOAD_UNITS = {"floats": 8.0, "B": 1.0, "kB": 1e3, "MB": 1e6}
# How often the payload crosses in a call.
BACK = {"same": 2, "little": 1}

BENCHMARKS = (
    "echo.time_round_trip",
    "sessions.time_study_round_trip",
    "flight.time_round_trip",
    "sessions.time_call",
    "sessions.time_call_in_memory",
    "boundary.time_one_bar",
    "deployed.time_bars",
    "deployed.time_sweep",
    "deployed.time_chatty_sweep",
    "compute.time_sweep",
)


@dataclass(frozen=True)
class Way:
    """One way to cross: seconds a call by the bytes that move in it, out and back together.

    Attributes
    ----------
    label : the way and where it was measured.
    points : (bytes, seconds a call), ascending, at least one.
    carries : whether the payload crosses in the call; False where it stays with the engine.
    """

    label: str
    points: tuple[tuple[float, Estimate], ...]
    carries: bool = True

    def seconds(self, n_bytes: float) -> Estimate:
        """Return what a call costs that moves so many bytes.

        Between two measured payloads on the straight line through both, bounds likewise; below the smallest as much as
        the smallest, and beyond the largest with what the last stretch costs a byte.
        """
        first, last = self.points[0], self.points[-1]
        if len(self.points) == 1 or n_bytes <= first[0]:
            return first[1]
        if n_bytes > last[0]:
            (a, low), (b, high) = self.points[-2:]
            slope = max(0.0, (high.value - low.value) / (b - a))
            return high.scaled((high.value + slope * (n_bytes - b)) / high.value)
        (a, low), (b, high) = next(
            pair for pair in zip(self.points, self.points[1:], strict=False) if n_bytes <= pair[1][0]
        )
        return _between(low, high, (n_bytes - a) / (b - a))

    @property
    def largest(self) -> float:
        """Return the largest payload measured, in bytes moved."""
        return self.points[-1][0]


def _between(low: Estimate, high: Estimate, share: float) -> Estimate:
    def mixed(a: float | None, b: float | None) -> float | None:
        return None if a is None or b is None else (1 - share) * a + share * b

    value = mixed(low.value, high.value)
    assert value is not None
    return Estimate(value, mixed(low.lower, high.lower), mixed(low.upper, high.upper))


def lost(compute_s: float, call: Estimate) -> Estimate:
    """Return the share of the whole that the call's crossing takes: call / (compute + call), with its interval."""

    def share(seconds: float | None) -> float | None:
        return None if seconds is None else max(0.0, seconds) / (compute_s + max(0.0, seconds))

    value = share(call.value)
    assert value is not None
    return Estimate(value, share(call.lower), share(call.upper))


def needed(share: float, call: Estimate) -> Estimate:
    """Return the seconds of compute a call at which this share (0 to 1) is lost on its crossing: call · (1 − p) / p."""
    return call.scaled((1 - share) / share)


def typed(text: str, factor: float) -> float | None:
    """Return the number that somebody typed times `factor`; None for what is no number of nought or more.

    A comma between digits is read as people mean it: 1,200 is twelve hundred, 2,5 two and a half.
    """
    plain = text.strip().replace(" ", "")
    plain = plain.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d*)?", plain) else plain.replace(",", ".")
    try:
        number = float(plain)
    except ValueError:
        return None
    return number * factor if math.isfinite(number) and number >= 0 else None


def ways(lines: Lines, commit: str) -> list[Way]:
    """Return every way that was measured at a commit, the sockets first."""
    found = [*_echoes(lines, commit), *_sessions(lines, commit), *_by_difference(lines, commit)]
    return [way for way in found if way.points]


def missing(lines: Lines, found: Iterable[Way]) -> list[str]:
    """Return the sockets that were measured at some commit and are not among the ways found at one."""
    known, labels = "echo.time_round_trip", {way.label for way in found}
    every = [words.place(params.get("transport"), params.get("affinity")) for params in lines.params(known)]
    return [label for label in dict.fromkeys(every) if label not in labels]


def fitted(readings: pd.DataFrame, commit: str) -> dict[tuple[str, str | None, str | None], float]:
    """Return floor and slope of the echo at a commit, by derived name, transport and affinity (`analysis.derived`)."""
    here = readings[(readings["commit_hash"] == commit) & (readings["benchmark"] == "echo.time_round_trip")]
    measured = [
        Measurement(
            SeriesKey(row.benchmark, row.version, tuple(row.params.items()), "", "", SECONDS.name, "time"),
            commit,
            row.status,
            None if pd.isna(row.value) else float(row.value),
        )
        for row in here.sort_values("started_at", na_position="first", kind="stable").itertuples()
    ]
    return {(d.name, d.transport, d.affinity): d.value for d in derive(measured)}


def _echoes(lines: Lines, commit: str) -> Iterator[Way]:
    echoed = {
        "echo.time_round_trip": "",
        "sessions.time_study_round_trip": "Unix, as in the study",
        "flight.time_round_trip": "Arrow Flight",
    }
    for benchmark, label in echoed.items():
        transports: Iterable[str | None] = lines.values("transport", benchmark) or [None]
        for transport in transports:
            for affinity in lines.values("affinity", benchmark):
                points = []
                for floats in lines.values("floats", benchmark):
                    line = lines.find(benchmark, transport=transport, floats=floats, affinity=affinity)
                    call = estimates(line).get(commit)
                    if call is not None and floats.isdigit():
                        points.append((2.0 * BYTES_PER_FLOAT * int(floats), call))
                yield Way(words.place(label or transport, affinity), _ascending(points))


def _sessions(lines: Lines, commit: str) -> Iterator[Way]:
    for affinity in lines.values("affinity", "sessions.time_call"):
        call = estimates(lines.find("sessions.time_call", affinity=affinity)).get(commit)
        yield Way(words.place("Session over Unix", affinity), _once(call), carries=False)
    for params in lines.params("sessions.time_call_in_memory"):
        call = estimates(lines.find("sessions.time_call_in_memory", **params)).get(commit)
        client = f"Session in memory, {params.get('client')}, {params.get('wait')}"
        yield Way(words.place(client, params.get("affinity")), _once(call), carries=False)


def _by_difference(lines: Lines, commit: str) -> Iterator[Way]:
    """Yield what is measured by no echo: one bar a call, and the whole series in sweeps of a call a combination."""
    by = {
        "JSON over HTTP": (
            ("deployed.time_bars", {"boundary": "batch_json", "bars": "1000"}, 1e-3),
            ("deployed.time_chatty_sweep", "rust_chatty_json"),
        ),
        "A process a call": (
            ("boundary.time_one_bar", {"transport": "spawn"}, 1.0),
            ("deployed.time_sweep", "rust_spawn_each"),
        ),
    }
    for label, ((benchmark, params, factor), (sweep, architecture)) in by.items():
        for affinity in dict.fromkeys([*lines.values("affinity", benchmark), *lines.values("affinity", sweep)]):
            one = estimates(lines.find(benchmark, **params, affinity=affinity)).get(commit)
            points = [] if one is None else [(2.0 * BYTES_PER_FLOAT, one.scaled(factor))]
            for size in lines.values("size", sweep):
                call = _a_call(lines, commit, sweep, architecture, size, affinity)
                if call is not None:
                    points.append((BYTES_PER_FLOAT * float(size.partition("x")[0]), call))
            # One bar alone says nothing of a payload.
            yield Way(words.place(label, affinity), _ascending(points) if len(points) > 1 else ())


def _a_call(lines: Lines, commit: str, benchmark: str, architecture: str, size: str, affinity: str) -> Estimate | None:
    """Return a call's part of a sweep with a call a combination: what it takes beyond the kernel in process."""
    bars, _, combinations = size.partition("x")
    if not (bars.isdigit() and combinations.isdigit()):
        return None
    sweep = estimates(lines.find(benchmark, architecture=architecture, size=size, affinity=affinity)).get(commit)
    for within in lines.values("affinity", "compute.time_sweep"):
        kernel = lines.find("compute.time_sweep", architecture="rust_in_process", size=size, affinity=within)
        compute = estimates(kernel).get(commit)
        if sweep is not None and compute is not None:
            call = difference(sweep, compute).scaled(1 / int(combinations))
            return call if call.value > 0 else None
    return None


def _once(call: Estimate | None) -> tuple[tuple[float, Estimate], ...]:
    return () if call is None else ((0.0, call),)


def _ascending(points: list[tuple[float, Estimate]]) -> tuple[tuple[float, Estimate], ...]:
    return tuple(sorted(points, key=lambda point: point[0]))
