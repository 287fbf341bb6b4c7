"""A signed webhook: each message as a POST that the receiver can check, at least once."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Literal
from urllib.parse import urlsplit

import urllib3

from perfwatch.errors import UsageError
from perfwatch.notify.sink import Outcome
from perfwatch.report.notice import Notice

# The answers after which another attempt may fare better.
_AGAIN = (408, 425, 429, 500, 502, 503, 504)
# A receiver that needs longer than this to say that it has a message is down; the outbox asks again another time.
TIMEOUT_S = 10.0
# Who asks to be left alone for longer is asked again after this, or nobody would ever learn that it is back.
LONGEST_REST_S = 6 * 3600.0


@dataclass(frozen=True)
class Webhook:
    """A receiver of messages.

    Attributes
    ----------
    url : http or https; it may hold a secret, and is named by its host in every error.
    secret : shared with the receiver.
    attempts : of one `send`, the first included.
    pause_s : before the second attempt, seconds; twice as long before each one after it.
    pause, clock : wait for seconds; say how many went by since 1970 in UTC.

    Errors
    ------
    UsageError : an address that is none, no secret.
    """

    url: str = field(repr=False)
    secret: str = field(repr=False)
    attempts: int = 3
    pause_s: float = 0.5
    pause: Callable[[float], None] = field(default=time.sleep, repr=False)
    clock: Callable[[], float] = field(default=time.time, repr=False)

    kind: ClassVar[str] = "webhook"

    def __post_init__(self) -> None:
        if urlsplit(self.url).scheme not in ("http", "https") or not urlsplit(self.url).hostname:
            raise UsageError("webhook_url: no http or https address; set it in perfwatch.toml or PERFWATCH_WEBHOOK_URL")
        if not self.secret:
            raise UsageError("notify: no secret to sign with; set PERFWATCH_WEBHOOK_SECRET to what the receiver has")

    @property
    def name(self) -> str:
        """The receiver by name and port, without what may be secret."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)

    def send(self, key: str, notice: Notice) -> Outcome:
        """Return what came of a notice after at most `attempts` attempts.

        Parameters
        ----------
        key : sent as `Idempotency-Key`; a receiver that has seen it has nothing to do.

        Notes
        -----
        Redirections are not followed: the signed message is for the address given. `Retry-After` is not waited for
        here; the message stays in the outbox.
        """
        said = body_of(key, notice)
        outcome = Outcome("waiting")
        for attempt in range(self.attempts):
            if attempt:
                self.pause(self.pause_s * 2 ** (attempt - 1))
            outcome = self._post(key, said)
            if outcome.status != "waiting" or outcome.again_after_s is not None:
                break
        return outcome

    def _post(self, key: str, said: bytes) -> Outcome:
        at = str(int(self.clock()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "perfwatch",
            "Idempotency-Key": key,
            "X-Perfwatch-Timestamp": at,
            "X-Perfwatch-Signature": f"sha256={signature(self.secret, at, said)}",
        }
        with urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(TIMEOUT_S)) as pool:
            try:
                answer = pool.request("POST", self.url, body=said, headers=headers, redirect=False)
            except urllib3.exceptions.HTTPError as error:
                return Outcome("waiting", f"{self.name}: {_reason(error)}")
        if 200 <= answer.status < 300:
            return Outcome("delivered")
        status: Literal["waiting", "refused"] = "waiting" if answer.status in _AGAIN else "refused"
        what = f"{self.name}: answered {answer.status}"
        return Outcome(status, what, _rest_s(answer.headers) if status == "waiting" else None)


def body_of(key: str, notice: Notice) -> bytes:
    """Return what is sent of a notice: its document as JSON, with `key`, `text` and `chart` (SVG or null) in it."""
    body = {**notice.document, "key": key, "text": notice.text, "chart": notice.chart}
    return json.dumps(body, ensure_ascii=False, default=str, allow_nan=False).encode()


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the HMAC-SHA256 of `timestamp.body` in hexadecimal digits.

    The timestamp is signed with the body, so that a receiver can refuse what is old: who repeats a message later can
    change neither.
    """
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _rest_s(headers: urllib3.HTTPHeaderDict) -> float | None:
    """Return how long the receiver asks to be left alone, seconds or a date; None where it does not, or in riddles."""
    try:
        asked = urllib3.Retry().get_retry_after(urllib3.HTTPResponse(headers=headers))
    except urllib3.exceptions.InvalidHeader:
        return None
    return None if asked is None else min(float(asked), LONGEST_REST_S)


def _reason(error: urllib3.exceptions.HTTPError) -> str:
    """Return why nothing arrived, on one line, without the path of the address."""
    cause = getattr(error, "reason", None) or error
    if isinstance(cause, urllib3.exceptions.NewConnectionError):
        return "cannot be reached"
    if isinstance(cause, urllib3.exceptions.TimeoutError):
        return f"no answer within {TIMEOUT_S:g} s"
    if isinstance(cause, urllib3.exceptions.SSLError):
        return "its certificate is not trusted here"
    return f"hung up ({type(cause).__name__})"
