"""The paper and the pens of small pictures: SVG without scripts, without addresses, with words for who sees none.

A picture lies on a page of its own colour, light or dark as the reader's system is: whoever shows it may have another
one, and what is drawn is legible on it all the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.etree import ElementTree

from perfwatch.report.plain import clean, short

# The dashboard's colours, which hold 3:1 against both pages; words have a set for each.
_STYLE = (
    ".page{fill:#fff;stroke:#d0d7de}.ink{fill:#1f2328}.quiet{fill:#5f5f5f}.good{fill:#007a59}.bad{fill:#b04c00}"
    ".rule{stroke:#d0d7de}.line{stroke:#2f7ed8;fill:none}.dot{fill:#2f7ed8}.band{fill:#2f7ed8;fill-opacity:.18}"
    ".pen-quiet{stroke:#7f7f7f}.pen-good{stroke:#009e73}.pen-bad{stroke:#d55e00}"
    "@media(prefers-color-scheme:dark){.page{fill:#171614;stroke:#3d444d}.ink{fill:#e6e6e6}.quiet{fill:#a6a6a6}"
    ".good{fill:#2cb98f}.bad{fill:#f08a3c}.rule{stroke:#3d444d}}"
)
SIZE_PX, SMALL_PX = 11, 10
# More has no room anywhere.
_LONGEST = 120
# Of most letters of most fonts without serifs; a name that is broader is squeezed by whoever shows it, or runs on.
_LETTER = 0.56

Element = ElementTree.Element


def page(width: float, height: float, title: str, says: str) -> Element:
    """Return an empty picture; `title` and `says` are what is read to those who do not see it."""
    root = ElementTree.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": number(width),
            "height": number(height),
            "viewBox": f"0 0 {number(width)} {number(height)}",
            "role": "img",
            "font-family": "sans-serif",
            "font-size": str(SIZE_PX),
        },
    )
    for tag, content in (("title", short(clean(title), 300)), ("desc", short(clean(says), 3_000)), ("style", _STYLE)):
        ElementTree.SubElement(root, tag).text = content
    add(root, "rect", "page", x=0.5, y=0.5, width=width - 1, height=height - 1, rx=6)
    return root


def add(parent: Element, tag: str, look: str, **places: float | str) -> Element:
    """Return a new element of a picture; numbers are pixels, `stroke_width` is `stroke-width`."""
    given = {name.replace("_", "-"): number(v) if not isinstance(v, str) else v for name, v in places.items()}
    return ElementTree.SubElement(parent, tag, {"class": look, **given})


def words(parent: Element, look: str, x: float, y: float, said: str, side: str = "start", **more: float | str) -> None:
    """Write foreign words at a place; `side` is where of them that is: start, middle, end."""
    add(parent, "text", look, x=x, y=y, text_anchor=side, **more).text = short(clean(said), _LONGEST)


def fits(width_px: float, size_px: float = SIZE_PX) -> int:
    """Return how many letters have room."""
    return max(1, int(width_px / (size_px * _LETTER)))


def number(value: float) -> str:
    """Return a place in pixels, to a hundredth of one."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def path(points: Sequence[tuple[float, float]], *, closed: bool = False) -> str:
    """Return the line through some points as a path's `d`."""
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points) + "Z" * closed


def text(root: Element) -> str:
    """Return the picture as text."""
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def ticks(low: float, high: float, about: int) -> list[float]:
    """Return round numbers from `low` to `high`, roughly `about` of them: steps of 1, 2 or 5."""
    if not high > low:
        return [low]
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [i * step for i in range(first, math.floor(high / step + 1e-9) + 1)]
