"""A real receiver of webhooks on this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """Answers with `answers` one after the other, then with 204; keeps what it was sent.

    `headers` go with each answer. `fate` is asked before each: `lost` hangs up after the message was kept, `down`
    answers 503 and keeps nothing.
    """

    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    fate: Callable[[], str] = lambda: "well"
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@contextmanager
def listening() -> Iterator[Receiver]:
    """Yield a receiver that listens until the block ends."""
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            fate = state.fate()
            if fate != "down":
                state.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
            if fate == "lost":
                self.close_connection = True
                return
            self.send_response(503 if fate == "down" else state.answers.pop(0) if state.answers else 204)
            for name, value in {"Location": "/elsewhere", **state.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}/hook?token=hush"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield state
        server.shutdown()
        thread.join()
