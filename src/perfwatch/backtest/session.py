"""A series that is loaded once, and calls of 48 bytes: what the study calls the cure.

Six windows cross, and sixteen bytes come back; the series stays with the engine for as long as the connection stands.
"""

from __future__ import annotations

import struct
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perfwatch.backtest import wire
from perfwatch.backtest.engine import Engine
from perfwatch.backtest.sweep import N_PARAMS, Sweep, inputs

_NO_BARS: Final = np.empty(0)
_NO_PARAMS: Final = np.empty((0, N_PARAMS), dtype=np.int64)
_PARAMS_BYTES: Final = 8 * N_PARAMS
_HEADER: Final = struct.Struct("<IBII")
_REPLY: Final = struct.Struct("<Idq")
_ANSWER_BYTES: Final = _REPLY.size - wire.LENGTH_BYTES


class Session:
    """A series kept by an engine; not to be shared by threads, and ended with its engine.

    Parameters
    ----------
    engine : started; its connection is this session's from now on.
    close : float64 (n,), price, oldest first.

    Errors
    ------
    UsageError : not one dimension.
    EngineError : the engine refused it, died, hangs, or is not running.
    """

    def __init__(self, engine: Engine, close: ArrayLike) -> None:
        self._engine = engine
        bars, _ = inputs(close, _NO_PARAMS)
        engine.call(wire.OPCODE_LOAD, bars, _NO_PARAMS)
        # A copy: what was sent, whatever the caller does to the array later.
        self.loaded = bars.copy()
        # The frame of a call but for its windows.
        self._header = _HEADER.pack(_HEADER.size - wire.LENGTH_BYTES + _PARAMS_BYTES, wire.OPCODE_SWEEP_LOADED, 0, 1)
        self._reply = bytearray(_REPLY.size)
        # Bound once: a call is microseconds, and looking them up is a tenth of one.
        self._send, self._receive = engine.connection.send, engine.connection.recv_into

    def sweep(self, params: ArrayLike) -> Sweep:
        """Return PnL and trades of every combination over the series, in one round trip.

        Parameters
        ----------
        params : int64 (m, 6), windows in bars, columns (half, full, sq, p3, p2, p).

        Errors
        ------
        UsageError : shapes or windows that no kernel takes.
        EngineError : the engine refused them, died, hangs, or is not running.
        """
        _, rows = inputs(_NO_BARS, params)
        return wire.parse_sweep(self._engine.call(wire.OPCODE_SWEEP_LOADED, _NO_BARS, rows), len(rows))

    def one(self, windows: NDArray[np.int64]) -> tuple[float, int]:
        """Return (PnL, trades) of one combination: the smallest call there is.

        Parameters
        ----------
        windows : int64 (6,), in the order (half, full, sq, p3, p2, p).

        Errors
        ------
        EngineError : as `sweep`; a window that is none is the engine's to refuse.
        """
        try:
            # Far below what a socket takes at once.
            self._send(self._header + windows.tobytes())
            got = self._receive(self._reply)
        except OSError as error:
            raise self._engine.failed(error) from error
        if got == _REPLY.size:
            length, pnl, trades = _REPLY.unpack(self._reply)
            if length == _ANSWER_BYTES:
                return pnl, trades
        # Cut in two, or a refusal.
        answer = wire.parse_sweep(self._engine.rest_of(memoryview(self._reply)[:got], _ANSWER_BYTES), 1)
        return float(answer.pnl[0]), int(answer.trades[0])
