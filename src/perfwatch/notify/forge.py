"""What GitHub and GitLab have in common: JSON over HTTP with a token, pages, and what a refusal means.

urllib3 and not a library of each forge: of their APIs a dozen endpoints are used, in the same way for both, and what
matters here is what libraries do on their own account – repeating a write whose answer was lost, waiting out a rate
limit for an hour, an error with all of the answer in it.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from perfwatch.errors import ForgeError, UsageError
from perfwatch.notify.sink import Outcome

# A forge that needs longer than this is down; the outbox asks again another time.
TIMEOUT_S = 10.0
# A list is not followed further than this: 10,000 entries at 100 a page.
MOST_PAGES = 100
# GitHub asks for a minute where it does not say how long a limit lasts.
_UNSAID_PAUSE_S = 60.0
_AGAIN = (408, 425)
_LONGEST_SAID = 200
# A name in a path; one of dots alone would lead elsewhere.
NAME = r"[A-Za-z0-9_.-]*[A-Za-z0-9_-][A-Za-z0-9_.-]*"


@dataclass(frozen=True)
class Forge:
    """One repository or project of a forge, and a token for it.

    Attributes
    ----------
    who : what an error begins with: `github-issue ada/engine`.
    url : of the API, without a slash at its end.
    token : never shown; what the forge says is freed of it before it is.
    headers : sent with each request; the token is in one of them.
    token_variable, url_variable : the variables that the token and the address come from, to be named in errors.
    needs : the permission that a token needs for what is asked, in the forge's own words.
    clock : seconds since 1970 in UTC.

    Errors
    ------
    UsageError : a token that is none, an address that is none or would carry the token in the clear.
    """

    who: str
    url: str
    token: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    token_variable: str
    url_variable: str
    needs: str
    timeout_s: float = TIMEOUT_S
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        if not self.token:
            raise UsageError(f"{self.who}: no token; set {self.token_variable} to one with {self.needs}")
        # Python's HTTP shows a header that it refuses.
        if not re.fullmatch(r"[!-~]+", self.token):
            raise UsageError(f"{self.who}: {self.token_variable} holds spaces or signs that no token has; set it anew")
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise UsageError(f"{self.who}: {self.url_variable} is no http or https address; see docs/forges.md")
        if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise UsageError(f"{self.who}: {self.url_variable} is not https, and the token would be read on the way")

    @cached_property
    def pool(self) -> urllib3.PoolManager:
        """Connections to the forge, through the proxy of HTTPS_PROXY but for hosts of NO_PROXY."""
        parts = urlsplit(self.url)
        proxy = getproxies().get(parts.scheme)
        if not proxy or proxy_bypass(parts.netloc):
            return urllib3.PoolManager(retries=False)
        proxy = proxy if "://" in proxy else f"http://{proxy}"
        there = urllib3.util.parse_url(proxy)
        headers = urllib3.make_headers(proxy_basic_auth=unquote(there.auth)) if there.auth else None
        return urllib3.ProxyManager(proxy, retries=False, proxy_headers=headers)

    def ask(self, method: str, path: str, body: Any = None, *, query: Mapping[str, Any] | None = None) -> Any:
        """Return the document that one request is answered with, None for an empty answer.

        Parameters
        ----------
        path : below the API's address, quoted.
        body : sent as JSON; None for none.

        Errors
        ------
        ForgeError : no answer, or one that is no success.
        """
        return self._ask(method, path, body, query)[0]

    def entries(
        self, path: str, *, key: str | None = None, query: Mapping[str, Any] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield the entries of a list, page by page, as they are asked for.

        Parameters
        ----------
        key : under which a page holds its entries, None where the page is the list.

        Notes
        -----
        Of the link to the next page only the query is used: the token goes to no other address than the one given.
        """
        more: Mapping[str, Any] | None = {**(query or {}), "per_page": 100}
        for _ in range(MOST_PAGES):
            document, links = self._ask("GET", path, None, more)
            found = document.get(key) if key and isinstance(document, dict) else document
            if not isinstance(found, list):
                raise self._refusal(None, f"the list at {path} is none; does {self.url_variable} lead to the API?")
            yield from found
            following = re.search(r'<([^<>]*)>;\s*rel="next"', links)
            if following is None:
                return
            more = dict(parse_qsl(urlsplit(following[1]).query, keep_blank_values=True))

    def _ask(self, method: str, path: str, body: Any, query: Mapping[str, Any] | None) -> tuple[Any, str]:
        """Return a document and the links beside it."""
        said = None if body is None else json.dumps(body).encode()
        headers = {"User-Agent": "perfwatch", "Accept": "application/json", **self.headers}
        if said is not None:
            headers["Content-Type"] = "application/json"
        url = self.url + path + (f"?{urlencode(query)}" if query else "")
        try:
            answer = self.pool.request(
                method, url, body=said, headers=headers, redirect=False, timeout=urllib3.Timeout(self.timeout_s)
            )
            data = answer.data
        except urllib3.exceptions.HTTPError as error:
            raise ForgeError(f"{self.who}: {_reason(error, self.timeout_s)}", is_passing=True) from None
        if answer.status >= 300:
            raise self._complaint(answer.status, answer.headers, data)
        try:
            return json.loads(data) if data else None, answer.headers.get("Link", "")
        except ValueError:
            raise self._refusal(
                answer.status, f"answered with what is no JSON; does {self.url_variable} lead to the API?"
            ) from None

    def _complaint(self, status: int, headers: Mapping[str, str], data: bytes) -> ForgeError:
        """Return what an answer that is no success means."""
        said = self._said(data)
        pause = _pause(status, headers, said, self.clock())
        if pause is not None:
            what = f"rate limit reached ({status}); asks to be left alone for {pause:.0f} s"
            return ForgeError(f"{self.who}: {what}", answer=status, is_passing=True, again_after_s=pause)
        if status >= 500 or status in _AGAIN:
            return ForgeError(f"{self.who}: answered {status}", answer=status, is_passing=True)
        if status == 401:
            return self._refusal(
                status, f"wrong or expired token (401); set {self.token_variable} to one with {self.needs}"
            )
        if status == 403:
            return self._refusal(status, f"the token may not do this (403: {said}); it needs {self.needs}")
        if status == 404:
            return self._refusal(status, f"not found (404): it does not exist, or the token lacks {self.needs}")
        if status < 400:
            return self._refusal(status, f"has moved ({status}); give its new name or address")
        return self._refusal(status, f"refused ({status}): {said}")

    def _refusal(self, status: int | None, what: str) -> ForgeError:
        return ForgeError(f"{self.who}: {what}", answer=status, is_passing=False)

    def _said(self, data: bytes) -> str:
        """Return what the forge says of a refusal, on one line, short, without the token."""
        try:
            document = json.loads(data)
        except ValueError:
            return "no reason given"
        parts = [document] if not isinstance(document, dict) else [document.get("message") or document.get("error")]
        errors = document.get("errors") if isinstance(document, dict) else None
        for error in errors if isinstance(errors, list) else []:
            parts.append(error.get("message") or error.get("code") if isinstance(error, dict) else error)
        text = "; ".join(p if isinstance(p, str) else json.dumps(p) for p in parts if p)
        text = "".join(c if c.isprintable() else " " for c in text.replace(self.token, "…"))
        text = " ".join(text.split())
        return text[:_LONGEST_SAID] or "no reason given"


def sleep(seconds: float) -> None:
    """Wait for so many seconds."""
    time.sleep(seconds)


def until_done(
    who: str, write: Callable[[], None], *, attempts: int, pause_s: float, pause: Callable[[float], None] = sleep
) -> Outcome:
    """Return what came of `write`, called until it is done, is refused, or was in vain `attempts` times.

    Parameters
    ----------
    who : what an error begins with.
    write : looks whether what it is to write is there already; so it may be called again after an answer was lost.
    pause_s : before the second attempt, seconds; twice as long before each one after it.
    pause : waits for so many seconds.

    Notes
    -----
    A rate limit is not waited for here: the message stays in the outbox.
    """
    outcome = Outcome("delivered")
    for attempt in range(attempts):
        if attempt:
            pause(pause_s * 2 ** (attempt - 1))
        try:
            write()
            return Outcome("delivered")
        except ForgeError as error:
            status: Literal["waiting", "refused"] = "waiting" if error.is_passing else "refused"
            outcome = Outcome(status, str(error), error.again_after_s)
            if status == "refused" or error.again_after_s is not None:
                break
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            # JSON of another shape: something that is no such forge answers at the address.
            said = f"{who}: an answer is not what the API's reference says ({error!r})"
            return Outcome("refused", said[:_LONGEST_SAID])
    return outcome


def shortened(line: str, longest: int) -> str:
    """Return a line of at most so many characters, the last of them a sign that it was longer."""
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _pause(status: int, headers: Mapping[str, str], said: str, now: float) -> float | None:
    """Return for how many seconds a limit asks to be left alone, None where the answer is about no limit."""
    asked = headers.get("Retry-After", "")
    remaining = headers.get("X-RateLimit-Remaining", headers.get("RateLimit-Remaining"))
    reset = headers.get("X-RateLimit-Reset", headers.get("RateLimit-Reset", ""))
    if asked.isdecimal() and status in (403, 429, 503):
        return float(asked)
    if status not in (403, 429):
        return None
    if remaining == "0" and reset.isdecimal():
        return max(1.0, float(reset) - now)
    return _UNSAID_PAUSE_S if status == 429 or "rate limit" in said.lower() else None


def _reason(error: urllib3.exceptions.HTTPError, timeout_s: float) -> str:
    """Return why there was no answer, without the address."""
    cause = getattr(error, "reason", None) or error
    if isinstance(cause, urllib3.exceptions.NewConnectionError):
        return "cannot be reached"
    if isinstance(cause, urllib3.exceptions.TimeoutError):
        return f"no answer within {timeout_s:g} s"
    if isinstance(cause, urllib3.exceptions.ProxyError):
        return "the proxy of HTTPS_PROXY does not let it through"
    if isinstance(cause, urllib3.exceptions.SSLError):
        return "its certificate is not trusted here"
    return f"hung up ({type(cause).__name__})"
