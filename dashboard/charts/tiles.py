"""Tiles and sparklines as HTML: the value large, its interval and change beneath, its history as a small line.

Everything that comes from the store is escaped. A sparkline is an image with its picture in the address: the page's
sanitiser takes inline SVG out, and an image brings its own text alternative.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from charts.palette import BLUE, GREEN, GREY, VERMILLION

Tone = Literal["good", "bad", "plain"]
_TONES = {"good": GREEN, "bad": VERMILLION, "plain": GREY}

# Tiles share the width of the page between them and wrap; two fit beside each other on a phone of 390 px.
_STYLE = """<style>
.pw-tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.2rem,1fr));gap:.7rem;margin:.1rem 0 .4rem}
.pw-tile{border:1px solid rgba(127,127,127,.3);border-left:4px solid rgba(127,127,127,.45);border-radius:.45rem;
 padding:.6rem .75rem .55rem;display:flex;flex-direction:column;min-width:0}
.pw-label{font-size:.8rem;font-weight:600;line-height:1.25;opacity:.85;min-height:2.5em}
.pw-value{font-size:1.55rem;font-weight:650;line-height:1.2;white-space:nowrap;font-variant-numeric:tabular-nums}
.pw-note{font-size:.76rem;line-height:1.4;opacity:.78;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
.pw-change{font-size:.8rem;line-height:1.45;font-weight:600;font-variant-numeric:tabular-nums}
.pw-spark{height:34px;width:100%;margin-top:auto;padding-top:.35rem;box-sizing:content-box}
</style>"""
_BANNER_STYLE = """<style>
.pw-banner{display:flex;gap:.7rem;align-items:baseline;border-left:5px solid;border-radius:.45rem;
 padding:.7rem 1rem;background:rgba(127,127,127,.09);font-size:1.25rem;font-weight:600;line-height:1.4;
 overflow-wrap:anywhere;font-variant-numeric:tabular-nums;margin:0}
@media(max-width:40rem){.pw-banner{font-size:1.1rem;padding:.6rem .8rem;gap:.5rem}}
</style>"""
# A sign beside the colour, for whom colours are alike.
_SIGNS = {"good": "✓", "bad": "✕", "plain": "–"}


@dataclass(frozen=True)
class Card:
    """What a tile says.

    Attributes
    ----------
    label, value : its name and the number with its unit.
    notes : lines below the value: interval, since when.
    change : one line on the change, "" for none; `tone` colours it and the tile's edge.
    spark : values, oldest first.
    says : what the number means; shown on hover.
    """

    label: str
    value: str
    notes: tuple[str, ...] = ()
    change: str = ""
    tone: Tone = "plain"
    spark: tuple[float, ...] = ()
    says: str = ""


def tiles(cards: Sequence[Card]) -> str:
    """Return the tiles as one piece of HTML."""
    return _STYLE + '<div class="pw-tiles">' + "".join(_tile(card) for card in cards) + "</div>"


def banner(says: str, tone: Tone) -> str:
    """Return a sentence as HTML, large, with a sign and an edge of its tone, read out when it changes."""
    colour = _TONES[tone]
    sign = f'<span aria-hidden="true" style="color:var(--pw-{tone})">{_SIGNS[tone]}</span>'
    return (
        f'{_BANNER_STYLE}<p class="pw-banner" role="status" style="border-left-color:{colour}">'
        f"{sign}<span>{escape(says)}</span></p>"
    )


def _tile(card: Card) -> str:
    colour = _TONES[card.tone]
    edge = f"border-left-color:{colour}" if card.tone != "plain" else ""
    notes = "".join(f'<div class="pw-note">{escape(note)}</div>' for note in card.notes)
    change = (
        f'<div class="pw-change" style="color:var(--pw-{card.tone})">{escape(card.change)}</div>' if card.change else ""
    )
    return (
        f'<div class="pw-tile" style="{edge}" title="{escape(card.says)}">'
        f'<div class="pw-label">{escape(card.label)}</div><div class="pw-value">{escape(card.value)}</div>'
        f"{notes}{change}{_spark(card)}</div>"
    )


def _spark(card: Card) -> str:
    picture = sparkline(card.spark, VERMILLION if card.tone == "bad" else BLUE)
    if not picture:
        return ""
    code = base64.b64encode(picture.encode()).decode()
    says = escape(f"{card.label} over the last {len(card.spark)} commits")
    return f'<img class="pw-spark" alt="{says}" src="data:image/svg+xml;base64,{code}">'


def sparkline(values: Sequence[float], colour: str) -> str:
    """Return the values as an SVG that may be stretched to any width; "" for fewer than two.

    The vertical scale spans the values, but never less than 2 % of them: scatter must not look like drama.
    """
    finite = [v for v in values if math.isfinite(v)]
    if len(finite) < 2:
        return ""
    low, high = min(finite), max(finite)
    middle, span = (low + high) / 2, max(high - low, 0.02 * max(abs(low), abs(high)), 1e-300)
    points = [(100 * i / (len(finite) - 1), 16 - 24 * (v - middle) / span) for i, v in enumerate(finite)]
    path = " ".join(f"{'L' if i else 'M'}{x:.2f} {y:.2f}" for i, (x, y) in enumerate(points))
    x, y = points[-1]
    drawn = f'fill="none" stroke="{colour}" stroke-linecap="round" stroke-linejoin="round"'
    # A line of no length with round ends is a dot that stays round when the picture is stretched.
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 0 108 32" preserveAspectRatio="none">'
        f'<path d="{path}" {drawn} stroke-width="1.6" vector-effect="non-scaling-stroke"/>'
        f'<path d="M{x:.2f} {y:.2f}h0.01" {drawn} stroke-width="6" vector-effect="non-scaling-stroke"/></svg>'
    )
