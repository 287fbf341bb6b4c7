"""What a call costs across each boundary, and what tuning it is worth."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from contextlib import ExitStack
from statistics import median

import numpy as np

from perfwatch.backtest import affinity, market, wire
from perfwatch.backtest.boundaries import FIRST_COMBINATION, NO_PARAMS, ONE_BAR
from perfwatch.backtest.engine import Engine
from perfwatch.backtest.flight import FlightPeer
from perfwatch.backtest.mailbox import WAYS, MailboxEngine
from perfwatch.backtest.session import Session
from perfwatch.backtest.study_engine import StudyEngine
from perfwatch.errors import WrongAnswerError
from perfwatch.report.lab import Finding
from perfwatch.runner.lab.turns import in_turns, ratio

# Calls of microseconds are timed one by one, so many a round; echoes of the whole series so many at a time.
_CALLS, _ECHOES = 5_000, 10
_MICRO = 1e6
# Client and wait → (gate, stretch), µs.
_IN_MEMORY_GATES = {("extension", "spin"): (0.6, 0.45), ("python", "spin"): (1.0, 0.8)}


def turns(rounds: int) -> int:
    """Return how many turns `findings` takes."""
    spinning = len(WAYS) if affinity.TWO_CORES in affinity.labels() else 0
    return (spinning + 1 + _has_flight()) * rounds + 2 * (rounds + 1)


def findings(rounds: int, told: Callable[[], None]) -> list[Finding]:
    """Return the price of a call with nothing but parameters, and of the study's whole series there and back.

    Errors
    ------
    WrongAnswerError : an answer was not the one expected.
    """
    return [*_calls(rounds, told), *_echoes(rounds, told)]


def _calls(rounds: int, told: Callable[[], None]) -> list[Finding]:
    section, found = "a call with six parameters over a series of one bar, median", []
    if affinity.TWO_CORES in affinity.labels():
        core = affinity.pin(affinity.TWO_CORES)
        for client, wait in WAYS:
            with MailboxEngine("plain", core, wait, client) as mailbox:
                mailbox.load(ONE_BAR)
                taken = _median_s(lambda: mailbox.one(FIRST_COMBINATION), rounds, told)
            gate, stretch = _IN_MEMORY_GATES.get((client, wait), (None, None))
            what = f"shared memory, {client}, {wait}, two cores"
            found.append(_in_microseconds(section, what, taken, gate, stretch))
    core = affinity.pin(_one_core())
    with Engine("plain", "unix", core) as engine:
        session = Session(engine, ONE_BAR)
        taken = _median_s(lambda: session.one(FIRST_COMBINATION), rounds, told)
    found.append(_in_microseconds(section, f"session over the tuned Unix socket, {_one_core()}", taken, 6.0, 4.5))
    if _has_flight():
        with FlightPeer(core) as peer:
            six = FIRST_COMBINATION.astype(np.float64)
            taken = _median_s(lambda: (0.0, int(peer.echo(six).sum() - six.sum())), rounds, told, _CALLS // 10)
        found.append(
            _in_microseconds(section, f"Arrow Flight, an echo of six floats, {_one_core()}", taken, None, None)
        )
    return found


def _has_flight() -> bool:
    return importlib.util.find_spec("pyarrow") is not None


def _one_core() -> str:
    return affinity.SAME_CORE if affinity.SAME_CORE in affinity.labels() else affinity.UNPINNED


def _median_s(
    call: Callable[[], tuple[float, int]], rounds: int, told: Callable[[], None], calls: int = _CALLS
) -> list[float]:
    """Return the median seconds of a call, one a round."""
    medians = []
    for _ in range(rounds):
        taken = np.empty(calls)
        for i in range(calls):
            started = time.perf_counter_ns()
            answer = call()
            taken[i] = time.perf_counter_ns() - started
            if answer != (0.0, 0):
                raise WrongAnswerError(f"lab: a call over one bar gave {answer}, not (0.0, 0)")
        medians.append(float(np.median(taken)) * 1e-9)
        told()
    return medians


def _in_microseconds(
    section: str, what: str, taken_s: list[float], gate: float | None, stretch: float | None
) -> Finding:
    micro = [_MICRO * t for t in taken_s]
    return Finding(section, what, "µs", median(micro), min(micro), max(micro), gate, stretch, higher_is_better=False)


def _echoes(rounds: int, told: Callable[[], None]) -> list[Finding]:
    sent = market.close()
    core = affinity.pin(_one_core())
    with ExitStack() as stack:
        engines = {
            "study": stack.enter_context(StudyEngine("plain", "unix", core)),
            "tuned": stack.enter_context(Engine("plain", "unix", core)),
        }

        def echoing(engine: Engine) -> Callable[[], None]:
            if bytes(engine.call(wire.OPCODE_ECHO, sent, NO_PARAMS)) != sent.tobytes():
                raise WrongAnswerError("lab: an echo came back changed")

            def call() -> None:
                # What comes back is not held: held, it would keep the next reply from its memory.
                for _ in range(_ECHOES):
                    engine.call(wire.OPCODE_ECHO, sent, NO_PARAMS)

            return call

        taken = in_turns({name: echoing(engine) for name, engine in engines.items()}, rounds, told)
    middle, least, most = ratio(taken["study"], taken["tuned"])
    seconds = median(taken["tuned"]) / _ECHOES
    what = f"tuned socket over the study's, {_one_core()}"
    section = "echo of 150,000 floats, 1.2 MB each way"
    return [Finding(section, what, "× faster", middle, least, most, 7.0, 9.0, seconds=seconds)]
