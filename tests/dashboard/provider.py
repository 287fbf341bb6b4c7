"""An OpenID Connect provider as a real HTTP server: discovery, a page to say who one is, tokens signed by RS256."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "perfwatch", "the secret that only two know, 7f3a"
PEOPLE = {
    "ada": {"name": "Ada <b>L</b>.", "email": "ada@example.org", "email_verified": True, "groups": ["perf"]},
    "grace": {"name": "Grace", "email": "grace@example.org", "email_verified": True, "groups": []},
    # Anybody may give an address; the provider has not seen that this one is theirs.
    "mallory": {"name": "Ada <b>L</b>.", "email": "ada@example.org", "email_verified": False},
    "nobody": {"name": "Nobody", "email": "nobody@example.com", "email_verified": True},
}


@dataclass
class Provider:
    """A provider that answers at `url`.

    Attributes
    ----------
    redirect_uris : where it sends people back to; another address is refused.
    claims : what it says of everybody beside what is true, to see what comes of it.
    key : what it signs with; `published` is the one it says so of.
    secret : what it gave the dashboard.
    is_down : close every connection without an answer.
    """

    url: str
    redirect_uris: set[str] = field(default_factory=set)
    claims: dict[str, Any] = field(default_factory=dict)
    published: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1", "use": "sig"}))
    key: RSAKey | None = None
    secret: str = CLIENT_SECRET
    is_down: bool = False
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "end_session_endpoint": f"{self.url}/logout",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def choice(self, query: dict[str, str]) -> str:
        """Return the page on which somebody says who they are."""
        assert query["client_id"] == CLIENT_ID
        assert query["redirect_uri"] in self.redirect_uris, query["redirect_uri"]
        assert query["code_challenge_method"] == "S256"
        assert {"openid", "email"} <= set(query["scope"].split())
        assert query["nonce"]
        links = [f'<li><a href="/chosen?{escape(urlencode({**query, "who": who}))}">{who}</a></li>' for who in PEOPLE]
        refused = f"{query['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': query['state']})}"
        return f'<!doctype html><title>Who?</title><ul>{"".join(links)}</ul><a href="{escape(refused)}">none</a>'

    def chosen(self, query: dict[str, str]) -> str:
        """Return where somebody is led who said who they are."""
        code = secrets.token_urlsafe()
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Return status and answer for a code; a code counts once."""
        user, _, password = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        if (user, password) != (CLIENT_ID, self.secret):
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form["code"], None)
        digest = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != digest or asked["redirect_uri"] != form["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now, who = int(time.time()), asked["who"]
        claims = {
            "iss": self.url, "aud": CLIENT_ID, "sub": f"id-{who}", "iat": now, "exp": now + 300,
            "nonce": asked["nonce"], **PEOPLE[who], **self.claims,
        }  # fmt: skip
        identity = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.key or self.published)
        return 200, {"access_token": secrets.token_hex(), "token_type": "Bearer", "id_token": identity}


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            provider.asked.append(parts.path)
            if provider.is_down:
                self.close_connection = True
                return
            if parts.path == "/.well-known/openid-configuration":
                self._json(200, provider.discovery())
            elif parts.path == "/jwks":
                self._json(200, {"keys": [provider.published.as_dict(private=False)]})
            elif parts.path == "/authorize":
                self._send(200, provider.choice(query).encode(), "text/html")
            elif parts.path == "/chosen":
                self._send(302, b"", "text/plain", Location=provider.chosen(query))
            elif parts.path == "/logout":
                assert query["id_token_hint"]
                self._send(302, b"", "text/plain", Location=query["post_logout_redirect_uri"])
            else:
                self._send(404, b"", "text/plain")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[-1] for name, values in parse_qs(body).items()}
            provider.asked.append(self.path)
            self._json(*provider.token(form, self.headers.get("Authorization", "")))

        def _json(self, status: int, found: dict[str, Any]) -> None:
            self._send(status, json.dumps(found).encode(), "application/json")

        def _send(self, status: int, body: bytes, kind: str, **headers: str) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def log_in(tab: Any, address: str, who: str) -> None:
    """Open an address of a dashboard, and log in at the provider as somebody; `none` turns back there."""
    tab.goto(address)
    tab.get_by_role("button", name="Log in").click()
    tab.get_by_role("link", name=who, exact=True).click()


@contextlib.contextmanager
def provider() -> Iterator[Provider]:
    """Yield a provider that answers on a port of its own."""
    found = Provider("")
    with ThreadingHTTPServer(("localhost", 0), _handler(found)) as server:
        found.url = f"http://localhost:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield found
        server.shutdown()
        thread.join()
