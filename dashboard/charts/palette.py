"""Colours that hold on a light and on a dark page, for every kind of colour vision.

Each has a contrast of at least 3:1 against both backgrounds (WCAG's bound for graphics), so a figure needs no second
set; words need more, and have one. That leaves little room in lightness, so colour is never alone: a line differs by
dash and marker too, a cell by its sign. A test holds both.
"""

from __future__ import annotations

from dataclasses import dataclass

BLUE = "#2f7ed8"
VERMILLION = "#d55e00"
GREEN = "#009e73"
PINK = "#c2589b"
OLIVE = "#8f7a00"
GREY = "#7f7f7f"
CYCLE = (BLUE, VERMILLION, GREEN, PINK, OLIVE, GREY)

LIGHT_PAGE = "#ffffff"
DARK_PAGE = "#171614"

# Words need 4.5:1, which no one colour has on both pages: of each a dark one and a light one. Each page states them
# once as properties of style, and whatever colours words asks for those.
WORDS = {"bad": ("#b04c00", "#f08a3c"), "good": ("#007a59", "#2cb98f"), "plain": ("#5f5f5f", "#a6a6a6")}
STYLE = ":root{" + ";".join(f"--pw-{tone}:light-dark({dark},{light})" for tone, (dark, light) in WORDS.items()) + "}"

_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "star")


@dataclass(frozen=True)
class Pen:
    """How one line is drawn: colour, dash and marker all differ between neighbours."""

    colour: str
    dash: str
    symbol: str


def pen(index: int) -> Pen:
    """Return the pen of the line at `index`; 36 lines pass before one repeats."""
    turn = index // len(CYCLE)
    return Pen(
        CYCLE[index % len(CYCLE)],
        _DASHES[(index + turn) % len(_DASHES)],
        _SYMBOLS[(index + turn) % len(_SYMBOLS)],
    )


def faded(colour: str, opacity: float) -> str:
    """Return `colour` (`#rrggbb`) with an opacity of 0 to 1."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"
