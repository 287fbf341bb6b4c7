"""A real mail server on this machine."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class PostOffice:
    """Answers each mail with what `answer` says; keeps those it takes."""

    port: int
    mails: list[Message] = field(default_factory=list)
    answer: Callable[[], str] = lambda: "250 OK"

    @property
    def url(self) -> str:
        """The address of a receiver there, as Apprise has it."""
        return f"mailto://127.0.0.1:{self.port}?to=team@example.org&from=perfwatch@example.org&mode=insecure"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        said = self.answer()
        if said.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content))
        return said


@contextmanager
def open_office() -> Iterator[PostOffice]:
    """Yield a mail server that listens until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        office = PostOffice(free.getsockname()[1])
    controller = Controller(office, hostname="127.0.0.1", port=office.port)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()
