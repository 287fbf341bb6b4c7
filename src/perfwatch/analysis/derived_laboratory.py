"""Derived series of the laboratory: kernels, sessions, the JSON service, feed and features."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from perfwatch.analysis.derived_run import Derived, Run, made, over
from perfwatch.units import RATIO, SECONDS

# Floats of the study's series, as a parameter.
_WHOLE_SERIES = "150000"


def _kernel_ratio(run: Run) -> Iterator[Derived]:
    for size in run.sizes():
        for kernel in run.values("kernel"):
            for affinity in run.values("affinity"):
                found = None
                for benchmark in ("kernels.time_sweep", "kernels.time_sweep_on_both_cores"):
                    found = found or run.find(benchmark, kernel=kernel, size=size, affinity=affinity)
                yield from made("kernel_ratio", over(found, run.numba(size)), RATIO, size, kernel=kernel)


def _json_total(run: Run) -> Iterator[Derived]:
    for size in run.sizes():
        for affinity in run.values("affinity"):
            deployed = run.find("deployed.time_sweep", architecture="rust_batch_json", size=size, affinity=affinity)
            yield from made("json_total", over(deployed, run.numba(size)), RATIO, size, affinity)


def _sessions(run: Run) -> Iterator[Derived]:
    for affinity in run.values("affinity"):
        called = run.find("sessions.time_call", affinity=affinity)
        yield from made("session_call", called, SECONDS, None, affinity, "unix")
        for client in run.values("client"):
            for wait in run.values("wait"):
                way = {"client": client, "wait": wait, "affinity": affinity}
                called = run.find("sessions.time_call_in_memory", **way)
                yield from made("session_call", called, SECONDS, None, affinity, f"memory, {client}, {wait}")
        for floats in run.values("floats"):
            study = run.find("sessions.time_study_round_trip", floats=floats, affinity=affinity)
            if study is not None and floats == _WHOLE_SERIES:
                tuned = run.echo("unix", int(floats), affinity)
                yield from made("socket_ratio", over(tuned, study), RATIO, None, affinity, "unix")


def _feed_ratio(run: Run) -> Iterator[Derived]:
    for affinity in run.values("affinity"):
        engine, json = (run.find("feed.time_live", way=way, affinity=affinity) for way in ("engine", "json"))
        yield from made("feed_ratio", over(engine, json), RATIO, None, affinity)


def _feature_ratios(run: Run) -> Iterator[Derived]:
    for name, benchmark in (("feature_ratio", "features.time_ticks"), ("cycle_ratio", "features.time_cycle")):
        engine, numpy = (run.find(benchmark, way=way) for way in ("engine", "numpy"))
        yield from made(name, over(engine, numpy), RATIO)


RULES: tuple[Callable[[Run], Iterator[Derived]], ...] = (
    _kernel_ratio,
    _json_total,
    _sessions,
    _feed_ratio,
    _feature_ratios,
)
