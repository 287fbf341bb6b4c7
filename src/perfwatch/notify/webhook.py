"""A signed webhook: each message as a POST that the receiver can check, at least once."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import urllib3

from perfwatch.errors import UsageError
from perfwatch.notify.sink import Outcome

# The answers after which another attempt may fare better.
_AGAIN = (408, 425, 429, 500, 502, 503, 504)
# A receiver that needs longer than this to say that it has a message is down; the outbox asks again another time.
TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Webhook:
    """A receiver of messages.

    Attributes
    ----------
    url : http or https; it may hold a secret, and is named by its host in every error.
    secret : shared with the receiver.
    attempts : of one `send`, the first included.
    pause_s : before the second attempt, seconds; twice as long before each one after it, none longer than 10 s.
    clock : seconds since 1970 in UTC.

    Errors
    ------
    UsageError : an address that is none, no secret.
    """

    url: str
    secret: str = field(repr=False)
    attempts: int = 4
    pause_s: float = 0.5
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        if urlsplit(self.url).scheme not in ("http", "https") or not urlsplit(self.url).hostname:
            raise UsageError("webhook_url: no http or https address; set it in perfwatch.toml or PERFWATCH_WEBHOOK_URL")
        if not self.secret:
            raise UsageError("notify: no secret to sign with; set PERFWATCH_WEBHOOK_SECRET to what the receiver has")

    @property
    def host(self) -> str:
        """The receiver by name and port, without what may be secret."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)

    def send(self, key: str, body: str) -> Outcome:
        """Return what came of a message after at most `attempts` attempts.

        Parameters
        ----------
        key : sent as `Idempotency-Key`; a receiver that has seen it has nothing to do.
        body : JSON text, signed and sent as it is.

        Notes
        -----
        Redirections are not followed: the signed message is for the address given. `Retry-After` is not waited for
        here; the message stays in the outbox.
        """
        said = body.encode()
        at = str(int(self.clock()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "perfwatch",
            "Idempotency-Key": key,
            "X-Perfwatch-Timestamp": at,
            "X-Perfwatch-Signature": f"sha256={signature(self.secret, at, said)}",
        }
        retry = urllib3.Retry(
            total=self.attempts - 1,
            backoff_factor=self.pause_s / 2,
            backoff_max=10,
            status_forcelist=_AGAIN,
            allowed_methods={"POST"},
            redirect=False,
            raise_on_status=False,
            respect_retry_after_header=False,
        )
        with urllib3.PoolManager(retries=retry, timeout=urllib3.Timeout(TIMEOUT_S)) as pool:
            try:
                answer = pool.request("POST", self.url, body=said, headers=headers, redirect=False)
            except urllib3.exceptions.HTTPError as error:
                return Outcome("waiting", f"{self.host}: {_reason(error)}")
        if 200 <= answer.status < 300:
            return Outcome("delivered")
        status: Literal["waiting", "refused"] = "waiting" if answer.status in _AGAIN else "refused"
        return Outcome(status, f"{self.host}: answered {answer.status} {answer.reason or ''}".strip())


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the HMAC-SHA256 of `timestamp.body` in hexadecimal digits.

    The timestamp is signed with the body, so that a receiver can refuse what is old: who repeats a message later can
    change neither.
    """
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _reason(error: urllib3.exceptions.HTTPError) -> str:
    """Return why nothing arrived, on one line, without the path of the address."""
    cause = getattr(error, "reason", None) or error
    if isinstance(cause, urllib3.exceptions.NewConnectionError):
        return "cannot be reached"
    if isinstance(cause, urllib3.exceptions.TimeoutError):
        return f"no answer within {TIMEOUT_S:g} s"
    return type(cause).__name__
