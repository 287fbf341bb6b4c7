"""What is told, before it is a form: paragraphs, tables and commands, which each form writes in its own signs.

Every text in a block is taken for foreign: it may hold anything, and no form lets it be more than text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True)
class Code:
    """A name, a hash or a value, as a machine writes it."""

    text: str


@dataclass(frozen=True)
class Strong:
    """Words that are seen first."""

    text: str


@dataclass(frozen=True)
class Link:
    """Words or a name that lead somewhere; of an address that is not of the web only the words stay."""

    label: str | Code
    url: str


Inline: TypeAlias = str | Code | Strong | Link
# What stands on one line, one after the other, without spaces of its own.
Line: TypeAlias = Sequence[Inline]


@dataclass(frozen=True)
class Heading:
    """The title of what follows; `level` 1 is the whole message's."""

    text: str
    level: Literal[1, 2] = 2


@dataclass(frozen=True)
class Paragraph:
    """One line, as long as it is."""

    line: Line


@dataclass(frozen=True)
class Alarm:
    """One line that nobody is to miss."""

    line: Line


@dataclass(frozen=True)
class Bullets:
    """Several lines of equal rank."""

    lines: Sequence[Line]


@dataclass(frozen=True)
class Table:
    """Rows under headings; each cell is a line. `numeric` are the columns whose cells are set to the right, from 0."""

    headings: Sequence[str]
    rows: Sequence[Sequence[Line]]
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Verbatim:
    """Lines as they are: commands (`sh`), or what a program wrote (`text`)."""

    lines: Sequence[str]
    language: Literal["sh", "text"] = "text"


@dataclass(frozen=True)
class Picture:
    """A picture elsewhere, with words for those who do not see it; forms without pictures leave it out."""

    words: str
    url: str


@dataclass(frozen=True)
class Details:
    """What is folded away under some words until somebody asks for it."""

    words: str
    blocks: Sequence[Block]


Block: TypeAlias = Heading | Paragraph | Alarm | Bullets | Table | Verbatim | Picture | Details


def fitting(blocks: Sequence[Block], render: Callable[[Sequence[Block]], str], longest: int, more: Paragraph) -> str:
    """Return blocks in a form, at most `longest` characters of it: whole blocks from the first on.

    Parameters
    ----------
    more : what ends the message where something was left out; it says where the rest is.
    """
    whole = render(blocks)
    if len(whole) <= longest:
        return whole
    for n in range(len(blocks) - 1, 0, -1):
        cut = render([*blocks[:n], more])
        if len(cut) <= longest:
            return cut
    return render([more])[:longest]
