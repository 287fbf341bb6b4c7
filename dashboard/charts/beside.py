"""Two answers beside each other and their difference, as HTML. Everything that comes from the store is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from charts.palette import GREY, VERMILLION

_STYLE = """<style>
.pw-beside{display:grid;grid-template-columns:repeat(auto-fit,minmax(14.5rem,1fr));gap:.7rem;margin:.1rem 0 .9rem}
.pw-side{border:1px solid rgba(127,127,127,.3);border-top:4px solid;border-radius:.45rem;padding:.55rem .85rem .65rem}
.pw-side h4{font-size:.85rem;font-weight:600;margin:0 0 .25rem;padding:0;opacity:.82;overflow-wrap:anywhere}
.pw-side div{display:flex;justify-content:space-between;gap:.8rem;align-items:baseline}
.pw-side span{font-size:.8rem;opacity:.75}
.pw-side b{font-size:1.25rem;font-weight:650;white-space:nowrap;font-variant-numeric:tabular-nums}
</style>"""


@dataclass(frozen=True)
class Side:
    """One of the answers: whose it is, its numbers by name, and whether it is the one that is wrong."""

    name: str
    values: tuple[tuple[str, str], ...]
    is_wrong: bool = False


def beside(sides: Sequence[Side]) -> str:
    """Return the answers as one piece of HTML, as many beside each other as there is room for."""
    return _STYLE + '<div class="pw-beside">' + "".join(_side(side) for side in sides) + "</div>"


def _side(side: Side) -> str:
    values = "".join(f"<div><span>{escape(name)}</span><b>{escape(value)}</b></div>" for name, value in side.values)
    colour = VERMILLION if side.is_wrong else GREY
    return f'<div class="pw-side" style="border-top-color:{colour}"><h4>{escape(side.name)}</h4>{values}</div>'
