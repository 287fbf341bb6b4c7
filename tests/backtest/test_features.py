"""Features in four ways: within their bounds of one another, without a look ahead, in constant memory; and a model."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import pytest

from perfwatch.backtest import boosted, features
from perfwatch.backtest.boosted import Cycle
from perfwatch.backtest.features import KINDS, LONGEST, NAMES, ROWS, WAYS, WINDOWS, ByEngine, FloatArray, Ticks, rolling
from perfwatch.errors import EngineError, UsageError

ways = pytest.mark.parametrize("way", WAYS)


def walk(n: int, seed: int) -> Ticks:
    return features.stream(n, seed)


def rounded(n: int, seed: int) -> Ticks:
    price, volume = features.stream(n, seed)
    return Ticks(np.round(price, 1), np.round(volume))


def flat_in_between(n: int, seed: int) -> Ticks:
    price, volume = features.stream(n, seed)
    flat = np.arange(n) // 300 % 2 == 1
    return Ticks(np.where(flat, 100.0, price), np.where(np.arange(n) // 200 % 2 == 1, 0.0, volume))


def with_jumps(n: int, seed: int) -> Ticks:
    price, volume = features.stream(n, seed)
    return Ticks(np.where(np.arange(n) % 400 == 7, 1e6 * price, price), volume)


STREAMS = {f.__name__: f for f in (walk, rounded, flat_in_between, with_jumps)}
streams = pytest.mark.parametrize("name", list(STREAMS))


def rows(way: str, ticks: Ticks, last: int) -> FloatArray:
    """Return the features of the last so many ticks, (last, 312)."""
    n = len(ticks.price)
    if way in ROWS:
        windows = [slice(max(end - LONGEST, 0), end) for end in range(n - last + 1, n + 1)]
        return np.array([ROWS[way](ticks.price[window], ticks.volume[window]) for window in windows])
    engine = ByEngine()
    return np.array([engine.push(price, volume) for price, volume in zip(*ticks, strict=True)][-last:])


def by_hand(price: list[float], volume: list[float]) -> dict[str, float]:
    """Return the features of one window, from their definition and from nothing else, added up without rounding."""
    w, last = len(price), price[-1]
    mean = math.fsum(price) / w
    deviation = math.sqrt(math.fsum((p - mean) ** 2 for p in price) / (w - 1))
    v_mean = math.fsum(volume) / w
    both = math.fsum((p - mean) * (v - v_mean) for p, v in zip(price, volume, strict=True))
    squares = math.fsum((p - mean) ** 2 for p in price) * math.fsum((v - v_mean) ** 2 for v in volume)
    decay = [(1 - 2 / (w + 1)) ** (w - 1 - k) for k in range(w)]
    turnover = math.fsum(p * v for p, v in zip(price, volume, strict=True))
    return {
        "mean": mean,
        "deviation": deviation,
        "z": (last - mean) / deviation,
        "weighted": math.fsum((k + 1) * p for k, p in enumerate(price)) / (w * (w + 1) / 2),
        "exponential": math.fsum(p * d for p, d in zip(price, decay, strict=True)) / math.fsum(decay),
        "minimum": min(price),
        "maximum": max(price),
        "position": (last - min(price)) / (max(price) - min(price)),
        "change": last / price[0] - 1,
        "correlation": both / math.sqrt(squares),
        "quartile": sorted(price)[(w - 1) // 4],
        "turnover": turnover,
        "average": turnover / math.fsum(volume),
    }


def test_there_are_three_hundred_of_twelve_kinds_and_the_engine_names_the_same() -> None:
    from perfwatch._engine import Features

    assert len(NAMES) == len(set(NAMES)) == 312 >= 300
    assert len(KINDS) == 13 >= 12
    assert Features.names() == (list(KINDS), list(WINDOWS))


@ways
def test_every_kind_is_what_its_definition_says(way: str) -> None:
    ticks = walk(LONGEST + 1, seed=2)
    (row,) = rows(way, ticks, last=1)
    expected = np.empty((len(KINDS), len(WINDOWS)))
    for place, window in enumerate(WINDOWS):
        told = by_hand(ticks.price[-window:].tolist(), ticks.volume[-window:].tolist())
        expected[:, place] = [told[kind] for kind in KINDS]
    wrong = features.disagreeing(row, expected.reshape(-1))
    assert not wrong.any(), [NAMES[i] for i in np.flatnonzero(wrong)]


@streams
@ways
def test_the_ways_agree_within_their_bounds_long_after_the_beginning(way: str, name: str) -> None:
    # Of 20,000 ticks, drift and all.
    last = 3 if way == "pandas" else 40
    ticks = STREAMS[name](20_000, 11)
    for found, expected in zip(rows(way, ticks, last), rows("numpy", ticks, last), strict=True):
        wrong = features.disagreeing(found, expected)
        assert not wrong.any(), [NAMES[i] for i in np.flatnonzero(wrong)]


def test_a_difference_beyond_its_bound_is_told() -> None:
    (row,) = rows("numpy", walk(LONGEST, 1), last=1)
    assert not features.disagreeing(row, row).any()
    for place in range(len(NAMES)):
        off, missing = row.copy(), row.copy()
        off[place] += 1e-5 * (1.0 + abs(off[place]))
        missing[place] = math.nan
        assert np.flatnonzero(features.disagreeing(off, row)).tolist() == [place]
        assert np.flatnonzero(features.disagreeing(missing, row)).tolist() == [place]


@ways
def test_a_window_that_is_not_full_has_none(way: str) -> None:
    made = rolling(way)
    for n, (price, volume) in enumerate(zip(*walk(40, 3), strict=True), start=1):
        full = np.isfinite(made.push(price, volume).reshape(len(KINDS), -1)).all(axis=0)
        assert full.tolist() == [window <= n for window in WINDOWS], n


@ways
def test_what_would_be_a_division_by_zero_is_missing(way: str) -> None:
    (row,) = rows(way, Ticks(np.full(1_100, 123.456), np.zeros(1_100)), last=1)
    for kind, found in zip(KINDS, row.reshape(len(KINDS), -1), strict=True):
        expected = {"deviation": 0.0, "change": 0.0, "turnover": 0.0}.get(kind, 123.456)
        if kind in ("z", "position", "correlation", "average"):
            expected = math.nan
        assert found == pytest.approx(np.full(len(WINDOWS), expected), rel=1e-12, nan_ok=True), kind


@ways
def test_the_future_cannot_change_the_past(way: str) -> None:
    one, other = walk(1_100, 5), walk(1_100, 6)
    at = 1_060
    changed = Ticks(*(np.where(np.arange(1_100) < at, a, b) for a, b in zip(one, other, strict=True)))
    ours, theirs = rolling(way), rolling(way)
    differ = 0
    for i in range(1_000 if way == "pandas" else 0, 1_100):
        a = ours.push(one.price[i], one.volume[i])
        b = theirs.push(changed.price[i], changed.volume[i])
        if i < at:
            assert a.tobytes() == b.tobytes(), i
        differ += a.tobytes() != b.tobytes()
    assert differ == 1_100 - at


@ways
@pytest.mark.parametrize(
    ("price", "volume"), [(0.0, 1.0), (-1.0, 1.0), (math.nan, 1.0), (math.inf, 1.0), (1.0, -1.0), (1.0, math.nan)]
)
def test_what_is_no_tick_is_refused_and_leaves_no_trace(way: str, price: float, volume: float) -> None:
    disturbed, untouched = rolling(way), rolling(way)
    for p, v in zip(*walk(12, 1), strict=True):
        with pytest.raises(UsageError, match="expected a price above 0 and a volume of at least 0"):
            disturbed.push(price, volume)
        assert disturbed.push(p, v).tobytes() == untouched.push(p, v).tobytes()


def test_another_way_is_refused() -> None:
    with pytest.raises(UsageError, match="there are pandas, numpy, numba, engine"):
        rolling("telepathy")


def test_a_replay_is_the_same_as_tick_by_tick_and_tells_how_long_each_took() -> None:
    ticks = walk(3_000, 9)
    replayed, pushed, timed = ByEngine(), ByEngine(), ByEngine()
    for price, volume in zip(*ticks, strict=True):
        row = pushed.push(price, volume)
    assert replayed.replay(ticks).tobytes() == row.tobytes()
    took_s = timed.took_s(ticks)
    assert took_s.shape == (3_000,)
    assert 0 < np.median(took_s) < 1
    with pytest.raises(UsageError, match="volume: expected the shape"):
        replayed.replay(Ticks(ticks.price, ticks.volume[:-1]))


def test_a_million_ticks_take_no_memory() -> None:
    def resident_bytes() -> int:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * 4096

    ticks, engine = walk(100_000, 10), ByEngine()
    engine.replay(ticks)
    before = resident_bytes()
    for _ in range(10):
        engine.replay(ticks)
    # Each replay copies 1.6 MB and gives them back.
    assert resident_bytes() - before < 4e6


@pytest.fixture(scope="module")
def booster() -> object:
    return boosted.trained()


@pytest.fixture(scope="module")
def library(booster: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return boosted.compiled(booster, tmp_path_factory.mktemp("model"))


def test_the_compiled_model_says_what_the_library_says(booster: boosted.Any, library: Path) -> None:
    cycle, ticks = Cycle(library), walk(1_300, 12)
    rows, signals = [], []
    for price, volume in zip(*ticks, strict=True):
        signal, _ = cycle.push(price, volume, time.time_ns() - 1)
        signals.append(signal)
        rows.append(cycle.features())
    assert len(set(signals)) > 100
    # From the first tick on, where everything is missing.
    assert signals == pytest.approx(booster.predict(np.array(rows), num_threads=1), abs=1e-15)


def test_both_cycles_give_the_same_signals(booster: object, library: Path) -> None:
    ticks, cycle = walk(1_200, 13), Cycle(library)
    by_library = boosted.by_library(ByEngine(), booster)
    for price, volume in zip(*ticks, strict=True):
        assert cycle.push(price, volume, time.time_ns() - 1)[0] == pytest.approx(by_library(price, volume), abs=1e-15)


def test_training_is_the_same_for_the_same_seed(booster: boosted.Any) -> None:
    assert boosted.trained().model_to_string() == booster.model_to_string()
    assert boosted.trained(seed=2).model_to_string() != booster.model_to_string()


def test_every_signal_is_made_after_its_bar(library: Path) -> None:
    made = Cycle(library).replay(walk(20_000, 14))
    assert (made.signal_gen_time > made.bar_time).all()
    assert (np.diff(made.bar_time.astype(np.int64)) > 0).all()
    assert np.isfinite(made.value).all()


def test_a_bar_of_the_future_gets_no_signal(library: Path) -> None:
    tomorrow = time.time_ns() + 86_400_000_000_000
    with pytest.raises(UsageError, match="which is not before it: a clock is wrong, or somebody looked ahead"):
        Cycle(library).push(100.0, 1.0, tomorrow)


def test_what_is_no_model_of_these_features_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"model: .*no-such"):
        Cycle(tmp_path / "no-such.so")
    text = tmp_path / "text.so"
    text.write_text("no library")
    with pytest.raises(UsageError, match="model: "):
        Cycle(text)
    import lightgbm

    rng = np.random.default_rng(1)
    small = lightgbm.train({"verbose": -1}, lightgbm.Dataset(rng.normal(size=(200, 3)), rng.normal(size=200)), 2)
    with pytest.raises(UsageError, match="a model of 3 features, expected one of 312"):
        Cycle(boosted.compiled(small, tmp_path))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EngineError, match="no gcc to compile the model with"):
        boosted.compiled(small, tmp_path)
