"""Two profiles set side by side: a file of folded stacks for other tools, and a flame graph of the difference.

Both profiles are of one benchmark for as long, so that a function's share of the samples is its share of the time; the
shares are compared, not the counts, for a profiler does not always see as many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

Folded = Mapping[str, int]

WIDTH, ROW, HEADING = 1200, 18, 44
# Narrower than this a frame is not seen; a character of the font is so wide.
_NARROWEST, _CHARACTER = 0.4, 6.6
# A share that moved by so much has the full colour.
_FULL_COLOUR = 0.10


def difffolded(before: Folded, after: Folded) -> str:
    """Return both profiles in one file as Gregg's `difffolded.pl` writes it: `stack count-before count-after`."""
    stacks = sorted({*before, *after})
    return "".join(f"{stack} {before.get(stack, 0)} {after.get(stack, 0)}\n" for stack in stacks)


@dataclass
class _Frame:
    """A function in its place in the stacks, with its part of all samples before and after."""

    name: str
    before: float = 0.0
    after: float = 0.0
    children: dict[str, _Frame] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        return 1 + max((child.depth for child in self.children.values()), default=0)


def svg(before: Folded, after: Folded, title: str) -> str:
    """Return a flame graph: widths are the second profile's, red where a function's share grew, blue where it fell.

    A function that only the first one holds has no width; the folded file lists it.

    Parameters
    ----------
    title : plain text; a benchmark and two commits.
    """
    root = _tree(before, after)
    height = HEADING + ROW * root.depth + 8
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="11" role="img">'
    )
    lines = [
        head,
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="8" y="18" font-size="14" fill="#1f2328">{escape(title)}</text>',
        f'<text x="8" y="36" fill="#59636e">{sum(before.values()):,} samples before, {sum(after.values()):,} after; '
        "width: share after; red: a larger share than before, blue: a smaller one</text>",
        *_frames(root, 0.0, float(WIDTH), HEADING),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _tree(before: Folded, after: Folded) -> _Frame:
    root = _Frame("all", 1.0 if before else 0.0, 1.0 if after else 0.0)
    for which, folded in (("before", before), ("after", after)):
        total = sum(folded.values())
        for stack, count in folded.items():
            at = root
            for name in stack.split(";"):
                at = at.children.setdefault(name, _Frame(name))
                setattr(at, which, getattr(at, which) + count / total)
    return root


def _frames(frame: _Frame, x: float, width: float, y: int) -> Iterator[str]:
    """Yield a frame and what it calls below it, in the order of their names."""
    told = f"{frame.name}: {100 * frame.before:.1f} % → {100 * frame.after:.1f} %"
    yield (
        f'<g><title>{escape(told)}</title><rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{ROW - 1}" '
        f'fill="{_colour(frame.after - frame.before)}"/>{_name(frame.name, x, y, width)}</g>'
    )
    for child in sorted(frame.children.values(), key=lambda c: c.name):
        wide = WIDTH * child.after
        if wide >= _NARROWEST:
            yield from _frames(child, x, wide, y + ROW)
            x += wide


def _name(name: str, x: float, y: int, width: float) -> str:
    fits = int((width - 6) / _CHARACTER)
    if fits < 3:
        return ""
    shown = name if len(name) <= fits else name[: fits - 1] + "…"
    return f'<text x="{x + 3:.1f}" y="{y + 12}" fill="#1f2328">{escape(shown)}</text>'


def _colour(change: float) -> str:
    """Return a colour from blue over a light grey to red."""
    much = min(1.0, abs(change) / _FULL_COLOUR)
    light = (240, 240, 240)
    full = (240, 110, 90) if change > 0 else (100, 150, 240)
    r, g, b = (round(a + (z - a) * much) for a, z in zip(light, full, strict=True))
    return f"#{r:02x}{g:02x}{b:02x}"


def hottest(before: Folded, after: Folded, most: int = 3) -> list[tuple[str, float, float]]:
    """Return the functions whose own share of the time moved most: name, share before, share after.

    A function's own time is that of the stacks it is the leaf of.
    """
    own: dict[str, list[float]] = {}
    for place, folded in enumerate((before, after)):
        total = sum(folded.values())
        for stack, count in folded.items():
            own.setdefault(stack.rpartition(";")[2], [0.0, 0.0])[place] += count / total
    moved = sorted(own.items(), key=lambda item: (-abs(item[1][1] - item[1][0]), item[0]))
    return [(name, first, second) for name, (first, second) in moved[:most] if first != second]
