"""The feed without an engine: Python reads the exchange's WebSocket, decodes and transforms, as most teams do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from perfwatch.backtest.feed import RECORD, SYMBOLS, Decode, Transform
from perfwatch.errors import EngineError

READY_WITHIN_S = 20.0


class FeedClient:
    """A connection to an exchange, from `start` to `close`; not to be shared by threads. It needs websockets.

    Parameters
    ----------
    url : of the exchange.
    decode : as `feed.Transform`'s; None for the standard library's.
    symbols : as `feed.Transform`'s.
    """

    def __init__(self, url: str, decode: Decode | None = None, symbols: Sequence[str] = SYMBOLS) -> None:
        self._url = url
        self._symbols = list(symbols)
        self._transform = Transform(symbols, decode=decode)
        # A loop of its own, for its callers have none.
        self._loop = asyncio.new_event_loop()
        self._connection: Any = None

    def start(self) -> None:
        """Connect and subscribe.

        Errors
        ------
        EngineError : there is no exchange there, or websockets is not installed.
        """
        try:
            self._loop.run_until_complete(self._subscribe())
        except (ImportError, OSError) as error:
            raise EngineError(f"no feed from {self._url}: {error}") from error

    def read_until(self, n_messages: int) -> NDArray[np.void]:
        """Return what is handed on of the next messages, RECORD (k,), once there were `n_messages` in all.

        Errors
        ------
        EngineError : the exchange has gone.
        """
        from websockets.exceptions import ConnectionClosed

        try:
            return np.array(self._loop.run_until_complete(self._records(n_messages)), dtype=RECORD)
        except ConnectionClosed as error:
            raise EngineError(f"the feed from {self._url} ended: {error}") from error

    def close(self) -> None:
        """Hang up; nothing if that was done before."""
        if self._connection is not None:
            self._loop.run_until_complete(self._connection.close())
            self._connection = None
        self._loop.close()

    async def _subscribe(self) -> None:
        from websockets.asyncio.client import connect

        self._connection = await connect(
            self._url, compression=None, ping_interval=None, open_timeout=READY_WITHIN_S, max_queue=None
        )
        await self._connection.send(json.dumps({"op": "subscribe", "symbols": self._symbols}))

    async def _records(self, n_messages: int) -> list[tuple[Any, ...]]:
        receive, transform, found = self._connection.recv, self._transform, []
        while transform.counts.messages < n_messages:
            record = transform.record(await receive(decode=False))
            if record is not None:
                found.append(record)
        return found

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
