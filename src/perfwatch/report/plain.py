"""Plain text: the one place that makes foreign text harmless to a terminal, and shortens what is too long."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from perfwatch.report.blocks import (
    Alarm,
    Block,
    Bullets,
    Code,
    Details,
    Heading,
    Inline,
    Line,
    Link,
    Paragraph,
    Picture,
    Strong,
    Table,
    Verbatim,
)
from perfwatch.report.table import Column, table

# Shown for what has no picture of its own: a control, a mark that turns the direction of writing, half of a pair.
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Letters and marks by category that are drawn as nothing: fillers, joiners, the selectors of Mongolian.
_BLANK = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *range(0x180B, 0x1810)}
# A broader cell of a table is cut: a line of a terminal is not longer than two of them.
_BROADEST_CELL = 60
# From the root, of two names or more; not what stands behind the scheme of an address, nor within a relative path.
_PATH = re.compile(r"(?<![\w/:.~])(?:/[^\s/'\":;,()]+)+(/[^\s/'\":;,()]+)")


def clean(text: str) -> str:
    """Return text on one line in which every character is seen: spaces are one space, what cannot be seen is U+FFFD."""
    spaced = " ".join(text.split())
    if spaced.isascii() and spaced.isprintable():
        return spaced
    return "".join(REPLACEMENT if _is_unseen(c) else c for c in spaced)


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN or ord(character) in _BLANK


def short(text: str, longest: int) -> str:
    """Return text of at most `longest` characters, the middle of a longer one left out: both ends tell most."""
    if len(text) <= longest:
        return text
    head = (longest - 1) * 2 // 3
    return f"{text[:head]}…{text[len(text) - (longest - 1 - head) :]}"


def without_folders(line: str) -> str:
    """Return a line in which each whole path of a machine is its last name: `…/kernels.py`."""
    return _PATH.sub(r"…\1", line)


def address(url: str) -> str | None:
    """Return an address that may be led to, None for any that is not http or https, or holds a space or a control."""
    begins = url.lower().startswith(("https://", "http://"))
    return url if begins and url.isprintable() and not any(c.isspace() for c in url) else None


def render(blocks: Sequence[Block]) -> str:
    """Return blocks as plain lines, without an escape sequence, a control or an empty line at the end."""
    return "\n\n".join(filter(None, map(_block, blocks)))


def _block(block: Block) -> str:
    match block:
        case Heading(text, 1):
            return clean(text)
        case Heading(text):
            return f"{clean(text)}:"
        case Paragraph(line):
            return inline(line)
        case Alarm(line):
            return f"!! {inline(line)}"
        case Bullets(lines):
            return "\n".join(f"- {inline(line)}" for line in lines)
        case Verbatim(lines):
            return "\n".join(f"    {verbatim(line)}".rstrip() for line in lines)
        case Table(headings, rows, numeric):
            columns = [Column(clean(h), "right" if i in numeric else "left") for i, h in enumerate(headings)]
            cells = [[short(inline(cell), _BROADEST_CELL) for cell in row] for row in rows]
            return "\n".join(f"  {line}" for line in table(columns, cells))
        case Picture():
            return ""
        case Details(text, inner):
            return f"{clean(text)}:\n\n{render(inner)}"


def inline(line: Line) -> str:
    """Return what stands on one line as plain text."""
    return clean("".join(_inline(part) for part in line))


def _inline(part: Inline) -> str:
    match part:
        case Code(text) | Strong(text):
            return text
        case Link(label, url):
            words = label.text if isinstance(label, Code) else label
            return f"{words} ({url})" if address(url) else words
        case str():
            return part


def verbatim(line: str) -> str:
    """Return a line with its spaces as they are, a tab as four; what cannot be seen is U+FFFD."""
    return "".join(REPLACEMENT if _is_unseen(c) and c != " " else c for c in line.expandtabs(4))
