"""What 312 rolling features cost a tick, a model on top of them, and what a million ticks do to the memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import numpy as np
import psutil

from perfwatch.backtest import affinity, boosted, features
from perfwatch.backtest.features import ENGINE, LONGEST, ROWS, ByEngine, Ticks
from perfwatch.errors import WrongAnswerError
from perfwatch.report.lab import Finding
from perfwatch.runner.lab.turns import in_turns, ratio

# Ticks a turn: of the slow ones few, of the engine enough for a clock of 40 ns.
_N_TICKS = {"pandas": 5, "numpy": 100, "numba": 1_000, ENGINE: 100_000}
_N_SIGNALS = 20_000
_MILLION, _AT_ONCE = 1_000_000, 100_000
# Microseconds a tick, and how many times numpy's: (gate, stretch).
_GATE_US, _GATE_TIMES = (2.0, 1.0), (500.0, None)
_SHARES = {0.5: "p50", 0.99: "p99", 0.999: "p99.9", 1.0: "max"}


def _ways() -> list[str]:
    return [way for way in features.WAYS if way != "pandas" or find_spec("pandas") is not None]


def _has_model() -> bool:
    return all(find_spec(name) is not None for name in ("lightgbm", "treelite", "tl2cgen"))


def turns(rounds: int) -> int:
    """Return how many turns `findings` takes."""
    return len(_ways()) * (1 + _has_model()) * (rounds + 1) + 1


def findings(rounds: int, told: Callable[[], None]) -> list[Finding]:
    """Return microseconds a tick of each way, with and without a model, the engine's latency, and its memory.

    Errors
    ------
    WrongAnswerError : features that are not those of the definition, a model that does not say what its library says,
        or a signal that was not made after its tick.
    """
    affinity.pin(affinity.ONE_CORE if affinity.ONE_CORE in affinity.labels() else affinity.UNPINNED)
    ticks = features.stream(LONGEST + _AT_ONCE)
    _require_agreement(ticks)
    found = _of_ticks(ticks, rounds, told)
    if _has_model():
        with _model() as (library, booster):
            found += _of_cycles(ticks, library, booster, rounds, told)
    return found + _of_the_engine(ticks, told)


def _require_agreement(ticks: Ticks) -> None:
    newest = Ticks(ticks.price[-LONGEST:], ticks.volume[-LONGEST:])
    rows = {way: row(*newest) for way, row in ROWS.items() if way in _ways()}
    rows[ENGINE] = ByEngine().replay(ticks)
    for way, row in rows.items():
        if wrong := features.disagreeing(row, rows["numpy"]).sum():
            raise WrongAnswerError(f"lab: {wrong} features by {way} are not numpy's; its time counts for nothing")


def _turn(way: str, ticks: Ticks) -> Callable[[], object]:
    """Return what takes in so many ticks as the way has a turn, on windows that are full."""
    few = Ticks(ticks.price[: _N_TICKS[way]], ticks.volume[: _N_TICKS[way]])
    full = Ticks(ticks.price[:LONGEST], ticks.volume[:LONGEST])
    if way == ENGINE:
        engine = ByEngine()
        engine.replay(full)
        return lambda: engine.replay(few)
    rolling = features.ByWindow(ROWS[way])
    for price, volume in zip(*full, strict=True):
        rolling.take(price, volume)

    def turn() -> None:
        for price, volume in zip(few.price.tolist(), few.volume.tolist(), strict=True):
            rolling.push(price, volume)

    return turn


def _of_ticks(ticks: Ticks, rounds: int, told: Callable[[], None]) -> list[Finding]:
    taken = in_turns({way: _turn(way, ticks) for way in _ways()}, rounds, told)
    each = {way: [lap / _N_TICKS[way] for lap in laps] for way, laps in taken.items()}
    section = "312 rolling features a tick, windows of 10 to 1,000, one core"
    found = [_us(section, way, laps, *(_GATE_US if way == ENGINE else (None, None))) for way, laps in each.items()]
    for way in _ways()[:-1]:
        gates = _GATE_TIMES if way == "numpy" else (None, None)
        found.append(Finding(section, f"engine, against {way}", "×", *ratio(each[way], each[ENGINE]), *gates))
    return found


@contextmanager
def _model() -> Iterator[tuple[Path, object]]:
    booster = boosted.trained()
    with tempfile.TemporaryDirectory() as folder:
        yield boosted.compiled(booster, Path(folder)), booster


def _of_cycles(ticks: Ticks, library: Path, booster: object, rounds: int, told: Callable[[], None]) -> list[Finding]:
    """Return what features and a model cost a tick, each way; the signals of a stream are compared before."""
    few = Ticks(ticks.price[: LONGEST + 200], ticks.volume[: LONGEST + 200])
    made, by_library = boosted.Cycle(library).replay(few), boosted.by_library(ByEngine(), booster)
    expected = [by_library(price, volume) for price, volume in zip(*few, strict=True)]
    if np.abs(made.value - expected).max() > 1e-12:
        raise WrongAnswerError("lab: the compiled model does not say what its library says")
    if (made.signal_gen_time <= made.bar_time).any():
        raise WrongAnswerError("lab: a signal was not made after its tick")

    def turn(way: str) -> Callable[[], object]:
        some = Ticks(ticks.price[: _counts(way)], ticks.volume[: _counts(way)])
        if way == ENGINE:
            cycle = boosted.Cycle(library)
            cycle.replay(few)
            return lambda: cycle.replay(some)
        rolling = features.ByWindow(ROWS[way])
        for price, volume in zip(*few, strict=True):
            rolling.take(price, volume)
        cycle_of = boosted.by_library(rolling, booster)
        return lambda: [cycle_of(p, v) for p, v in zip(some.price.tolist(), some.volume.tolist(), strict=True)]

    taken = in_turns({way: turn(way) for way in _ways()}, rounds, told)
    section = f"the full cycle: features, then {boosted.N_TREES} trees of {boosted.N_LEAVES} leaves"
    says = dict.fromkeys(ROWS, "LightGBM") | {ENGINE: "compiled ahead of time"}
    each = {way: [lap / _counts(way) for lap in laps] for way, laps in taken.items()}
    found = [_us(section, f"{way}, {says[way]}", laps) for way, laps in each.items()]
    for way in _ways()[:-1]:
        found.append(Finding(section, f"engine, against {way}", "×", *ratio(each[way], each[ENGINE])))
    return found


def _counts(way: str) -> int:
    return min(_N_TICKS[way], _N_SIGNALS)


def _of_the_engine(ticks: Ticks, told: Callable[[], None]) -> list[Finding]:
    """Return the engine's latency as shares of ticks, and what a million ticks add to the process."""
    engine = ByEngine()
    engine.replay(Ticks(ticks.price[:LONGEST], ticks.volume[:LONGEST]))
    taken = engine.took_s(Ticks(ticks.price[LONGEST:], ticks.volume[LONGEST:]))
    section = "a tick in the engine, the clock's 40 ns with it"
    shares = np.quantile(taken, list(_SHARES), method="higher").tolist()
    found = [_us(section, name, [share]) for name, share in zip(_SHARES.values(), shares, strict=True)]
    some, process = Ticks(ticks.price[:_AT_ONCE], ticks.volume[:_AT_ONCE]), psutil.Process()
    engine.replay(some)
    before = process.memory_info().rss
    for _ in range(_MILLION // _AT_ONCE):
        engine.replay(some)
    growth = (process.memory_info().rss - before) / 1e6
    told()
    what = "added to the process by a million ticks"
    return [*found, Finding("memory", what, "MB", growth, growth, growth, higher_is_better=False)]


def _us(
    section: str, what: str, taken_s: list[float], gate: float | None = None, stretch: float | None = None
) -> Finding:
    us = [1e6 * lap for lap in taken_s]
    return Finding(section, what, "µs", median(us), min(us), max(us), gate, stretch, higher_is_better=False)
