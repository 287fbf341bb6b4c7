"""Values with their intervals on one logarithmic scale, as an HTML table: the numbers and the picture are one.

Everything that comes from the store is escaped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from charts.palette import BLUE, faded
from perfwatch.units import Unit

# Numbers stay beside the picture on a phone; the interval in words is what hover tells and the table below has.
_STYLE = f"""<style>
.pw-bars{{width:100%;border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums;margin:.1rem 0 .6rem}}
.pw-bars caption{{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}}
.pw-bars th,.pw-bars td{{border:0;border-bottom:1px solid rgba(127,127,127,.2);padding:.2rem .45rem;text-align:left;
 font-weight:400;vertical-align:middle}}
.pw-bars thead th{{font-size:.76rem;opacity:.75}}
.pw-bars .pw-r{{text-align:right;white-space:nowrap}}
.pw-bars tbody th a{{color:inherit}}
.pw-track{{position:relative;height:1.35rem;min-width:6.5rem;overflow:hidden}}
.pw-bars .pw-wide{{width:55%}}
.pw-track i{{position:absolute;top:0;bottom:0;border-left:1px solid rgba(127,127,127,.25)}}
.pw-track b{{position:absolute;top:32%;height:36%;min-width:2px;border-radius:2px;background:{faded(BLUE, 0.35)}}}
.pw-track s{{position:absolute;top:50%;width:.62rem;height:.62rem;margin:-.31rem 0 0 -.31rem;border-radius:50%;
 background:{BLUE};text-decoration:none}}
.pw-axis{{position:relative;height:1rem;font-size:.7rem;opacity:.75}}
@media(max-width:40rem){{.pw-bars th,.pw-bars td{{padding:.2rem .25rem}}.pw-track{{min-width:4.5rem}}}}
.pw-axis span{{position:absolute;transform:translateX(-50%);white-space:nowrap}}
</style>"""
# Room left and right of the values, as a share of the scale.
_ROOM = 0.06


@dataclass(frozen=True)
class Bar:
    """A value with its interval, both in SI (None where it is not known), and what stands beside it."""

    name: str
    value: float | None
    lower: float | None
    upper: float | None
    ratio: str
    says: str
    href: str | None = None


def bars(rows: Sequence[Bar], unit: Unit, ratio_to: str, caption: str) -> str:
    """Return the table, rows in the order given.

    Parameters
    ----------
    ratio_to : what the column of ratios is headed by.
    caption : what the table is, for those who do not see it.
    """
    low, high = _span(rows)
    marks = [(tick, _place(tick, low, high)) for tick in _ticks(low, high)]
    rules = "".join(f'<i style="left:{at:.2f}%"></i>' for _, at in marks)
    axis = "".join(f'<span style="left:{at:.2f}%">{escape(unit.show(tick))}</span>' for tick, at in marks)
    body = "".join(_row(row, unit, low, high, rules) for row in rows)
    return (
        f'{_STYLE}<table class="pw-bars"><caption>{escape(caption)}</caption><thead><tr><th scope="col"></th>'
        f'<th scope="col" class="pw-wide">99 % interval, logarithmic</th><th scope="col" class="pw-r">value</th>'
        f'<th scope="col" class="pw-r">{escape(ratio_to)}</th></tr></thead><tbody>{body}<tr><td></td>'
        f'<td><div class="pw-axis" aria-hidden="true">{axis}</div></td><td></td><td></td></tr></tbody></table>'
    )


def _row(row: Bar, unit: Unit, low: float, high: float, rules: str) -> str:
    name = escape(row.name)
    if row.href is not None:
        name = f'<a href="{escape(row.href)}" target="_self">{name}</a>'
    drawn = rules
    if row.value is not None and row.value > 0:
        if row.lower is not None and row.upper is not None and 0 < row.lower <= row.upper:
            begin, end = _place(row.lower, low, high), _place(row.upper, low, high)
            drawn += f'<b style="left:{begin:.2f}%;width:{end - begin:.2f}%"></b>'
        drawn += f'<s style="left:{_place(row.value, low, high):.2f}%"></s>'
    return (
        f'<tr title="{escape(row.says)}"><th scope="row">{name}</th><td class="pw-wide"><div class="pw-track">{drawn}'
        f'</div></td><td class="pw-r">{escape(unit.show(row.value))}</td><td class="pw-r">{escape(row.ratio)}</td></tr>'
    )


def _span(rows: Sequence[Bar]) -> tuple[float, float]:
    """Return the ends of the scale, both positive, a factor of 2 apart at least."""
    found = [v for row in rows for v in (row.value, row.lower, row.upper) if v is not None and 0 < v < math.inf]
    if not found:
        return 1.0, 10.0
    low, high = min(found), max(found)
    room = max((high / low) ** _ROOM, math.sqrt(2 / min(high / low, 2)), 1.05)
    return low / room, high * room


def _place(value: float, low: float, high: float) -> float:
    return 100 * math.log(value / low) / math.log(high / low)


def _ticks(low: float, high: float) -> list[float]:
    """Return a few round numbers between `low` and `high`: decades, parts of them where there are few."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for steps, every in (((1, 1.5, 2, 3, 4, 5, 7), 1), ((1, 2, 5), 1), ((1,), 1), ((1,), 3)):
        # By text, so that 5e-06 is the number nearest to it and shown as 5 µs.
        found = [float(f"{s}e{d}") for d in range(first, last + 1) if d % every == 0 for s in steps]
        found = [tick for tick in found if low <= tick <= high]
        if len(found) <= 5:
            return found
    return found
