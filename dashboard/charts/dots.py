"""Values beside each other on one axis, each with its interval, as a table: the picture and its numbers in one.

HTML without a script, so it is there at once; whatever comes from the store is escaped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from charts.curve import linear_ticks, log_ticks
from charts.palette import BLUE, GREEN, VERMILLION
from perfwatch.analysis.interval import Estimate

Tone = Literal["plain", "good", "bad"]
_TONES = {"plain": "", "good": f"color:{GREEN};font-weight:600", "bad": f"color:{VERMILLION};font-weight:600"}

_STYLE = """<style>
.pw-dots{border-collapse:collapse;width:100%;font-size:.85rem;font-variant-numeric:tabular-nums}
.pw-dots caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.pw-dots th,.pw-dots td{border:0;border-bottom:1px solid rgba(127,127,127,.22);padding:.26rem .6rem;text-align:right;
 white-space:nowrap}
.pw-dots thead th{font-weight:600;border-bottom:1px solid rgba(127,127,127,.5)}
.pw-dots th:first-child,.pw-dots .pw-track{text-align:left}
.pw-dots tbody th{font-weight:400;white-space:normal;min-width:12rem}
.pw-dots .pw-track{width:30%;min-width:9rem}
.pw-axis{position:relative;height:1.3rem}
.pw-axis i{position:absolute;top:0;bottom:0;border-left:1px solid rgba(127,127,127,.25)}
.pw-axis i.pw-one{border-left:1px dashed rgba(127,127,127,.9)}
.pw-axis b{position:absolute;top:50%;height:3px;margin-top:-1.5px;border-radius:2px;opacity:.55;min-width:3px}
.pw-axis u{position:absolute;top:50%;width:.62rem;height:.62rem;margin:-.31rem 0 0 -.31rem;border-radius:50%}
.pw-axis span{position:absolute;transform:translateX(-50%);white-space:nowrap;font-weight:400;font-size:.72rem;
 opacity:.75}
@media (max-width:40rem){
 .pw-dots,.pw-dots tbody,.pw-dots thead,.pw-dots tr,.pw-dots th,.pw-dots td{display:block;text-align:left;width:auto}
 .pw-dots tr{display:flex;flex-wrap:wrap;column-gap:.9rem;padding:.35rem 0;border-bottom:1px solid rgba(127,127,127,.3)}
 .pw-dots th,.pw-dots td{border:0;padding:.05rem 0;white-space:normal}
 .pw-dots th:first-child,.pw-dots .pw-track{flex:1 0 100%;width:100%;box-sizing:border-box}
 .pw-dots .pw-track{padding:0 1.3rem}
 .pw-dots thead th:not(.pw-track):not(:first-child){display:none}
 .pw-dots td:not(.pw-track):not(:empty)::before{content:attr(data-label) " ";opacity:.65;font-size:.75rem}
}
</style>"""


@dataclass(frozen=True)
class Dot:
    """A row: its name, where it stands, and the texts of the columns behind the axis, each with its tone."""

    label: str
    found: Estimate
    cells: tuple[tuple[str, Tone], ...]


@dataclass(frozen=True)
class Scale:
    """The axis: logarithmic or from `low` to `high`; `one` is the value that a dashed line marks."""

    log: bool = True
    low: float | None = None
    high: float | None = None
    one: float | None = None
    ticks: tuple[tuple[float, str], ...] | None = None


def dots(columns: Sequence[str], rows: Sequence[Dot], scale: Scale, says: str) -> str:
    """Return the table as one piece of HTML.

    Parameters
    ----------
    columns : headings: of the names, then one for each text of a row; the axis stands between.
    says : what the table is, for those who do not see it.
    """
    low, high = _range(rows, scale)
    ticks = scale.ticks or _ticks(low, high)
    ticks = tuple((v, text) for v, text in ticks if low <= v <= high)
    lines = "".join(_line(at, scale, low, high, 'class="pw-one"' if at == scale.one else "") for at, _ in ticks)
    if scale.one is not None and scale.one not in [at for at, _ in ticks]:
        lines += _line(scale.one, scale, low, high, 'class="pw-one"')
    head = "".join(f'<th scope="col">{escape(c)}</th>' for c in columns[1:])
    labels = "".join(
        f'<span style="left:{100 * _at(v, scale, low, high):.2f}%">{escape(text)}</span>' for v, text in ticks
    )
    body = "".join(_row(columns, row, scale, low, high, lines) for row in rows)
    return (
        f'{_STYLE}<table class="pw-dots"><caption>{escape(says)}</caption><thead><tr>'
        f'<th scope="col">{escape(columns[0])}</th><th class="pw-track" aria-hidden="true">'
        f'<div class="pw-axis">{labels}</div></th>{head}</tr></thead><tbody>{body}</tbody></table>'
    )


def _ticks(low: float, high: float) -> tuple[tuple[float, str], ...]:
    """Return round values; of a range that has too few round ones of each decade, evenly spaced ones."""
    found = log_ticks(low, high)
    return tuple((v, f"{v:g}") for v in (found if len(found) > 2 else linear_ticks(low, high)))


def _row(columns: Sequence[str], row: Dot, scale: Scale, low: float, high: float, lines: str) -> str:
    at = 100 * _at(row.found.value, scale, low, high)
    interval = ""
    if row.found.lower is not None and row.found.upper is not None:
        a, b = (100 * _at(v, scale, low, high) for v in (row.found.lower, row.found.upper))
        interval = f'<b style="left:{a:.2f}%;width:{b - a:.2f}%;background:{BLUE}"></b>'
    cells = "".join(
        f'<td data-label="{escape(column)}" style="{_TONES[tone]}">{escape(text)}</td>'
        for column, (text, tone) in zip(columns[1:], row.cells, strict=True)
    )
    track = f'{lines}{interval}<u style="left:{at:.2f}%;background:{BLUE}"></u>'
    return (
        f'<tr><th scope="row">{escape(row.label)}</th><td class="pw-track" aria-hidden="true">'
        f'<div class="pw-axis">{track}</div></td>{cells}</tr>'
    )


def _line(value: float, scale: Scale, low: float, high: float, attributes: str) -> str:
    return f'<i {attributes} style="left:{100 * _at(value, scale, low, high):.2f}%"></i>'


def _range(rows: Sequence[Dot], scale: Scale) -> tuple[float, float]:
    values = [row.found.value for row in rows if not scale.log or row.found.value > 0]
    low = scale.low if scale.low is not None else min([*values, scale.one or values[0]]) / 1.08 if values else 0.1
    high = scale.high if scale.high is not None else max([*values, scale.one or values[0]]) * 1.08 if values else 10.0
    return low, high


def _at(value: float, scale: Scale, low: float, high: float) -> float:
    """Return where a value stands, 0 to 1; what is outside stands at the edge."""
    if scale.log and value <= 0:
        return 0.0
    f = math.log if scale.log else float
    return min(1.0, max(0.0, (f(value) - f(low)) / (f(high) - f(low))))
