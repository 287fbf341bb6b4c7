"""The ways to call, in units of the job: each over numba in process, at every commit, both of one run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from frames.lines import Lines, difference, ratio

BENCHMARKS = (
    "compute.time_sweep",
    "boundary.time_sweep",
    "boundary.time_one_bar",
    "sessions.time_sweep",
    "sessions.time_sweep_in_memory",
    "deployed.time_sweep",
    "deployed.time_chatty_sweep",
    "deployed.time_bars",
    "echo.time_round_trip",
    "sessions.time_study_round_trip",
    "flight.time_round_trip",
)

# Where a whole sweep was measured: benchmark, architecture, and what people call it.
_SWEEPS = (
    ("compute.time_sweep", "rust_in_process", "Rust in process"),
    ("compute.time_sweep", "rust_in_process_unchecked", "Rust in process, unchecked"),
    ("boundary.time_sweep", "rust_batch_unix", "Batched"),
    ("boundary.time_sweep", "rust_batch_unchecked", "Batched, unchecked"),
    ("boundary.time_sweep", "rust_chatty_unix", "Chatty"),
    ("boundary.time_sweep", "rust_spawn_stdin", "Spawn"),
    ("sessions.time_sweep", "rust_session_unix", "Session"),
    ("sessions.time_sweep_in_memory", "rust_session_memory", "Session in memory"),
    ("deployed.time_sweep", "rust_batch_json", "JSON service"),
    ("deployed.time_chatty_sweep", "rust_chatty_json", "JSON service, chatty"),
    ("deployed.time_sweep", "rust_spawn_each", "A process each combination"),
    ("sessions.time_sweep", "rust_certified_batch_unix", "Certified kernel, batched"),
    ("sessions.time_sweep_in_memory", "rust_certified_session_memory", "Certified kernel, session in memory"),
    ("deployed.time_sweep", "rust_certified_batch_json", "Certified kernel, JSON service"),
)


@dataclass(frozen=True)
class Way:
    """A way to call over commits, in units of the job.

    Attributes
    ----------
    key : what the address calls it.
    is_whole : whether the sweep itself is in it; else it is what the crossings alone take.
    """

    key: str
    label: str
    line: pd.DataFrame
    is_whole: bool


def ways(lines: Lines, size: str | None, across: str | None) -> list[Way]:
    """Return the ways that have a value at some commit.

    Parameters
    ----------
    size : `150000x80`; what a bar or a combination takes is counted by it.
    across : affinity of what runs behind a boundary; what has none of that name is left out.
    """
    within = next(iter(lines.values("affinity", "compute.time_sweep")), None)
    job = lines.find("compute.time_sweep", architecture="in_process", size=size, affinity=within)
    found = [*_sweeps(lines, job, size, within, across), *_crossings(lines, job, size, across)]
    return [way for way in found if way.line["value"].notna().any()]


def _sweeps(
    lines: Lines, job: pd.DataFrame | None, size: str | None, within: str | None, across: str | None
) -> Iterator[Way]:
    for benchmark, architecture, label in _SWEEPS:
        affinity = within if benchmark.startswith("compute.") else across
        line = lines.find(benchmark, architecture=architecture, size=size, affinity=affinity)
        yield Way(architecture, label, ratio(line, job), True)


def _crossings(lines: Lines, job: pd.DataFrame | None, size: str | None, across: str | None) -> Iterator[Way]:
    bars, _, combinations = (size or "").partition("x")
    if not (bars.isdigit() and combinations.isdigit()):
        return
    echo, study, flight = "echo.time_round_trip", "sessions.time_study_round_trip", "flight.time_round_trip"
    for key, label, line in (
        ("once_unix", "Series across once, Unix", lines.find(echo, transport="unix", floats=bars, affinity=across)),
        ("once_tcp", "Series across once, TCP", lines.find(echo, transport="tcp", floats=bars, affinity=across)),
        ("once_study", "Series across once, the study's way", lines.find(study, floats=bars, affinity=across)),
        ("once_flight", "Series across once, Arrow Flight", lines.find(flight, floats=bars, affinity=across)),
    ):
        yield Way(key, label, ratio(line, job), False)
    floor = lines.find(echo, transport="unix", floats="1", affinity=across)
    yield Way("bar_floor", "A call each bar, at the Unix floor", ratio(floor, job, int(bars)), False)
    for boundary, label in (("batch_unix", "A call each bar, measured, Unix"), ("batch_json", "A call each bar, JSON")):
        for asked in lines.values("bars", "deployed.time_bars"):
            line = lines.find("deployed.time_bars", boundary=boundary, bars=asked, affinity=across)
            yield Way(f"bar_{boundary}", label, ratio(line, job, int(bars) / int(asked)), False)


def prices(lines: Lines, size: str | None, across: str | None) -> dict[str, pd.DataFrame]:
    """Return what each further crossing of a chatty sweep adds, and what starting a process does, in seconds."""
    _, _, combinations = (size or "").partition("x")
    found = {}
    if combinations.isdigit() and int(combinations) > 1:
        chatty, batched = (
            lines.find("boundary.time_sweep", architecture=a, size=size, affinity=across)
            for a in ("rust_chatty_unix", "rust_batch_unix")
        )
        found["chatty_penalty"] = difference(chatty, batched, 1 / (int(combinations) - 1))
    spawn, socket = (lines.find("boundary.time_one_bar", transport=t, affinity=across) for t in ("spawn", "unix"))
    found["spawn_cost"] = difference(spawn, socket)
    return {name: line for name, line in found.items() if line["value"].notna().any()}
