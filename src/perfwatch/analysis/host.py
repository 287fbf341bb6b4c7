"""Host and code apart: what all series of a run have in common belongs to the host, and is taken out of each.

With x the logarithm of a series at a commit, b its baseline (the median of the newest points before, already freed of
the host) and r = x − b: a change of the host moves every r by the same amount. The evidence is counted by *module* of
benchmarks, not by series, since forty benchmarks of one module are one witness; the controls of the runner, which are
not built from the commit under test, are witnesses of their own. What decides over a module is said by the *others*:
no product's own series serves as its control.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perfwatch.analysis.compiled import compiled
from perfwatch.model import SeriesKey
from perfwatch.units import SECONDS

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

CONTROL = "control"
# Points of the baseline: a median of so many is quiet enough, and follows a host that drifts.
DEPTH = 11
# Fewer measured commits say nothing of what is usual.
FEWEST = 5
# A common factor nearer to 1 than this is noise: controls and medians scatter by about .3 % on a pinned machine.
SMALLEST = 0.01
# So many of its own scales from nothing a witness has moved.
SIGMAS = 4.5
# Witnesses that tell of one cause agree within this share of what they tell.
AGREEMENT = 0.4
# Without controls: the share of the other modules that must have moved the same way, and how many there must be.
MOST, FEWEST_MODULES = 0.75, 2


@dataclass(frozen=True)
class Modules:
    """The witnesses, and what each series is freed by.

    Attributes
    ----------
    names : of the modules; each control is one.
    of_series : int64 (n,), each series' module; −1 for a series that is no witness.
    freed_by : int64 (n,), row of the host's parts: its module's, the overall one after those, or the empty one at last.
    controls : int64, which modules are controls.
    """

    names: tuple[str, ...]
    of_series: IntArray
    freed_by: IntArray
    controls: IntArray


def modules(keys: Sequence[SeriesKey]) -> Modules:
    """Return which series witness for which module: timings, by the file of benchmarks they stand in."""
    names: dict[str, int] = {}
    of_series = np.full(len(keys), -1, np.int64)
    for i, key in enumerate(keys):
        if key.kind == CONTROL:
            # Each control is a witness by itself: they have to agree.
            of_series[i] = names.setdefault(key.label, len(names))
        elif key.kind == "time":
            of_series[i] = names.setdefault(key.benchmark.rpartition(".")[0] or key.benchmark, len(names))
    controls = sorted({int(of_series[i]) for i, key in enumerate(keys) if key.kind == CONTROL})
    # Seconds that are derived feel the host as everything does; a ratio of one run, a size or a count does not.
    overall = [len(names) if key.unit == SECONDS.name else len(names) + 1 for key in keys]
    freed_by = np.where(of_series >= 0, of_series, np.array(overall, np.int64))
    return Modules(tuple(names), of_series, freed_by, np.array(controls, np.int64))


def free(
    x: FloatArray, witnesses: Modules, known: tuple[FloatArray, FloatArray] | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the host's part of every module at every commit, its overall part, and x without it.

    Parameters
    ----------
    x : float64 (n_series, n_commits), logarithms, NaN where missing, oldest first.
    witnesses : of the rows of x.
    known : parts and medians that an earlier call returned for the first m commits: those stay as they are.

    Returns
    -------
    parts : float64 (n_modules + 2, n_commits), logarithms; 0 where the host did nothing that stands out. After the
        modules come the overall part and an empty one (`Modules.freed_by`).
    medians : float64 (n_modules, n_commits), each module's median residual, NaN where it was not measured.
    freed : float64 (n_series, n_commits).
    """
    n_modules, n_commits = len(witnesses.names), x.shape[1]
    start = 0 if known is None else known[0].shape[1]
    parts, medians = np.zeros((n_modules + 2, n_commits)), np.full((n_modules, n_commits), np.nan)
    if known is not None:
        parts[:, :start], medians[:, :start] = known
    freed = x.copy()
    del x  # a caller's temporary is not needed beside its copy: of a large history that is much
    freed[:, :start] -= parts[witnesses.freed_by, :start]
    witness = np.flatnonzero(witnesses.of_series >= 0)
    order = witness[np.argsort(witnesses.of_series[witness], kind="stable")]
    first = np.searchsorted(witnesses.of_series[order], np.arange(n_modules + 1))
    is_control = np.zeros(n_modules, np.bool_)
    is_control[witnesses.controls] = True
    _walked(freed, parts, medians, start, order, first, witnesses.freed_by, is_control)
    return parts, medians, freed


@compiled
def _walked(
    freed: FloatArray,
    parts: FloatArray,
    medians: FloatArray,
    start: int,
    order: IntArray,
    first: IntArray,
    freed_by: IntArray,
    is_control: NDArray[np.bool_],
) -> None:
    """Go through the commits from `start` on: `freed` loses the host's part, `parts` and `medians` are filled in.

    `order` are the rows that witness, by module; those of module m are order[first[m] : first[m + 1]].
    """
    held = np.empty(DEPTH)
    for t in range(start, freed.shape[1]):
        residuals = np.empty(order.size)
        for i in range(order.size):
            residuals[i] = _residual(freed[order[i]], t, held)
        for module in range(medians.shape[0]):
            medians[module, t] = _median(residuals[first[module] : first[module + 1]])
        scales = _scales(medians, parts, t)
        n = medians.shape[0]
        for module in range(n + 1):
            if module == n or not is_control[module]:
                parts[module, t] = _common(medians[:, t], scales, is_control, module)
        for module in range(n):
            if is_control[module]:
                # Controls are freed by what is overall the host's.
                parts[module, t] = parts[n, t]
        for row in range(freed.shape[0]):
            freed[row, t] -= parts[freed_by[row], t]


@compiled
def _residual(row: FloatArray, t: int, held: FloatArray) -> float:
    """Return row[t] less the median of the newest `DEPTH` finite points before it; NaN with fewer than `FEWEST`.

    `held` (DEPTH,) is for its use: the points are sorted as they are found, since there are a few of them millions of
    times.
    """
    if not np.isfinite(row[t]):
        return np.nan
    many, j = 0, t - 1
    while j >= 0 and many < DEPTH:
        if np.isfinite(row[j]):
            at = many
            while at > 0 and held[at - 1] > row[j]:
                held[at] = held[at - 1]
                at -= 1
            held[at] = row[j]
            many += 1
        j -= 1
    if many < FEWEST:
        return np.nan
    half = many // 2
    middle = held[half] if many % 2 else (held[half - 1] + held[half]) / 2.0
    return float(row[t] - middle)


@compiled
def _median(values: FloatArray) -> float:
    """Return the median of the finite ones; NaN where there are none."""
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if finite.size > 0 else np.nan


@compiled
def _scales(medians: FloatArray, parts: FloatArray, t: int) -> FloatArray:
    """Return each module's usual scatter around its baseline, from what it said of itself before t, (n_modules,)."""
    out = np.full(medians.shape[0], SMALLEST / SIGMAS)
    for module in range(out.size):
        low = max(0, t - 2 * DEPTH)
        said = np.abs(medians[module, low:t] - parts[module, low:t])
        said = said[np.isfinite(said)]
        if said.size >= DEPTH:
            out[module] = max(1.4826 * np.median(said), out[module])
        elif said.size > 0:
            # Of a few values the largest: their median is as often much too small as too large.
            out[module] = max(said.max(), out[module])
    return out


@compiled
def _common(medians: FloatArray, scales: FloatArray, is_control: NDArray[np.bool_], but: int) -> float:
    """Return what all witnesses but one say together, or 0; `but` may be none of them."""
    is_other = np.isfinite(medians)
    if but < medians.size:
        is_other[but] = False
    told, product = is_other & is_control, is_other & ~is_control
    if told.any():
        says = medians[told]
        if not (_moved(says, scales[told]).all() and _agree(says)):
            return 0.0
        together = float(np.median(medians[is_other]))
        # A host that slows its controls and not the product has not changed for the product.
        centre = float(np.median(says))
        return together if abs(together - centre) <= AGREEMENT * abs(centre) else 0.0
    if product.sum() < FEWEST_MODULES:
        return 0.0
    says = medians[product]
    together = float(np.median(says))
    along = _moved(says, scales[product]) & (np.sign(says) == np.sign(together))
    near = np.abs(says - together) <= AGREEMENT * abs(together)
    return together if (along & near).mean() >= MOST and abs(together) >= SMALLEST else 0.0


@compiled
def _moved(says: FloatArray, scales: FloatArray) -> NDArray[np.bool_]:
    return np.abs(says) >= np.maximum(SIGMAS * scales, SMALLEST)


@compiled
def _agree(says: FloatArray) -> bool:
    centre = np.median(says)
    return bool((np.abs(says - centre) <= AGREEMENT * abs(centre)).all())


def difference(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, list[Any]]:
    """Return what a host told otherwise before and after: fact → [before, after]; what it did not tell is None."""
    old, new = before or {}, after or {}
    return {
        name: [old.get(name), new.get(name)]
        for name in sorted({*old, *new})
        if name not in _MOMENTARY and old.get(name) != new.get(name)
    }


# These differ at every run and tell nothing of the host.
_MOMENTARY = {"load_1min", "uptime_s", "temperature", "frequency", "warnings"}
