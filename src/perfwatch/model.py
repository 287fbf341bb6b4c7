"""The frozen records that walk from a result file to a message.

One word for one idea: a *sample* is one timing; a *measurement* is one benchmark with one set of parameters at one
commit on one machine in one environment; a *series* is a measurement over commits, and the benchmark's version is part
of its identity; a *run* is one start of the measuring program at one commit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

Status = Literal["ok", "failed", "skipped"]
# What is said of one series at one commit, gravest first.
Kind = Literal["BROKEN", "FAILED", "VANISHED", "REGRESSED", "IMPROVED", "INCONCLUSIVE", "TOO_FEW", "NEW", "UNCHANGED"]
# How far the evidence for a change goes; the detector's words. People triage in other words (`TriageState`).
Standing = Literal["SUSPECT", "CONFIRMED", "RESOLVED"]
EventKind = Literal[
    "equivalence break",
    "failure",
    "vanished benchmark",
    "regression",
    "improvement",
    "host change",
    "two-state host",
    "stale runner",
]
RefKind = Literal["tag", "branch", "remote branch"]
TriageState = Literal["new", "accepted", "acknowledged", "expected", "infra", "noise", "fixed", "recovered"]


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
class Ref:
    """A name git has for a commit: `v1.0`, `main`, `origin/main`."""

    name: str
    kind: RefKind
    commit: str


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
    """What a failed benchmark wrote before it ended, for all its sets of parameters (`said_for` tells them apart)."""

    benchmark: str
    exit_code: int | None
    stderr: str


# asv heads with this what each set of parameters wrote.
SECTION: Final = "\nFor parameters: "


def said_for(key: SeriesKey, stderr: str) -> str:
    """Return the part of what a benchmark wrote that asv heads with these parameters; all of it where none is."""
    _, *sections = f"\n{stderr}".split(SECTION)
    wanted = ", ".join(value for _, value in key.params)
    for section in sections:
        params, _, rest = section.partition("\n")
        if params.replace("'", "") == wanted.replace("'", ""):
            return rest.strip()
    return stderr


@dataclass(frozen=True)
class Run:
    """One start of the measuring program at one commit.

    `host` holds what the machine told about itself (see runner.host); what it did not tell is absent or None.
    `selection` names what was asked for: {"bench": [patterns], "sizes": [labels]}; empty means everything. `controls`
    are timings that owe nothing to the commit: name → {"version", "before": [seconds], "after": [seconds]}, taken
    before and after it was measured. `artefacts` are digests of what was built of it, by name.
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
    controls: dict[str, dict[str, Any]] = field(default_factory=dict)
    artefacts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Acceptance:
    """Somebody's word that the fingerprint of `commit` is the right one from now on."""

    commit: str
    author: str
    reason: str
    accepted_at: datetime


@dataclass(frozen=True)
class Segment:
    """A stretch of a series at one level: points [start, stop), `level` their median in the series' unit."""

    start: int
    stop: int
    level: float


@dataclass(frozen=True)
class Verdict:
    """What is said of one series at one commit.

    Attributes
    ----------
    commit : the commit judged, the newest one known to the judge.
    kind, standing : the verdict, and how far its evidence goes; no standing where nothing changed.
    since : first commit of the new level, None where nothing changed.
    ratio, lower, upper : level after / before that commit with its 95 % interval, the host's factor taken out.
    p_value : two-sided, of "no change since the baseline"; what false-discovery control works on.
    minimum_detectable : the smallest change (a fraction) that this check would have found four times in five.
    relevant : whether the change is large enough to matter, by the settings; says nothing of noise.
    n_before, n_after : points in the baseline and since the change.
    detail : one plain sentence, without the label.
    """

    key: SeriesKey
    commit: str
    kind: Kind
    standing: Standing | None = None
    since: str | None = None
    ratio: float | None = None
    lower: float | None = None
    upper: float | None = None
    p_value: float | None = None
    minimum_detectable: float | None = None
    relevant: bool = False
    n_before: int = 0
    n_after: int = 0
    detail: str = ""


@dataclass(frozen=True)
class Event:
    """What happened at one commit on one machine, over all series.

    `id` is stable: the same happening judged again, with more commits after it, keeps it. `moved` holds what the title
    sums up: one dict a series with `label`, `ratio`, `lower`, `upper`, `family`. `facts` holds what else a reader
    needs: the difference of host and requirements, the first combination that differs, the factor.
    """

    id: str
    kind: EventKind
    commit: str
    machine: str
    environment: str
    standing: Standing
    title: str
    cause: str | None = None
    moved: tuple[dict[str, Any], ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Triage:
    """What somebody said of an event, and when; the newest word holds, the older ones stay."""

    event_id: str
    state: TriageState
    author: str
    said_at: datetime
    reason: str | None = None
    owner: str | None = None
    until: datetime | None = None
