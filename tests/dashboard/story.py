"""A project's life in twelve commits, as an asv results tree, loaded by the real writer."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path
from typing import Any

import numpy as np

from perfwatch.backtest import equivalence
from perfwatch.backtest.sweep import Sweep
from perfwatch.model import Acceptance, Commit
from perfwatch.store.location import parse
from perfwatch.store.writer import Writer

# A name of a benchmark that would be a picture, were it markup.
MARKUP = "suite_x.time_<img src=x onerror=alert(1)>"
MACHINE = "bench-01"
ENVIRONMENT = "virtualenv-py3.11-numba-numpy"
FIRST_DAY = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)
SIZES = {"30000x20": tuple(range(6, 166, 8)), "150000x80": tuple(range(6, 166, 2))}
FULL = "150000x80"
SUBJECTS = (
    "Numba kernel, scalar, one pass at a time",
    "Rust engine: the same kernel line for line",
    "Frames over a Unix socket",
    "Echo: receive into one buffer",
    "Hoist the weight sum out of the inner loop",
    "Check lengths before anything is allocated",
    "Rust: iterate by index instead of windows",
    "Fee as a constant of the engine",
    "Fee: 0.09 percentage points, as in the reference",
    "Fee of 0.10 everywhere, the exchange raised it",
    "Grid built once per process",
    "TCP: close idle connections <b>after</b> 1 ms & retry",
)
# What the story's commits do, by index.
ECHO_NOT_MEASURED, SPAWN_FAILS, RUST_SLOWER, WRONG_FEE, FEE_RAISED, FEE_ACCEPTED, NEWEST = 2, 4, 6, 7, 9, 10, 11
ARCHITECTURES = (
    "reference",
    "in_process",
    "rust_in_process",
    "rust_in_process_unchecked",
    "rust_batch_unix",
    "rust_batch_unchecked",
    "rust_chatty_unix",
    "rust_spawn_stdin",
)
TCP_ERROR = "asv: benchmark failed (exit status 1)\nConnectionResetError: [Errno 104] Connection reset by peer"

Axes = Mapping[str, Sequence[Any]]
Answer = Callable[..., Any]


def commit(index: int) -> Commit:
    """The commit at `index` of the first-parent line."""

    def hash_of(i: int) -> str:
        return sha1(f"commit {i}".encode()).hexdigest()

    return Commit(
        hash_of(index),
        FIRST_DAY + timedelta(hours=19 * index),
        "Ada",
        SUBJECTS[index % len(SUBJECTS)],
        hash_of(index - 1) if index else None,
        index,
    )


@dataclass
class Project:
    """A results tree in a folder and the store it is loaded into."""

    folder: Path

    @property
    def store(self) -> Path:
        return self.folder / "perfwatch.duckdb"

    def measure(self, *indices: int) -> None:
        """Write what asv would have left after measuring the commits at `indices`."""
        machine = self.folder / "results" / MACHINE
        machine.mkdir(parents=True, exist_ok=True)
        facts = {"machine": MACHINE, "os": "Linux 6.12", "arch": "x86_64", "cpu": "AMD EPYC 9354", "num_cpu": "2"}
        (machine / "machine.json").write_text(json.dumps({**facts, "ram": "8323059712", "version": 1}))
        (self.folder / "results" / "benchmarks.json").write_text(json.dumps(declarations()))
        for index in indices:
            name = f"{commit(index).hash[:8]}-{ENVIRONMENT}.json"
            (machine / name).write_text(json.dumps(result_file(index)))
            self._record(index)

    def load(self, *accepted: Acceptance) -> None:
        """Load the tree by the real writer."""
        with Writer(parse(str(self.store))) as writer:
            writer.load(self.folder / "results", self.folder / "runs", [commit(i) for i in range(len(SUBJECTS))])
            for word in accepted:
                writer.accept(word)

    def _record(self, index: int) -> None:
        folder = self.folder / "runs" / MACHINE
        folder.mkdir(parents=True, exist_ok=True)
        began = measured_at(index)
        record = {
            "schema": "perfwatch.run/1",
            "commit": commit(index).hash,
            "machine": MACHINE,
            "environment": ENVIRONMENT,
            "started_at": began.isoformat(),
            "finished_at": (began + timedelta(minutes=4, seconds=12)).isoformat(),
            "tool": "asv 0.6.6",
            "exit_code": 2 if index == NEWEST else 0,
            "host": {
                "cpu_model": "AMD EPYC 9354",
                "governor": "performance" if index < FEE_RAISED else "powersave",
                "turbo": None,
                "smt": True,
                "cores": [0, 1],
                "load_1min": 0.1 + 0.05 * (index % 4),
            },
            "selection": {},
            "failures": [{"benchmark": "echo.time_round_trip", "exit_code": 1, "stderr": TCP_ERROR}]
            if index == NEWEST
            else [],
        }
        (folder / f"{began:%Y%m%dT%H%M%SZ}-{commit(index).hash[:8]}.json").write_text(json.dumps(record))


def measured_at(index: int) -> datetime:
    moment = commit(index).committed_at
    assert moment is not None
    return moment + timedelta(minutes=20)


# --- what is measured: benchmark → (unit, type, axes, value at a commit; None fails, NaN is skipped) ---

WITHIN = {"affinity": ["one-core"]}
ACROSS = {"affinity": ["same-core", "two-cores"]}
SWEEP_S = {
    "in_process": 1.986,
    "rust_in_process": 2.236,
    "rust_in_process_unchecked": 2.104,
    "rust_batch_unix": 2.241,
    "rust_batch_unchecked": 2.110,
    "rust_chatty_unix": 2.318,
    "rust_spawn_stdin": 2.262,
}
FLOOR_S = {
    ("unix", "same-core"): 7.4e-6,
    ("unix", "two-cores"): 41e-6,
    ("tcp", "same-core"): 11.8e-6,
    ("tcp", "two-cores"): 52e-6,
}


def sweep_s(index: int, architecture: str, size: str, affinity: str) -> float:
    seconds = SWEEP_S[architecture] * (0.052 if size != FULL else 1.0)
    if index >= RUST_SLOWER and "rust" in architecture and "unchecked" not in architecture:
        seconds *= 1.06
    if index >= SPAWN_FAILS:
        seconds *= 0.97
    return seconds * (1.012 if affinity == "two-cores" else 1.0)


def one_bar_s(index: int, transport: str, affinity: str) -> float | None:
    if transport == "spawn":
        return None if index == SPAWN_FAILS else 1.21e-3
    return FLOOR_S["unix", affinity] * 1.3


def round_trip_s(index: int, transport: str, floats: int, affinity: str) -> float | None:
    if index == NEWEST and transport == "tcp":
        return None
    slope = 0.9e-9 if index < 3 else 0.16e-9
    return FLOOR_S[transport, affinity] * (1.0 if index >= 3 else 1.35) + slope * 16 * floats


ENCODE_S = {"raw": 52e-6, "pickle": 219e-6, "json": 0.0691}
DECODE_S = {"raw": 1.1e-6, "pickle": 120e-6, "json": 0.0311}
ENCODED_BYTES = {"raw": 1_200_000, "pickle": 1_200_164, "json": 2_871_402}


def answer(index: int, architecture: str, size: str) -> Sweep:
    """The sweep of an architecture at a commit: plausible, and wrong where the story says so."""
    lengths = np.array(SIZES[size], dtype=np.float64)
    part = 1.0 if size == FULL else 0.2
    trades = np.rint(57_029 * part * (6 / lengths) ** 0.93).astype(np.int64)
    pnl = -5165.584357717 * part * (6 / lengths) ** 0.9
    fee = 0.10 if index >= FEE_RAISED else 0.09
    if index == WRONG_FEE and "rust" in architecture:
        fee = 0.07
    return Sweep(pnl - (fee - 0.09) * trades, trades)


def tracked(what: str) -> Answer:
    def value(index: int, architecture: str, size: str) -> Any:
        found, reference = answer(index, architecture, size), answer(index, "reference", size)
        if what == "combinations":
            return equivalence.combinations(found, SIZES[size])
        print_ = equivalence.fingerprint(found)
        against = equivalence.compare(found, reference, SIZES[size])
        return {
            "pnl": print_.pnl_sum,
            "trades": print_.trades_sum,
            "digest": print_.digest,
            "differing": against.differing,
            "deviation": against.deviation,
            "first_difference": against.first_difference or "none",
        }[what]

    return value


# The laboratory: kernels and ways to deploy, as multiples of the study's Rust in process.
KERNELS = {"numba_blocked": 0.55, "rust_prefix": 0.12, "rust_certified": 0.03}
DEPLOYED = {"rust_batch_json": 1.04, "rust_spawn_each": 1.09, "rust_session_unix": 1.001}
SESSION_S = {"same-core": 9e-6, "two-cores": 44e-6}


def laboratory() -> dict[str, tuple[str, str, Axes, Answer]]:
    sizes = {"size": list(SIZES)}

    def kernel_s(index: int, kernel: str, size: str, affinity: str) -> float:
        return KERNELS[kernel] * sweep_s(index, "rust_in_process", size, affinity)

    def deployed_s(index: int, architecture: str, size: str, affinity: str) -> float:
        return DEPLOYED[architecture] * sweep_s(index, "rust_in_process", size, affinity)

    architectures = list(DEPLOYED)
    return {
        "kernels.time_sweep": ("seconds", "time", {"kernel": list(KERNELS), **sizes, **WITHIN}, kernel_s),
        "deployed.time_sweep": ("seconds", "time", {"architecture": architectures[:2], **sizes, **ACROSS}, deployed_s),
        "deployed.time_bars": (
            "seconds",
            "time",
            {"boundary": ["batch_unix", "batch_json"], "bars": [1_000], **ACROSS},
            lambda _, boundary, bars, affinity: bars * FLOOR_S["unix", affinity] * (1.4 if "unix" in boundary else 30),
        ),
        "sessions.time_sweep": ("seconds", "time", {"architecture": architectures[2:], **sizes, **ACROSS}, deployed_s),
        "sessions.time_call": ("seconds", "time", ACROSS, lambda _, affinity: SESSION_S[affinity]),
    }


def suites() -> dict[str, tuple[str, str, Axes, Answer]]:
    sizes = {"size": list(SIZES)}
    in_process = {"architecture": list(SWEEP_S)[:3]}
    behind = {"architecture": list(SWEEP_S)[3:]}
    encodings = {"encoding": list(ENCODE_S)}
    echo = {"transport": ["unix", "tcp"], "floats": [1, 100, 1_000, 10_000, 100_000, 150_000], **ACROSS}
    units = {
        "pnl": "percentage points",
        "trades": "trades",
        "digest": "digest",
        "differing": "combinations",
        "deviation": "percentage points",
        "first_difference": "text",
        "combinations": "combinations",
    }
    return {
        "compute.time_sweep": ("seconds", "time", {**in_process, **sizes, **WITHIN}, sweep_s),
        "boundary.time_sweep": ("seconds", "time", {**behind, **sizes, **ACROSS}, sweep_s),
        "boundary.time_one_bar": ("seconds", "time", {"transport": ["unix", "spawn"], **ACROSS}, one_bar_s),
        "echo.time_round_trip": ("seconds", "time", echo, round_trip_s),
        "encodings.time_encode": ("seconds", "time", encodings, lambda _, encoding: ENCODE_S[encoding]),
        "encodings.time_decode": ("seconds", "time", encodings, lambda _, encoding: DECODE_S[encoding]),
        **laboratory(),
        "encodings.track_size": ("bytes", "track", encodings, lambda _, encoding: ENCODED_BYTES[encoding]),
        **{
            f"equivalence.track_{what}": (
                unit,
                "track",
                {"architecture": list(ARCHITECTURES), **sizes},
                tracked(what),
            )
            for what, unit in units.items()
        },
    }


def declarations() -> dict[str, Any]:
    found: dict[str, Any] = {"version": 2}
    for name, (unit, kind, axes, _) in suites().items():
        found[name] = {
            "name": name,
            "unit": unit,
            "type": kind,
            "param_names": list(axes),
            "params": [[repr(v) for v in axis] for axis in axes.values()],
            "version": "1",
            "code": "",
        }
    return found


COLUMNS = [
    "result",
    "params",
    "version",
    "started_at",
    "duration",
    "stats_ci_99_a",
    "stats_ci_99_b",
    "stats_q_25",
    "stats_q_75",
    "stats_number",
    "stats_repeat",
    "samples",
    "profile",
]


def result_file(index: int) -> dict[str, Any]:
    """The file asv writes for the commit at `index`: format version 2."""
    random = np.random.default_rng(index)
    began_ms = int(measured_at(index).timestamp() * 1000)
    results = {}
    for name, (_, kind, axes, value) in suites().items():
        if index == ECHO_NOT_MEASURED and name.startswith("echo."):
            continue
        values = [value(index, *point) for point in itertools.product(*axes.values())]
        params = [[repr(v) for v in axis] for axis in axes.values()]
        if kind == "track":
            results[name] = [values, params, "1", began_ms, 1.0]
            continue
        taken = [None if v is None else np.sort(v * random.lognormal(0, 0.008, 10)) for v in values]

        def of(
            statistic: Callable[[np.ndarray[Any, Any]], float], taken: list[np.ndarray[Any, Any] | None] = taken
        ) -> list[Any]:
            return [None if t is None else float(statistic(t)) for t in taken]

        results[name] = [
            of(lambda t: np.median(t)),
            params,
            "1",
            began_ms,
            20.0,
            of(lambda t: t[1]),
            of(lambda t: t[-2]),
            of(lambda t: np.quantile(t, 0.25)),
            of(lambda t: np.quantile(t, 0.75)),
            [None if t is None else 1 for t in taken],
            [None if t is None else len(t) for t in taken],
            [None if t is None else t.tolist() for t in taken],
        ]
    moment = commit(index).committed_at
    assert moment is not None
    return {
        "commit_hash": commit(index).hash,
        "env_name": ENVIRONMENT,
        "date": int(moment.timestamp() * 1000),
        "params": {"machine": MACHINE, "python": "3.11"},
        "python": "3.11",
        "requirements": {"numba": "", "numpy": ""},
        "env_vars": {},
        "result_columns": COLUMNS,
        "results": results,
        "durations": {},
        "version": 2,
    }


def accepted() -> Acceptance:
    """Somebody accepted the raised fee, a commit after it came."""
    return Acceptance(commit(FEE_ACCEPTED).hash, "Grace", "the exchange raised its fee", measured_at(FEE_ACCEPTED))


def measured_ms(index: int) -> float:
    return (FIRST_DAY + timedelta(hours=index)).timestamp() * 1000
