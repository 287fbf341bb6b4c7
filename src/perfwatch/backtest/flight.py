"""Arrow Flight, the ready-made way to send columns to another process: pyarrow at both ends, beside our own ways."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perfwatch.backtest.peer import Peer
from perfwatch.errors import EngineError

FloatArray = NDArray[np.float64]


class FlightPeer(Peer):
    """A Flight server in a process of its own and a client of it; not to be shared by threads.

    Parameters
    ----------
    core : processor the server is pinned to, None to leave it to the system.
    """

    def __init__(self, core: int | None = None) -> None:
        super().__init__("Flight server", "perfwatch.backtest.flight_server", core=core)
        self._client: Any = None

    def start(self) -> None:
        """Start the server and connect to it.

        Errors
        ------
        EngineError : pyarrow is not installed, or the server did not start in time.
        HostError : the server cannot be pinned to its core.
        """
        try:
            import pyarrow.flight as flight
        except ImportError as error:
            raise EngineError(f"Arrow Flight needs pyarrow ({error}); install it") from error
        if self._client is None:
            super().start()
            self._client = flight.connect(self.address)

    def echo(self, floats: FloatArray) -> FloatArray:
        """Return `floats`, float64 (n,), as they come back: one exchange, one batch each way.

        Errors
        ------
        EngineError : the server is not running, or has gone.
        """
        import pyarrow as pa
        import pyarrow.flight as flight

        if self._client is None:
            raise EngineError("the Flight server is not running: not started, or closed")
        batch = pa.record_batch([pa.array(floats)], names=["close"])
        try:
            writer, reader = self._client.do_exchange(flight.FlightDescriptor.for_command(b"echo"))
            with writer:
                writer.begin(batch.schema)
                writer.write_batch(batch)
                writer.done_writing()
                returned = reader.read_chunk().data
        except flight.FlightError as error:
            raise EngineError(f"the Flight server failed in mid-call: {str(error).splitlines()[0]}") from error
        return np.asarray(returned.column(0).to_numpy(zero_copy_only=False), dtype=np.float64)

    def close(self) -> None:
        """End the server; nothing if it has ended already."""
        if self._client is not None:
            self._client.close()
            self._client = None
        super().close()
