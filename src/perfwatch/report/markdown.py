"""Markdown as GitHub and GitLab read it: the one place that keeps foreign text from being more than text.

Two kinds of signs are to be kept out. What Markdown itself takes for its own is escaped. What the two forges look for
in the finished page (`@name`, `#1`, `owner/repo#1`, `!1`, hashes, `:emoji:`, addresses) no escape stops: there a
zero-width space stands behind the sign, so that the words read the same and call nobody. Within code nothing of all
this is looked for.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from urllib.parse import quote

from perfwatch.report import plain
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

# Not seen, and no letter: a name, a number or an address ends at it.
BREAK = "&#8203;"
_ESCAPED = {
    # As entities: a backslash before them is no escape to everybody who reads Markdown, or within a table.
    **{sign: f"&#{ord(sign)};" for sign in "<>|\\"},
    "&": "&amp;",
    # Two of them are a formula to GitHub, and nothing is known to stop it: its wide sister is none.
    "$": "\N{FULLWIDTH DOLLAR SIGN}",
    **{sign: f"\\{sign}" for sign in "`*_[]~"},
}
# A sign with which a forge's reference begins, before what it would refer to: names, numbers, emoji, addresses, …
_REFERENCE = re.compile(r"[@#!%&*\[~](?=[\w@#\"'])|:(?=[\w+-]+:|//)|(?:[A-Z][A-Z0-9_]*|[Gg][Hh])-(?=\d)|(?i:www)(?=\.)")
# As many hexadecimal digits as a forge takes for a hash, wherever they stand.
_HASH = re.compile(r"[0-9A-Fa-f]{7,}")
# What begins a block where a line begins with it: a list, a heading, a rule, a table, a forge's quick action.
_BEGINNING = re.compile(r"(?:\d{1,9}(?=[.)](?:\s|$))|(?=[-+](?:[\s-]|$)|[=#:/]))")
_URL_SAFE = ":/?#[]@!$&'*+,;=%~-._"


def text(words: str) -> str:
    """Return foreign words as words, on one line, which may be the first of a block."""
    cleaned = plain.clean(words)
    begins = _BEGINNING.match(cleaned)
    if begins is None:
        return _within(cleaned)
    return f"{begins.group()}\\{_within(cleaned[begins.end() :]).removeprefix(chr(92))}"


def _within(words: str) -> str:
    """Return words, clean already, as they stand behind something else on a line."""
    escaped = "".join(_ESCAPED.get(sign, sign) for sign in _parted(words)).replace("\0", BREAK)
    # At the end of a heading they would close it.
    return re.sub(r"#+\Z", r"\\\g<0>", escaped)


def _parted(words: str) -> str:
    """Return words with a mark in everything that a forge takes for a reference."""
    parted = _REFERENCE.sub(lambda m: m.group() + "\0", words)
    return _HASH.sub(lambda m: "\0".join(re.findall(".{1,6}", m.group())), parted)


def _html(words: str) -> str:
    """Return foreign words as words within HTML, on one line."""
    return html.escape(_parted(plain.clean(words))).replace("$", _ESCAPED["$"]).replace("\0", BREAK)


def code(words: str) -> str:
    """Return foreign words as code, on one line; in the signs of `text` where a bar would end a cell of a table."""
    cleaned = plain.clean(words)
    if not cleaned or "|" in cleaned:
        return text(words)
    longest = max((len(run) for run in re.findall("`+", cleaned)), default=0)
    fence = "`" * (longest + 1)
    space = " " if cleaned[0] == "`" or cleaned[-1] == "`" else ""
    return f"{fence}{space}{cleaned}{space}{fence}"


def strong(words: str) -> str:
    """Return words that are seen first; of no words, nothing."""
    escaped = text(words)
    return f"**{escaped}**" if escaped else ""


def link(label: str, url: str) -> str:
    """Return a label, Markdown already, that leads to an address; the label alone where it is none of the web's."""
    found = plain.address(url)
    return f"[{label}](<{quote(found, safe=_URL_SAFE, errors='replace')}>)" if found else label


def verbatim(lines: Sequence[str], language: str) -> str:
    """Return lines as they are in a block of code that none of them ends."""
    shown = [plain.verbatim(line) for line in lines]
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join((f"{fence}{language}", *shown, fence))


def inline(line: Line) -> str:
    """Return what stands on one line, which may be the first of a block."""
    return "".join(_inline(part, first=i == 0) for i, part in enumerate(line))


def _inline(part: Inline, *, first: bool) -> str:
    match part:
        case Code(words):
            return code(words)
        case Strong(words):
            return strong(words)
        case Link(label, url):
            return link(code(label.text) if isinstance(label, Code) else text(label), url)
        case str() if first:
            return text(part) + " " * part.endswith(" ")
        case str():
            # The spaces between it and its neighbours are the line's.
            before, after = " " * part.startswith(" "), " " * (part.endswith(" ") and bool(part.strip()))
            return f"{before}{_within(plain.clean(part))}{after}"


def render(blocks: Sequence[Block]) -> str:
    """Return blocks as Markdown that ends with a line's end."""
    return "\n\n".join(filter(None, map(_block, blocks))) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading(words, level):
            return f"{'#' * (level + 1)} {text(words)}"
        case Paragraph(line):
            return inline(line)
        case Alarm(line):
            return f"> [!CAUTION]\n> {inline(line)}"
        case Bullets(lines):
            return "\n".join(f"- {inline(line)}" for line in lines)
        case Verbatim(lines, language):
            return verbatim(lines, language)
        case Table(headings, rows, numeric):
            rule = "|".join("---:" if i in numeric else "---" for i in range(len(headings)))
            cells_of = [[text(heading) for heading in headings], *([inline(cell) for cell in row] for row in rows)]
            first, *rest = (f"| {' | '.join(cells)} |" for cells in cells_of)
            return "\n".join((first, f"|{rule}|", *rest))
        case Picture(words, url):
            return f"!{link(text(words), url)}" if plain.address(url) else ""
        case Details(words, inner):
            # The words are HTML, in which nothing is Markdown; behind an empty line it is again.
            return f"<details><summary>{_html(words)}</summary>\n\n{render(inner)}\n</details>"
