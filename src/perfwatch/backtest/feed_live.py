"""The whole way of a feed: from the exchange's socket to records in Python's hands, by a decoder or by the engine."""

from __future__ import annotations

import json
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from perfwatch.backtest import feed
from perfwatch.backtest.exchange import Exchange
from perfwatch.backtest.feed_client import FeedClient
from perfwatch.backtest.feed_engine import FeedEngine
from perfwatch.errors import UsageError, WrongAnswerError

ENGINE: Final = "engine"
WAYS: Final = (*feed.DECODERS, ENGINE)


class Live:
    """An exchange that plays its messages on demand, and one reader of them; not to be shared by threads.

    Parameters
    ----------
    way : one of WAYS.
    n_messages, seed : of `feed.messages`.
    core : processor of the exchange and of the engine, None to leave them to the system.
    """

    def __init__(self, way: str, n_messages: int, seed: int = 1, core: int | None = None) -> None:
        if way not in WAYS:
            raise UsageError(f"feed: no way {way!r} to read it; there are {', '.join(WAYS)}")
        self._way, self._n, self._seed, self._core = way, n_messages, seed, core
        self._exchange = Exchange(n_messages, seed, "silence", on_demand=True, core=core)
        self._reader: FeedClient | FeedEngine | None = None
        # Messages read, the acknowledgement among them.
        self._read = 1

    def start(self) -> None:
        """Start the exchange, connect, and check that the first play's records are those of the definition.

        Errors
        ------
        EngineError : the exchange or the engine did not start; websockets or the decoder is not installed.
        WrongAnswerError : the records are others.
        """
        try:
            self._connect()
        except BaseException:
            self.close()
            raise

    def _connect(self) -> None:
        self._exchange.start()
        url = self._exchange.address
        if self._way == ENGINE:
            self._reader = FeedEngine(url, core=self._core)
        else:
            self._reader = FeedClient(url, feed.DECODERS[self._way])
        self._reader.start()
        self._reader.read_until(1)
        acknowledged = json.dumps({"type": "ack", "symbols": list(feed.SYMBOLS)}).encode()
        expected = feed.Transform().records([acknowledged, *feed.messages(self._n, self._seed)])
        if self.play().tobytes() != expected.tobytes():
            raise WrongAnswerError(f"the feed by {self._way}: the records are not those of the definition")

    def play(self) -> NDArray[np.void]:
        """Return the records, RECORD (k,), of the messages played once more."""
        assert self._reader is not None
        self._read += self._n
        self._exchange.play()
        return self._reader.read_until(self._read)

    def close(self) -> None:
        """Hang up, and end the exchange; nothing if that was done before."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        self._exchange.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
