"""The kernels by name: every one takes a series and parameters and returns a sweep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perfwatch.backtest import numba_blocked, numba_certified, numba_kernel, numba_prefix
from perfwatch.backtest.engine import Build
from perfwatch.backtest.sweep import Sweep, empty, inputs
from perfwatch.errors import EngineError, UsageError

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
    build : what the engine calls it, so that it can be asked for behind a boundary; None where the engine has it not.
    says : what it does, in a line.
    sweep : (close float64 (n,), params int64 (m, 6)) -> Sweep, in the calling process.
    """

    name: str
    language: str
    promise: Promise
    build: Build | None
    says: str
    sweep: Callable[[ArrayLike, ArrayLike], Sweep]


def _extension() -> Any:
    try:
        import perfwatch._engine as _engine
    except ImportError as error:
        raise EngineError(
            f"the extension perfwatch._engine cannot be loaded ({error}); reinstall perfwatch with cargo on the PATH"
        ) from error
    return _engine


def _rust_sweep(close: ArrayLike, params: ArrayLike, *, build: Build) -> Sweep:
    bars, rows = inputs(close, params)
    result = empty(len(rows))
    extension = _extension()
    try:
        extension.sweep(bars, rows, result.pnl, result.trades, build)
    except ValueError as error:
        raise UsageError(str(error)) from error
    return result


def lines(kernel: str, close: ArrayLike, params: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (HMA, HMA3) as a Rust kernel computes them, each float64 (n,), both NaN where one of them is.

    Parameters
    ----------
    kernel : name in KERNELS.
    close : float64 (n,), price, oldest first.
    params : int64 (6,), one combination, in the order (half, full, sq, p3, p2, p).

    Errors
    ------
    UsageError : no Rust kernel, or one that computes nothing but which line is above; besides what a sweep refuses.
    """
    found = KERNELS.get(kernel)
    if found is None or found.build is None:
        known = ", ".join(k.name for k in KERNELS.values() if k.build is not None)
        raise UsageError(f"kernel {kernel!r} gives no lines; those of the engine do: {known}")
    bars, rows = inputs(close, np.atleast_2d(np.asarray(params)))
    hma, hma3 = np.empty(bars.size), np.empty(bars.size)
    try:
        _extension().lines(bars, rows[0], hma, hma3, found.build)
    except ValueError as error:
        raise UsageError(str(error)) from error
    return hma, hma3


def simd_level() -> str:
    """Return which instructions the engine's fast kernels use here: `portable`, `avx2` or `avx512`.

    PERFWATCH_SIMD sets them; the best there is without it.

    Errors
    ------
    UsageError : PERFWATCH_SIMD names others, or some that this processor has not.
    """
    try:
        return str(_extension().simd_level())
    except ValueError as error:
        raise UsageError(str(error)) from error


def _rust(build: Build, says: str) -> Kernel:
    name = f"rust_{build.replace('-', '_')}"
    return Kernel(name, "Rust", "last bit", build, says, partial(_rust_sweep, build=build))


def _numba(name: str, says: str, sweep: Callable[[ArrayLike, ArrayLike], Sweep]) -> Kernel:
    return Kernel(name, "Python (numba)", "last bit", None, says, sweep)


KERNELS: dict[str, Kernel] = {
    kernel.name: kernel
    for kernel in (
        _numba("numba", "scalar: what the others are measured against", numba_kernel.sweep),
        _numba("numba_blocked", "64 outputs of a pass at a time", numba_blocked.sweep),
        _numba("numba_prefix", "windows of one start share their sums", numba_prefix.sweep),
        _numba("numba_certified", "running sums, certified, exact where in doubt", numba_certified.sweep),
        _rust("checked", "the study's, every index checked"),
        _rust("unchecked", "the study's, no index checked"),
        _rust("plain", "safe and scalar, without what cost the study's its 13 %"),
        _rust("across", "several outputs of a pass side by side"),
        _rust("prefix", "windows of one start share their sums"),
        _rust("prefix-cores", "the same on every core"),
        _rust("certified", "running sums, certified, exact where in doubt"),
        _rust("certified-cores", "the same on every core"),
    )
}
