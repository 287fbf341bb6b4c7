"""The engine as most teams would deploy it, HTTP with JSON bodies, to be measured against.

Numbers survive to the last bit: Python writes the shortest text that reads back as the same float64, and so does the
engine. JSON has no number that is not finite.
"""

from __future__ import annotations

import http.client
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perfwatch.backtest.engine import Build, Engine
from perfwatch.backtest.sweep import Sweep
from perfwatch.errors import EngineError, FrameError, UsageError


class JsonEngine(Engine):
    """An engine that is asked in JSON over one HTTP connection; not to be shared by threads.

    Parameters
    ----------
    kernel : which kernel computes.
    core : processor the engine is pinned to, None to leave it to the system.
    """

    def __init__(self, kernel: Build = "checked", core: int | None = None) -> None:
        super().__init__(kernel, "http", core)
        # Only its words are used: the connection is the engine's, with the engine's timeouts.
        self._http = http.client.HTTPConnection("127.0.0.1")

    def sweep(self, close: NDArray[np.float64], params: NDArray[np.int64]) -> Sweep:
        """Return PnL and trades of every combination.

        Parameters
        ----------
        close : float64 (n,), price, oldest first, all finite.
        params : int64 (m, 6), windows in bars, columns (half, full, sq, p3, p2, p).

        Errors
        ------
        UsageError : a price that is not finite.
        EngineError : the engine refused it, died, hangs, or is not running.
        FrameError : its answer is none.
        """
        told = self.ask("/sweep", {"close": close.tolist(), "params": params.tolist()})
        try:
            found = Sweep(np.array(told["pnl"], dtype=np.float64), np.array(told["trades"], dtype=np.int64))
        except (KeyError, TypeError, ValueError) as error:
            raise FrameError(f"reply: expected pnl and trades, got {str(told)[:80]}") from error
        if not found.pnl.shape == found.trades.shape == (len(params),):
            raise FrameError(f"reply: expected {len(params)} combinations, got {len(found.pnl)}")
        return found

    def echo(self, close: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return `close`, float64 (n,), all finite, as it comes back; errors as `sweep`."""
        return np.array(self.ask("/echo", {"close": close.tolist()})["close"], dtype=np.float64)

    def ask(self, path: str, question: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a question, an object each; errors as `sweep`."""
        try:
            body = json.dumps(question, allow_nan=False).encode("ascii")
        except ValueError as error:
            raise UsageError("JSON has no number that is not finite; send such prices by another boundary") from error
        self._http.sock = self.connection
        try:
            self._http.request("POST", path, body, {"Content-Type": "application/json"})
            reply = self._http.getresponse()
            told = json.loads(reply.read())
        except OSError as error:
            raise self.failed(error) from error
        except http.client.HTTPException as error:
            raise self.failed(OSError(str(error))) from error
        except ValueError as error:
            raise FrameError(f"reply: expected JSON ({error})") from error
        if reply.status != 200:
            raise EngineError(f"the engine refused the request: {told.get('error', reply.status)}")
        return dict(told)
