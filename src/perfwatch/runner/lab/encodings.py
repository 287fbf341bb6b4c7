"""What each encoding of the study's 150,000 floats costs, beside plain bytes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import median

from perfwatch.backtest import affinity, market
from perfwatch.backtest.encodings import ENCODINGS, Body, Encoding, checked_bytes, n_bytes
from perfwatch.report.lab import Finding
from perfwatch.runner.lab.turns import in_turns, ratio

# What takes microseconds is called so often a turn.
_QUICK, _CALLS = 1e-3, 100


def _available() -> list[Encoding]:
    return [encoding for encoding in ENCODINGS.values() if encoding.is_available]


def turns(rounds: int) -> int:
    """Return how many turns `findings` takes."""
    return 2 * len(_available()) * (rounds + 1)


def findings(rounds: int, told: Callable[[], None]) -> list[Finding]:
    """Return encoding and decoding of each, as a multiple of raw's, with the bytes of the body.

    Errors
    ------
    WrongAnswerError : an encoding does not give back what it was given.
    """
    affinity.pin(affinity.ONE_CORE if affinity.ONE_CORE in affinity.labels() else affinity.UNPINNED)
    close = market.close()
    bodies = {encoding.name: checked_bytes(encoding, close) for encoding in _available()}
    return [
        *_direction("encode", {e.name: partial(e.encode, close) for e in _available()}, bodies, rounds, told),
        *_direction("decode", {e.name: partial(e.decode, bodies[e.name]) for e in _available()}, bodies, rounds, told),
    ]


def _direction(
    verb: str,
    calls: dict[str, Callable[[], object]],
    bodies: dict[str, Body],
    rounds: int,
    told: Callable[[], None],
) -> list[Finding]:
    often = {name: _repeated(call) for name, call in calls.items()}
    taken = in_turns({name: call for name, (call, _) in often.items()}, rounds, told)
    each = {name: [t / often[name][1] for t in laps] for name, laps in taken.items()}
    found = []
    for name, laps in each.items():
        middle, least, most = ratio(laps, each["raw"])
        what = f"{name}, {n_bytes(bodies[name]) / 1e6:.2f} MB"
        section = f"{verb} 150,000 floats"
        found.append(Finding(section, what, "× raw", middle, least, most, higher_is_better=False, seconds=median(laps)))
    return found


def _repeated(call: Callable[[], object]) -> tuple[Callable[[], object], int]:
    """Return the call, so often in one that it can be timed, and how often that is."""
    started = in_turns({"": call}, 1, lambda: None)[""][0]
    times = _CALLS if started < _QUICK else 1

    def many() -> None:
        for _ in range(times):
            call()

    return many, times
