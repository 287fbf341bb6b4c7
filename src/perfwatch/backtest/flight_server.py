"""An Arrow Flight server that gives back what it gets: `python -m perfwatch.backtest.flight_server`.

It prints `listening grpc://HOST:PORT` when it is ready, and ends with its stdin.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

import pyarrow.flight as flight


class EchoServer(flight.FlightServerBase):  # type: ignore[misc]
    """Every batch of an exchange is sent back as it came."""

    def do_exchange(self, context: Any, descriptor: Any, reader: Any, writer: Any) -> None:
        """Send back every batch of `reader`."""
        writer.begin(reader.schema)
        for chunk in reader:
            writer.write_batch(chunk.data)


def main() -> int:
    """Serve until stdin ends; the exit code is 0."""
    server = EchoServer("grpc://127.0.0.1:0")

    def end_with_stdin() -> None:
        sys.stdin.buffer.read()
        server.shutdown()

    threading.Thread(target=end_with_stdin, daemon=True).start()
    print(f"listening grpc://127.0.0.1:{server.port}", flush=True)
    server.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
