"""How a sink knows its own again: two HTML comments on the last line of what it wrote, which nobody sees.

Only the last line counts: what is told above it, names of others among it, can pretend nothing. And it counts only in
what our own user wrote, which is for the sink to see to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from perfwatch.report.notice import Notice

_LAST = re.compile(r"<!-- perfwatch:(\w+):(\S+) --><!-- perfwatch:said:(\w+):(\S+) -->")
# A line that begins so is a command to GitLab, and to some robots on GitHub.
_COMMAND = re.compile(r"(?<=\n)/")


@dataclass(frozen=True)
class Marked:
    """What a body says of itself.

    Attributes
    ----------
    about : what it is about, and what it is found by: `event:0123456789ab`, `pull:scratch`.
    standing, key : of the newest notice in it.
    content : what people read.
    """

    about: str
    standing: str
    key: str
    content: str

    @property
    def body(self) -> str:
        """What is written: the content and the marker."""
        kind, _, name = self.about.partition(":")
        about = f"{kind}:{quote(name, safe='')}"
        return f"{self.content}\n\n<!-- perfwatch:{about} --><!-- perfwatch:said:{self.standing}:{quote(self.key)} -->"

    def says(self, other: Marked) -> bool:
        """Return whether people read the same in both."""
        return (self.standing, self.content) == (other.standing, other.content)


def marked(about: str, key: str, notice: Notice) -> Marked:
    """Return what is to be written of a notice."""
    return Marked(about, notice.standing, key, without_commands(notice.markdown.strip()))


def read(body: str | None) -> Marked | None:
    """Return what a body says of itself, None where it has no marker."""
    content, _, last = (body or "").replace("\r\n", "\n").rstrip().rpartition("\n")
    found = _LAST.fullmatch(last)
    if found is None:
        return None
    kind, name, standing, key = found.groups()
    return Marked(f"{kind}:{unquote(name)}", standing, unquote(key), content.strip())


def without_commands(markdown: str) -> str:
    """Return text in which no line begins with a slash; a space before it is not seen, in a block of code neither."""
    # A space at the very start would be taken off by the forge.
    return re.sub(r"\A/", r"\\/", _COMMAND.sub(" /", markdown))
