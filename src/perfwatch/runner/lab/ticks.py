"""How many ticks a second go from Python to Rust through the ring, and how old they are when they are read."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from perfwatch.backtest import affinity
from perfwatch.backtest.tick_peers import TickPeer, installed
from perfwatch.backtest.ticks import N_TICKS, WAYS, Seen, Stream, TickEngine, Way, stream
from perfwatch.report.lab import Finding
from perfwatch.runner.lab.turns import ratio

# Way → (gate, stretch), millions of ticks a second.
_GATES = {"packed": (3.0, 4.0), "extension": (8.0, 10.0), "batched": (25.0, 40.0)}
_SAYS = {
    "packed": "plain Python, struct.pack_into",
    "extension": "a call of the extension a tick",
    "batched": "numpy's fields, 64 ticks at a time",
}
_PEER_SAYS = {
    "tachyon": "Tachyon's zero-copy loop, a Python consumer",
    "iceoryx2": "iceoryx2's loan and send, a Python consumer",
}
# Times what Tachyon's loop reaches in the same run: (gate, stretch).
_GATE_TACHYON = (6.0, 16.0)
_SHARES = {0.5: "p50", 0.99: "p99", 0.999: "p99.9", 1.0: "max"}


def turns(rounds: int) -> int:
    """Return how many streams `findings` sends; none where there is one core only."""
    return (len(WAYS) + len(installed())) * (rounds + 1) if affinity.TWO_CORES in affinity.labels() else 0


def findings(rounds: int, told: Callable[[], None]) -> list[Finding]:
    """Return throughput and age of 500,000 ticks a round, each way in turn, the first round not counted.

    Errors
    ------
    WrongAnswerError : the engine saw other ticks than were sent.
    """
    if not turns(rounds):
        return []
    ticks, core = stream(), affinity.pin(affinity.TWO_CORES)
    millions: dict[str, list[float]] = {way: [] for way in (*WAYS, *installed())}
    ages: dict[str, dict[float, list[float]]] = {way: {share: [] for share in _SHARES} for way in WAYS}
    for turn in range(rounds + 1):
        # All who read spin, and on the same core: each lives only in its own turns.
        with TickEngine(core) as engine:
            for way in WAYS:
                reached, seen = _written(engine, ticks, way)
                told()
                if turn:
                    millions[way].append(reached)
                    for share, taken in ages[way].items():
                        taken.append(1e6 * seen.age_s(share))
        for name in installed():
            with TickPeer(name, core) as peer:
                reached = _written_by(peer, ticks)
            told()
            if turn:
                millions[name].append(reached)
    section = "ticks of 32 bytes, 500,000 a stream, two cores"
    found = [_finding(section, _SAYS[way], "M/s", millions[way], *_GATES[way]) for way in WAYS]
    found += [_finding(section, _PEER_SAYS[name], "M/s", millions[name]) for name in installed()]
    if "tachyon" in installed():
        for way in WAYS:
            what = f"{_SAYS[way]}, against Tachyon's loop"
            found.append(Finding(section, what, "×", *ratio(millions[way], millions["tachyon"]), *_GATE_TACHYON))
    section = "age of a tick when it is read"
    for way in WAYS:
        for share, taken in ages[way].items():
            found.append(_finding(section, f"{_SAYS[way]}, {_SHARES[share]}", "µs", taken))
    return found


def _written(engine: TickEngine, ticks: Stream, way: Way) -> tuple[float, Seen]:
    """Return millions of ticks a second, and what the engine saw."""
    started = time.perf_counter()
    engine.write(ticks, way)
    elapsed_s = time.perf_counter() - started
    return N_TICKS / elapsed_s / 1e6, engine.seen(ticks)


def _written_by(peer: TickPeer, ticks: Stream) -> float:
    started = time.perf_counter()
    peer.write(ticks)
    elapsed_s = time.perf_counter() - started
    # Raises unless all of them arrived.
    peer.seen(ticks)
    return N_TICKS / elapsed_s / 1e6


def _finding(
    section: str, what: str, unit: str, taken: list[float], gate: float | None = None, stretch: float | None = None
) -> Finding:
    return Finding(
        section, what, unit, median(taken), min(taken), max(taken), gate, stretch, higher_is_better=unit == "M/s"
    )
