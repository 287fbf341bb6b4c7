"""The architectures by name: a kernel behind a boundary, as a plain function from a series to a sweep.

>>> from perfwatch.backtest import architectures, grid
>>> work = grid.workload("quick")
>>> architectures.run("rust_batch_unix", work.close, work.params).trades[0]
11398
"""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike

from perfwatch.backtest.boundaries import BOUNDARIES, Boundary
from perfwatch.backtest.kernels import KERNELS, Kernel
from perfwatch.backtest.sweep import Sweep
from perfwatch.errors import UsageError


@dataclass(frozen=True)
class Architecture:
    """A kernel behind a boundary."""

    name: str
    kernel: Kernel
    boundary: Boundary

    def run(self, close: ArrayLike, params: ArrayLike, core: int | None = None) -> Sweep:
        """Return PnL and trades of every combination.

        Parameters
        ----------
        close : float64 (n,), price, oldest first.
        params : int64 (m, 6), windows in bars, columns (half, full, sq, p3, p2, p).
        core : processor for the engine, None to leave it to the system; without an engine it does nothing.

        Errors
        ------
        UsageError : shapes or windows that no kernel takes.
        EngineError : the engine is not found, dead, or answers with an error.
        """
        return self.boundary.cross(self.kernel, close, params, core)


def _architecture(name: str, kernel: str, boundary: str) -> Architecture:
    return Architecture(name, KERNELS[kernel], BOUNDARIES[boundary])


# The study's five, and the two Rust kernels without a boundary, which make the numerator of the compute gap; then the
# sessions, the tuned kernel behind boundaries, and every further kernel without a boundary, under its own name.
ARCHITECTURES: dict[str, Architecture] = {
    architecture.name: architecture
    for architecture in (
        _architecture("in_process", "numba", "in_process"),
        _architecture("rust_in_process", "rust_checked", "in_process"),
        _architecture("rust_in_process_unchecked", "rust_unchecked", "in_process"),
        _architecture("rust_batch_unix", "rust_checked", "batch_unix"),
        _architecture("rust_batch_unchecked", "rust_unchecked", "batch_unix"),
        _architecture("rust_chatty_unix", "rust_checked", "chatty_unix"),
        _architecture("rust_spawn_stdin", "rust_checked", "spawn_stdin"),
        _architecture("rust_session_unix", "rust_checked", "session_unix"),
        _architecture("rust_session_memory", "rust_checked", "session_memory"),
        _architecture("rust_spawn_each", "rust_checked", "spawn_each"),
        _architecture("rust_batch_json", "rust_checked", "batch_json"),
        _architecture("rust_chatty_json", "rust_checked", "chatty_json"),
        _architecture("rust_certified_batch_json", "rust_certified", "batch_json"),
        _architecture("rust_certified_batch_unix", "rust_certified", "batch_unix"),
        _architecture("rust_certified_session_memory", "rust_certified", "session_memory"),
        *(_architecture(k, k, "in_process") for k in KERNELS if k not in ("numba", "rust_checked", "rust_unchecked")),
    )
}


def run(name: str, close: ArrayLike, params: ArrayLike, core: int | None = None) -> Sweep:
    """Return the sweep as the architecture called `name` computes it (see `Architecture.run`).

    Errors
    ------
    UsageError : there is no such architecture, besides what `Architecture.run` refuses.
    """
    architecture = ARCHITECTURES.get(name)
    if architecture is None:
        raise UsageError(f"architecture {name!r} is not known; give one of {', '.join(ARCHITECTURES)}")
    return architecture.run(close, params, core)
