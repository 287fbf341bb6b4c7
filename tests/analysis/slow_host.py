"""The host's part as it is defined, in plain numpy: what the fast one is held against."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perfwatch.analysis import host

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


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


def slow_free(
    x: FloatArray, witnesses: host.Modules, known: tuple[FloatArray, FloatArray] | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return what `host.free` does, commit by commit and module by module, slowly."""
    n_modules, n_commits = len(witnesses.names), x.shape[1]
    start = 0 if known is None else known[0].shape[1]
    parts, medians = np.zeros((n_modules + 2, n_commits)), np.full((n_modules, n_commits), np.nan)
    if known is not None:
        parts[:, :start], medians[:, :start] = known
    freed = x.copy()
    freed[:, :start] -= parts[witnesses.freed_by, :start]
    for t in range(start, n_commits):
        residuals = _residuals(freed, x[:, t], t, host.DEPTH, host.FEWEST)
        medians[:, t] = _by_module(residuals, witnesses)
        parts[:, t] = _host_part(medians[:, t], _scales(_own(parts, medians, t)), witnesses.controls)
        freed[:, t] -= parts[witnesses.freed_by, t]
    return parts, medians, freed


def _own(parts: FloatArray, medians: FloatArray, t: int) -> FloatArray:
    """Return what each module said of itself at the newest commits before t, the host's part taken out."""
    first = max(0, t - 2 * host.DEPTH)
    return medians[:, first:t] - parts[:-2, first:t]


def _by_module(residuals: FloatArray, witnesses: host.Modules) -> FloatArray:
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
    smallest = host.SMALLEST / host.SIGMAS
    out = np.full(said.shape[0], smallest)
    for module, row in enumerate(said):
        row = np.abs(row[np.isfinite(row)])
        if row.size >= host.DEPTH:
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
        return together if abs(together - centre) <= host.AGREEMENT * abs(centre) else 0.0
    if product.size < host.FEWEST_MODULES:
        return 0.0
    together = float(np.median(medians[product]))
    along = _moved(medians[product], scales[product]) & (np.sign(medians[product]) == np.sign(together))
    near = np.abs(medians[product] - together) <= host.AGREEMENT * abs(together)
    return together if (along & near).mean() >= host.MOST and abs(together) >= host.SMALLEST else 0.0


def _moved(says: FloatArray, scales: FloatArray) -> NDArray[np.bool_]:
    return np.abs(says) >= np.maximum(host.SIGMAS * scales, host.SMALLEST)


def _agree(says: FloatArray) -> bool:
    centre = np.median(says)
    return bool((np.abs(says - centre) <= host.AGREEMENT * abs(centre)).all())
