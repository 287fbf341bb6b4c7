"""Who may ask: whoever sends the server's token, and a browser whose person may look at the pages."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from perfwatch.login import API_TOKEN_VARIABLE, COOKIE_SECRET_VARIABLE, PUBLIC_URL_VARIABLE, Login

_HOW = f"send `Authorization: Bearer TOKEN`, the token being the server's {API_TOKEN_VARIABLE}"


class Guard:
    """Says why a request is refused.

    Parameters
    ----------
    rules : who may look at the pages; None where everybody may.
    variables : the environment, which holds the secrets.
    """

    def __init__(self, rules: Login | None, variables: Mapping[str, str]) -> None:
        self._rules = rules
        self._token = variables.get(API_TOKEN_VARIABLE, "").encode()
        self._secret = variables.get(COOKIE_SECRET_VARIABLE, "")
        parts = urlsplit(variables.get(PUBLIC_URL_VARIABLE, ""))
        self._origin = f"{parts.scheme}://{parts.netloc}"

    @property
    def is_open(self) -> bool:
        """Whether everybody may ask."""
        return self._rules is None and not self._token

    def refusal(self, request: Request) -> tuple[int, str] | None:
        """Return status and reason where a request is refused, None where it is answered."""
        if self.is_open:
            return None
        if self._token and hmac.compare_digest(_sent(request.headers.get("authorization", "")), self._token):
            return None
        how = _HOW if self._token else f"{API_TOKEN_VARIABLE} is not set on the server, so programs are not let in"
        if self._rules is None:
            return 401, how
        claims = self._claims(request.cookies)
        if claims is None:
            return 401, f"log in to the dashboard with this browser, or {how}" if self._token else f"log in; {how}"
        somebody = self._rules.person(claims)
        if somebody.until <= datetime.now(UTC):
            return 401, "this login has run out; log in to the dashboard again"
        return None if somebody.role is not None else (403, "you are logged in, but may not look")

    def _claims(self, cookies: Mapping[str, str]) -> dict[str, Any] | None:
        """Return what the provider said of whoever asks, by the cookie that this server signed; None without one."""

        def signed(name: str) -> bytes | None:
            value = cookies.get(name)
            return decode_signed_value(self._secret, name, value.encode("latin-1", "replace")) if value else None

        if not self._secret:
            return None
        found = get_cookie_with_chunks(signed, USER_COOKIE_NAME)
        claims = json.loads(found) if found else {}
        return claims if claims.get("is_logged_in") is True and claims.get("origin") == self._origin else None


def _sent(header: str) -> bytes:
    """Return the token in a header; feed readers send it as a password."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip().encode()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            return b""
    return b""
