"""Two commits measured in turns, looked at after each round: what is decided, and whether more rounds would tell more.

The units of evidence are turns, not samples: the samples of one turn share what the turn was dealt (a layout in memory,
a neighbour on the host), and taken as independent they call every such deal a change. Each side has one value a turn;
the two are compared by Student's t over logarithms, pooled variance, n + m − 2 degrees of freedom (ddof 1 a side).

- Looks. Whoever looks after each round and stops when he likes what he sees finds what is not there. Each look has its
  share of the error: half of it the last, the other half the ones before, in equal parts (Bonferroni over looks). A
  p-value over its look's share, and an interval at that look's level, hold whenever the rounds end (Jennison & Turnbull
  2000, "Group Sequential Methods", chapter 9: repeated confidence intervals).
- Two states. A benchmark that has two (by its layout, by the host's clock) puts all n turns of one side into one and
  all m of the other into the other by a chance of at most 2 · 2^−(n+m), with no scatter for a t to see; all but k of
  them by that of a coin. No p-value is taken for smaller. So few rounds tell of no change, however large it looks.
- Rows. False discoveries over all rows are held to a rate (`multiple.discoveries`), at every look.
- Unsure ends. A row that would in all likelihood be as unsure after the last round as it is now is not waited for
  (predictive power: Spiegelhalter, Freedman & Blackburn 1986, Controlled Clinical Trials 7). That can hide, not invent.

Turns next to each other are alike where a host drifts: mirrored turns (A B B A) take that out of the difference and
leave it in the scatter, which is the careful side. Tests hold the stated rates for six kinds of noise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from scipy import special

from perfwatch.analysis import multiple
from perfwatch.analysis.interval import Estimate
from perfwatch.analysis.look import LEVEL, Look, error_of, look_at, quantile, share, two_states
from perfwatch.analysis.settings import Settings
from perfwatch.model import SeriesKey
from perfwatch.units import unit

Values = Mapping[SeriesKey, Sequence[float]]
# Surely worse, surely better, surely within what matters; and none of the three.
Word = Literal["worse", "better", "same", "unsure"]

# Less likely than this to be decided by more rounds: not waited for.
_HOPE = 0.1
_FOUR_IN_FIVE, _Z_FOUR_IN_FIVE = 0.8, 0.8416
# The quantile they give moves by a hundredth from seed to seed.
_DRAWS = 4_000


@dataclass(frozen=True)
class Decided:
    """One series after a look.

    Attributes
    ----------
    before, after : means of the turns' values (geometric where all are positive), in the series' unit.
    ratio : after / before with the interval that holds over all looks (95 %); None where `before` is not positive.
    p_value : two-sided, of "no difference", the looks accounted for; None with too few turns.
    word : what can be said now. `worse` and `better` are significant over all rows and by as much as matters; `same`
        has its whole interval within what matters.
    scatter : standard deviation of a turn's logarithm around its side's mean (pooled, ddof 1 a side), a fraction; of
        values that are not all positive, of the value over the mean before; None with too few turns.
    minimum_detectable : the smallest change, a fraction, that is found four times in five with these turns, were it the
        only one of the rows; None where none could be, whatever its size, or nobody knows.
    is_significant, is_relevant : beyond chance over all rows; by as much as matters. Two questions.
    is_settled : whether more rounds would not tell more in all likelihood.
    is_exact : a tracked number that did not scatter at all.
    """

    key: SeriesKey
    n_before: int
    n_after: int
    before: float
    after: float
    ratio: Estimate | None
    p_value: float | None
    word: Word
    scatter: float | None = None
    minimum_detectable: float | None = None
    is_significant: bool = False
    is_relevant: bool = False
    is_settled: bool = False
    is_exact: bool = False


def decide(before: Values, after: Values, settings: Settings, *, most: int) -> list[Decided]:
    """Return what is decided of every series that both sides have, in the order of `before`.

    Parameters
    ----------
    before, after : values of the turns taken, as `turns.by_turn` gives them.
    most : rounds there will be at most; fixed before the first look.
    """
    seen = [look_at(key, before[key], after[key], most) for key in before if key in after]
    tested = [one for one in seen if one.p_value is not None and not one.is_exact]
    p_values = np.array([one.p_value for one in tested], dtype=np.float64)
    found = multiple.discoveries(p_values, settings.false_discovery_rate)
    told = {one.key for one, is_found in zip(tested, found, strict=True) if is_found}
    alone = settings.false_discovery_rate / max(1, len(tested))
    return [_worded(one, one.key in told, alone, settings.for_series(one.key), most) for one in seen]


def is_enough(rows: Sequence[Decided]) -> bool:
    """Return whether more rounds would tell more of no row; never before there is one."""
    return bool(rows) and all(row.is_settled for row in rows)


def _worded(look: Look, is_significant: bool, alone: float, settings: Settings, most: int) -> Decided:
    """Return a row in words, with what could not have been seen.

    Parameters
    ----------
    alone : the p-value that is a discovery where no other row is one.
    """
    within = _what_matters(look, settings)
    is_significant = look.p_value == 0.0 if look.is_exact else is_significant
    is_relevant = look.step != 0 and abs(look.step) >= within
    word: Word = "unsure"
    if is_significant and is_relevant:
        word = "worse" if (look.step > 0) == unit(look.key.unit).lower_is_better else "better"
    elif abs(look.step) + look.half < within or (look.is_exact and not is_relevant):
        word = "same"
    is_clear = look.is_exact or word == "same" or (word != "unsure" and abs(look.step) - look.half >= within)
    bounds = (None, None) if look.p_value is None else tuple(look.as_ratio(look.step + d * look.half) for d in (-1, 1))
    return Decided(
        look.key,
        *look.n,
        *look.means,
        ratio=Estimate(look.means[1] / look.means[0], *bounds) if look.means[0] > 0 else None,
        p_value=look.p_value,
        word=word,
        scatter=look.scatter,
        minimum_detectable=_minimum_detectable(look, within, alone, most),
        is_significant=is_significant,
        is_relevant=is_relevant,
        is_settled=is_clear or min(look.n) >= most or _is_hopeless(look, within, alone, most),
        is_exact=look.is_exact,
    )


def _what_matters(look: Look, settings: Settings) -> float:
    """Return the smallest step that matters, on the working scale."""
    floor = settings.absolute_floor.get(look.key.unit, 0.0)
    change = max(settings.relevant_change, floor / abs(look.means[0]) if look.means[0] else 0.0)
    return math.log1p(change) if look.is_log else change


def _minimum_detectable(look: Look, within: float, alone: float, most: int) -> float | None:
    """Return the smallest change that is found four times in five; None where none is."""
    if look.is_exact:
        return 0.0
    if look.scatter is None:
        return None
    turns = min(look.n)
    needed = _needed(alone * share(turns, most), turns)
    if needed is None:
        return None
    # Both are asked of it: that it is beyond chance, and that it is by as much as matters.
    beyond, mattering = look.scatter * needed, within + look.scatter * _Z_FOUR_IN_FIVE * error_of(look.n)
    return look.as_ratio(max(beyond, mattering)) - 1.0


@lru_cache(maxsize=1024)
def _needed(alpha: float, turns: int) -> float | None:
    """Return the step, in scatters, that is beyond chance at `alpha` four times in five; None where none is.

    Simulated with normal turns, as many a side, under a seed of its own: exact for two conditions at once, that of the
    t and that of the two states.
    """
    if two_states(2 * turns) > alpha:
        return None
    astray = max(k for k in range(turns) if two_states(2 * turns, k) <= alpha)
    old, new = np.sort(np.random.default_rng(0).standard_normal((2, _DRAWS, turns)), axis=2)
    error = np.sqrt((old.var(axis=1, ddof=1) + new.var(axis=1, ddof=1)) / turns)
    by_t = quantile(alpha, 2 * turns - 2) * error - (new.mean(axis=1) - old.mean(axis=1))
    parted = [old[:, turns - 1 - i] - new[:, astray - i] for i in range(astray + 1)]
    return float(np.quantile(np.maximum(by_t, np.min(parted, axis=0)), _FOUR_IN_FIVE))


def _is_hopeless(look: Look, within: float, alone: float, most: int) -> bool:
    """Return whether the last round would in all likelihood decide no more than this one.

    Where the mean will be by then is normal around where it is, as far apart as the scatter makes the rounds taken and
    those to come.
    """
    if look.scatter is None:
        return False
    n, last = min(look.n), (most, most)
    ahead = look.scatter * error_of(last) * math.sqrt(max(0, most - n) / n)
    error, freedom, part = look.scatter * error_of(last), 2 * most - 2, share(most, most)
    told = max(within, quantile(alone * part, freedom) * error)
    same = within - quantile(part * (1.0 - LEVEL), freedom) * error

    def below(step: float) -> float:
        if ahead == 0:
            return float(look.step <= step)
        return float(special.ndtr((step - look.step) / ahead))

    hope = below(-told) + 1.0 - below(told) + (below(same) - below(-same) if same > 0 else 0.0)
    return hope < _HOPE
