"""The study's own way across the boundary, kept as it was published to be measured against.

Its client builds a frame by concatenation and receives into bytes that it joins; its server copies every frame, and
parses and encodes floats one by one. What `engine` and `wire` do instead is what the difference is worth.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from perfwatch.backtest import wire
from perfwatch.backtest.engine import Engine


class StudyEngine(Engine):
    """An engine that answers as the study's server did, asked as the study's client asked."""

    _flags = ("--study",)

    def call(self, opcode: int, close: NDArray[np.float64], params: NDArray[np.int64]) -> memoryview:
        """Return the body that answers the request, OPCODE_SWEEP or OPCODE_ECHO; as `Engine.call`.

        Errors
        ------
        EngineError : the engine is not running, died, hangs, or did not take the request.
        """
        connection = self.connection
        body = bytes([opcode]) + struct.pack("<II", len(close), len(params))
        body += close.astype("<f8").tobytes()
        body += np.asarray(params, dtype="<i8").reshape(-1).tobytes()
        try:
            connection.sendall(struct.pack("<I", len(body)) + body)
            (length,) = struct.unpack("<I", self._received(wire.LENGTH_BYTES))
            return memoryview(self._received(length))
        except OSError as error:
            raise self.failed(error) from error

    def _received(self, n: int) -> bytes:
        received = b""
        while len(received) < n:
            chunk = self.connection.recv(n - len(received))
            if not chunk:
                raise ConnectionResetError("closed by the engine")
            received += chunk
        return received
