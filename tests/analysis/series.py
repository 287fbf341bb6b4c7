"""Simulated series of every kind of noise that benchmarks show, without and with a planted step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

KINDS = ("normal", "skewed", "heavy", "outliers", "memory", "two-state", "drift", "changing scale", "rounded")


def noise(kind: str, n: int, rng: np.random.Generator) -> FloatArray:
    """Return noise of about unit robust scale, (n,)."""
    z = rng.standard_normal(n)
    if kind == "skewed":
        return np.asarray((np.exp(0.5 * z) - 1) / 0.5)
    if kind == "heavy":
        return rng.standard_t(3, n)
    if kind == "outliers":
        return np.where(rng.random(n) < 0.03, z + rng.uniform(5, 25, n), z)
    if kind == "memory":
        for i in range(1, n):
            z[i] = 0.5 * z[i - 1] + np.sqrt(0.75) * z[i]
        return z
    if kind == "two-state":
        return 0.3 * z + 3.0 * _state(n, 0.15, 0.15, rng)
    if kind == "drift":
        return np.asarray(z + np.linspace(0.0, 4.0 * n / 1000, n))
    if kind == "changing scale":
        return z * np.where(np.arange(n) < n // 2, 1.0, 2.5)
    if kind == "rounded":
        return np.round(z)
    return z


def _state(n: int, up: float, down: float, rng: np.random.Generator) -> FloatArray:
    out, state = np.zeros(n), False
    for i in range(n):
        if rng.random() < (down if state else up):
            state = not state
        out[i] = state
    return out


def series(
    kind: str, n: int, seed: int, *, scale: float = 0.02, step: float = 0.0, at: int | None = None, level: float = 1e-3
) -> FloatArray:
    """Return timings in seconds, (n,): `scale` of noise around `level`, from `at` on `step` (a fraction) higher."""
    values = level * np.exp(scale * noise(kind, n, np.random.default_rng([seed, KINDS.index(kind)])))
    if at is not None:
        values[at:] *= 1.0 + step
    return np.asarray(values)
