"""What every sink is: one method, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from perfwatch.report.notice import Notice


@dataclass(frozen=True)
class Outcome:
    """What came of one message.

    Attributes
    ----------
    status : it arrived, is to be tried again another time, or will never be had.
    error : why it did not arrive, on one line, without secrets and without the path of an address.
    again_after_s : how long the receiver asked to be left alone, seconds; None where it did not say.
    """

    status: Literal["delivered", "waiting", "refused"]
    error: str | None = None
    again_after_s: float | None = None


class Sink(Protocol):
    """A receiver of notices.

    `send` never raises for what a receiver does: what went wrong is in the outcome. It is called again with the same
    key and notice until the outcome is not `waiting`, also by another process: a receiver that already has the key is
    left as it is.
    """

    @property
    def kind(self) -> str:
        """What the outbox calls it: `webhook`, `github-issue`, …"""

    @property
    def name(self) -> str:
        """Who it is, for people: a host or a repository, never a secret."""

    def send(self, key: str, notice: Notice) -> Outcome:
        """Return what came of a notice."""
