"""How old ticks were, a histogram for each way on one logarithmic scale, as HTML. All that is named is escaped."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

from frames.laboratory import SHARES, Histogram

from charts.palette import BLUE, VERMILLION
from perfwatch.units import SECONDS

_STYLE = f"""<style>
.pw-ages{{display:grid;gap:.9rem;margin:.2rem 0 .8rem}}
.pw-ages h4{{font-size:.9rem;font-weight:600;margin:0;padding:0}}
.pw-ages p{{font-size:.8rem;opacity:.8;margin:.1rem 0 .25rem;font-variant-numeric:tabular-nums}}
.pw-plot{{position:relative;height:84px;border-bottom:1px solid rgba(127,127,127,.6);overflow:hidden}}
.pw-plot b{{position:absolute;bottom:0;background:{BLUE};min-width:2px}}
.pw-plot i{{position:absolute;top:0;bottom:0;border-left:1px solid rgba(127,127,127,.25)}}
.pw-plot s{{position:absolute;top:0;bottom:0;border-left:2px dashed {VERMILLION};text-decoration:none}}
.pw-scale{{position:relative;height:1.1rem;font-size:.72rem;opacity:.75}}
.pw-scale span{{position:absolute;transform:translateX(-50%);white-space:nowrap}}
</style>"""
# Steps of a histogram are a twentieth of a decade wide.
_STEP = 10 ** (1 / 20)


def ages(found: Mapping[str, Histogram]) -> str:
    """Return the histograms, one below the other; there is at least one.

    Heights are logarithms of counts: half of the ticks and the one in fifty thousand are to be seen beside each other.
    """
    low = min(h.at_most_s[0] for h in found.values()) / _STEP**2
    high = max(h.at_most_s[-1] for h in found.values()) * _STEP
    most = max(max(h.ticks) for h in found.values())
    decades = [10.0**d for d in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]
    rules = "".join(f'<i style="left:{_place(t, low, high):.2f}%"></i>' for t in decades)
    scale = "".join(f'<span style="left:{_place(t, low, high):.2f}%">{escape(SECONDS.show(t))}</span>' for t in decades)
    drawn = "".join(_one(name, h, low, high, most, rules) for name, h in found.items())
    return f'{_STYLE}<div class="pw-ages">{drawn}<div class="pw-scale" aria-hidden="true">{scale}</div></div>'


def _one(name: str, found: Histogram, low: float, high: float, most: int, rules: str) -> str:
    total = sum(found.ticks)
    columns = "".join(
        _column(at, n, total, low, high, most) for at, n in zip(found.at_most_s, found.ticks, strict=True)
    )
    told = " · ".join(f"{words} within {SECONDS.show(found.within(float(s)))}" for s, words in SHARES.items())
    marks = "".join(f'<s style="left:{_place(found.within(float(s)), low, high):.2f}%"></s>' for s in ("0.5", "0.99"))
    return (
        f'<div><h4>{escape(name)}</h4><p>{total:,} ticks: {escape(told)}</p><div class="pw-plot" role="img" '
        f'aria-label="{escape(f"Histogram of the ages of {total:,} ticks by {name}: {told}")}">{rules}{columns}{marks}'
        "</div></div>"
    )


def _column(at_most_s: float, n: int, total: int, low: float, high: float, most: int) -> str:
    left, right = _place(at_most_s / _STEP, low, high), _place(at_most_s, low, high)
    # One tick has a height, too.
    height = 100 * math.log(2 * n) / math.log(2.4 * most)
    says = escape(f"at most {SECONDS.show(at_most_s)}: {n:,} ticks, {100 * n / total:.3g} %")
    place = f"left:{left:.2f}%;width:{max(right - left - 0.12, 0.15):.2f}%;height:{height:.1f}%"
    return f'<b title="{says}" style="{place}"></b>'


def _place(age_s: float, low: float, high: float) -> float:
    return 100 * math.log(age_s / low) / math.log(high / low)
