"""The Rust kernels, without any boundary (engine/python)."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__version__: str

def sweep(
    close: NDArray[np.float64],
    params: NDArray[np.int64],
    pnl_out: NDArray[np.float64],
    trades_out: NDArray[np.int64],
    kernel: str,
) -> None:
    """Compute PnL and closed trades of every combination into `pnl_out` and `trades_out`.

    Parameters
    ----------
    close : float64 (n,), price, oldest first; NaN where there is none.
    params : int64 (m, 6), windows in bars, columns (half, full, sq, p3, p2, p).
    pnl_out : float64 (m,), written: PnL in percentage points.
    trades_out : int64 (m,), written: closed trades.
    kernel : name of the kernel that computes, as `perfwatch-engine --help` lists them.

    All four are C-contiguous. The interpreter's lock is released while the kernel runs.

    Errors
    ------
    ValueError : another type, shape or memory order, a read-only output, a parameter that is no window, a
        kernel of another name, or PERFWATCH_SIMD naming instructions that this processor has not.
    """

def lines(
    close: NDArray[np.float64],
    params: NDArray[np.int64],
    hma_out: NDArray[np.float64],
    hma3_out: NDArray[np.float64],
    kernel: str,
) -> None:
    """Compute the two lines of one combination into `hma_out` and `hma3_out`, both NaN where one of them is.

    Parameters
    ----------
    close : float64 (n,), price, oldest first; NaN where there is none.
    params : int64 (6,), windows in bars, in the order (half, full, sq, p3, p2, p).
    hma_out, hma3_out : float64 (n,), written.
    kernel : name of a kernel that computes them.

    Errors
    ------
    ValueError : as `sweep`, or a kernel that computes nothing but which line is above.
    """

def simd_level() -> str:
    """Return which instructions the fast kernels use: "portable", "avx2" or "avx512".

    Errors
    ------
    ValueError : PERFWATCH_SIMD names others, or some that this processor has not.
    """

class Mailbox:
    """The client's half of memory shared with an engine; not to be shared by threads.

    Parameters
    ----------
    memory : descriptor of the memory; the mapping outlives it.
    capacity : floats of data each way.
    socket : descriptor of the connection to the engine; it stays the caller's, and open.
    wait : "spin", "futex" or "hybrid".

    Errors
    ------
    ValueError : another way to wait, or no descriptors.
    OSError : the memory cannot be mapped.
    """

    def __init__(self, memory: int, capacity: int, socket: int, wait: str) -> None: ...
    def caller(self) -> Callable[[NDArray[np.int64]], tuple[float, int] | None]:
        """Return the function that asks for one combination: `one(windows)`.

        windows : int64 (6,), in the order (half, full, sq, p3, p2, p). It returns (PnL, trades) over the series that
        was loaded, None where it was refused; and raises ValueError for another type or shape, ConnectionError where
        the engine has gone, RuntimeError where another thread waits for an answer.
        """

    def load(self, n: int) -> bool:
        """Keep the first `n` floats of the client's data as the series; whether the engine did."""

    def echo(self, n: int) -> bool:
        """Copy the first `n` floats of the client's data into the engine's; whether the engine did."""

class TickProducer:
    """The producer's half of a ring of ticks; not to be shared by threads.

    Parameters
    ----------
    memory : descriptor of the ring's memory; the mapping outlives it.
    capacity : ticks the ring holds, a power of two.
    socket : descriptor of the connection to the consumer; it stays the caller's, and open.

    Errors
    ------
    ValueError : no descriptors.
    OSError : the memory cannot be mapped, or the capacity is no power of two.
    """

    def __init__(self, memory: int, capacity: int, socket: int) -> None: ...
    def pusher(self, symbol: bytes, /) -> Callable[[float, int, int], None]:
        """Return the function that writes a tick of `symbol`: `push(price, quantity, kind)`.

        It stamps the tick with the time of now, and waits for room where there is none; quantity is below 2**32, kind
        1 for a bid and 2 for an ask. It raises TypeError or OverflowError for others, and ConnectionError where the
        consumer has gone.

        Parameters
        ----------
        symbol : 8 bytes, padded with zeros.

        Errors
        ------
        ValueError : a symbol of another length.
        """

    def end(self) -> None:
        """End the stream.

        Errors
        ------
        ConnectionError : the consumer has gone.
        """

def feed_records(messages: list[bytes], symbols: list[str], smallest: float) -> tuple[bytes, tuple[int, int, int, int]]:
    """Return (records, (messages, malformed, foreign, records)) of what is handed on of a feed.

    Parameters
    ----------
    messages : in their order.
    symbols : a record names them by their place.
    smallest : the smallest trade that is handed on.
    """

class Features:
    """Rolling features of a stream of ticks, in constant time a tick; not to be shared by threads.

    Errors
    ------
    ValueError : PERFWATCH_SIMD names instructions that this processor has not.
    """

    def __init__(self) -> None: ...
    @staticmethod
    def names() -> tuple[list[str], list[int]]:
        """Return (kinds, windows in ticks): feature number k * len(windows) + w is kind k over window w."""

    def push(self, price: float, volume: float, out: NDArray[np.float64], /) -> None:
        """Take in a tick, and write the features of the windows that end with it into `out`.

        Parameters
        ----------
        out : float64 (312,), written; NaN where there is none.

        Errors
        ------
        ValueError : a price or a volume that is none, or another type or shape; nothing was taken in.
        """

    def replay(
        self,
        price: NDArray[np.float64],
        volume: NDArray[np.float64],
        took_ns: NDArray[np.int64],
        out: NDArray[np.float64],
        /,
    ) -> None:
        """Take in ticks, and write how long each took into `took_ns`; the features are those of the last.

        Parameters
        ----------
        price, volume : float64 (n,).
        took_ns : int64 (n,), written, or (0,): nothing is.
        out : float64 (312,), written.

        Errors
        ------
        ValueError : as `push`; the ticks before it were taken in.
        """

class Cycle:
    """Features and a model compiled ahead of time: a signal a tick; not to be shared by threads.

    Parameters
    ----------
    model : path of a library that tl2cgen made. Its code is run: load none that is not yours.

    Errors
    ------
    ValueError : no library, or no model of these features; or as `Features`.
    """

    def __init__(self, model: str) -> None: ...
    def push(self, price: float, volume: float, bar_time: int, /) -> tuple[float, int]:
        """Return (signal, time it was made), nanoseconds since 1970, of a tick that is taken in.

        Parameters
        ----------
        bar_time : when the tick was, nanoseconds since 1970.

        Errors
        ------
        ValueError : a price or a volume that is none, or a tick that is not past.
        """

    def features(self, out: NDArray[np.float64], /) -> None:
        """Write the features of the newest tick into `out`, float64 (312,)."""

    def replay(
        self,
        price: NDArray[np.float64],
        volume: NDArray[np.float64],
        signal: NDArray[np.float64],
        bar_time: NDArray[np.uint64],
        signal_gen_time: NDArray[np.uint64],
        /,
    ) -> None:
        """Take in ticks one after the other, each stamped with the time of now before it is.

        Parameters
        ----------
        price, volume : float64 (n,).
        signal : float64 (n,), written.
        bar_time, signal_gen_time : uint64 (n,), written, nanoseconds since 1970.

        Errors
        ------
        ValueError : as `push`, or another type or shape.
        """
