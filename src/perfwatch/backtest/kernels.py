"""The kernels by name: every one takes a series and parameters and returns a sweep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from numpy.typing import ArrayLike

from perfwatch.backtest import numba_kernel
from perfwatch.backtest.engine import Build
from perfwatch.backtest.sweep import Sweep, empty, inputs
from perfwatch.errors import EngineError

# `last bit`: the same bits as the reference, for it sums in the same order; `gate`: within the equivalence gate.
Promise = Literal["last bit", "gate"]


@dataclass(frozen=True)
class Kernel:
    """A kernel.

    Attributes
    ----------
    name : key in KERNELS.
    language : what it is written in.
    promise : how near to the reference it is held.
    build : which build of the engine runs it behind a boundary, None where none does.
    sweep : (close float64 (n,), params int64 (m, 6)) -> Sweep, in the calling process.
    """

    name: str
    language: str
    promise: Promise
    build: Build | None
    sweep: Callable[[ArrayLike, ArrayLike], Sweep]


def _rust_sweep(close: ArrayLike, params: ArrayLike, *, unchecked: bool) -> Sweep:
    try:
        import perfwatch._engine as _engine
    except ImportError as error:
        raise EngineError(
            f"the extension perfwatch._engine cannot be loaded ({error}); reinstall perfwatch with cargo on the PATH"
        ) from error
    bars, rows = inputs(close, params)
    result = empty(len(rows))
    _engine.sweep(bars, rows, result.pnl, result.trades, unchecked)
    return result


KERNELS: dict[str, Kernel] = {
    kernel.name: kernel
    for kernel in (
        Kernel("numba", "Python (numba)", "last bit", None, numba_kernel.sweep),
        Kernel("rust_checked", "Rust", "last bit", "checked", partial(_rust_sweep, unchecked=False)),
        Kernel("rust_unchecked", "Rust (get_unchecked)", "last bit", "unchecked", partial(_rust_sweep, unchecked=True)),
    )
}
