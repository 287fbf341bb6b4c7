"""What the laboratory asks, and how its answers are read: a call's seconds as seconds a tick. No store, no widgets."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from perfwatch.analysis.interval import Estimate, ratio
from perfwatch.units import BYTES, SECONDS, Unit

PER_SECOND = Unit("per second", "/s", prefixed=True, lower_is_better=False)
# How many times as fast: more is better.
TIMES = Unit("times as fast", "×", prefixed=False, lower_is_better=False)


@dataclass(frozen=True)
class Question:
    """A benchmark whose series are ways to do the same.

    Attributes
    ----------
    by, base : the parameter that tells its series apart, and the value that the others are ratios of.
    says : what is measured, a sentence.
    n, version : how many ticks, messages … a call does, in that version of the benchmark; another version is not read.
    unit : of what is shown; of PER_SECOND a value is `n` through what was measured, else what was measured through `n`.
    """

    benchmark: str
    title: str
    says: str
    by: str
    base: str
    n: int = 1
    version: str = "1"
    unit: Unit = SECONDS


@dataclass(frozen=True)
class Count:
    """A benchmark that counts what must not be: the sum over its series, which is to be 0."""

    benchmark: str
    title: str
    says: str


@dataclass(frozen=True)
class Section:
    """A workload: questions, counts, and series of `share`, which tell what so many did not exceed."""

    title: str
    says: str
    questions: tuple[Question, ...]
    counts: tuple[Count, ...] = ()
    shares: str | None = None
    histogram: str | None = None

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """Names of all that it reads."""
        others = (b for b in (self.shares, self.histogram) if b is not None)
        return (*(q.benchmark for q in self.questions), *(c.benchmark for c in self.counts), *others)


SECTIONS: Mapping[str, Section] = {
    "ticks": Section(
        "Ticks",
        "Market ticks of 32 bytes from Python to Rust through a ring in shared memory, each way to write them; how old "
        "they are when they are read.",
        (
            Question(
                "ticks.time_stream", "Throughput", "Ticks a second, written and seen.", "way", "packed",
                50_000, unit=PER_SECOND,
            ),
        ),
        shares="ticks.track_age",
        histogram="ticks.track_ages",
    ),
    "feed": Section(
        "Feed",
        "An exchange's JSON feed, decoded and transformed in Python or in the engine; both make the same records, byte "
        "for byte.",
        (
            Question(
                "feed.time_records", "Decode and transform", "A message, from bytes in memory to records.",
                "way", "json", 5_000,
            ),
            Question(
                "feed.time_live", "Live", "A message, from the exchange's WebSocket to records in Python's hands.",
                "way", "json", 5_000,
            ),
            Question(
                "feed.track_brain", "What Python pays",
                "Processor time of Python for a message: what is left of it for deciding is what counts.",
                "way", "json",
            ),
        ),
        (Count("feed.track_differing", "Bytes that differ", "of the records, from the engine's"),),
    ),
    "features": Section(
        "Features",
        "312 rolling features a tick, and a simulation's whole cycle with a gradient-boosted model on top of them.",
        (
            Question("features.time_ticks", "Features", "A tick's 312 features.", "way", "numpy", 20),
            Question("features.time_cycle", "Cycle with model", "A tick's features and the model's word.", "way",
                     "numpy", 20),
        ),
        (
            Count("features.track_disagreeing", "Features that disagree", "with numpy's, beyond their kind's bound"),
            Count("features.track_late", "Signals too late", "signals that were not made after their tick"),
            Count("features.track_growth", "Memory that grows", "bytes that a million ticks add to the process"),
        ),
        shares="features.track_latency",
    ),
    "encodings": Section(
        "Encodings",
        "The study's 150,000 floats put into bytes and read back, bit for bit; JSON over raw is the tax.",
        (
            Question("encodings.time_encode", "Encode", "150,000 floats into bytes.", "encoding", "raw"),
            Question("encodings.time_decode", "Decode", "Bytes into 150,000 floats.", "encoding", "raw"),
            Question("encodings.track_size", "Size", "Bytes of 150,000 floats.", "encoding", "raw", unit=BYTES),
        ),
    ),
}  # fmt: skip
BENCHMARKS = tuple(b for section in SECTIONS.values() for b in section.benchmarks)
_WIDE = 5.0
SHARES = {"0.5": "half", "0.99": "99 %", "0.999": "99.9 %", "1.0": "all"}


def of_question(readings: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Return the rows that answer a question, with values as they are shown: a column `name` tells the ways apart.

    Values, bounds and samples are in the question's unit; rows of another version are left out.
    """
    rows = readings[(readings["benchmark"] == question.benchmark) & (readings["version"] == question.version)]
    rows = rows.assign(name=[params.get(question.by) for params in rows["params"]], unit=question.unit)
    value, lower, upper = (rows[c].to_numpy("float64") for c in ("value", "lower", "upper"))
    if question.unit is not PER_SECOND:
        scaled = {"value": value / question.n, "lower": lower / question.n, "upper": upper / question.n}
        samples = [None if s is None else np.asarray(s) / question.n for s in rows["samples"]]
    else:
        with np.errstate(divide="ignore"):
            scaled = {"value": question.n / value, "lower": question.n / upper, "upper": question.n / lower}
        samples = [None if s is None else question.n / np.asarray(s) for s in rows["samples"]]
    return rows.assign(**scaled, samples=pd.Series(samples, index=rows.index, dtype=object))


def estimate(row: Any) -> Estimate | None:
    """Return what a row of `of_question` estimates; None where it has no value."""
    if row.status != "ok" or not math.isfinite(row.value):
        return None
    bounds = (float(b) if math.isfinite(b) else None for b in (row.lower, row.upper))
    return Estimate(float(row.value), *bounds, None if row.samples is None else tuple(map(float, row.samples)))


@dataclass(frozen=True)
class Way:
    """One way at one commit: what came out (None: it failed or was left out), and its ratio to the base of that run."""

    name: str
    status: str
    found: Estimate | None
    ratio: Estimate | None


def ways(rows: pd.DataFrame, question: Question, commit: str) -> list[Way]:
    """Return the ways measured at a commit, the best first, those without a value last."""
    here = rows[(rows["commit_hash"] == commit) & (rows["status"] != "skipped")]
    known = {row.name_: (row.status, estimate(row)) for row in here.rename(columns={"name": "name_"}).itertuples()}
    _, base = known.get(question.base, ("", None))
    made = [
        Way(name, status, found, None if found is None or base is None else ratio(found, base))
        for name, (status, found) in known.items()
    ]
    sign = 1 if question.unit.lower_is_better else -1
    return sorted(made, key=lambda way: math.inf if way.found is None else sign * way.found.value)


def ratios(rows: pd.DataFrame, name: str, base: str) -> pd.DataFrame:
    """Return one way through another at each commit, as `history.tile` and a timeline want it; both of one run."""
    made = []
    for commit, here in rows[rows["name"].isin([name, base])].groupby("commit_hash", sort=False):
        found = {row.name_: estimate(row) for row in here.rename(columns={"name": "name_"}).itertuples()}
        above, below = found.get(name), found.get(base)
        both = None if above is None or below is None else ratio(above, below)
        if both is not None:
            made.append((commit, both.value, both.lower, both.upper, here["version"].iloc[0], "ok"))
    frame = pd.DataFrame(made, columns=["commit_hash", "value", "lower", "upper", "version", "status"])
    return frame.astype({"value": "float64", "lower": "float64", "upper": "float64"})


def counted(readings: pd.DataFrame, count: Count, commit: str) -> float | None:
    """Return the sum of what a benchmark counted at a commit over its series; None where one of them has no value."""
    here = readings[(readings["benchmark"] == count.benchmark) & (readings["commit_hash"] == commit)]
    here = here[here["status"] != "skipped"]
    if here.empty or here["value"].isna().any():
        return None
    return float(here["value"].sum())


@dataclass(frozen=True)
class Histogram:
    """How old the ticks of a stream were: so many (`ticks`) at most `at_most_s` old and older than the step before."""

    at_most_s: tuple[float, ...]
    ticks: tuple[int, ...]

    def within(self, share: float) -> float:
        """Return the step that `share` of the ticks did not exceed, seconds."""
        reached = int(np.searchsorted(np.cumsum(self.ticks), share * sum(self.ticks)))
        return self.at_most_s[min(reached, len(self.ticks) - 1)]


def histograms(readings: pd.DataFrame, benchmark: str, commit: str) -> dict[str, Histogram]:
    """Return the histograms tracked at a commit by way, in the order of their series; empty ones are left out."""
    here = readings[(readings["benchmark"] == benchmark) & (readings["commit_hash"] == commit)]
    made = {}
    for params, text in zip(here["params"], here["text"], strict=True):
        told = json.loads(text) if isinstance(text, str) else {}
        if told.get("ticks"):
            steps = tuple(ns * 1e-9 for ns in told["at_most_ns"])
            made[" · ".join(v for n, v in params.items() if n != "affinity")] = Histogram(steps, tuple(told["ticks"]))
    return made


def at_share(readings: pd.DataFrame, benchmark: str, share: str) -> dict[str, pd.DataFrame]:
    """Return the series that tell what a share did not exceed, by way; "engine" for a benchmark without ways."""
    rows = readings[readings["benchmark"] == benchmark]
    rows = rows[[params.get("share") == share for params in rows["params"]]]
    names = [params.get("way", "engine") for params in rows["params"]]
    return {
        str(name): frame for name, frame in rows.groupby(pd.Series(names, index=rows.index, dtype=object), sort=False)
    }


def is_wide(frames: Iterable[pd.DataFrame]) -> bool:
    """Return whether values are so far apart that a linear axis would hide the small ones."""
    values = [v for frame in frames for v in frame["value"].tolist() if v > 0 and math.isfinite(v)]
    return bool(values) and max(values) > _WIDE * min(values)


def measured_commits(readings: pd.DataFrame, benchmarks: Sequence[str]) -> set[str]:
    """Return the commits at which one of the benchmarks came out."""
    rows = readings[readings["benchmark"].isin(benchmarks) & (readings["status"] == "ok")]
    return set(rows["commit_hash"])
