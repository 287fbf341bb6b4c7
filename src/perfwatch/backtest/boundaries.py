"""The boundaries by name: every way to hand a sweep to a kernel and to get its answer back.

    in_process    nothing crosses: a direct call
    batch_unix    one round trip over a Unix socket: the whole series and all parameters, one reply
    batch_tcp     the same over TCP on the loopback
    chatty_unix   one round trip a combination, the series shipped again each time
    spawn_stdin   a process started for each sweep, the request on its stdin, the reply on its stdout
    spawn_each    a process started for each combination
    batch_json    one round trip over HTTP with JSON bodies, as such services are usually deployed
    chatty_json   one round trip a combination over HTTP with JSON bodies, the series each time
    session_unix  one round trip a combination over a Unix socket, 48 bytes of parameters each; the series stays there
    session_memory  the same through shared memory, both sides spinning where the engine has a core of its own

Engines are started at the first call that needs one, shared by all calls for the same build, kind and core, and ended
with the process. A session loads a series when it is not the one it has.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perfwatch.backtest import wire
from perfwatch.backtest.engine import Build, Engine, Transport, once
from perfwatch.backtest.json_service import JsonEngine
from perfwatch.backtest.kernels import KERNELS, Kernel
from perfwatch.backtest.mailbox import Client, MailboxEngine, Wait
from perfwatch.backtest.session import Session
from perfwatch.backtest.study_engine import StudyEngine
from perfwatch.backtest.sweep import N_PARAMS, Sweep, empty, inputs
from perfwatch.errors import UsageError, WrongAnswerError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
_SomeEngine = TypeVar("_SomeEngine", bound=Engine)
Cross = Callable[[Kernel, ArrayLike, ArrayLike, int | None], Sweep]

NO_PARAMS: IntArray = np.empty((0, N_PARAMS), dtype=np.int64)

# The study's first combination, of length 6: it needs eight bars.
FIRST_COMBINATION: IntArray = np.array([3, 6, 2, 1, 2, 3], dtype=np.int64)

# The smallest request that is a sweep at all: one bar, one combination. Its answer is no trade.
ONE_BAR: FloatArray = np.array([100.0])
ONE_COMBINATION: IntArray = np.ones((1, N_PARAMS), dtype=np.int64)


@dataclass(frozen=True)
class Boundary:
    """A boundary; `cross(kernel, close, params, core)` returns the sweep, the engine pinned to `core` unless None."""

    name: str
    says: str
    cross: Cross


def _in_process(kernel: Kernel, close: ArrayLike, params: ArrayLike, core: int | None) -> Sweep:
    # The kernel runs where its caller does; there is no engine to pin.
    return kernel.sweep(close, params)


def _batched(transport: Transport) -> Cross:
    def cross(kernel: Kernel, close: ArrayLike, params: ArrayLike, core: int | None) -> Sweep:
        bars, rows = inputs(close, params)
        body = shared_engine(_build(kernel), transport, core).call(wire.OPCODE_SWEEP, bars, rows)
        return wire.parse_sweep(body, len(rows))

    return cross


def _chatty(kernel: Kernel, close: ArrayLike, params: ArrayLike, core: int | None) -> Sweep:
    bars, rows = inputs(close, params)
    engine = shared_engine(_build(kernel), "unix", core)
    return _joined(
        [wire.parse_sweep(engine.call(wire.OPCODE_SWEEP, bars, rows[m : m + 1]), 1) for m in range(len(rows))]
    )


def _in_session(kernel: Kernel, close: ArrayLike, params: ArrayLike, core: int | None) -> Sweep:
    bars, rows = inputs(close, params)
    engine = shared_engine(_build(kernel), "unix", core)
    held = _sessions.get(engine)
    if held is None or not _is_same(held.loaded, bars):
        held = _sessions[engine] = Session(engine, bars)
    return _one_by_one(held.one, rows)


def _in_memory(kernel: Kernel, close: ArrayLike, params: ArrayLike, core: int | None) -> Sweep:
    bars, rows = inputs(close, params)
    # Spinning wants a core of its own; without one, both sides sleep after 50 µs of it.
    mailbox = shared_mailbox(_build(kernel), core, "hybrid" if core is None else "spin")
    if mailbox.loaded is None or not _is_same(mailbox.loaded, bars):
        mailbox.load(bars)
    return _one_by_one(mailbox.one, rows)


def _one_by_one(one: Callable[[IntArray], tuple[float, int]], rows: IntArray) -> Sweep:
    result = empty(len(rows))
    for m, row in enumerate(rows):
        result.pnl[m], result.trades[m] = one(row)
    return result


def _is_same(held: FloatArray, bars: FloatArray) -> bool:
    # As bytes, so that NaN is a value like any other; a series of the study's length costs 40 µs.
    return held.size == bars.size and held.tobytes() == bars.tobytes()


def _spawned(kernel: Kernel, close: ArrayLike, params: ArrayLike, core: int | None) -> Sweep:
    bars, rows = inputs(close, params)
    request = wire.build_request(wire.OPCODE_SWEEP, bars, rows)
    return wire.parse_sweep(once(request, _build(kernel), core), len(rows))


def _spawned_each(kernel: Kernel, close: ArrayLike, params: ArrayLike, core: int | None) -> Sweep:
    bars, rows = inputs(close, params)
    return _joined([_spawned(kernel, bars, rows[m : m + 1], core) for m in range(len(rows))])


def _batched_json(kernel: Kernel, close: ArrayLike, params: ArrayLike, core: int | None) -> Sweep:
    bars, rows = inputs(close, params)
    return shared_json(_build(kernel), core).sweep(bars, rows)


def _chatty_json(kernel: Kernel, close: ArrayLike, params: ArrayLike, core: int | None) -> Sweep:
    bars, rows = inputs(close, params)
    engine = shared_json(_build(kernel), core)
    return _joined([engine.sweep(bars, rows[m : m + 1]) for m in range(len(rows))])


def _joined(answers: list[Sweep]) -> Sweep:
    """Return the sweep of which each answer is one combination."""
    return Sweep(
        np.array([answer.pnl[0] for answer in answers], dtype=np.float64),
        np.array([answer.trades[0] for answer in answers], dtype=np.int64),
    )


BOUNDARIES: dict[str, Boundary] = {
    boundary.name: boundary
    for boundary in (
        Boundary("in_process", "a direct call", _in_process),
        Boundary("batch_unix", "one round trip over a Unix socket", _batched("unix")),
        Boundary("batch_tcp", "one round trip over TCP", _batched("tcp")),
        Boundary("chatty_unix", "one round trip a combination over a Unix socket, the series each time", _chatty),
        Boundary("session_unix", "48 bytes a combination over a Unix socket, the series loaded once", _in_session),
        Boundary("session_memory", "48 bytes a combination through shared memory, the series loaded once", _in_memory),
        Boundary("spawn_stdin", "a process for each sweep, over its stdin and stdout", _spawned),
        Boundary("spawn_each", "a process for each combination, over its stdin and stdout", _spawned_each),
        Boundary("batch_json", "one round trip over HTTP, in JSON", _batched_json),
        Boundary("chatty_json", "one round trip a combination over HTTP, in JSON, the series each time", _chatty_json),
    )
}


def echo(floats: ArrayLike, transport: Transport = "unix", core: int | None = None) -> FloatArray:
    """Return `floats`, float64 (n,), after a round trip through the engine that computes nothing.

    Errors
    ------
    EngineError : the engine is not found, dead, or answers with an error.
    WrongAnswerError : what came back is not what was sent, bit for bit.
    """
    sent = np.ascontiguousarray(floats, dtype=np.float64)
    returned = round_trip(shared_engine("checked", transport, core), sent)
    # Compared as bytes: NaN is a value like any other here, and -0.0 is not 0.0.
    if returned.tobytes() != sent.tobytes():
        raise WrongAnswerError(f"echo over {transport} of {sent.size} floats came back changed; the engine is broken")
    return returned


def require_answer(got: object, expected: object, what: str) -> None:
    """Return nothing where `got` is what was expected.

    Errors
    ------
    WrongAnswerError : it is not; `what` names what was asked.
    """
    if got != expected:
        raise WrongAnswerError(f"{what} gave another answer than the one expected; its time counts for nothing")


def round_trip(engine: Engine, floats: FloatArray) -> FloatArray:
    """Return what `engine` echoes, float64 (n,), unverified: a frame built, sent, answered and parsed. It is timed."""
    return wire.parse_echo(engine.call(wire.OPCODE_ECHO, floats, NO_PARAMS), floats.size)


def one_bar(boundary: str, core: int | None = None) -> Sweep:
    """Return the answer to the smallest sweep, which is all boundary: spawn less batch is the price of a process."""
    return BOUNDARIES[boundary].cross(KERNELS["rust_checked"], ONE_BAR, ONE_COMBINATION, core)


def shared_engine(build: Build, transport: Transport, core: int | None = None) -> Engine:
    """Return this process's engine of that build, transport and core, started if there is none or if it has died.

    Errors
    ------
    EngineError : the engine is not found or does not start.
    """
    return _shared((build, transport, core), lambda: Engine(build, transport, core))


def shared_study(core: int | None = None) -> StudyEngine:
    """Return this process's engine that is asked and answers as the study's was; as `shared_engine`."""
    return _shared(("study", core), lambda: StudyEngine("checked", "unix", core))


def shared_json(build: Build, core: int | None = None) -> JsonEngine:
    """Return this process's engine of that build that is asked in JSON; as `shared_engine`."""
    return _shared((build, "json", core), lambda: JsonEngine(build, core))


def shared_mailbox(
    build: Build, core: int | None = None, wait: Wait = "spin", client: Client = "extension"
) -> MailboxEngine:
    """Return this process's engine that is called through shared memory; as `shared_engine`."""
    return _shared((build, wait, client, core), lambda: MailboxEngine(build, core, wait, client))


def _shared(key: tuple[object, ...], make: Callable[[], _SomeEngine]) -> _SomeEngine:
    # By process too: a forked child that spoke on its parent's connection would read its parent's replies.
    key = (os.getpid(), *key)
    engine = _engines.get(key)
    if engine is not None and engine.alive:
        return cast(_SomeEngine, engine)
    if engine is not None:
        engine.close()
    started = make()
    started.start()
    _engines[key] = started
    return started


def end_engines() -> None:
    """End every shared engine of this process; the next call starts a new one."""
    while _engines:
        _engines.popitem()[1].close()


_engines: dict[tuple[object, ...], Engine] = {}
_sessions: WeakKeyDictionary[Engine, Session] = WeakKeyDictionary()


def _build(kernel: Kernel) -> Build:
    if kernel.build is None:
        raise UsageError(f"kernel {kernel.name!r} is not in the engine; it runs in_process only")
    return kernel.build
