"""A badge: one line of what is said of a place, as an SVG that a README shows."""

from __future__ import annotations

from html import escape

from charts.palette import GREEN, GREY, VERMILLION

from perfwatch.model import Kind

_WORSE: tuple[tuple[Kind, str], ...] = (
    ("BROKEN", "broken"),
    ("FAILED", "failed"),
    ("VANISHED", "vanished"),
    ("REGRESSED", "slower"),
)
# Verdana at 11 px, which is what a badge's text is laid out for; the text is stretched to it where another is used.
_CHAR_PX, _PAD_PX = 6.6, 9


def words(said: dict[Kind | None, int], judged: str | None) -> tuple[str, str]:
    """Return what a badge says and its colour: the gravest first, and never green where nothing was judged."""
    if judged is None:
        return "not judged", GREY
    worse = [f"{said[kind]:,} {word}" for kind, word in _WORSE if said.get(kind)]
    if worse:
        return ", ".join(worse), VERMILLION
    if not said.get("UNCHANGED") and not said.get("IMPROVED"):
        return "cannot tell", GREY
    return "nothing slower", GREEN


def svg(label: str, message: str, colour: str) -> str:
    """Return a badge of two fields as SVG, with its text for those who do not see it."""
    left, right = (len(text) * _CHAR_PX + 2 * _PAD_PX for text in (label, message))
    label, message = escape(label), escape(message)
    width = left + right

    def text(at: float, of: float, words: str) -> str:
        return f'<text x="{at + of / 2:.1f}" y="14" textLength="{of - 2 * _PAD_PX:.1f}">{words}</text>'

    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="20" role="img" '
        f'aria-label="{label}: {message}"><title>{label}: {message}</title>'
        f'<clipPath id="r"><rect width="{width:.1f}" height="20" rx="3"/></clipPath><g clip-path="url(#r)">'
        f'<rect width="{left:.1f}" height="20" fill="#555"/>'
        f'<rect x="{left:.1f}" width="{right:.1f}" height="20" fill="{colour}"/></g>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f"{text(0, left, label)}{text(left, right, message)}</g></svg>"
    )
