"""The engine asked well: the published answer over every way in, and the extension."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest
from served_engine import (
    NO_PARAMS,
    ONE_BAR,
    ONE_COMBINATION,
    PATIENCE_S,
    PUBLISHED_PARAMS,
    PUBLISHED_PNL_PP,
    PUBLISHED_TRADES,
    kernels,
    transports,
)

from perfwatch import _engine
from perfwatch.backtest import wire
from perfwatch.backtest.engine import Engine, once
from perfwatch.backtest.sweep import Sweep


def published(sweep: Sweep) -> bool:
    return sweep.trades.tolist() == [PUBLISHED_TRADES] and abs(sweep.pnl[0] - PUBLISHED_PNL_PP) < 1e-9


@kernels
@transports
def test_the_published_fingerprint_comes_back_over_a_socket(kernel, transport, published_close) -> None:
    with Engine(kernel, transport) as engine:
        body = engine.call(wire.OPCODE_SWEEP, published_close, PUBLISHED_PARAMS)
        assert published(wire.parse_sweep(body, 1))


@kernels
def test_the_published_fingerprint_comes_back_over_a_pipe(kernel, published_close) -> None:
    request = wire.build_request(wire.OPCODE_SWEEP, published_close, PUBLISHED_PARAMS)
    assert published(wire.parse_sweep(once(request, kernel), 1))


@kernels
def test_the_published_fingerprint_comes_back_from_the_extension(kernel, published_close) -> None:
    result = Sweep(np.zeros(1), np.zeros(1, dtype=np.int64))
    _engine.sweep(published_close, PUBLISHED_PARAMS, result.pnl, result.trades, kernel)
    assert published(result)


@transports
@pytest.mark.parametrize("n", [0, 1, 1_000, 150_000])
def test_an_echo_gives_back_every_bit(transport, n) -> None:
    # Bit patterns rather than numbers: NaNs with payloads, infinities and subnormals are among them.
    sent = np.random.default_rng(7).integers(0, 2**64, n, dtype=np.uint64).view(np.float64)
    with Engine(transport=transport) as engine:
        body = engine.call(wire.OPCODE_ECHO, sent, NO_PARAMS)
        assert wire.parse_echo(body, n).tobytes() == sent.tobytes()


def test_a_sweep_of_nothing_is_empty_and_one_over_no_bars_makes_no_trades() -> None:
    with Engine() as engine:
        assert bytes(engine.call(wire.OPCODE_SWEEP, ONE_BAR, NO_PARAMS)) == b""
        assert bytes(engine.call(wire.OPCODE_SWEEP, np.empty(0), ONE_COMBINATION)) == bytes(16)


def test_a_body_that_is_held_is_not_overwritten_by_the_next_call() -> None:
    with Engine() as engine:
        first = wire.parse_echo(engine.call(wire.OPCODE_ECHO, np.array([1.0]), NO_PARAMS), 1)
        second = wire.parse_echo(engine.call(wire.OPCODE_ECHO, np.array([2.0]), NO_PARAMS), 1)
        assert (first.tolist(), second.tolist()) == ([1.0], [2.0])
        assert first.flags.aligned


def outputs(m: int) -> Sweep:
    return Sweep(np.zeros(m), np.zeros(m, dtype=np.int64))


@pytest.mark.parametrize(
    ("close", "params", "pnl_out", "trades_out", "said"),
    [
        (np.zeros(3, dtype=np.float32), ONE_COMBINATION, *outputs(1), "close: expected an array of float64"),
        ([1.0], ONE_COMBINATION, *outputs(1), "close: expected an array of float64"),
        (np.zeros((3, 1)), ONE_COMBINATION, *outputs(1), r"close: expected the shape \(n,\), got \[3, 1\]"),
        (np.zeros(6)[::2], ONE_COMBINATION, *outputs(1), "close: expected a C-contiguous array"),
        (np.zeros(3), ONE_COMBINATION.astype(float), *outputs(1), "params: expected an array of int64"),
        (np.zeros(3), np.ones((1, 5), dtype=np.int64), *outputs(1), r"params: expected the shape \(m, 6\)"),
        (np.zeros(3), np.zeros((1, 6), dtype=np.int64), *outputs(1), "combination 0: half: expected a window"),
        (np.zeros(3), ONE_COMBINATION, *outputs(2), r"pnl_out: expected the shape \(1,\), got \[2\]"),
        (np.zeros(3), ONE_COMBINATION, np.zeros(1), np.zeros(1), "trades_out: expected an array of int64"),
        (np.zeros(3), ONE_COMBINATION, np.broadcast_to(0.0, (1,)), outputs(1).trades, "pnl_out: expected"),
    ],
)
@kernels
def test_arrays_that_are_not_what_the_kernel_takes_are_refused(
    close, params, pnl_out, trades_out, said, kernel
) -> None:
    with pytest.raises(ValueError, match=said):
        _engine.sweep(close, params, pnl_out, trades_out, kernel)


def test_the_extension_lets_other_threads_run_meanwhile() -> None:
    held, turns = threading.Lock(), []

    def take_a_turn() -> None:
        with held:
            turns.append(1)

    interval = sys.getswitchinterval()
    try:
        # No thread is made to give way: the other one runs only if this one lets go of the interpreter by itself.
        sys.setswitchinterval(PATIENCE_S)
        with held:
            other = threading.Thread(target=take_a_turn)
            other.start()
        _engine.sweep(np.ones(20_000), np.full((1, 6), 2_000, dtype=np.int64), *outputs(1), "checked")
        meanwhile = list(turns)
    finally:
        sys.setswitchinterval(interval)
    other.join()
    assert meanwhile == [1]
