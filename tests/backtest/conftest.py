"""The two sizes and what the oracle says of them, computed once a session; and the kernel a third time, by hand."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from served_engine import Server

from perfwatch.backtest import boundaries, grid, reference
from perfwatch.backtest.grid import Workload
from perfwatch.backtest.sweep import Sweep

ByHand = Callable[[Sequence[float], Sequence[int]], tuple[float, int]]


@pytest.fixture(scope="session")
def full() -> Workload:
    return grid.workload("full")


@pytest.fixture(scope="session")
def quick() -> Workload:
    return grid.workload("quick")


@pytest.fixture(scope="session")
def full_oracle(full: Workload) -> Sweep:
    return reference.sweep(full.close, full.params)


@pytest.fixture(scope="session")
def quick_oracle(quick: Workload) -> Sweep:
    return reference.sweep(quick.close, quick.params)


@pytest.fixture(scope="module", autouse=True)
def _engines_end_with_the_file() -> Iterator[None]:
    """End the shared engines: one that waits by spinning takes a core for as long as it lives."""
    yield
    boundaries.end_engines()


@pytest.fixture
def own_mask() -> Iterator[set[int]]:
    """The processors this process may use; whatever the test does to them is undone."""
    mask = os.sched_getaffinity(0)
    yield mask
    os.sched_setaffinity(0, mask)


@pytest.fixture(scope="session")
def by_hand() -> ByHand:
    """One combination bar by bar in plain Python, from the definition and from nothing else."""
    return _by_hand


def _by_hand(close: Sequence[float], params: Sequence[int]) -> tuple[float, int]:
    half, full, sq, p3, p2, p = params
    slow = _wma([2 * a - b for a, b in zip(_wma(close, half), _wma(close, full), strict=True)], sq)
    three = zip(_wma(close, p3), _wma(close, p2), _wma(close, p), strict=True)
    fast = _wma([3 * a - b - c for a, b, c in three], p)
    pnl, trades, position, entry = 0.0, 0, 0, 0.0
    for price, h, h3 in zip(close, slow, fast, strict=True):
        if math.isnan(h) or math.isnan(h3):
            continue
        side = 1 if h3 > h else -1
        if side != position:
            if position:
                pnl += position * (price - entry) / entry * 100 - 0.09
                trades += 1
            position, entry = side, price
    return pnl, trades


def _wma(x: Sequence[float], n: int) -> list[float]:
    out = []
    for i in range(len(x)):
        if i < n - 1:
            out.append(math.nan)
            continue
        total = 0.0
        for k in range(1, n + 1):
            total += k * x[i - n + k]
        out.append(total / (n * (n + 1) / 2))
    return out


@pytest.fixture(scope="module")
def published_close() -> np.ndarray:
    returns = np.random.default_rng(42).normal(0.0, 0.0008, 150_000)
    return 100 * np.exp(np.cumsum(returns))


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(*arguments: str, umask: int = -1) -> Server:
        servers.append(Server(*arguments, umask=umask))
        return servers[-1]

    yield start
    for server in servers:
        server.end()


@pytest.fixture
def socket_path(tmp_path: Path) -> Path:
    return tmp_path / "engine.sock"
