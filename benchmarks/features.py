"""What do 312 rolling features cost a tick, and a model on top of them? Twenty ticks a call, on windows that are full.

`time_ticks` is the features alone, `time_cycle` the whole cycle of a simulation: features and a gradient-boosted model,
by its library, or compiled ahead of time and called from the engine.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from asv_runner.benchmarks.mark import SkipNotImplemented

from .prepared import WITHIN_PROCESS, Prepared, like_a_call, needs, needs_member, pinned

_WAYS = ["pandas", "numpy", "numba", "engine"]
_ENGINE = "engine"
_N_TICKS = 20
_N_LATENCIES = 100_000


@like_a_call
def time_ticks(way):
    _TICKS[(way,)]()


@like_a_call
def time_cycle(way):
    _CYCLES[(way,)]()


def track_disagreeing(way):
    """How many of the 312 features are further from numpy's than their kind's bound, after 10,000 ticks: never one."""
    ours, expected = _features(way), needs("features", "ROWS")["numpy"]
    ticks = needs("features", "stream")(10_000, 7)
    if way != _ENGINE:
        ticks = _last(ticks, 1_000)
        for price, volume in zip(*_first(ticks, -1), strict=True):
            ours.take(price, volume)
        found = ours.push(ticks.price[-1], ticks.volume[-1])
    else:
        found = ours.replay(ticks)
    return int(needs("features", "disagreeing")(found, expected(*_last(ticks, 1_000))).sum())


track_disagreeing.unit = "features"
for _benchmark in (time_ticks, time_cycle, track_disagreeing):
    _benchmark.param_names = ["way"]
    _benchmark.params = [_WAYS]
    _benchmark.version = "1"


def track_latency(share):
    """The time of a tick that this share of ticks did not exceed, in the engine; some 40 ns of it are the clock's."""
    engine = _warm(_ENGINE)
    taken = sorted(engine.took_s(needs("features", "stream")(_N_LATENCIES, 3)).tolist())
    return taken[max(round(share * _N_LATENCIES) - 1, 0)]


track_latency.unit = "seconds"
track_latency.param_names = ["share"]
track_latency.params = [[0.5, 0.99, 0.999, 1.0]]
track_latency.version = "1"


def track_growth():
    """How much a million ticks add to the memory of the process, in the engine."""
    engine, ticks = _warm(_ENGINE), needs("features", "stream")(100_000, 4)
    engine.replay(ticks)
    before = _resident_bytes()
    for _ in range(10):
        engine.replay(ticks)
    return _resident_bytes() - before


track_growth.unit = "bytes"
track_growth.version = "1"


def track_late():
    """How many of 10,000 signals were not made after their bar: a look ahead, and never one."""
    made = _compiled_cycle().replay(needs("features", "stream")(10_000, 5))
    return int((made.signal_gen_time <= made.bar_time).sum())


track_late.unit = "signals"
track_late.version = "1"


def _first(ticks, n):
    return type(ticks)(ticks.price[:n], ticks.volume[:n])


def _last(ticks, n):
    return type(ticks)(ticks.price[-n:], ticks.volume[-n:])


def _resident_bytes():
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except FileNotFoundError as error:
        raise SkipNotImplemented("the memory of a process is not told here") from error
    return pages * 4096


def _features(way):
    needs_member("features", "WAYS", way)
    if way == "pandas":
        _installed("pandas")
    return needs("features", "rolling")(way)


def _warm(way):
    """Return features whose longest window is full."""
    rolling, ticks = _features(way), needs("features", "stream")(needs("features", "LONGEST"), 2)
    if way == _ENGINE:
        rolling.replay(ticks)
    else:
        for price, volume in zip(*ticks, strict=True):
            rolling.take(price, volume)
    return rolling


def _ticks(way):
    pinned(WITHIN_PROCESS[0])
    if track_disagreeing(way):
        raise AssertionError(f"features by {way}: not those of the definition")
    rolling, ticks = _warm(way), needs("features", "stream")(_N_TICKS, 1)
    if way == _ENGINE:
        return partial(rolling.replay, ticks)
    return partial(_each, rolling.push, ticks)


def _each(push, ticks):
    for price, volume in zip(ticks.price.tolist(), ticks.volume.tolist(), strict=True):
        push(price, volume)


def _cycle(way):
    pinned(WITHIN_PROCESS[0])
    ticks = needs("features", "stream")(_N_TICKS, 1)
    if way == _ENGINE:
        return partial(_compiled_cycle().replay, ticks)
    _installed("lightgbm")
    return partial(_each, needs("boosted", "by_library")(_warm(way), needs("boosted", "trained")()), ticks)


def _compiled_cycle():
    """Return the cycle of the compiled model, which says what its library says, with full windows."""
    boosted = needs("boosted", "trained")
    for name in ("lightgbm", "treelite", "tl2cgen"):
        _installed(name)
    booster, stream = boosted(), needs("features", "stream")
    with tempfile.TemporaryDirectory() as folder:
        # Loaded by then: its file may go.
        cycle = needs("boosted", "Cycle")(needs("boosted", "compiled")(booster, Path(folder)))
    by_library = needs("boosted", "by_library")(_features(_ENGINE), booster)
    ticks = stream(needs("features", "LONGEST") + 200, 6)
    signals = cycle.replay(ticks).value
    for signal, price, volume in zip(signals.tolist(), *ticks, strict=True):
        if abs(by_library(price, volume) - signal) > 1e-12:
            raise AssertionError("the compiled model does not say what its library says")
    return cycle


def _installed(name):
    try:
        __import__(name)
    except (ImportError, OSError) as error:
        raise SkipNotImplemented(f"{name} cannot be loaded here ({error})") from error


_TICKS, _CYCLES = Prepared(_ticks), Prepared(_cycle)
