"""The engine over HTTP in JSON: the same answers to the last bit, and a word for everything that is wrong."""

from __future__ import annotations

import http.client
import json
import math
import os
import signal
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perfwatch.backtest.grid import Workload
from perfwatch.backtest.json_service import JsonEngine
from perfwatch.backtest.sweep import Sweep
from perfwatch.errors import EngineError, UsageError


@pytest.fixture(scope="module")
def engine() -> Iterator[JsonEngine]:
    with JsonEngine("certified") as started:
        yield started


def test_a_sweep_is_the_reference_to_the_last_bit(engine: JsonEngine, quick: Workload, quick_oracle: Sweep) -> None:
    got = engine.sweep(quick.close, quick.params)
    assert got.pnl.tobytes() == quick_oracle.pnl.tobytes()
    assert got.trades.tolist() == quick_oracle.trades.tolist()


@given(floats=st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=30))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_finite_floats_come_back_to_the_last_bit(engine: JsonEngine, floats: list[float]) -> None:
    sent = np.array(floats, dtype=np.float64)
    assert engine.echo(sent).tobytes() == sent.tobytes()


def test_a_price_that_is_not_finite_does_not_cross(engine: JsonEngine) -> None:
    with pytest.raises(UsageError, match="no number that is not finite"):
        engine.echo(np.array([1.0, math.nan]))
    assert engine.echo(np.array([1.0])).tolist() == [1.0]


@pytest.mark.parametrize(
    ("path", "question", "said"),
    [
        ("/sweep", {"close": [1.0], "params": [[1, 1, 0, 1, 1, 1]]}, "sq: expected a window"),
        ("/sweep", {"close": [1.0], "params": [[1, 2]]}, "invalid length 2"),
        ("/sweep", {"close": [1.0]}, "missing field `params`"),
        ("/sweep", {"close": ["x"], "params": []}, "invalid type: string"),
        ("/echo", {"close": [1.0], "more": 1}, "unknown field `more`"),
        ("/elsewhere", {}, "expected /sweep or /echo, got /elsewhere"),
    ],
)
def test_what_is_wrong_is_said_and_the_connection_lives(
    engine: JsonEngine, path: str, question: dict, said: str
) -> None:
    with pytest.raises(EngineError, match=said):
        engine.ask(path, question)
    assert engine.echo(np.array([2.5])).tolist() == [2.5]


def test_bytes_that_are_no_json_and_another_method_are_refused(engine: JsonEngine) -> None:
    host, port = engine.connection.getpeername()[:2]
    for method, body, status in (("POST", b"{", 400), ("GET", None, 405)):
        connection = http.client.HTTPConnection(host, port, timeout=30)
        connection.request(method, "/sweep", body)
        reply = connection.getresponse()
        assert (reply.status, list(json.loads(reply.read()))) == (status, ["error"])
        connection.close()


def test_an_engine_that_dies_says_so() -> None:
    with JsonEngine() as dying:
        assert dying.echo(np.array([1.0])).tolist() == [1.0]
        assert dying.pid is not None
        os.kill(dying.pid, signal.SIGKILL)
        with pytest.raises(EngineError, match="failed in mid-call: killed by SIGKILL"):
            dying.echo(np.array([1.0]))
