"""HTML as a mail shows it: fragments without scripts, pictures or an address that foreign text chose."""

from __future__ import annotations

import html
from collections.abc import Sequence

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

# Readers of mail know few rules of style, and those only where they stand.
_MONO = "font-family:ui-monospace,Consolas,monospace"
_CELL = "padding:2px 12px 2px 0;text-align:"
_ALARM = "border-left:4px solid #d55e00;padding:4px 12px;font-weight:bold"


def text(words: str) -> str:
    """Return foreign words as words, on one line."""
    return html.escape(plain.clean(words))


def code(words: str) -> str:
    """Return foreign words as code, on one line."""
    return f'<code style="{_MONO}">{text(words)}</code>'


def link(label: str, url: str) -> str:
    """Return a label, HTML already, that leads to an address; the label alone where it is none of the web's."""
    found = plain.address(url)
    return f'<a href="{html.escape(found)}">{label}</a>' if found else label


def inline(line: Line) -> str:
    """Return what stands on one line."""
    return "".join(_inline(part) for part in line)


def _inline(part: Inline) -> str:
    match part:
        case Code(words):
            return code(words)
        case Strong(words):
            return f"<strong>{text(words)}</strong>"
        case Link(label, url):
            return link(code(label.text) if isinstance(label, Code) else text(label), url)
        case str():
            # The spaces between it and its neighbours are the line's.
            before, after = " " * part.startswith(" "), " " * (part.endswith(" ") and bool(part.strip()))
            return f"{before}{text(part)}{after}"


def render(blocks: Sequence[Block]) -> str:
    """Return blocks as a fragment of HTML, a line a block."""
    return "\n".join(filter(None, map(_block, blocks))) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading(words, level):
            return f"<h{level + 1}>{text(words)}</h{level + 1}>"
        case Paragraph(line):
            return f"<p>{inline(line)}</p>"
        case Alarm(line):
            return f'<p style="{_ALARM}">{inline(line)}</p>'
        case Bullets(lines):
            return f"<ul>{''.join(f'<li>{inline(line)}</li>' for line in lines)}</ul>"
        case Verbatim(lines):
            shown = "\n".join(html.escape(plain.verbatim(line)) for line in lines)
            return f'<pre style="{_MONO};white-space:pre-wrap">{shown}</pre>'
        case Table(headings, rows, numeric):
            sides = ["right" if i in numeric else "left" for i in range(len(headings))]
            head = "".join(f'<th style="{_CELL}{s}">{text(h)}</th>' for s, h in zip(sides, headings, strict=True))
            body = "".join(_row(sides, row) for row in rows)
            return f'<table style="border-collapse:collapse"><tr>{head}</tr>{body}</table>'
        case Picture():
            # Many readers of mail show no picture from elsewhere, and it tells the server who reads.
            return ""
        case Details(words, inner):
            return f"<details><summary>{text(words)}</summary>\n{render(inner)}</details>"


def _row(sides: Sequence[str], row: Sequence[Line]) -> str:
    cells = (f'<td style="{_CELL}{side}">{inline(cell)}</td>' for side, cell in zip(sides, row, strict=True))
    return f"<tr>{''.join(cells)}</tr>"
