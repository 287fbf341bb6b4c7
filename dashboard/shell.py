"""The shell: Streamlit's own page and files, sent so that a browser has what a page needs sooner.

Streamlit's page names the files of its frame, and a browser learns of the others one after the other, as widgets come:
three waves of dozens of small files, each read from the disk for each reader and never compressed. Here the page names
all that ours will need, where the server is (Streamlit's script would try the page's own address first and be refused),
and files are kept in memory, compressed once. Nothing of Streamlit's is changed: what is not known here, or is not as
expected in a version to come, is answered by Streamlit itself.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final

import streamlit as st

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

STATIC: Final = Path(st.__file__).parent / "static"
_IMPORTED: Final = re.compile(r"""(?:from|import)\s*["'`]\./([\w.-]+\.js)["'`]""")
_KINDS: Final = {".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2"}
# The names hold a hash: a file never changes.
_FOREVER: Final = "public, max-age=31536000, immutable"
_LEAST_BYTES: Final = 1024


_Answer = tuple[list[tuple[bytes, bytes]], bytes]


class Shell:
    """An ASGI application around Streamlit's.

    Parameters
    ----------
    prefix : what addresses begin with behind a proxy, "" or "/perf".
    needed : address of each page below it, and the names of the scripts that it draws with.
    """

    def __init__(self, app: App, prefix: str, needed: Mapping[str, Iterable[str]]) -> None:
        self._app = app
        self._static = f"{prefix}/static/"
        self._pages = {
            f"{prefix}/{path}": _answer(page(STATIC, prefix, widgets).encode(), "text/html; charset=utf-8", "no-cache")
            for path, widgets in needed.items()
        }
        if prefix and f"{prefix}/" in self._pages:
            self._pages[prefix] = self._pages[f"{prefix}/"]
        self._files: dict[str, _Answer] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is known, and leave everything else to Streamlit."""
        answer = self._found(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        if answer is None:
            await self._app(scope, receive, send)
            return
        headers, body = answer
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _found(self, scope: Scope) -> _Answer | None:
        path, headers = scope["path"], dict(scope["headers"])
        # Half a file, or one that the browser has, is Streamlit's to answer.
        if b"gzip" not in headers.get(b"accept-encoding", b"") or b"range" in headers or b"if-none-match" in headers:
            return None
        if path in self._pages:
            return self._pages[path]
        if not path.startswith(self._static):
            return None
        if path not in self._files:
            read = _read(STATIC / "static" / path.removeprefix(self._static))
            if read is None:
                return None
            self._files[path] = read
        return self._files[path]


def _read(file: Path) -> _Answer | None:
    kind = _KINDS.get(file.suffix)
    if kind is None or ".." in file.parts or not file.is_file():
        return None
    return _answer(file.read_bytes(), kind, _FOREVER)


def _answer(body: bytes, kind: str, cached: str) -> _Answer:
    headers = [(b"content-type", kind.encode()), (b"cache-control", cached.encode()), (b"vary", b"Accept-Encoding")]
    if len(body) >= _LEAST_BYTES and not kind.startswith("font/"):
        body = gzip.compress(body, 6, mtime=0)
        headers.append((b"content-encoding", b"gzip"))
    return [*headers, (b"content-length", str(len(body)).encode())], body


def page(static: Path, prefix: str, widgets: Iterable[str]) -> str:
    """Return Streamlit's page with what one of ours needs named in it.

    Parameters
    ----------
    static : folder of Streamlit's own files.
    widgets : names of scripts, without their hash; one that this Streamlit has not is left out.
    """
    text = (static / "index.html").read_text(encoding="utf-8")
    preloads = "".join(
        f'<link rel="modulepreload" crossorigin href="./static/js/{name}">\n'
        for name in needed(static, widgets)
        if name not in text
    )
    text = text.replace("</title>", f"</title>\n<script>{_where(prefix)}</script>", 1)
    return text.replace("</head>", f"{preloads}</head>", 1)


def _where(prefix: str) -> str:
    """Return the script that tells Streamlit's where the server is, and what it would ask before it connects."""
    # Only this site may send the page messages, as if the dashboard were embedded in it.
    host = "{allowedOrigins:[location.origin],useExternalAuthToken:false}"
    return f"window.__streamlit={{BACKEND_BASE_URL:location.origin+{json.dumps(prefix + '/')},HOST_CONFIG:{host}}}"


def needed(static: Path, widgets: Iterable[str]) -> list[str]:
    """Return the files of some scripts, and of all that these import."""
    folder = static / "static" / "js"
    waiting = [path.name for name in widgets for path in sorted(folder.glob(f"{name}.*.js"))]
    found: dict[str, None] = {}
    while waiting:
        name = waiting.pop()
        if name not in found and (folder / name).is_file():
            found[name] = None
            waiting += _IMPORTED.findall((folder / name).read_text(encoding="utf-8"))
    return sorted(found)
