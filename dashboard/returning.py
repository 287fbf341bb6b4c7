"""Where a browser is led after it was at the identity provider: to where it had been, or to a page that says why not.

Streamlit leads it to the first page after every login, and says nothing of one that failed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from http.cookies import SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qs, parse_qsl, quote, unquote, urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

_LOG = logging.getLogger("perfwatch.login")
_COOKIE: Final = "perfwatch_return"
# A login takes as long as somebody looks for a second factor.
_COOKIE_S: Final = 600


class Returning:
    """Middleware around Streamlit's own answers to a login.

    Parameters
    ----------
    public_url : address of the dashboard as browsers see it, without a slash at its end.
    """

    def __init__(self, app: ASGIApp, public_url: str, prefix: str) -> None:
        self._app = app
        self._public = urlsplit(public_url)
        self._base = f"{prefix}/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in (f"{self._base}auth/login", f"{self._base}oauth2callback"):
            await self._app(scope, receive, send)
            return
        began: list[Message] = []

        async def keep(message: Message) -> None:
            began.append(message)

        try:
            await self._app(scope, receive, keep)
            start = next(message for message in began if message["type"] == "http.response.start")
        except Exception:
            _LOG.exception("login")
            start = {"status": 500, "headers": []}
        headers = Headers(scope=scope)
        if scope["path"].endswith("/auth/login"):
            answer = self._sent_away(start, headers)
        else:
            answer = self._back(start, parse_qs(scope["query_string"].decode("latin-1")), headers)
        if self._public.scheme == "https":
            _only_over_tls(answer.raw_headers)
        await answer(scope, receive, send)

    def _sent_away(self, start: Message, headers: Headers) -> Response:
        """Return the answer that leads to the provider, and keeps where the browser was."""
        if start["status"] >= 400:
            return RedirectResponse(f"{self._base}?login=unreachable", 302)
        answer = _as_it_was(start)
        came = urlsplit(headers.get("referer", ""))
        if (came.scheme, came.netloc) == (self._public.scheme, self._public.netloc):
            query = urlencode([(name, value) for name, value in parse_qsl(came.query) if name != "login"])
            page = came.path + (f"?{query}" if query else "")
            answer.set_cookie(
                _COOKIE, quote(page, safe=""), _COOKIE_S, path=self._base.rstrip("/") or "/", httponly=True,
                samesite="lax",
            )  # fmt: skip
        return answer

    def _back(self, start: Message, query: dict[str, list[str]], headers: Headers) -> Response:
        """Return the answer that leads to where the browser was, or to the page that says why it may not go there."""
        if _logs_in(start.get("headers", [])):
            kept = unquote(cookie_parser(headers.get("cookie", "")).get(_COOKIE, ""))
            answer: Response = _as_it_was(start)
            answer.headers["location"] = page_of_ours(kept, self._base) or self._base
        elif "access_denied" in query.get("error", []):
            answer = RedirectResponse(f"{self._base}?login=denied", 302)
        elif "code" in query or "error" in query or start["status"] >= 400:
            answer = RedirectResponse(f"{self._base}?login=failed", 302)
        else:
            # The provider leads here after a logout, too.
            answer = _as_it_was(start)
        answer.delete_cookie(_COOKIE, path=self._base.rstrip("/") or "/")
        return answer


def page_of_ours(page: str, base: str) -> str | None:
    """Return a page if a browser may be led to it, None otherwise; addresses of this dashboard begin with `base`."""
    # `//host` and `/\host` are other hosts to a browser.
    ours = page.startswith(base) and not page.startswith(("//", "/\\"))
    return page if ours and page.isascii() and page.isprintable() and len(page) < 4000 else None


def _as_it_was(start: Message) -> Response:
    """Return an answer with the status and headers of one that was kept, and no body."""
    answer = Response(status_code=start["status"])
    dropped = (b"content-length", b"content-type", b"content-encoding")
    kept = [(name, value) for name, value in start["headers"] if name.lower() not in dropped]
    answer.raw_headers = [*kept, (b"content-length", b"0")]
    return answer


def _logs_in(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether an answer gives the browser an identity; a cookie that is deleted has no value."""
    for name, value in headers:
        if name.lower() == b"set-cookie":
            found = SimpleCookie(value.decode("latin-1")).get(USER_COOKIE_NAME)
            if found is not None and found.value:
                return True
    return False


def _only_over_tls(headers: list[tuple[Any, Any]]) -> None:
    for at, (name, value) in enumerate(headers):
        if name.lower() == b"set-cookie" and b"secure" not in value.lower().split(b"; "):
            headers[at] = (name, value + b"; Secure")
