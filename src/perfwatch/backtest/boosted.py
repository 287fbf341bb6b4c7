"""A gradient-boosted model of the features: by LightGBM, and compiled ahead of time and called through C.

What it predicts is the return over the next ten ticks of a random walk, which nobody can: its trees are as deep and as
many as a real model's, and their cost is what is measured.
"""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from perfwatch.backtest import features
from perfwatch.backtest.features import NAMES, FloatArray, Rolling, Ticks
from perfwatch.errors import EngineError, UsageError

N_TREES: Final = 100
N_LEAVES: Final = 31
_N_TICKS: Final = 3_000
_AHEAD: Final = 10


class Signals(NamedTuple):
    """Of n ticks: what the model said, float64 (n,); when each was and its signal was made, uint64 (n,), ns."""

    value: FloatArray
    bar_time: NDArray[np.uint64]
    signal_gen_time: NDArray[np.uint64]


def trained(seed: int = 1) -> Any:
    """Return a LightGBM booster of the 312 features, the same one for the same seed.

    Errors
    ------
    EngineError : LightGBM is not installed.
    """
    lightgbm = _imported("lightgbm")
    ticks = features.stream(features.LONGEST + _N_TICKS + _AHEAD, seed)
    rolling = features.ByEngine()
    rows = [rolling.push(price, volume) for price, volume in zip(*ticks, strict=True)]
    of = slice(features.LONGEST, features.LONGEST + _N_TICKS)
    target = (ticks.price[_AHEAD:] / ticks.price[:-_AHEAD] - 1.0)[of]
    told = {"objective": "regression", "num_leaves": N_LEAVES, "verbose": -1, "num_threads": 1}
    reproducible = {"seed": seed, "deterministic": True, "force_row_wise": True}
    return lightgbm.train({**told, **reproducible}, lightgbm.Dataset(np.array(rows[of]), target), N_TREES)


def compiled(booster: Any, folder: Path) -> Path:
    """Return the library that tl2cgen and the C compiler make of `booster`, in `folder`.

    Errors
    ------
    EngineError : treelite, tl2cgen or gcc is not installed.
    """
    if shutil.which("gcc") is None:
        raise EngineError("features: no gcc to compile the model with; install it")
    text, library = folder / "model.txt", folder / "model.so"
    text.write_text(booster.model_to_string(), encoding="utf-8")
    # In a process of its own: what the two say on stderr from C++ is nobody's, unless they fail.
    command = [sys.executable, "-m", "perfwatch.backtest.boosted", str(text), str(library)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise EngineError(f"features: the model was not compiled ({' '.join(done.stderr.split())[-300:]})")
    return library


def _compile(text: str, library: str) -> int:
    treelite, tl2cgen = _imported("treelite"), _imported("tl2cgen")
    model = treelite.frontend.load_lightgbm_model(text)
    tl2cgen.export_lib(model, toolchain="gcc", libpath=library, params={}, options=["-march=native"])
    return 0


def by_library(rolling: Rolling, booster: Any) -> Callable[[float, float], float]:
    """Return what takes in a tick and returns the booster's signal, by LightGBM's own prediction."""

    def cycle(price: float, volume: float) -> float:
        return float(booster.predict(rolling.push(price, volume)[None, :], num_threads=1)[0])

    return cycle


class Cycle:
    """Features by the engine and the compiled model: a signal a tick; not to be shared by threads.

    Parameters
    ----------
    library : what `compiled` made. Its code is run: take none that is not yours.
    """

    def __init__(self, library: Path) -> None:
        from perfwatch._engine import Cycle as Engine

        try:
            self._cycle = Engine(str(library))
        except ValueError as error:
            raise UsageError(f"features: {error}") from error

    def push(self, price: float, volume: float, bar_time: int) -> tuple[float, int]:
        """Return (signal, when it was made) of a tick of `bar_time`, both times nanoseconds since 1970.

        Errors
        ------
        UsageError : a tick that is none, or one that is not past when its signal is made.
        """
        try:
            signal: tuple[float, int] = self._cycle.push(price, volume, bar_time)
        except ValueError as error:
            raise UsageError(f"features: {error}") from error
        return signal

    def features(self) -> FloatArray:
        """Return the features of the newest tick, float64 (312,)."""
        out = np.empty(len(NAMES))
        self._cycle.features(out)
        return out

    def replay(self, ticks: Ticks) -> Signals:
        """Return the signals of `ticks`, each stamped with the time of now as it is taken in; errors as `push`'s."""
        n = len(ticks.price)
        made = Signals(np.empty(n), np.empty(n, np.uint64), np.empty(n, np.uint64))
        try:
            self._cycle.replay(ticks.price, ticks.volume, *made)
        except ValueError as error:
            raise UsageError(f"features: {error}") from error
        return made


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except (ImportError, OSError) as error:
        # An OSError where a library that it wants is not there: LightGBM's is libgomp.
        raise EngineError(f"features: {name} cannot be loaded ({error}); install it") from error


if __name__ == "__main__":
    sys.exit(_compile(*sys.argv[1:]))
