"""What every sink on a forge has: where it writes, with which token, how often it tries, and how it sends."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from typing import ClassVar

from perfwatch.errors import UsageError
from perfwatch.notify.forge import TIMEOUT_S, Forge, sleep, until_done
from perfwatch.notify.sink import Outcome
from perfwatch.report.notice import Notice


@dataclass(frozen=True)
class ForgeSink:
    """One repository or project of a forge, and a token for it.

    Attributes
    ----------
    repository : as the forge names it.
    token : never shown; docs/forges.md says which permissions it needs.
    api_url : where the forge's API is.
    project : what tells two projects of one repository apart.
    attempts : of one `send`, the first included.
    pause_s : before the second attempt, seconds; twice as long before each one after it.
    pause, clock : wait for seconds; say how many went by since 1970 in UTC.

    Errors
    ------
    UsageError : no repository, no token, no address.
    """

    repository: str
    token: str = field(repr=False)
    api_url: str
    _: KW_ONLY
    project: str = "perfwatch"
    attempts: int = 3
    pause_s: float = 1.0
    timeout_s: float = TIMEOUT_S
    pause: Callable[[float], None] = field(default=sleep, repr=False)
    clock: Callable[[], float] = field(default=time.time, repr=False)

    kind: ClassVar[str]
    needs: ClassVar[str]
    # What a repository's name looks like, and what to write where it does not.
    named: ClassVar[tuple[str, str]]

    def __post_init__(self) -> None:
        pattern, otherwise = self.named
        if not re.fullmatch(pattern, self.repository):
            raise UsageError(f"{self.kind}: {self.repository!r} {otherwise}")
        _ = self.forge

    @property
    def name(self) -> str:
        """The repository."""
        return self.repository

    @cached_property
    def forge(self) -> Forge:
        """The API as it is asked by this sink."""
        raise NotImplementedError

    def send(self, key: str, notice: Notice) -> Outcome:
        """Return what came of a notice after at most `attempts` attempts, each of which looks before it writes."""
        return until_done(
            self.forge.who,
            lambda: self.write(key, notice),
            attempts=self.attempts,
            pause_s=self.pause_s,
            pause=self.pause,
        )

    def write(self, key: str, notice: Notice) -> None:
        """Look for what was written before, and write what differs from it.

        Errors
        ------
        ForgeError : the forge did not do it.
        """
        raise NotImplementedError
