"""Ticks through the ring: every one arrives, in order, whichever way it was written; nobody waits for the dead."""

from __future__ import annotations

import os
import platform
import signal

import numpy as np
import pytest

from perfwatch.backtest import affinity, tick_peers, ticks
from perfwatch.backtest.tick_peers import TickPeer
from perfwatch.backtest.ticks import Seen, TickEngine
from perfwatch.errors import EngineError, UsageError, WrongAnswerError

ways = pytest.mark.parametrize("way", ticks.WAYS)
CORE = affinity.cores()[-1] if affinity.cores() else None


@ways
@pytest.mark.parametrize("n", [0, 1, 63, 64, 65, 1_000, 200_000])
def test_every_tick_arrives_in_its_order(way: ticks.Way, n: int) -> None:
    sent = ticks.stream(n, seed=n)
    with TickEngine(CORE) as engine:
        seen = engine.send(sent, way)
    assert (seen.ticks, seen.turnover, int(seen.counts.sum())) == (n, sent.turnover, n)


def test_streams_follow_one_another_whichever_way_each_is_written() -> None:
    # Together more than three rings, so that each way meets the ring's end, and a full ring.
    with TickEngine(CORE) as engine:
        for turn in range(9):
            sent = ticks.stream(24_001 + turn, seed=turn)
            assert engine.send(sent, ticks.WAYS[turn % 3]).ticks == 24_001 + turn


def test_ages_are_of_this_machine_and_ordered() -> None:
    with TickEngine(CORE) as engine:
        seen = engine.send(ticks.stream(20_000), "extension")
    ages = [seen.age_s(share) for share in (0.5, 0.99, 0.999, 1.0)]
    assert ages == sorted(ages)
    assert ages[0] >= 0
    assert ages[-1] < 60


def test_the_age_of_a_share_is_that_of_the_histogram() -> None:
    seen = Seen(10, 0.0, np.array([100, 200, 1_000]), np.array([5, 4, 1]))
    assert [seen.age_s(share) for share in (0.5, 0.51, 0.9, 1.0)] == pytest.approx([1e-7, 2e-7, 2e-7, 1e-6])
    with pytest.raises(UsageError, match="no ages"):
        Seen(0, 0.0, np.empty(0, np.int64), np.empty(0, np.int64)).age_s(0.5)


def test_a_histogram_counts_every_tick_once_in_the_first_step_that_is_not_younger() -> None:
    random = np.random.default_rng(3)
    ages = np.unique(np.rint(10 ** random.uniform(0, 10.9, 4_000)).astype(np.int64))
    counts = random.integers(1, 1_000, len(ages))
    found = ticks.histogram(Seen(int(counts.sum()), 0.0, ages, counts))
    # By its definition: one age after the other, against bounds of one step in twenty of a decade.
    bounds = sorted({round(10 ** (step / 20)) for step in range(221)})
    expected: dict[int, int] = {}
    for age, count in zip(ages.tolist(), counts.tolist(), strict=True):
        bound = next(b for b in bounds if b >= age)
        expected[bound] = expected.get(bound, 0) + count
    assert dict(zip(found["at_most_ns"], found["ticks"], strict=True)) == expected
    assert sum(found["ticks"]) == counts.sum()


def test_a_histogram_of_no_ticks_is_empty_and_of_an_age_beyond_all_steps_has_one() -> None:
    none = np.empty(0, np.int64)
    assert ticks.histogram(Seen(0, 0.0, none, none)) == {"at_most_ns": [], "ticks": []}
    late = ticks.histogram(Seen(2, 0.0, np.array([0, 10**12]), np.array([1, 1])))
    assert late == {"at_most_ns": [1, 10**11], "ticks": [1, 1]}


@ways
def test_a_consumer_that_dies_is_noticed_by_a_producer_that_waits_for_room(way: ticks.Way) -> None:
    with TickEngine(CORE) as engine:
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGKILL)
        with pytest.raises(EngineError, match="failed in mid-call: killed by SIGKILL"):
            engine.send(ticks.stream(engine.capacity + 1), way)


def test_what_is_no_tick_is_refused_and_is_not_written() -> None:
    from perfwatch._engine import TickProducer

    with TickEngine(CORE) as engine:
        producer = TickProducer(engine._memory, engine.capacity, engine.connection.fileno())
        with pytest.raises(ValueError, match="symbol: expected 8 bytes, got 3"):
            producer.pusher(b"BTC")
        push = producer.pusher(ticks.SYMBOL)
        for wrong in [(), (1.0, 1), (1.0, 1, 1, 1), ("1", 1, 1), (1.0, "1", 1), (1.0, 1, None)]:
            with pytest.raises(TypeError):
                push(*wrong)
        for wrong in [(1.0, -1, 1), (1.0, 1 << 32, 1), (1.0, 1, 1 << 64)]:
            with pytest.raises(OverflowError):
                push(*wrong)
        # Which is a price like any other, though it is what tells an error.
        push(-1.0, 3, ticks.BID)
        # The function holds what it needs.
        del producer
        push(2.5, 2, ticks.ASK)
        TickProducer(engine._memory, engine.capacity, engine.connection.fileno()).end()
        sent = ticks.Stream(np.array([-1.0, 2.5]), np.array([3, 2], np.uint32), np.array([1, 2], np.uint32))
        assert engine.seen(sent).ticks == 2


def test_what_was_seen_must_be_what_was_sent() -> None:
    with TickEngine(CORE) as engine:
        engine.write(ticks.stream(100, seed=1), "extension")
        with pytest.raises(WrongAnswerError, match="of 100 ticks"):
            engine.seen(ticks.stream(100, seed=2))


def test_another_way_is_refused() -> None:
    with TickEngine(CORE) as engine, pytest.raises(UsageError, match="there are packed, extension, batched"):
        engine.write(ticks.stream(1), "telepathy")  # type: ignore[arg-type]


def test_a_peers_ticks_all_arrive() -> None:
    # One comes with the development's packages where it has a wheel, the other by `make lab-peers`.
    assert "iceoryx2" in tick_peers.installed() or platform.machine() != "x86_64"
    for peer in tick_peers.installed():
        with TickPeer(peer, CORE) as consumer:
            for turn in range(3):
                sent = ticks.stream(3_000 + turn, seed=turn)
                consumer.write(sent)
                assert consumer.seen(sent).ticks == 3_000 + turn
            consumer.write(ticks.stream(4))
            with pytest.raises(WrongAnswerError, match="of 5 ticks"):
                consumer.seen(ticks.stream(5))


def test_a_peer_that_is_not_installed_says_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tick_peers, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match="tachyon is not installed; make lab-peers"):
        TickPeer("tachyon").start()


def test_a_peer_that_is_not_there_is_told() -> None:
    with pytest.raises(UsageError, match="there are tachyon, iceoryx2"):
        TickPeer("telepathy")
