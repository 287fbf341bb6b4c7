"""An engine that dies or hangs, and one whose client does."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import psutil
import pytest
from served_engine import ECHO, ECHOED, NO_PARAMS, ONE_BAR, PATIENCE_S, answer, stop, transports, wait_until

from perfwatch.backtest import wire
from perfwatch.backtest.engine import Engine, once
from perfwatch.errors import EngineError


def computing(pid: int) -> bool:
    return psutil.Process(pid).cpu_times().user > 0.1


def endless() -> tuple[np.ndarray, np.ndarray]:
    """Return a sweep that outlasts every test: each of 10,000 combinations takes seconds."""
    return np.ones(100_000), np.full((10_000, 6), 30_000, dtype=np.int64)


@transports
def test_an_engine_killed_in_mid_call_is_an_error_that_names_the_signal(transport) -> None:
    with Engine(transport=transport) as engine:

        def kill() -> None:
            wait_until(lambda: computing(engine.pid), "the engine computes")
            os.kill(engine.pid, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        with pytest.raises(EngineError, match="the engine failed in mid-call: killed by SIGKILL"):
            engine.call(wire.OPCODE_SWEEP, *endless())
        killer.join()
        assert not engine.alive
        with pytest.raises(EngineError, match="not running"):
            engine.call(wire.OPCODE_ECHO, ONE_BAR, NO_PARAMS)


def test_an_engine_that_died_between_two_calls_is_an_error() -> None:
    with Engine() as engine:
        os.kill(engine.pid, signal.SIGKILL)
        with pytest.raises(EngineError, match="killed by SIGKILL"):
            # Larger than a socket holds, so that the sending itself fails.
            engine.call(wire.OPCODE_ECHO, np.zeros(1_000_000), NO_PARAMS)


@transports
def test_an_engine_that_hangs_is_an_error_and_not_a_wait_for_ever(transport) -> None:
    with Engine(transport=transport, answer_within_s=0.2) as engine:
        stop(engine.pid)
        try:
            with pytest.raises(EngineError, match=r"gave no answer for 0\.2 s"):
                engine.call(wire.OPCODE_ECHO, ONE_BAR, NO_PARAMS)
        finally:
            os.kill(engine.pid, signal.SIGCONT)
        assert not engine.alive


def test_an_engine_over_a_pipe_that_is_too_slow_is_ended() -> None:
    before = set(psutil.Process().children())
    with pytest.raises(EngineError, match=r"gave no answer for 0\.3 s"):
        once(wire.build_request(wire.OPCODE_SWEEP, *endless()), answer_within_s=0.3)
    assert set(psutil.Process().children()) == before


def test_an_engine_killed_over_a_pipe_is_an_error_that_names_the_signal() -> None:
    before = set(psutil.Process().children())

    def kill() -> None:
        wait_until(lambda: set(psutil.Process().children()) > before, "the engine is started")
        (child,) = set(psutil.Process().children()) - before
        wait_until(lambda: computing(child.pid), "the engine computes")
        child.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(EngineError, match="the engine failed in mid-call: killed by SIGKILL"):
        once(wire.build_request(wire.OPCODE_SWEEP, *endless()))
    killer.join()


def test_closing_twice_is_closing_once_and_a_closed_engine_is_not_asked() -> None:
    engine = Engine()
    engine.start()
    engine.close()
    engine.close()
    assert not psutil.pid_exists(engine.pid)
    with pytest.raises(EngineError, match="not running"):
        engine.call(wire.OPCODE_ECHO, ONE_BAR, NO_PARAMS)


def test_an_engine_that_was_never_started_can_be_closed_but_not_asked() -> None:
    engine = Engine()
    with pytest.raises(EngineError, match="not running"):
        engine.call(wire.OPCODE_ECHO, ONE_BAR, NO_PARAMS)
    engine.close()
    with pytest.raises(EngineError, match="was closed; take a new one"):
        engine.start()


def client(code: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Run `code` in a process of its own that has started `engine`, with a folder of its own for temporary files."""
    start = "import os, signal, sys\nfrom perfwatch.backtest.engine import Engine\nengine = Engine()\nengine.start()\n"
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", start + code],
        env=os.environ | {"TMPDIR": str(temporary), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert list(temporary.iterdir()) == []
    return done


def test_the_engine_ends_with_a_client_that_forgot_it(tmp_path) -> None:
    done = client("print(engine.pid)", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert not psutil.pid_exists(int(done.stdout))


def test_the_engine_ends_with_a_client_that_was_killed(tmp_path) -> None:
    done = client("print(engine.pid, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)", tmp_path)
    assert done.returncode == -signal.SIGKILL
    wait_until(lambda: not running(int(done.stdout)), "the engine ends")


def running(pid: int) -> bool:
    # Whoever inherits an orphan may take its time to wait for it.
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_an_engine_that_survives_holds_neither_stdout_nor_stderr_of_its_client(tmp_path) -> None:
    # Stopped, the engine cannot end; still both pipes of the client end with it, or `client` would time out.
    code = "from served_engine import stop\nprint(engine.pid, flush=True)\nstop(engine.pid)\nos._exit(0)"
    pid = int(client(code, tmp_path).stdout)
    assert running(pid)
    os.kill(pid, signal.SIGCONT)
    wait_until(lambda: not running(pid), "the engine ends")


def test_a_forked_child_leaves_its_parents_engine_running(tmp_path) -> None:
    code = (
        "child = os.fork()\nif child == 0: sys.exit(0)\nassert os.waitpid(child, 0)[1] == 0\n"
        "import numpy as np\nprint(bytes(engine.call(1, np.array([1.5]), np.empty((0, 6), dtype=np.int64))).hex())\n"
    )
    done = client(code, tmp_path)
    assert (done.stdout.strip(), done.stderr) == (ECHOED.hex(), "")


@pytest.mark.parametrize("end", ["stdin", signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_server_ends_cleanly_and_takes_its_socket_with_it(end, serve, socket_path) -> None:
    server = serve("--unix", str(socket_path))
    assert stat.S_ISSOCK(socket_path.stat().st_mode)
    with server.connect() as idle:
        idle.sendall(ECHO[:5])
        if end != "stdin":
            server.process.send_signal(end)
            assert server.process.wait(PATIENCE_S) == 0
        assert server.end() == 0
    assert not socket_path.exists()


def test_a_server_told_to_keep_on_does_not_end_with_stdin(serve, socket_path) -> None:
    server = serve("--unix", str(socket_path), "--keep")
    server.process.stdin.close()
    with server.connect() as client:
        client.sendall(ECHO)
        assert answer(client) == ECHOED
    server.process.terminate()
    assert server.process.wait(PATIENCE_S) == 0
