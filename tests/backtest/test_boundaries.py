from __future__ import annotations

import math
import os
import signal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfwatch.backtest import boundaries, market, reference
from perfwatch.backtest.boundaries import BOUNDARIES
from perfwatch.backtest.grid import Workload
from perfwatch.backtest.kernels import KERNELS
from perfwatch.backtest.sweep import Sweep
from perfwatch.errors import EngineError, UsageError

transports = pytest.mark.parametrize("transport", ["unix", "tcp"])
with_engine = pytest.mark.parametrize("name", [name for name in BOUNDARIES if name != "in_process"])


@pytest.mark.parametrize("kernel", ["rust_checked", "rust_unchecked"])
@pytest.mark.parametrize("name", list(BOUNDARIES))
def test_a_boundary_changes_no_bit(name: str, kernel: str, quick: Workload, quick_oracle: Sweep) -> None:
    got = BOUNDARIES[name].cross(KERNELS[kernel], quick.close, quick.params, None)
    assert got.pnl.tobytes() == quick_oracle.pnl.tobytes()
    assert got.trades.tobytes() == quick_oracle.trades.tobytes()


@with_engine
def test_no_combination_crosses_too(name: str, quick: Workload) -> None:
    got = BOUNDARIES[name].cross(KERNELS["rust_checked"], quick.close[:10], quick.params[:0], None)
    assert (got.pnl.shape, got.pnl.dtype) == ((0,), np.float64)
    assert (got.trades.shape, got.trades.dtype) == ((0,), np.int64)


@with_engine
def test_numba_is_not_behind_a_boundary(name: str, quick: Workload) -> None:
    with pytest.raises(UsageError, match="'numba' is not in the engine"):
        BOUNDARIES[name].cross(KERNELS["numba"], quick.close, quick.params, None)


@pytest.mark.parametrize("name", list(BOUNDARIES))
def test_a_parameter_that_is_no_window_does_not_cross(name: str, quick: Workload) -> None:
    with pytest.raises(UsageError, match="has the window 0"):
        BOUNDARIES[name].cross(KERNELS["rust_unchecked"], quick.close, [[1, 1, 0, 1, 1, 1]], None)


@transports
@pytest.mark.parametrize("floats", [0, 1, 100, 1_000, 10_000, 100_000, 150_000])
def test_an_echo_is_what_was_sent(transport: boundaries.Transport, floats: int) -> None:
    sent = market.close(floats)
    assert boundaries.echo(sent, transport).tobytes() == sent.tobytes()


@transports
@given(floats=st.lists(st.floats(), max_size=50))
@settings(max_examples=50, deadline=None)
def test_any_bits_are_echoed(transport: boundaries.Transport, floats: list[float]) -> None:
    boundaries.echo(np.array(floats, dtype=np.float64), transport)


def test_a_nan_keeps_its_bits_and_zero_its_sign() -> None:
    sent = np.array([math.nan, -0.0, 0.0, -math.inf]).view(np.int64)
    sent[0] |= 0xBEEF
    assert boundaries.echo(sent.view(np.float64)).view(np.int64).tolist() == sent.tolist()


@pytest.mark.parametrize("name", list(BOUNDARIES))
def test_one_bar_is_a_sweep_that_trades_nothing(name: str) -> None:
    got = boundaries.one_bar(name)
    expected = reference.sweep(boundaries.ONE_BAR, boundaries.ONE_COMBINATION)
    assert (got.pnl.tolist(), got.trades.tolist()) == (expected.pnl.tolist(), expected.trades.tolist()) == ([0.0], [0])


def test_an_engine_is_shared_by_build_transport_and_core() -> None:
    core = min(os.sched_getaffinity(0))
    one = boundaries.shared_engine("checked", "unix")
    assert boundaries.shared_engine("checked", "unix") is one
    others = [
        boundaries.shared_engine("unchecked", "unix"),
        boundaries.shared_engine("checked", "tcp"),
        boundaries.shared_engine("checked", "unix", core),
    ]
    assert len({id(engine) for engine in [one, *others]}) == 4
    assert os.sched_getaffinity(others[2].pid) == {core}


def test_an_engine_that_died_is_an_error_and_the_next_call_has_a_new_one() -> None:
    engine = boundaries.shared_engine("checked", "unix")
    os.kill(engine.pid, signal.SIGKILL)
    with pytest.raises(EngineError):
        boundaries.round_trip(engine, market.close(3))
    assert boundaries.echo([1.0, 2.0]).tolist() == [1.0, 2.0]
    assert boundaries.shared_engine("checked", "unix") is not engine


def test_ended_engines_are_gone_and_started_again_when_needed() -> None:
    pid = boundaries.shared_engine("checked", "unix").pid
    boundaries.end_engines()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert boundaries.echo([1.0]).tolist() == [1.0]


def test_a_forked_child_has_engines_of_its_own_and_leaves_its_parents_alone() -> None:
    parents = boundaries.shared_engine("checked", "unix")
    child = os.fork()
    if child == 0:
        try:
            own = boundaries.shared_engine("checked", "unix")
            boundaries.echo([3.0])
            separate = own.pid != parents.pid
            boundaries.end_engines()
            os._exit(0 if separate else 1)
        except BaseException:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert boundaries.shared_engine("checked", "unix") is parents
    assert boundaries.echo([4.0]).tolist() == [4.0]
