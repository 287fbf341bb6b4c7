"""How the series of one file of benchmarks moved together between two commits."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from perfwatch.analysis.compare import LEVEL, Compared
from perfwatch.analysis.interval import Estimate
from perfwatch.model import SeriesKey
from perfwatch.units import unit


@dataclass(frozen=True)
class Family:
    """The series of one file of benchmarks.

    Attributes
    ----------
    n : series; n_worse, n_better : of them, those marked so, failing and mended ones included.
    ratio : geometric mean of how many times worse each is (after / before, turned over where more is better), with its
        95 % interval; None where no series has a ratio and a direction.
    """

    name: str
    n: int
    n_worse: int
    n_better: int
    ratio: Estimate | None


def family_of(key: SeriesKey) -> str:
    """Return the family a series belongs to: the first part of its benchmark's name, the file."""
    return key.benchmark.partition(".")[0]


def families(rows: Iterable[Compared]) -> list[Family]:
    """Return the families of some rows, the one with most that got worse first."""
    by_name: dict[str, list[Compared]] = {}
    for row in rows:
        by_name.setdefault(family_of(row.key), []).append(row)
    found = [
        Family(
            name,
            len(members),
            sum(row.mark in ("+", "!") for row in members),
            sum(row.mark in ("-", "*") for row in members),
            geometric_mean(
                [
                    row.worsening
                    for row in members
                    if row.ratio is not None and unit(row.key.unit).lower_is_better is not None
                ]
            ),
        )
        for name, members in by_name.items()
    ]
    return sorted(found, key=lambda f: (-f.n_worse, -f.n_better, f.name))


def geometric_mean(logs: list[float]) -> Estimate | None:
    """Return the geometric mean with its interval, Student's over the series: how differently they moved.

    Parameters
    ----------
    logs : natural logarithms of ratios, one a series.

    Notes
    -----
    The scatter of each series' samples is in it, as one of the reasons why series differ; that of the host is not, as
    it moves all of them. Series are taken as independent: those of one code path are not, and then it is too narrow.
    Without bounds for one series.
    """
    finite = np.array([x for x in logs if math.isfinite(x)])
    if not finite.size:
        return None
    middle = float(finite.mean())
    if finite.size == 1:
        return Estimate(math.exp(middle))
    reach = float(student.ppf((1 + LEVEL) / 2, finite.size - 1) * finite.std(ddof=1) / math.sqrt(finite.size))
    return Estimate(math.exp(middle), math.exp(middle - reach), math.exp(middle + reach))
