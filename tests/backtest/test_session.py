"""A series that is loaded once and swept many times: over the socket, and through shared memory."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from perfwatch.backtest import affinity, wire
from perfwatch.backtest.engine import Engine
from perfwatch.backtest.grid import Workload
from perfwatch.backtest.mailbox import MailboxEngine
from perfwatch.backtest.session import Session
from perfwatch.backtest.study_engine import StudyEngine
from perfwatch.backtest.sweep import Sweep
from perfwatch.errors import EngineError, UsageError

NO_BARS, NO_PARAMS = np.empty(0), np.empty((0, 6), np.int64)
WINDOWS = np.array([3, 6, 2, 1, 2, 3], np.int64)
two_cores = pytest.mark.skipif(len(affinity.cores()) < 2, reason="an engine that spins wants a core of its own")
mailboxes = pytest.mark.parametrize(
    ("wait", "client"),
    [("spin", "extension"), ("spin", "python"), ("hybrid", "extension"), ("futex", "extension")],
)


def same(got: Sweep, expected: Sweep) -> bool:
    return got.pnl.tobytes() == expected.pnl.tobytes() and got.trades.tolist() == expected.trades.tolist()


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine("certified") as started:
        yield started


def test_a_session_sweeps_what_was_loaded(engine: Engine, quick: Workload, quick_oracle: Sweep) -> None:
    session = Session(engine, quick.close)
    assert same(session.sweep(quick.params), quick_oracle)
    for m in (0, 19):
        assert session.one(quick.params[m]) == (quick_oracle.pnl[m], quick_oracle.trades[m])


def test_loading_again_replaces_the_series(engine: Engine, quick: Workload, quick_oracle: Sweep) -> None:
    assert Session(engine, [100.0]).one(WINDOWS) == (0.0, 0)
    assert same(Session(engine, quick.close).sweep(quick.params), quick_oracle)


def test_a_sweep_before_a_load_and_one_that_brings_bars_are_refused_and_the_session_goes_on(engine: Engine) -> None:
    with pytest.raises(EngineError, match="expected a load before"):
        engine.call(wire.OPCODE_SWEEP_LOADED, NO_BARS, WINDOWS[None])
    session = Session(engine, [100.0])
    with pytest.raises(EngineError, match="expected 0 bars with a sweep of what was loaded, got 1"):
        engine.call(wire.OPCODE_SWEEP_LOADED, np.array([1.0]), WINDOWS[None])
    with pytest.raises(EngineError, match="half: expected a window"):
        session.one(np.zeros(6, np.int64))
    assert session.one(WINDOWS) == (0.0, 0)


def test_a_session_whose_engine_dies_says_so(engine: Engine) -> None:
    session = Session(engine, [100.0])
    assert engine.pid is not None
    os.kill(engine.pid, signal.SIGKILL)
    with pytest.raises(EngineError, match="failed in mid-call"):
        session.one(WINDOWS)
    with pytest.raises(EngineError, match="not running"):
        session.one(WINDOWS)


def test_the_studys_own_way_gives_the_same_answers(quick: Workload, quick_oracle: Sweep) -> None:
    with StudyEngine("certified") as study:
        body = study.call(wire.OPCODE_SWEEP, quick.close, quick.params)
        assert same(wire.parse_sweep(body, len(quick.params)), quick_oracle)
        echo = study.call(wire.OPCODE_ECHO, quick.close, NO_PARAMS)
        assert bytes(echo) == quick.close.tobytes()


@two_cores
@mailboxes
def test_shared_memory_sweeps_what_was_loaded(wait, client, quick: Workload, quick_oracle: Sweep) -> None:
    with MailboxEngine("certified", affinity.cores()[1], wait, client) as mailbox:
        with pytest.raises(EngineError, match="no series was loaded"):
            mailbox.one(WINDOWS)
        mailbox.load(quick.close)
        assert same(mailbox.sweep(quick.params), quick_oracle)
        with pytest.raises(EngineError, match="a window is none"):
            mailbox.one(np.zeros(6, np.int64))
        assert mailbox.one(quick.params[3]) == (quick_oracle.pnl[3], quick_oracle.trades[3])


@two_cores
@mailboxes
def test_shared_memory_echoes_every_bit_and_refuses_more_than_it_holds(wait, client) -> None:
    with MailboxEngine(core=affinity.cores()[1], wait=wait, client=client) as mailbox:
        for n in (0, 1, 1_000, 150_000):
            sent = np.random.default_rng(n).integers(0, 2**64, n, dtype=np.uint64).view(np.float64)
            assert mailbox.echo(sent).tobytes() == sent.tobytes()
        with pytest.raises(UsageError, match="do not fit"):
            mailbox.load(np.zeros(mailbox.capacity + 1))
        with pytest.raises(EngineError, match="refused"):
            mailbox.notify(mailbox.capacity + 1)


@two_cores
@mailboxes
def test_an_engine_that_dies_is_noticed_and_not_waited_for(wait, client) -> None:
    with MailboxEngine(core=affinity.cores()[1], wait=wait, client=client) as mailbox:
        mailbox.load([100.0])
        assert mailbox.pid is not None
        os.kill(mailbox.pid, signal.SIGKILL)
        with pytest.raises(EngineError, match="failed in mid-call: killed by SIGKILL"):
            mailbox.one(WINDOWS)


def test_nothing_of_shared_memory_has_a_name_that_could_be_left_behind(tmp_path: Path) -> None:
    before = set(Path("/dev/shm").iterdir()) if Path("/dev/shm").is_dir() else set()
    with MailboxEngine(wait="futex") as mailbox:
        mailbox.load([100.0])
        assert mailbox.one(WINDOWS) == (0.0, 0)
        assert (set(Path("/dev/shm").iterdir()) if Path("/dev/shm").is_dir() else set()) <= before
    assert not list(tmp_path.iterdir())


def test_an_engine_ends_its_thread_when_its_client_has_gone() -> None:
    with MailboxEngine(wait="futex") as mailbox:
        mailbox.load([100.0])
        tasks = Path(f"/proc/{mailbox.pid}/task")
        serving = len(list(tasks.iterdir()))
        mailbox.connection.close()
        deadline = 100
        while len(list(tasks.iterdir())) >= serving and deadline:
            signal.sigtimedwait([], 0.05)
            deadline -= 1
        assert len(list(tasks.iterdir())) == serving - 1


def test_plain_python_can_only_spin() -> None:
    with pytest.raises(UsageError, match="the client python cannot wait by futex"):
        MailboxEngine(wait="futex", client="python")
