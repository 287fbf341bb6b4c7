"""Two commits side by side, on the samples of each: how far apart, how sure, and whether it matters.

Unlike the judge, which has a history, this has one run of each. What moved between two runs may be the host; the
numbers here are about the samples alone, and whoever shows them says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.stats import false_discovery_control, mannwhitneyu, norm

from perfwatch.analysis import bootstrap, interval
from perfwatch.analysis.derived import Derived, derive
from perfwatch.analysis.equivalence import is_fingerprint
from perfwatch.analysis.interval import Estimate
from perfwatch.analysis.settings import Settings
from perfwatch.model import Measurement, SeriesKey
from perfwatch.units import unit

# As `asv compare` writes them: worse, better, failing, mended, not comparable; and "~" where it moved by as much as
# matters, but samples of one level are as far apart often enough.
Mark = Literal["+", "-", "!", "*", "x", "~", " "]
LEVEL = 0.95
# Fewer samples than this on a side: even when all of one are above all of the other, that happens by chance in one pair
# of ten and more.
_FEWEST_FOR_RANKS = 4


@dataclass(frozen=True)
class Compared:
    """One series at two commits.

    Attributes
    ----------
    before, after : values in the series' unit; None where there is none.
    ratio : after / before with its 95 % interval; None where it has none.
    superiority : probability that a sample after exceeds one before, ties half (Vargha & Delaney 2000, JEBS 25): 0.5 is
        no difference, 0 and 1 are no overlap. None without samples.
    p_value : two-sided, of "no difference": Mann–Whitney's over samples; else from the intervals; None without either.
    q_value : the same with false discoveries over all series held (Benjamini & Hochberg 1995).
    is_significant, is_relevant : beyond chance; large enough to matter. Two questions.
    """

    key: SeriesKey
    before: float | None
    after: float | None
    ratio: Estimate | None = None
    superiority: float | None = None
    p_value: float | None = None
    q_value: float | None = None
    n_before: int = 0
    n_after: int = 0
    is_significant: bool = False
    is_relevant: bool = False
    mark: Mark = " "

    @property
    def worsening(self) -> float:
        """How much worse it is, a logarithm: positive worse, negative better, 0 where nobody can tell."""
        direction = unit(self.key.unit).lower_is_better
        if direction is None or self.ratio is None:
            return 0.0
        return float(np.log(self.ratio.value)) * (1.0 if direction else -1.0)


def compare(
    before: Sequence[Measurement], after: Sequence[Measurement], settings: Settings, *, seed: int = 0
) -> list[Compared]:
    """Return every numeric series of two commits, derived ones included, the worst first.

    Parameters
    ----------
    before, after : of one machine and environment each; the same series have equal keys.
    seed : of the bootstrap.
    """
    old, new = _by_place(before), _by_place(after)
    rows = [_row(old.get(place), new.get(place), settings, seed) for place in dict.fromkeys((*old, *new))]
    rows += _derived(before, after, settings)
    rows = _corrected(rows, settings.false_discovery_rate)
    order = ("!", "+", "~", "x", " ", "*", "-")
    return sorted(rows, key=lambda r: (order.index(r.mark), -r.worsening, r.key.label))


_Place = tuple[str, tuple[tuple[str, str], ...]]


def _by_place(measurements: Sequence[Measurement]) -> dict[_Place, Measurement]:
    """Return measurements by what they measure, whatever the version; fingerprints are the gate's, not ours."""
    found: dict[_Place, Measurement] = {}
    for m in measurements:
        if is_fingerprint(m.key) or (m.value is None and m.text is not None):
            continue
        place = (m.key.benchmark, m.key.params)
        # Of two versions at one commit the one with a value is meant.
        if place not in found or m.status == "ok":
            found[place] = m
    return found


def _row(old: Measurement | None, new: Measurement | None, settings: Settings, seed: int) -> Compared:
    known = new or old
    assert known is not None
    first = None if old is None or old.status != "ok" else old.value
    second = None if new is None or new.status != "ok" else new.value
    row = Compared(known.key, first, second)
    if old is None or new is None:
        return row
    if old.key.version != new.key.version:
        return replace(row, mark="x")
    if first is None or second is None:
        failed_now = second is None and new.status == "failed" and first is not None
        mended = first is None and old.status == "failed" and second is not None
        return replace(row, mark="!" if failed_now else "*" if mended else " ")
    samples = old.samples or (), new.samples or ()
    row = replace(row, ratio=_ratio(old, new, seed), n_before=len(samples[0]), n_after=len(samples[1]))
    if min(map(len, samples)) >= _FEWEST_FOR_RANKS:
        told = mannwhitneyu(samples[1], samples[0], alternative="two-sided")
        pairs = len(samples[0]) * len(samples[1])
        row = replace(row, superiority=float(told.statistic / pairs), p_value=float(told.pvalue))
    elif new.key.kind == "track":
        # A tracked number has no scatter: it moved, or it did not.
        row = replace(row, p_value=1.0 if first == second else 0.0)
    else:
        row = replace(row, p_value=_p_of(interval.ratio(_plain(new), _plain(old))))
    return replace(row, is_relevant=_matters(row, settings.for_series(known.key)))


def _plain(measurement: Measurement) -> Estimate:
    """Return a measurement's value and interval without its samples."""
    assert measurement.value is not None
    return Estimate(measurement.value, measurement.lower, measurement.upper)


def _ratio(old: Measurement, new: Measurement, seed: int) -> Estimate | None:
    """Return new / old with its 95 % interval: of the samples, else narrowed from the 99 % one of asv's intervals."""
    found = interval.ratio(_plain(new), _plain(old))
    if found is None:
        return None
    if old.samples and new.samples:
        bounds = bootstrap.ratio_bounds(new.samples, old.samples, level=LEVEL, seed=seed)
        if bounds is not None:
            return Estimate(found.value, *bounds)
    return _narrowed(found)


def _narrowed(wide: Estimate) -> Estimate:
    """Return an estimate with its 99 % interval made a 95 % one, as of a normal on the log scale."""
    share = norm.ppf(0.975) / norm.ppf(0.995)
    lower, upper = (
        None if b is None or b <= 0 else float(wide.value * (b / wide.value) ** share) for b in (wide.lower, wide.upper)
    )
    return Estimate(wide.value, lower, upper)


def _p_of(found: Estimate | None) -> float | None:
    """Return the p-value that a 99 % interval of a ratio stands for, as of a normal on the log scale."""
    if found is None or found.lower is None or found.upper is None or found.lower <= 0:
        return None
    error = np.log(found.upper / found.lower) / (2 * norm.ppf(0.995))
    if error == 0:
        return 1.0 if found.value == 1 else 0.0
    return float(2 * norm.sf(abs(np.log(found.value)) / error))


def _matters(row: Compared, settings: Settings) -> bool:
    if row.ratio is None or row.before is None or row.after is None:
        return row.before != row.after
    far = abs(np.log(row.ratio.value)) >= np.log1p(settings.relevant_change)
    return bool(far and abs(row.after - row.before) >= settings.absolute_floor.get(row.key.unit, 0.0))


def _derived(before: Sequence[Measurement], after: Sequence[Measurement], settings: Settings) -> list[Compared]:
    old, new = ({_derived_key(d): d for d in derive(list(run))} for run in (before, after))
    machine, environment = next(((m.key.machine, m.key.environment) for m in (*after, *before)), ("", ""))
    rows = []
    for place, now in new.items():
        name, params = place
        key = SeriesKey(f"derived.{name}", None, params, machine, environment, now.unit.name, "derived")
        then = old.get(place)
        row = Compared(key, None if then is None else then.value, now.value)
        if then is not None:
            wide = interval.ratio(*(Estimate(d.value, d.lower, d.upper) for d in (now, then)))
            row = replace(row, ratio=None if wide is None else _narrowed(wide), p_value=_p_of(wide))
            row = replace(row, is_relevant=_matters(row, settings.for_series(key)))
        rows.append(row)
    return rows


def _derived_key(derived: Derived) -> _Place:
    return derived.name, derived.params


def _corrected(rows: Sequence[Compared], rate: float) -> list[Compared]:
    """Return the rows with q-values and what follows from them."""
    tested = [r.p_value for r in rows if r.p_value is not None]
    q_values = iter(false_discovery_control(tested).tolist() if tested else ())
    return [_marked(r if r.p_value is None else replace(r, q_value=next(q_values)), rate) for r in rows]


def _marked(row: Compared, rate: float) -> Compared:
    is_significant = row.q_value is not None and row.q_value <= rate
    mark = row.mark
    if mark == " " and row.is_relevant and unit(row.key.unit).lower_is_better is not None and row.before is not None:
        if is_significant:
            mark = "+" if row.worsening > 0 else "-"
        elif row.p_value is not None:
            mark = "~"
    return replace(row, is_significant=is_significant, mark=mark)
