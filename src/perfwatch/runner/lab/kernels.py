"""How much faster than numba's scalar kernel each other one is, bit by bit the same."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

import numpy as np

from perfwatch.backtest import affinity, grid, market
from perfwatch.backtest.kernels import KERNELS
from perfwatch.backtest.sweep import Sweep
from perfwatch.errors import WrongAnswerError
from perfwatch.report.lab import Finding
from perfwatch.runner.lab.turns import in_turns, ratio

_BASE = "numba"
# Kernel → (gate, stretch), times numba's scalar kernel over the wide grid.
_GATES = {
    "numba_blocked": (2.5, None),
    "numba_prefix": (6.0, None),
    "numba_certified": (10.0, None),
    "rust_plain": (1.0, 1.25),
    "rust_prefix": (25.0, 40.0),
    "rust_prefix_cores": (36.0, 60.0),
    "rust_certified": (80.0, 200.0),
    "rust_certified_cores": (95.0, 250.0),
}
# The wide grid: 80 lengths from 20 to 200, evenly spaced and rounded. The study's own beside it.
GRIDS: dict[str, tuple[int, ...]] = {
    "lengths 20 … 200": tuple(int(n) for n in np.rint(np.linspace(20, 200, 80))),
    "lengths 6 … 164": grid.LENGTHS,
}


def turns(rounds: int) -> int:
    """Return how many calls `findings` makes."""
    return len(GRIDS) * len(KERNELS) * (rounds + 1)


def findings(rounds: int, told: Callable[[], None]) -> list[Finding]:
    """Return each kernel's ratio over both grids; a kernel whose answers are not the reference's has none.

    Errors
    ------
    WrongAnswerError : a kernel's sweep is not numba's to the last bit.
    """
    return [finding for name in GRIDS for finding in _of_grid(name, rounds, told)]


def _of_grid(name: str, rounds: int, told: Callable[[], None]) -> list[Finding]:
    close, params = market.close(), grid.params(GRIDS[name])
    answers: dict[str, Sweep] = {}

    def of(kernel: str) -> Callable[[], object]:
        label = affinity.BOTH_CORES if kernel.endswith("_cores") else affinity.ONE_CORE

        def call() -> None:
            if label in affinity.labels():
                affinity.pin(label)
            answers[kernel] = KERNELS[kernel].sweep(close, params)

        return call

    taken = in_turns({kernel: of(kernel) for kernel in KERNELS}, rounds, told)
    for kernel, answer in answers.items():
        if answer.pnl.tobytes() != answers[_BASE].pnl.tobytes() or (answer.trades != answers[_BASE].trades).any():
            raise WrongAnswerError(f"lab: {kernel} and {_BASE} differ over {name}; its time counts for nothing")
    found = []
    for kernel in KERNELS:
        middle, least, most = ratio(taken[_BASE], taken[kernel])
        gate, stretch = _GATES.get(kernel, (None, None)) if name == next(iter(GRIDS)) else (None, None)
        what = f"{kernel}: {KERNELS[kernel].says}"
        found.append(
            Finding(
                f"kernels, {name}", what, "× numba", middle, least, most, gate, stretch, seconds=median(taken[kernel])
            )
        )
    return found
