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


@compiled
def _residuals(freed: FloatArray, column: FloatArray, t: int, depth: int, fewest: int) -> FloatArray:
    """Return column − median of the newest `depth` finite points of each row of freed[:, :t]; NaN with too few."""
    n = freed.shape[0]
    out = np.full(n, np.nan)
    held = np.empty(depth)
    for i in range(n):
        if not np.isfinite(column[i]):
            continue
        many = 0
        j = t - 1
        while j >= 0 and many < depth:
            if np.isfinite(freed[i, j]):
                held[many] = freed[i, j]
                many += 1
            j -= 1
        if many >= fewest:
            out[i] = column[i] - np.median(held[:many])
    return out


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
    freed[:, :start] -= parts[witnesses.freed_by, :start]
    for t in range(start, n_commits):
        residuals = _residuals(freed, x[:, t], t, DEPTH, FEWEST)
        medians[:, t] = _by_module(residuals, witnesses)
        parts[:, t] = _host_part(medians[:, t], _scales(_own(parts, medians, t)), witnesses.controls)
        freed[:, t] -= parts[witnesses.freed_by, t]
    return parts, medians, freed


def _own(parts: FloatArray, medians: FloatArray, t: int) -> FloatArray:
    """Return what each module said of itself at the newest commits before t, the host's part taken out."""
    first = max(0, t - 2 * DEPTH)
    return medians[:, first:t] - parts[:-2, first:t]


def _by_module(residuals: FloatArray, witnesses: Modules) -> FloatArray:
    out = np.full(len(witnesses.names), np.nan)
    known = np.isfinite(residuals) & (witnesses.of_series >= 0)
    order = np.argsort(witnesses.of_series[known], kind="stable")
    of_series, values = witnesses.of_series[known][order], residuals[known][order]
    if values.size:
        present, first = np.unique(of_series, return_index=True)
        for module, group in zip(present, np.split(values, first[1:]), strict=True):
            out[module] = np.median(group)
    return out


def _scales(said: FloatArray) -> FloatArray:
    """Return each module's usual scatter around its baseline, from what it said at the newest commits, (n, m)."""
    smallest = SMALLEST / SIGMAS
    out = np.full(said.shape[0], smallest)
    for module, row in enumerate(said):
        row = np.abs(row[np.isfinite(row)])
        if row.size >= DEPTH:
            out[module] = max(1.4826 * np.median(row), smallest)
        elif row.size:
            # Of a few values the largest: their median is as often much too small as too large.
            out[module] = max(row.max(), smallest)
    return out


def _host_part(medians: FloatArray, scales: FloatArray, controls: IntArray) -> FloatArray:
    """Return the host's part of each module, and overall: what the other witnesses say together, or 0."""
    n = medians.size
    parts = np.zeros(n + 2)
    for module in range(n + 1):
        if module < n and module in controls:
            continue
        others = np.array([m for m in range(n) if m != module and np.isfinite(medians[m])], np.int64)
        parts[module] = _common(medians, scales, others, controls)
    # Controls are freed by what is overall the host's.
    for module in controls:
        parts[module] = parts[n]
    return parts


def _common(medians: FloatArray, scales: FloatArray, others: IntArray, controls: IntArray) -> float:
    told = np.array([m for m in others if m in controls], np.int64)
    product = np.array([m for m in others if m not in controls], np.int64)
    if told.size:
        says = medians[told]
        if not (_moved(says, scales[told]).all() and _agree(says)):
            return 0.0
        everything = np.concatenate((says, medians[product]))
        together = float(np.median(everything))
        # A host that slows its controls and not the product has not changed for the product.
        centre = float(np.median(says))
        return together if abs(together - centre) <= AGREEMENT * abs(centre) else 0.0
    if product.size < FEWEST_MODULES:
        return 0.0
    together = float(np.median(medians[product]))
    along = _moved(medians[product], scales[product]) & (np.sign(medians[product]) == np.sign(together))
    near = np.abs(medians[product] - together) <= AGREEMENT * abs(together)
    return together if (along & near).mean() >= MOST and abs(together) >= SMALLEST else 0.0


def _moved(says: FloatArray, scales: FloatArray) -> NDArray[np.bool_]:
    return np.abs(says) >= np.maximum(SIGMAS * scales, SMALLEST)


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
