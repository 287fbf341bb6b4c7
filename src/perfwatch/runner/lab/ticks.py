"""How many ticks a second go from Python to Rust through the ring, and how old they are when they are read."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from perfwatch.backtest import affinity
from perfwatch.backtest.ticks import N_TICKS, WAYS, TickEngine, stream
from perfwatch.report.lab import Finding

# Way → (gate, stretch), millions of ticks a second.
_GATES = {"packed": (3.0, 4.0), "extension": (8.0, 10.0), "batched": (25.0, 40.0)}
_SAYS = {
    "packed": "plain Python, struct.pack_into",
    "extension": "a call of the extension a tick",
    "batched": "numpy's fields, 64 ticks at a time",
}
_SHARES = {0.5: "p50", 0.99: "p99", 0.999: "p99.9", 1.0: "max"}


def turns(rounds: int) -> int:
    """Return how many streams `findings` sends; none where there is one core only."""
    return len(WAYS) * (rounds + 1) if affinity.TWO_CORES in affinity.labels() else 0


def findings(rounds: int, told: Callable[[], None]) -> list[Finding]:
    """Return throughput and age of 500,000 ticks a round, each way in turn, the first round not counted.

    Errors
    ------
    WrongAnswerError : the engine saw other ticks than were sent.
    """
    if not turns(rounds):
        return []
    ticks, core = stream(), affinity.pin(affinity.TWO_CORES)
    millions: dict[str, list[float]] = {way: [] for way in WAYS}
    ages: dict[str, dict[float, list[float]]] = {way: {share: [] for share in _SHARES} for way in WAYS}
    with TickEngine(core) as engine:
        for turn in range(rounds + 1):
            for way in WAYS:
                started = time.perf_counter()
                engine.write(ticks, way)
                elapsed_s = time.perf_counter() - started
                seen = engine.seen(ticks)
                told()
                if turn:
                    millions[way].append(N_TICKS / elapsed_s / 1e6)
                    for share, taken in ages[way].items():
                        taken.append(1e6 * seen.age_s(share))
    found = []
    for way in WAYS:
        gate, stretch = _GATES[way]
        section = "ticks of 32 bytes, 500,000 a stream, two cores"
        found.append(_finding(section, _SAYS[way], "M/s", millions[way], gate, stretch))
        section = "age of a tick when it is read"
        for share, taken in ages[way].items():
            found.append(_finding(section, f"{_SAYS[way]}, {_SHARES[share]}", "µs", taken))
    return found


def _finding(
    section: str, what: str, unit: str, taken: list[float], gate: float | None = None, stretch: float | None = None
) -> Finding:
    return Finding(
        section, what, unit, median(taken), min(taken), max(taken), gate, stretch, higher_is_better=unit == "M/s"
    )
