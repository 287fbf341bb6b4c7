"""Events of every kind with what is known around them, as people and programs are to be told of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from situations import HOST, NOW, REGRESSION, SUSPICION, SWEEP, key

from perfwatch.model import Commit, Event, Failure, Triage
from perfwatch.report.chart import History
from perfwatch.report.context import Context

GUILTY = Commit("beefbeef" * 5, author="Ada Lovelace", subject="kernel: fees per side, not per trade", position=41)
BEFORE = Commit("facade00" * 5, author="Grace Hopper", subject="docs: how fees are paid", position=38)
PLACE = ("bench-1", "virtualenv-py3.11")

# About 100 ms, then about 110 ms; one commit failed, one was not measured with an interval.
_MS = [100.4, 99.7, 100.1, 100.9, 99.8, None, 100.2, 99.6, 100.3, 100.0, 110.3, 109.8, 110.9, 110.1, 109.9]
HISTORY = History(
    SWEEP.label,
    "seconds",
    [f"{0xFACADE00 + i:08x}" * 5 for i in range(10)] + [f"{0xBEEFBEEF + i:08x}" * 5 for i in range(5)],
    [None if ms is None else ms / 1e3 for ms in _MS],
    [None if ms is None else ms * 0.994 / 1e3 for ms in _MS],
    [None if ms is None else ms * 1.005 / 1e3 for ms in _MS],
    at=10,
)
AROUND = Context(
    project="backtester",
    public_url="https://perf.example.org/",
    show_commit_url="https://git.example.org/backtester/commit/",
    before=BEFORE,
    stood=("boundary floor", "encoding"),
    keys={SWEEP.label: SWEEP},
    now=NOW,
)


@dataclass(frozen=True)
class Happening:
    """An event, the newest word on it, its commit, and what is known around it."""

    event: Event
    word: Triage | None = None
    commit: Commit | None = GUILTY
    around: Context = AROUND


def _moved(kernel: str, ratio: float, part: str = "kernel compute") -> dict[str, object]:
    label = key("compute.time_sweep", architecture=kernel, size="30000x20", affinity="one-core").label
    return {"label": label, "ratio": ratio, "lower": ratio - 0.004, "upper": ratio + 0.004, "family": part}


_KERNELS = ("in_process", "rust_in_process", "numba_blocked", "numba_prefix", "rust_plain", "rust_across")
SLOWER = replace(REGRESSION, moved=tuple(_moved(k, 1.102 - i / 1000) for i, k in enumerate(_KERNELS)))
FASTER = replace(
    REGRESSION,
    id="aaaabbbbcccc",
    kind="improvement",
    title=f"kernel compute: {SWEEP.label} × 4 faster and 1 more",
    moved=(
        {"label": SWEEP.label, "ratio": 0.25, "lower": 0.24, "upper": 0.26, "family": "kernel compute"},
        _moved("rust_plain", 0.91),
    ),
    facts={"environment": {}},
)
_GONE = {"ratio": None, "lower": None, "upper": None, "family": None}
_WORDS = "combination 0 (L=6): PnL -934.100000 instead of -1062.200000, trades 11,443 instead of 11,443"
BROKEN = Event(
    "b0b0b0b0b0b0",
    "equivalence break",
    GUILTY.hash,
    *PLACE,
    "CONFIRMED",
    f"equivalence broken: rust_batch_unix, rust_spawn_stdin; first: {_WORDS}",
    facts={
        "breaks": [
            {"kind": "DISAGREES", "architecture": name, "size": "30000x20", "differing": 20, "detail": _WORDS}
            for name in ("rust_batch_unix", "rust_spawn_stdin")
        ]
    },
)
FAILED = Event(
    "fa11fa11fa11",
    "failure",
    GUILTY.hash,
    *PLACE,
    "CONFIRMED",
    "compute.time_sweep failed",
    moved=({"label": SWEEP.label, **_GONE},),
)
_TRACE = """Traceback (most recent call last):
  File "/home/runner/work/backtester/benchmarks/compute.py", line 41, in time_sweep
    kernels.sweep(self.bars, self.grid)
  File "/home/runner/work/backtester/src/kernels.py", line 118, in sweep
    raise WrongAnswerError("rust_in_process differs at combination 0")
WrongAnswerError: rust_in_process differs at combination 0

asv: benchmark failed (exit status 1)
"""
VANISHED = Event(
    "0ff0ff0ff0ff",
    "vanished benchmark",
    GUILTY.hash,
    *PLACE,
    "CONFIRMED",
    "echo.time_round_trip vanished",
    moved=tuple(
        {"label": key("echo.time_round_trip", transport=t, floats="1").label, **_GONE} for t in ("unix", "tcp")
    ),
)
TWO_STATES = Event(
    "222222222222",
    "two-state host",
    GUILTY.hash,
    *PLACE,
    "CONFIRMED",
    "the host goes to and fro between two speeds, 6.2 % apart",
    "host",
    facts={"ratio": 1.062, "flips": 5},
)
STALE = Event(
    "57a1e57a1e57",
    "stale runner",
    GUILTY.hash,
    *PLACE,
    "CONFIRMED",
    "bench-1 has measured nothing since 2026-04-27 06:30 UTC, and commits wait",
    facts={
        "machine": "bench-1",
        "last_measured_at": "2026-04-27T06:30:00+00:00",
        "expected_every_s": 129_600.0,
        "waiting": "57a1e57a" * 5,
        "waiting_since": "2026-04-28T09:15:00+00:00",
    },
)
HOST_CHANGED = replace(HOST, commit=GUILTY.hash)

_SAID = Triage(SLOWER.id, "accepted", "ada", NOW.replace(month=4, day=29), "is real, I am on it", "grace")

HAPPENINGS = {
    "regression": Happening(SLOWER, around=replace(AROUND, history=HISTORY, gap=2, others=(HOST_CHANGED,))),
    "regression_that_people_know_of": Happening(
        SLOWER,
        replace(_SAID, state="acknowledged", said_at=NOW, reason="paid back by #41", until=NOW.replace(year=2027)),
        around=replace(
            AROUND,
            words=(
                _SAID,
                replace(
                    _SAID, state="acknowledged", said_at=NOW, reason="paid back by #41", until=NOW.replace(year=2027)
                ),
            ),
        ),
    ),
    "regression_suspected": Happening(replace(SUSPICION, commit=GUILTY.hash)),
    "regression_of_which_little_is_known": Happening(
        replace(SLOWER, cause=None, facts={}), commit=None, around=Context()
    ),
    "regression_over": Happening(replace(SLOWER, standing="RESOLVED"), around=replace(AROUND, history=HISTORY)),
    "improvement": Happening(
        FASTER, around=replace(AROUND, history=replace(HISTORY, values=HISTORY.values[::-1], at=5))
    ),
    "improvement_over": Happening(replace(FASTER, standing="RESOLVED")),
    "broken_equivalence": Happening(BROKEN, around=replace(AROUND, others=(FASTER,))),
    "broken_equivalence_mended": Happening(replace(BROKEN, standing="RESOLVED")),
    "reference_that_moved": Happening(
        replace(
            BROKEN,
            title="equivalence broken: reference; first: combination 3 (L=18): PnL 1.5 instead of 1.0",
            facts={
                "breaks": [
                    {
                        "kind": "MOVED",
                        "architecture": "reference",
                        "size": "30000x20",
                        "differing": 1,
                        "detail": "combination 3 (L=18): PnL 1.5 instead of 1.0",
                    }
                ]
            },
        )
    ),
    "host_change": Happening(HOST_CHANGED),
    "host_change_over": Happening(replace(HOST_CHANGED, standing="RESOLVED")),
    "two_state_host": Happening(TWO_STATES),
    "two_state_host_over": Happening(replace(TWO_STATES, standing="RESOLVED")),
    "failure": Happening(FAILED, around=replace(AROUND, failures=(Failure("compute.time_sweep", 1, _TRACE),))),
    "failure_over": Happening(replace(FAILED, standing="RESOLVED")),
    "vanished_benchmark": Happening(VANISHED),
    "vanished_benchmark_back": Happening(replace(VANISHED, standing="RESOLVED")),
    "stale_runner": Happening(STALE),
    "stale_runner_back": Happening(replace(STALE, standing="RESOLVED")),
}
