"""Histories of a made-up project as the judge gets them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perfwatch.analysis import host
from perfwatch.analysis.judge import History
from perfwatch.model import SeriesKey

FloatArray = NDArray[np.float64]


def key(benchmark: str, case: int = 0, kind: str = "time", unit: str = "seconds", version: str = "1") -> SeriesKey:
    return SeriesKey(benchmark, version, (("case", str(case)),), "m", "e", unit, kind)


def suite(modules: int = 3, cases: int = 3, *, controls: bool = True) -> list[SeriesKey]:
    keys = [key(f"module{m}.time_it", case) for m in range(modules) for case in range(cases)]
    return [*keys, *([key(f"controls.time_{n}", 0, host.CONTROL) for n in ("compute", "echo")] if controls else [])]


def quiet(keys: Sequence[SeriesKey], commits: int, seed: int, scale: float = 0.01) -> FloatArray:
    """Return timings without any change, (n_series, n_commits), seconds."""
    return np.asarray(1e-3 * np.exp(scale * np.random.default_rng(seed).standard_normal((len(keys), commits))))


def history(keys: Sequence[SeriesKey], values: FloatArray, **more: Any) -> History:
    """Return the history; what is NaN was not measured."""
    n = values.shape[1]
    status = np.where(np.isfinite(values), 1, 0).astype(np.int8)
    fields: Mapping[str, Any] = {
        "commits": tuple(f"{i:040x}" for i in range(n)),
        "keys": tuple(keys),
        "values": values,
        "status": status,
        "hosts": ({},) * n,
        "artefacts": ({},) * n,
    }
    return History(**{**fields, **more})
