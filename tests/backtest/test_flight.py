"""Arrow Flight beside the engine: every bit comes back, and a server that dies is told of."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

from perfwatch.backtest.flight import FlightPeer
from perfwatch.errors import EngineError


def test_every_bit_comes_back_over_and_over() -> None:
    with FlightPeer() as peer:
        for n in (0, 1, 1_000, 150_000):
            sent = np.random.default_rng(n).integers(0, 2**63, n, dtype=np.uint64).view(np.float64)
            assert peer.echo(sent).tobytes() == sent.tobytes()


def test_a_server_that_dies_or_was_closed_is_told_of() -> None:
    with FlightPeer() as peer:
        assert peer._process is not None
        os.kill(peer._process.pid, signal.SIGKILL)
        peer._process.wait()
        with pytest.raises(EngineError, match="failed in mid-call"):
            peer.echo(np.array([1.0]))
    with pytest.raises(EngineError, match="not running"):
        peer.echo(np.array([1.0]))
