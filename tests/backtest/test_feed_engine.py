"""A feed through the engine: the records of the definition, and a loss that is noticed, once, whatever its cause."""

from __future__ import annotations

import http.server
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from perfwatch.backtest import feed, feed_engine
from perfwatch.backtest.exchange import Exchange
from perfwatch.backtest.feed import SYMBOLS, Transform
from perfwatch.backtest.feed_engine import FeedEngine, Lost, follow
from perfwatch.backtest.feed_live import WAYS, Live
from perfwatch.errors import EngineError, UsageError, WrongAnswerError

# What the exchange says before the messages.
ACK = json.dumps({"type": "ack", "symbols": list(SYMBOLS)}).encode()
# Far beyond what is stated, so that only a feed that hangs ends a test so.
DEADLINE_S = 30.0


class Positions:
    """A brain that holds what it saw, buys one of each symbol at its first price, and sells all when told to unwind."""

    def __init__(self, after: Callable[[int], None] = lambda n: None) -> None:
        self.records: list[NDArray[np.void]] = []
        self.held: dict[int, float] = {}
        self.told: list[Lost] = []
        self.told_at_s = 0.0
        self._after = after

    def on_records(self, records: NDArray[np.void]) -> None:
        assert not self.told, "records after it was told to unwind"
        self.records.append(records)
        for symbol, price in zip(records["symbol"].tolist(), records["price"].tolist(), strict=True):
            self.held.setdefault(symbol, price)
        self._after(sum(map(len, self.records)))

    def unwind(self, lost: Lost) -> None:
        self.told.append(lost)
        self.told_at_s = time.monotonic()
        self.held.clear()

    def seen(self) -> bytes:
        return b"".join(records.tobytes() for records in self.records)


def oracle(n: int, seed: int) -> NDArray[np.void]:
    return Transform().records([ACK, *feed.messages(n, seed)])


def until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE_S
    while not happened():
        assert time.monotonic() < end, "it never happened"


@pytest.fixture(scope="module")
def quiet() -> Iterator[Exchange]:
    """Five thousand messages at once, then heartbeats."""
    with Exchange(5_000, seed=5) as exchange:
        yield exchange


def test_records_are_those_of_the_definition_byte_for_byte_and_a_closed_feed_is_told() -> None:
    brain = Positions()
    with Exchange(20_000, seed=4, end="close") as exchange, FeedEngine(exchange.address) as engine:
        lost = follow(engine, brain)
        counts = engine.counts
    expected = oracle(20_000, 4)
    assert brain.seen() == expected.tobytes()
    assert (counts.messages, counts.records) == (20_001, len(expected))
    assert lost == Lost("ended", f"{exchange.address}: the exchange closed the feed")
    assert brain.told == [lost]


def test_an_engine_killed_in_mid_feed_is_noticed_in_the_stated_time_and_the_brain_unwinds_once() -> None:
    # Bursts of fifty for as long as it takes: what is killed is killed in between.
    with Exchange(20_000, seed=6, burst=50, pause_s=0.005) as exchange, FeedEngine(exchange.address) as engine:
        killed_at_s = 0.0

        def kill(n: int) -> None:
            nonlocal killed_at_s
            if n > 500 and not killed_at_s:
                assert engine.pid is not None
                os.kill(engine.pid, signal.SIGKILL)
                killed_at_s = time.monotonic()

        brain = Positions(kill)
        lost = follow(engine, brain)
    assert (lost.cause, brain.told, brain.held) == ("dead", [lost], {})
    assert "killed by SIGKILL" in lost.reason
    # Stated for a machine that has a core for it; ten times that for one that has not.
    assert brain.told_at_s - killed_at_s < 10 * feed_engine.NOTICED_WITHIN_S
    seen, expected = brain.seen(), oracle(20_000, 6).tobytes()
    assert 0 < len(seen) < len(expected)
    assert expected.startswith(seen)


def test_an_engine_that_hangs_is_stale(quiet: Exchange) -> None:
    with FeedEngine(quiet.address) as engine:
        brain = Positions(lambda n: os.kill(engine.pid or 0, signal.SIGSTOP))
        lost = follow(engine, brain, patience_s=0.3)
        os.kill(engine.pid or 0, signal.SIGCONT)
    assert lost.cause == "stale"
    assert "nothing was heard for" in lost.reason
    assert "the patience of 0.3 s" in lost.reason


def test_an_exchange_that_falls_silent_is_stale_though_the_connection_stands() -> None:
    brain = Positions()
    with Exchange(1_000, end="silence") as exchange, FeedEngine(exchange.address) as engine:
        lost = follow(engine, brain, patience_s=0.5)
        assert engine.alive
    assert (lost.cause, len(brain.seen())) == ("stale", oracle(1_000, 1).nbytes)


def test_a_quiet_feed_with_heartbeats_is_not_lost(quiet: Exchange) -> None:
    with FeedEngine(quiet.address) as engine:
        until(lambda: engine.counts.messages == 5_001)
        engine.read()
        # Longer than the patience, six heartbeats.
        until(lambda: engine.counts.messages == 5_007)
        assert engine.newest > 1_700_000_001_000_000_000
        assert engine.lost() is None


def test_a_brain_that_is_behind_makes_the_feed_wait_and_loses_nothing() -> None:
    expected = oracle(40_000, 7)
    with Exchange(40_000, seed=7, end="close") as exchange, FeedEngine(exchange.address) as engine:
        assert len(expected) > engine.capacity
        until(lambda: engine.backlog == engine.capacity)
        # Whatever has become of the exchange: there are records to be read.
        assert engine.lost(patience_s=0.0) is None
        brain = Positions()
        follow(engine, brain)
    assert brain.seen() == expected.tobytes()


def test_two_brains_have_the_same_feed(quiet: Exchange) -> None:
    expected = oracle(5_000, 5)
    with FeedEngine(quiet.address) as one, FeedEngine(quiet.address) as other:
        for engine in (one, other):
            until(lambda engine=engine: engine.backlog == len(expected))  # type: ignore[misc]
            assert engine.read().tobytes() == expected.tobytes()


def test_no_exchange_is_told_as_the_connections_end() -> None:
    brain = Positions()
    with FeedEngine("ws://127.0.0.1:9/feed") as engine:
        lost = follow(engine, brain)
    assert lost.cause == "ended"
    assert lost.reason.startswith("ws://127.0.0.1:9/feed: Connection refused")


def test_a_server_that_is_no_exchange_is_told_as_the_connections_end() -> None:
    class Quiet(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever).start()
    try:
        with FeedEngine(f"ws://127.0.0.1:{server.server_port}/feed") as engine:
            lost = follow(engine, Positions())
    finally:
        server.shutdown()
        server.server_close()
    assert lost.cause == "ended"
    assert "404" in lost.reason


def test_an_address_that_is_none_is_refused_before_anything_is_read() -> None:
    with pytest.raises(EngineError, match=r"--feed: expected ws://HOST:PORT/PATH, got wss://exchange"):
        FeedEngine("wss://exchange").start()


@pytest.mark.parametrize("way", WAYS)
def test_each_way_reads_every_play_to_its_end(way: str) -> None:
    with Live(way, 2_000, seed=8) as live:
        # The first play was read, and held to the definition, when it started; books and tickers go on from there.
        assert len(live.play()) == pytest.approx(len(oracle(2_000, 8)), abs=20)
        second, third = live.play(), live.play()
    sequences = np.concatenate([second, third])["sequence"].astype(np.int64)
    assert 1 + 2 * 2_000 <= sequences[0] < sequences[-1] <= 4 * 2_000
    assert (np.diff(sequences) > 0).all()


def test_another_way_or_records_of_another_feed_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="there are json, orjson, msgspec, engine"):
        Live("telepathy", 1)
    monkeypatch.setattr(Transform.__init__, "__defaults__", (SYMBOLS, 0.5, None))
    with pytest.raises(WrongAnswerError, match="not those of the definition"), Live("engine", 2_000):
        pass
