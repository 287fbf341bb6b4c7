"""Rolling features of a stream of ticks: thirteen kinds over twenty-four windows, in four ways.

Every feature is a function of the last w ticks of its window and of nothing else, so that what research computes from a
slice is what a stream computes tick by tick. Kinds, of prices p (oldest first, 1..w) and volumes v:

- mean; deviation (ddof 1); z, (last p - mean) / deviation
- weighted, weights 1..w; exponential, weights (1 - a)^(w - k), a = 2 / (w + 1), over their sum: of the window alone,
  where an average over all history would depend on when somebody began to listen
- minimum; maximum; position, (last p - minimum) / (maximum - minimum); change, last p / first p - 1
- correlation of p and v (Pearson); quartile, the price of rank (w - 1) // 4 from 0: one that was traded
- turnover, sum p v; average, turnover / sum v

A window that is not full has none (NaN); nor has one where it would be a division by zero: z, position and correlation
where prices are all the same, correlation where volumes are, average where nothing was traded. Deviation is 0 where
prices are all the same.

`pandas`, `numpy` and `numba` compute a window from its ticks, for each tick again; `engine` keeps state and changes it
(`engine/core/src/features`, which also says why that agrees). `disagreeing` holds them to what each may be off by.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from perfwatch.errors import EngineError, UsageError

FloatArray = NDArray[np.float64]

# fmt: off
WINDOWS: Final = (
    10, 12, 15, 18, 22, 27, 33, 40, 50, 60, 75, 90, 110, 135, 165, 200, 250, 300, 370, 450, 550, 670, 820, 1000,
)
# fmt: on
KINDS: Final = (
    *("mean", "deviation", "z", "weighted", "exponential", "minimum", "maximum", "position", "change"),
    *("correlation", "quartile", "turnover", "average"),
)
NAMES: Final = tuple(f"{kind}_{window}" for kind in KINDS for window in WINDOWS)
LONGEST: Final = WINDOWS[-1]
# Prices and volumes above it are refused: their squares and products are to stay numbers.
LARGEST: Final = 1e100


class Ticks(NamedTuple):
    """A stream: price float64 (n,), above 0; volume float64 (n,), at least 0; in order of time."""

    price: FloatArray
    volume: FloatArray


class Rolling(Protocol):
    """Features that take in a stream tick by tick."""

    def push(self, price: float, volume: float) -> FloatArray:
        """Return the features of the windows that end with this tick, float64 (312,), in the order of NAMES."""


def stream(n: int, seed: int = 1) -> Ticks:
    """Return `n` ticks: a geometric random walk from 100 with steps of .0008, volumes exponential around 1."""
    rng = np.random.default_rng(seed)
    return Ticks(100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.0008, n))), rng.exponential(1.0, n))


def row_by_numpy(price: FloatArray, volume: FloatArray) -> FloatArray:
    """Return the features of the windows that end with the last tick, float64 (312,); vectors where numpy has them."""
    out = np.full((len(KINDS), len(WINDOWS)), np.nan)
    last = price[-1]
    for place, window in enumerate(WINDOWS):
        if window > len(price):
            break
        p, v = price[-window:], volume[-window:]
        least, most, mean = p.min(), p.max(), p.mean()
        is_flat = least == most
        deviation = 0.0 if is_flat else p.std(ddof=1)
        weights, decayed = _weights(window)
        turnover, traded = p @ v, v.sum()
        dp, dv = p - mean, v - v.mean()
        is_uncorrelated = is_flat or v.min() == v.max()
        out[:, place] = (
            mean,
            deviation,
            (last - mean) / deviation if deviation > 0 else math.nan,
            p @ weights,
            p @ decayed,
            least,
            most,
            math.nan if is_flat else (last - least) / (most - least),
            last / p[0] - 1.0,
            math.nan if is_uncorrelated else (dp @ dv) / math.sqrt((dp @ dp) * (dv @ dv)),
            np.partition(p, (window - 1) // 4)[(window - 1) // 4],
            turnover,
            turnover / traded if traded > 0 else math.nan,
        )
    return out.reshape(-1)


def row_by_pandas(price: FloatArray, volume: FloatArray) -> FloatArray:
    """Return the same as `row_by_numpy`, as one writes it with pandas.

    Errors
    ------
    EngineError : pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise EngineError(f"features: pandas is not installed ({error})") from error
    ticks = pd.DataFrame({"price": price, "volume": volume})
    out = np.full((len(KINDS), len(WINDOWS)), np.nan)
    for place, window in enumerate(WINDOWS):
        if window > len(ticks):
            break
        tail = ticks.tail(window)
        p, v = tail["price"], tail["volume"]
        last, least, most, mean = p.iloc[-1], p.min(), p.max(), p.mean()
        is_flat = least == most
        deviation = 0.0 if is_flat else p.std()
        turnover, traded = (p * v).sum(), v.sum()
        is_uncorrelated = is_flat or v.nunique() == 1
        out[:, place] = (
            mean,
            deviation,
            (last - mean) / deviation if deviation > 0 else math.nan,
            (p * _weights(window)[0]).sum(),
            p.ewm(span=window).mean().iloc[-1],
            least,
            most,
            math.nan if is_flat else (last - least) / (most - least),
            last / p.iloc[0] - 1.0,
            math.nan if is_uncorrelated else p.corr(v),
            p.quantile(((window - 1) // 4) / (window - 1), interpolation="lower"),
            turnover,
            turnover / traded if traded > 0 else math.nan,
        )
    return out.reshape(-1)


def row_by_numba(price: FloatArray, volume: FloatArray) -> FloatArray:
    """Return the same as `row_by_numpy`, by loops that numba compiled."""
    from perfwatch.backtest.numba_features import row

    out = np.full((len(KINDS), len(WINDOWS)), np.nan)
    row(price, volume, _WINDOWS, out)
    return out.reshape(-1)


class ByWindow:
    """Features computed from the newest ticks, for each tick again.

    Parameters
    ----------
    row : prices and volumes, oldest first, → the features of the windows that end with the last.
    """

    def __init__(self, row: Callable[[FloatArray, FloatArray], FloatArray]) -> None:
        self._row = row
        # Twice as long as needed: what is kept is one slice, moved to the front when it meets the end.
        self._price, self._volume = np.empty(2 * LONGEST), np.empty(2 * LONGEST)
        self._end = 0

    def push(self, price: float, volume: float) -> FloatArray:
        """Return the features, float64 (312,); errors as `take`'s."""
        self.take(price, volume)
        newest = slice(max(self._end - LONGEST, 0), self._end)
        return self._row(self._price[newest], self._volume[newest])

    def take(self, price: float, volume: float) -> None:
        """Take in a tick whose features nobody wants.

        Errors
        ------
        UsageError : a price or a volume that is none; it is not taken in.
        """
        if not (0.0 < price <= LARGEST and 0.0 <= volume <= LARGEST):
            raise _no_tick(price, volume)
        if self._end == 2 * LONGEST:
            for kept in (self._price, self._volume):
                kept[: LONGEST - 1] = kept[-(LONGEST - 1) :]
            self._end = LONGEST - 1
        self._price[self._end], self._volume[self._end] = price, volume
        self._end += 1


class ByEngine:
    """Features whose state the engine keeps, in constant time a tick."""

    def __init__(self) -> None:
        try:
            from perfwatch._engine import Features
        except ImportError as error:
            raise EngineError(
                f"the extension perfwatch._engine cannot be loaded ({error}); reinstall perfwatch"
            ) from error
        self._features = Features()

    def push(self, price: float, volume: float) -> FloatArray:
        """Return the features, float64 (312,); errors as `ByWindow`'s."""
        out = np.empty(len(NAMES))
        try:
            self._features.push(price, volume, out)
        except ValueError as error:
            raise UsageError(f"features: {error}") from error
        return out

    def replay(self, ticks: Ticks) -> FloatArray:
        """Return the features of the last of `ticks`, float64 (312,), without those in between; errors as `push`'s."""
        return self._replayed(ticks, np.empty(0, np.int64))

    def took_s(self, ticks: Ticks) -> FloatArray:
        """Return how long each of `ticks` took, float64 (n,); some 40 ns of each are the clock's."""
        took_ns = np.empty(len(ticks.price), np.int64)
        self._replayed(ticks, took_ns)
        return np.asarray(took_ns * 1e-9, dtype=np.float64)

    def _replayed(self, ticks: Ticks, took_ns: NDArray[np.int64]) -> FloatArray:
        out = np.empty(len(NAMES))
        try:
            self._features.replay(ticks.price, ticks.volume, took_ns, out)
        except ValueError as error:
            raise UsageError(f"features: {error}") from error
        return out


# Those that compute from the window's ticks; `ENGINE` keeps state.
ROWS: Final[dict[str, Callable[[FloatArray, FloatArray], FloatArray]]] = {
    "pandas": row_by_pandas,
    "numpy": row_by_numpy,
    "numba": row_by_numba,
}
ENGINE: Final = "engine"
WAYS: Final = (*ROWS, ENGINE)


def rolling(way: str) -> Rolling:
    """Return the features of a stream that has not begun, by one of WAYS.

    Errors
    ------
    UsageError : no such way.
    EngineError : the extension cannot be loaded.
    """
    if way not in WAYS:
        raise UsageError(f"features: no way {way!r} to compute them; there are {', '.join(WAYS)}")
    return ByEngine() if way == ENGINE else ByWindow(ROWS[way])


def disagreeing(found: FloatArray, expected: FloatArray) -> NDArray[np.bool_]:
    """Return which features, (312,), are further from the `expected` ones than their kind's bound, or missing in one.

    Minimum, maximum, position, change and quartile are the same bits whoever computes them. Sums are not: their order
    differs. Bounds are relative, and 1e-8 of 1 + z and 1e-7 of 1 for what is relative already.
    """
    f, e = found.reshape(len(KINDS), -1), expected.reshape(len(KINDS), -1)
    most = e[KINDS.index("maximum")]
    scale = np.array([_SCALES[kind](e[place], most) for place, kind in enumerate(KINDS)])
    with np.errstate(invalid="ignore"):
        agree = (np.abs(f - e) <= scale) | (f == e)
    return np.asarray(~(agree | (np.isnan(f) & np.isnan(e)))).reshape(-1)


_Scale = Callable[[FloatArray, FloatArray], FloatArray]


def _of_price(share: float) -> _Scale:
    return lambda expected, most: share * most


def _of_itself(share: float) -> _Scale:
    return lambda expected, most: share * np.abs(expected)


_EXACT: Final[_Scale] = _of_itself(0.0)
_SCALES: Final[dict[str, _Scale]] = {
    "mean": _of_price(1e-12),
    "deviation": _of_itself(1e-8),
    "z": lambda expected, most: 1e-8 * (1.0 + np.abs(expected)),
    "weighted": _of_price(1e-12),
    "exponential": _of_price(1e-12),
    "minimum": _EXACT,
    "maximum": _EXACT,
    "position": _EXACT,
    "change": _EXACT,
    "correlation": lambda expected, most: np.full_like(expected, 1e-7),
    "quartile": _EXACT,
    "turnover": _of_itself(1e-9),
    "average": _of_price(1e-9),
}
_WINDOWS: Final = np.array(WINDOWS, dtype=np.int64)
_KEPT: Final[dict[int, tuple[FloatArray, FloatArray]]] = {}


def _weights(window: int) -> tuple[FloatArray, FloatArray]:
    """Return the weights of the weighted and of the exponential mean, float64 (window,), oldest first; sums are 1."""
    if window not in _KEPT:
        weights = np.arange(1.0, window + 1.0)
        decayed = (1.0 - 2.0 / (window + 1.0)) ** np.arange(window - 1.0, -1.0, -1.0)
        _KEPT[window] = weights / weights.sum(), decayed / decayed.sum()
    return _KEPT[window]


def _no_tick(price: float, volume: float) -> UsageError:
    return UsageError(
        "features: expected a price above 0 and a volume of at least 0, neither above 1e100, "
        f"got {price:g} and {volume:g}"
    )
