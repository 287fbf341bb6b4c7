"""What the doubles of GitHub and GitLab share: a real HTTP server with its state in memory, and the ways it fails.

It fails as told (`faults`, one after the other) and by chance (`chaos`, seeded). Everything it was asked is kept.
"""

from __future__ import annotations

import json
import random
import re
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

# `hang up`: nothing is done, the connection is closed. `lost reply`: all is done, and the connection is closed instead
# of an answer. `slow`: nothing is done and nothing answered until the server ends. A number: this answer, nothing done.
Failing = int | Literal["hang up", "lost reply", "slow"]


@dataclass(frozen=True)
class Fault:
    """One failure, for the next request that `method` and `path` (searched for) fit; both None fit any."""

    what: Failing
    method: str | None = None
    path: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "injected"

    def fits(self, method: str, path: str) -> bool:
        return self.method in (None, method) and (self.path is None or re.search(self.path, path) is not None)


class Chaos:
    """Fails a share of all requests, drawn by a seed; replies are lost only of what writes."""

    def __init__(self, seed: int, share: float, kinds: Sequence[Failing] = (500, 502, "hang up", "lost reply")) -> None:
        self._draw, self.share, self.kinds = random.Random(seed), share, kinds

    def fault(self, method: str) -> Fault | None:
        """Return what goes wrong with this request, None for nothing."""
        if self._draw.random() >= self.share:
            return None
        kinds = [k for k in self.kinds if method != "GET" or k != "lost reply"]
        return Fault(self._draw.choice(kinds)) if kinds else None


@dataclass(frozen=True)
class Request:
    """What was asked; `failed` is what was done to it on purpose, `answer` the status of the answer."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    headers: Mapping[str, str]
    failed: Failing | None = None
    answer: int | None = None

    @property
    def writes(self) -> bool:
        return self.method in ("POST", "PATCH", "PUT", "DELETE") and not self.path.endswith("/graphql")


class AnswerError(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, document: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status, self.document, self.headers = status, document, headers or {}


Answer = tuple[int, Any, dict[str, str]]


@dataclass
class Forge:
    """State that all requests share; one is answered at a time, as by a database that takes turns.

    `on_lost` is called in place of an answer that is lost: who asked may be killed there.
    """

    url: str = ""
    faults: list[Fault] = field(default_factory=list)
    chaos: Chaos | None = None
    requests: list[Request] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    ended: threading.Event = field(default_factory=threading.Event)
    on_lost: Callable[[], object] = lambda: None
    _count: int = 0

    def answer(self, request: Request) -> Answer:
        """Return status, document and headers; raise AnswerError for what is no success."""
        raise NotImplementedError

    def complaint(self, message: str) -> Any:
        """Return the body of an injected answer."""
        return {"message": message}

    def written(self) -> list[Request]:
        """Return the requests that changed something."""
        return [r for r in self.requests if r.writes and r.answer is not None and r.answer < 300]

    def count(self) -> int:
        """Return a number no one had before."""
        self._count += 1
        return self._count

    def now(self) -> str:
        """Return a time later than every one before: a second each."""
        tick = self.count()
        return f"2026-03-{1 + tick // 86400:02}T{tick // 3600 % 24:02}:{tick // 60 % 60:02}:{tick % 60:02}Z"

    def page(self, request: Request, items: Sequence[Any], default: int) -> Answer:
        """Return one page, with a Link header to the next and the last one where there are more."""
        size = min(int(request.query.get("per_page", default)), 100)
        number = int(request.query.get("page", 1))
        last = max(1, -(-len(items) // size))
        links = []
        for rel, to in (("next", number + 1), ("last", last)):
            if number < last:
                query = urlencode({**request.query, "page": to})
                links.append(f'<{self.url}{request.path}?{query}>; rel="{rel}"')
        return 200, items[(number - 1) * size : number * size], {"Link": ", ".join(links)} if links else {}

    def take_fault(self, method: str, path: str) -> Fault | None:
        """Return what is to go wrong with this request."""
        for fault in self.faults:
            if fault.fits(method, path):
                self.faults.remove(fault)
                return fault
        return self.chaos.fault(method) if self.chaos else None


@contextmanager
def listening(forge: Forge) -> Iterator[Forge]:
    """Yield the forge, which answers on 127.0.0.1 until the block ends."""
    with _Server(("127.0.0.1", 0), _handler(forge)) as server:
        forge.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield forge
        finally:
            forge.ended.set()
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        # Who gave up waiting is gone when the answer comes.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _handler(forge: Forge) -> Callable[..., socketserver.BaseRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            # Asked to be a proxy, it is given a host and a port instead of a path.
            parts = urlsplit(f"//{self.path}" if self.command == "CONNECT" else self.path)
            path = parts.path or parts.netloc
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {k.lower(): v for k, v in self.headers.items()}
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            body = json.loads(raw) if raw else None
            with forge.lock:
                fault = forge.take_fault(self.command, path)
                failed = fault.what if fault else None
                answer = None
                if fault and isinstance(fault.what, int):
                    answer = (fault.what, forge.complaint(fault.message), dict(fault.headers))
                elif failed in (None, "lost reply"):
                    answer = _answer(forge, Request(self.command, path, query, body, headers))
                forge.requests.append(
                    Request(self.command, path, query, body, headers, failed, answer[0] if answer else None)
                )
            if failed == "slow":
                forge.ended.wait()
            if failed == "lost reply":
                forge.on_lost()
            elif answer:
                self._say(*answer)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_CONNECT = _serve  # noqa: N815 (the names are http.server's)

        def _say(self, status: int, document: Any, headers: dict[str, str]) -> None:
            said = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(said)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _answer(forge: Forge, request: Request) -> Answer:
    try:
        return forge.answer(request)
    except AnswerError as error:
        return error.status, error.document, dict(error.headers)
