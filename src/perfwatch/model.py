"""The frozen records that walk from a result file to a message.

One word for one idea: a *sample* is one timing; a *measurement* is one benchmark with one set of parameters at one
commit on one machine in one environment; a *series* is a measurement over commits, and the benchmark's version is part
of its identity; a *run* is one start of the measuring program at one commit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Status = Literal["ok", "failed", "skipped"]


@dataclass(frozen=True)
class Commit:
    """A commit; `position` counts along git's first-parent line from 0, None where git does not know it."""

    hash: str
    committed_at: datetime | None = None
    author: str | None = None
    subject: str | None = None
    parent: str | None = None
    position: int | None = None


@dataclass(frozen=True)
class Machine:
    """A machine by name, with the facts its result tree gives (os, arch, cpu, ram, …)."""

    name: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Environment:
    """What the benchmarked code ran in: asv's environment name, the Python version, the requirements."""

    name: str
    python: str | None = None
    requirements: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SeriesKey:
    """Identity of a series.

    Attributes
    ----------
    benchmark : full dotted name, as asv writes it (`compute.time_sweep`).
    version : asv's hash of the benchmark's source, None where the source has none.
    params : (name, value) pairs in declaration order; values are plain text, string quotes taken off.
    machine, environment : names.
    unit : name of the unit (`units.unit` gives the rest).
    kind : asv's type: `time`, `track`, `mem`, `peakmem`, …
    """

    benchmark: str
    version: str | None
    params: tuple[tuple[str, str], ...]
    machine: str
    environment: str
    unit: str
    kind: str

    def param(self, name: str) -> str | None:
        """Return the value of the parameter called `name`, or None."""
        return dict(self.params).get(name)

    @property
    def label(self) -> str:
        """`benchmark(value, value)`, as people know it from asv."""
        return f"{self.benchmark}({', '.join(v for _, v in self.params)})" if self.params else self.benchmark


@dataclass(frozen=True)
class Measurement:
    """One benchmark × parameters × commit × machine × environment, values in SI.

    `value` is None unless status is ok and the result is a number; a result that is text, a boolean or an object is
    kept in `text` (JSON for objects). `lower` and `upper` bound asv's 99 % interval of the median; `samples` are in
    the order taken.
    """

    key: SeriesKey
    commit: str
    status: Status
    value: float | None = None
    text: str | None = None
    lower: float | None = None
    upper: float | None = None
    q25: float | None = None
    q75: float | None = None
    samples: tuple[float, ...] | None = None
    number: int | None = None
    started_at: datetime | None = None
    duration_s: float | None = None
    error: str | None = None


@dataclass(frozen=True)
class Failure:
    """What a failed benchmark wrote before it ended; `params` is None where the source names only the benchmark."""

    benchmark: str
    exit_code: int | None
    stderr: str


@dataclass(frozen=True)
class Run:
    """One start of the measuring program at one commit.

    `host` holds what the machine told about itself (see runner.host); what it did not tell is absent or None.
    `selection` names what was asked for: {"bench": [patterns], "sizes": [labels]}; empty means everything.
    """

    commit: str
    machine: str
    environment: str | None
    started_at: datetime
    finished_at: datetime | None
    tool: str
    exit_code: int | None
    host: dict[str, Any] = field(default_factory=dict)
    selection: dict[str, Any] = field(default_factory=dict)
    engine_digest: str | None = None
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True)
class Acceptance:
    """Somebody's word that the fingerprint of `commit` is the right one from now on."""

    commit: str
    author: str
    reason: str
    accepted_at: datetime
