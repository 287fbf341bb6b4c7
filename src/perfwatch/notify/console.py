"""The console as a sink: each message once, as plain lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, TextIO

from perfwatch.notify.sink import Outcome
from perfwatch.report.notice import Notice


@dataclass(frozen=True)
class Console:
    """Prints notices, with an empty line after each."""

    out: TextIO = field(repr=False)

    kind: ClassVar[str] = "console"
    name: ClassVar[str] = "standard output"

    def send(self, key: str, notice: Notice) -> Outcome:
        """Print a notice; a pipe whose reader is gone, or a disk that is full, leaves it waiting."""
        try:
            print(notice.text, end="\n\n", file=self.out, flush=True)
        except BrokenPipeError:
            raise
        except OSError as error:
            return Outcome("waiting", f"{self.name}: {error.strerror or type(error).__name__}")
        return Outcome("delivered")
