"""Two commits side by side, on the samples of each: how far apart, how sure, and whether it matters.

Unlike the judge, which has a history, this has one run of each. What moved between two runs may be the host; the
numbers here are about the samples alone, and whoever shows them says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from scipy.stats import false_discovery_control, norm

from perfwatch.analysis import bootstrap, interval
from perfwatch.analysis.derived import MADE_OF, Derived, derive
from perfwatch.analysis.equivalence import is_fingerprint
from perfwatch.analysis.interval import Estimate
from perfwatch.analysis.ranks import rank_tests
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
_ORDER: Final[tuple[Mark, ...]] = ("!", "+", "~", "x", " ", "*", "-")
# Standard errors of a normal that reach its 99 % and its 95 % bounds; asked of scipy once, which takes its time.
_REACH_99, _REACH_95 = float(norm.ppf(0.995)), float(norm.ppf(0.975))


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
        return math.log(self.ratio.value) * (1.0 if direction else -1.0)


def compare(
    before: Sequence[Measurement], after: Sequence[Measurement], settings: Settings, *, seed: int = 0
) -> list[Compared]:
    """Return every numeric series of two commits, derived ones included, the worst first.

    Parameters
    ----------
    before, after : of one machine and environment each; the same series have equal keys.
    seed : of the bootstrap.
    """
    both = Comparison(before, after, settings)
    return both.bounded(both.rows, seed=seed)


_Place = tuple[str, tuple[tuple[str, str], ...]]


class Comparison:
    """Two commits side by side, to be asked for intervals of the rows that are looked at.

    Marks, effects and order need no interval of samples, which is what takes long: of ten thousand series a page shows
    fifty.

    Attributes
    ----------
    rows : as `compare` gives them; where both sides have samples, the ratio without bounds until `bounded` is asked.
    """

    def __init__(self, before: Sequence[Measurement], after: Sequence[Measurement], settings: Settings) -> None:
        self._old, self._new = _by_place(before), _by_place(after)
        rows = [
            _row(self._old.get(place), self._new.get(place), settings)
            for place in dict.fromkeys((*self._old, *self._new))
        ]
        self._test(rows)
        rows += _derived(before, after, settings)
        _correct(rows, settings.false_discovery_rate)
        self.rows: list[Compared] = sorted(rows, key=lambda r: (_ORDER.index(r.mark), -r.worsening, r.key.label))

    def bounded(self, rows: Sequence[Compared], *, seed: int = 0) -> list[Compared]:
        """Return rows of this comparison with the intervals of their ratios."""
        return [self._bounded(row, seed) for row in rows]

    def _bounded(self, row: Compared, seed: int) -> Compared:
        place = (row.key.benchmark, row.key.params)
        old, new = self._old.get(place), self._new.get(place)
        if row.ratio is None or row.ratio.lower is not None or old is None or new is None or row.key.kind == "derived":
            return row
        if not (old.samples and new.samples):
            return row
        bounds = bootstrap.ratio_bounds(new.samples, old.samples, level=LEVEL, seed=seed)
        if bounds is not None:
            return replace(row, ratio=Estimate(row.ratio.value, *bounds))
        wide = interval.ratio(_plain(new), _plain(old))
        return replace(row, ratio=None if wide is None else _narrowed(wide))

    def _test(self, rows: Sequence[Compared]) -> None:
        """Give the rows with enough samples on both sides their effect and p-value."""
        tested = [row for row in rows if row.ratio is not None or row.p_value is not None]
        tested = [row for row in tested if min(row.n_before, row.n_after) >= _FEWEST_FOR_RANKS]
        places = [(row.key.benchmark, row.key.params) for row in tested]
        pairs = [(self._new[place].samples or (), self._old[place].samples or ()) for place in places]
        for row, (superiority, p_value) in zip(tested, rank_tests(pairs), strict=True):
            _fill(row, superiority=superiority, p_value=p_value)


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


def _row(old: Measurement | None, new: Measurement | None, settings: Settings) -> Compared:
    """Return a series at both commits; the test of its samples is made for all of them together."""
    known = new or old
    assert known is not None
    first = None if old is None or old.status != "ok" else old.value
    second = None if new is None or new.status != "ok" else new.value
    if old is None or new is None:
        return Compared(known.key, first, second)
    if old.key.version != new.key.version:
        return Compared(known.key, first, second, mark="x")
    if first is None or second is None:
        failed_now = second is None and new.status == "failed" and first is not None
        mended = first is None and old.status == "failed" and second is not None
        return Compared(known.key, first, second, mark="!" if failed_now else "*" if mended else " ")
    wide = interval.ratio(_plain(new), _plain(old))
    if new.key.kind == "track":
        # A tracked number has no scatter: it moved, or it did not.
        p_value: float | None = 1.0 if first == second else 0.0
    else:
        p_value = _p_of(wide)
    has_samples = bool(old.samples and new.samples)
    return Compared(
        known.key,
        first,
        second,
        ratio=None if wide is None else Estimate(wide.value) if has_samples else _narrowed(wide),
        p_value=p_value,
        n_before=len(old.samples or ()),
        n_after=len(new.samples or ()),
        is_relevant=_matters(known.key, first, second, wide, settings.for_series(known.key)),
    )


def _plain(measurement: Measurement) -> Estimate:
    """Return a measurement's value and interval without its samples."""
    assert measurement.value is not None
    return Estimate(measurement.value, measurement.lower, measurement.upper)


def _narrowed(wide: Estimate) -> Estimate:
    """Return an estimate with its 99 % interval made a 95 % one, as of a normal on the log scale."""
    share = _REACH_95 / _REACH_99
    lower, upper = (
        None if b is None or b <= 0 else float(wide.value * (b / wide.value) ** share) for b in (wide.lower, wide.upper)
    )
    return Estimate(wide.value, lower, upper)


def _p_of(found: Estimate | None) -> float | None:
    """Return the p-value that a 99 % interval of a ratio stands for, as of a normal on the log scale."""
    if found is None or found.lower is None or found.upper is None or found.lower <= 0:
        return None
    error = math.log(found.upper / found.lower) / (2 * _REACH_99)
    if error == 0:
        return 1.0 if found.value == 1 else 0.0
    return math.erfc(abs(math.log(found.value)) / error / math.sqrt(2))


def _matters(key: SeriesKey, before: float, after: float, ratio: Estimate | None, settings: Settings) -> bool:
    if ratio is None:
        return before != after
    far = abs(math.log(ratio.value)) >= math.log1p(settings.relevant_change)
    return far and abs(after - before) >= settings.absolute_floor.get(key.unit, 0.0)


def _derived(before: Sequence[Measurement], after: Sequence[Measurement], settings: Settings) -> list[Compared]:
    if not any(m.key.benchmark in MADE_OF for m in after):
        return []
    old, new = ({_derived_key(d): d for d in derive(list(run))} for run in (before, after))
    machine, environment = next(((m.key.machine, m.key.environment) for m in (*after, *before)), ("", ""))
    rows = []
    for place, now in new.items():
        key = now.key(machine, environment)
        then = old.get(place)
        if then is None:
            rows.append(Compared(key, None, now.value))
            continue
        wide = interval.ratio(*(Estimate(d.value, d.lower, d.upper) for d in (now, then)))
        rows.append(
            Compared(
                key,
                then.value,
                now.value,
                ratio=None if wide is None else _narrowed(wide),
                p_value=_p_of(wide),
                is_relevant=_matters(key, then.value, now.value, wide, settings.for_series(key)),
            )
        )
    return rows


def _derived_key(derived: Derived) -> _Place:
    return derived.name, derived.params


def _correct(rows: Sequence[Compared], rate: float) -> None:
    """Give the rows their q-values and what follows from them."""
    tested = [r.p_value for r in rows if r.p_value is not None]
    q_values = iter(false_discovery_control(tested).tolist() if tested else ())
    for row in rows:
        if row.p_value is None:
            continue
        q_value = next(q_values)
        is_significant = q_value <= rate
        _fill(row, q_value=q_value, is_significant=is_significant)
        if row.mark == " " and row.is_relevant and unit(row.key.unit).lower_is_better is not None:
            _fill(row, mark=("+" if row.worsening > 0 else "-") if is_significant else "~")


def _fill(row: Compared, **fields: object) -> None:
    """Complete a row that nobody has seen yet: a copy of each, several times over, would be most of the time."""
    for name, value in fields.items():
        object.__setattr__(row, name, value)
