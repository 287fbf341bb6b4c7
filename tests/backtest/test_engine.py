"""The engine as a process: asked well and badly, started where it cannot, and ended in every way there is."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from perfwatch import _engine
from perfwatch.backtest import engine as engine_module
from perfwatch.backtest import wire
from perfwatch.backtest.engine import Engine, find, once
from perfwatch.backtest.sweep import Sweep
from perfwatch.errors import EngineError, HostError

# KERNEL: the one published result, for the first combination of the sweep over 150,000 bars.
PUBLISHED_PNL_PP = -5165.584357717
PUBLISHED_TRADES = 57_029
PUBLISHED_PARAMS = np.array([[3, 6, 2, 1, 2, 3]], dtype=np.int64)

NO_PARAMS = np.empty((0, 6), dtype=np.int64)
ONE_BAR, ONE_COMBINATION = np.array([100.0]), np.ones((1, 6), dtype=np.int64)

# Nothing here takes a second; this only ends what would otherwise never end.
PATIENCE_S = 30.0

kernels = pytest.mark.parametrize("kernel", ["checked", "unchecked"])
transports = pytest.mark.parametrize("transport", ["unix", "tcp"])
pins = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs Linux: this system cannot pin")


@pytest.fixture(scope="module")
def published_close() -> np.ndarray:
    returns = np.random.default_rng(42).normal(0.0, 0.0008, 150_000)
    return 100 * np.exp(np.cumsum(returns))


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"not after {PATIENCE_S} s: {what}"
        time.sleep(0.005)


class Server:
    """A served engine of a test's own, and raw connections to it."""

    def __init__(self, *arguments: str, umask: int = -1) -> None:
        self.process = subprocess.Popen(
            [find(), "serve", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, umask=umask
        )
        self.lines = [self.process.stdout.readline().strip() for a in arguments if a in ("--unix", "--tcp")]

    def connect(self) -> socket.socket:
        transport, _, at = self.lines[0].removeprefix("listening ").partition(":")
        client = socket.socket(socket.AF_UNIX if transport == "unix" else socket.AF_INET)
        client.settimeout(PATIENCE_S)
        host, _, port = at.rpartition(":")
        client.connect(at if transport == "unix" else (host, int(port)))
        return client

    def end(self) -> int:
        self.process.stdin.close()
        code = self.process.wait(PATIENCE_S)
        self.process.stdout.close()
        return code


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(*arguments: str, umask: int = -1) -> Server:
        servers.append(Server(*arguments, umask=umask))
        return servers[-1]

    yield start
    for server in servers:
        server.end()


@pytest.fixture
def socket_path(tmp_path: Path) -> Path:
    return tmp_path / "engine.sock"


def answer(client: socket.socket) -> bytes | str:
    """Return the next reply's body, as text where it is an error."""
    length, refused = wire.reply_length(exactly(client, 4))
    body = exactly(client, length)
    return body.decode() if refused else body


def exactly(client: socket.socket, n: int) -> bytes:
    received = b""
    while len(received) < n:
        chunk = client.recv(n - len(received))
        assert chunk, f"the engine hung up after {received!r}"
        received += chunk
    return received


def framed(body: bytes) -> bytes:
    return struct.pack("<I", len(body)) + body


def run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([find(), *arguments], input=given, capture_output=True, timeout=PATIENCE_S, check=False)


ECHO = wire.build_request(wire.OPCODE_ECHO, [1.5], NO_PARAMS)
ECHOED = struct.pack("<d", 1.5)


# ---- the right answer, however it is asked


def published(sweep: Sweep) -> bool:
    return sweep.trades.tolist() == [PUBLISHED_TRADES] and abs(sweep.pnl[0] - PUBLISHED_PNL_PP) < 1e-9


@kernels
@transports
def test_the_published_fingerprint_comes_back_over_a_socket(kernel, transport, published_close) -> None:
    with Engine(kernel, transport) as engine:
        body = engine.call(wire.OPCODE_SWEEP, published_close, PUBLISHED_PARAMS)
        assert published(wire.parse_sweep(body, 1))


@kernels
def test_the_published_fingerprint_comes_back_over_a_pipe(kernel, published_close) -> None:
    request = wire.build_request(wire.OPCODE_SWEEP, published_close, PUBLISHED_PARAMS)
    assert published(wire.parse_sweep(once(request, kernel), 1))


@pytest.mark.parametrize("unchecked", [False, True])
def test_the_published_fingerprint_comes_back_from_the_extension(unchecked, published_close) -> None:
    result = Sweep(np.zeros(1), np.zeros(1, dtype=np.int64))
    _engine.sweep(published_close, PUBLISHED_PARAMS, result.pnl, result.trades, unchecked)
    assert published(result)


@transports
@pytest.mark.parametrize("n", [0, 1, 1_000, 150_000])
def test_an_echo_gives_back_every_bit(transport, n) -> None:
    # Bit patterns rather than numbers: NaNs with payloads, infinities and subnormals are among them.
    sent = np.random.default_rng(7).integers(0, 2**64, n, dtype=np.uint64).view(np.float64)
    with Engine(transport=transport) as engine:
        body = engine.call(wire.OPCODE_ECHO, sent, NO_PARAMS)
        assert wire.parse_echo(body, n).tobytes() == sent.tobytes()


def test_a_sweep_of_nothing_is_empty_and_one_over_no_bars_makes_no_trades() -> None:
    with Engine() as engine:
        assert bytes(engine.call(wire.OPCODE_SWEEP, ONE_BAR, NO_PARAMS)) == b""
        assert bytes(engine.call(wire.OPCODE_SWEEP, np.empty(0), ONE_COMBINATION)) == bytes(16)


def test_a_body_that_is_held_is_not_overwritten_by_the_next_call() -> None:
    with Engine() as engine:
        first = wire.parse_echo(engine.call(wire.OPCODE_ECHO, np.array([1.0]), NO_PARAMS), 1)
        second = wire.parse_echo(engine.call(wire.OPCODE_ECHO, np.array([2.0]), NO_PARAMS), 1)
        assert (first.tolist(), second.tolist()) == ([1.0], [2.0])
        assert first.flags.aligned


# ---- bad frames


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "opcode: expected 1 bytes, got 0"),
        (b"\0\x01", "n_bars: expected 4 bytes, got 1"),
        (struct.pack("<BII", 0, 3, 1), "body_len: expected 81 bytes for 3 bars and 1 combinations, got 9"),
        (struct.pack("<BII", 0, 2**29, 0), "body_len: expected 4294967305 bytes for 536870912 bars"),
        (struct.pack("<BIId", 1, 0, 0, 1.0), "body_len: expected 9 bytes for 0 bars and 0 combinations, got 17"),
        (struct.pack("<BII", 7, 0, 0), "opcode: expected 0 (sweep) or 1 (echo), got 7"),
        (struct.pack("<BII6q", 0, 0, 1, 3, 6, 2, 1, 0, 3), "combination 0: p2: expected a window of 1 to"),
        (struct.pack("<BII6q", 0, 0, 1, 3, 6, 2, 1, 2, 2**62), "combination 0: p: expected a window of 1 to"),
    ],
)
@transports
def test_a_frame_that_contradicts_itself_is_refused_and_its_connection_lives(
    body, said, transport, serve, socket_path
) -> None:
    server = serve("--unix", str(socket_path)) if transport == "unix" else serve("--tcp", "127.0.0.1:0")
    with server.connect() as client:
        client.sendall(framed(body) + ECHO)
        assert answer(client).startswith(said)
        assert answer(client) == ECHOED


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (b"\xff\xff\xff\xff", "body_len: expected at most 268435456 bytes, got 4294967295"),
        (b"\xff\xff\xff\xff" + bytes(1_000_000), "body_len: expected at most 268435456 bytes, got 4294967295"),
        (ECHO[:2], "body_len: expected 4 bytes, got 2 before the stream ended"),
        (ECHO[:7], "header: expected 9 bytes, got 3 before the stream ended"),
        (ECHO[:-1], "close: expected 8 bytes, got 7 before the stream ended"),
    ],
)
@transports
def test_a_frame_that_cannot_be_read_is_refused_and_the_server_lives(
    stream, said, transport, serve, socket_path
) -> None:
    server = serve("--unix", str(socket_path)) if transport == "unix" else serve("--tcp", "127.0.0.1:0")
    with server.connect() as client:
        client.sendall(stream)
        client.shutdown(socket.SHUT_WR)
        assert answer(client) == said
        assert client.recv(1) == b""
    with server.connect() as client:
        client.sendall(ECHO)
        assert answer(client) == ECHOED


def test_a_body_above_the_limit_given_is_refused(serve, socket_path) -> None:
    server = serve("--unix", str(socket_path), "--max-body", "16")
    with server.connect() as client:
        client.sendall(ECHO)
        assert answer(client) == "body_len: expected at most 16 bytes, got 17"


def test_a_claim_is_given_memory_only_as_it_is_kept(serve, socket_path) -> None:
    server = serve("--unix", str(socket_path))
    before = psutil.Process(server.process.pid).memory_info().rss
    # The longest body there may be, of which only the header and the first float ever come.
    n_bars = ((256 << 20) - 9) // 8
    with server.connect() as claiming:
        claiming.sendall(struct.pack("<IBIId", 9 + 8 * n_bars, 1, n_bars, 0, 1.5))
        claiming.shutdown(socket.SHUT_WR)
        assert answer(claiming) == f"close: expected {8 * n_bars} bytes, got 8 before the stream ended"
    # A peak, so that nothing which was given back again is missed.
    assert peak_rss(server.process.pid) - before < 32 << 20


def peak_rss(pid: int) -> int:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return psutil.Process(pid).memory_info().rss
    (peak,) = (line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(peak) * 1024


def test_a_client_that_stalls_stalls_nobody_else(serve, socket_path) -> None:
    server = serve("--unix", str(socket_path))
    with server.connect() as stalled, server.connect() as other:
        stalled.sendall(ECHO[:-1])
        other.sendall(ECHO)
        assert answer(other) == ECHOED
        stalled.sendall(ECHO[-1:])
        assert answer(stalled) == ECHOED


def test_a_client_that_leaves_without_its_answer_harms_nobody(serve, socket_path) -> None:
    server = serve("--unix", str(socket_path))
    with server.connect() as leaving:
        leaving.sendall(wire.build_request(wire.OPCODE_ECHO, np.zeros(150_000), NO_PARAMS))
    with server.connect() as client:
        client.sendall(ECHO)
        assert answer(client) == ECHOED


def test_a_refused_request_leaves_the_engine_to_be_asked_again() -> None:
    with Engine() as engine:
        with pytest.raises(EngineError, match=r"the engine refused the request: combination 0: half: .*, got 0$"):
            engine.call(wire.OPCODE_SWEEP, ONE_BAR, np.zeros((1, 6), dtype=np.int64))
        with pytest.raises(EngineError, match="opcode: expected 0"):
            engine.call(9, ONE_BAR, NO_PARAMS)
        assert engine.alive
        assert bytes(engine.call(wire.OPCODE_ECHO, np.array([1.5]), NO_PARAMS)) == ECHOED


def test_a_request_above_the_engines_limit_is_its_error_and_not_a_broken_pipe() -> None:
    with Engine() as engine, pytest.raises(EngineError, match="refused the request: body_len: expected at most"):
        engine.call(wire.OPCODE_ECHO, np.zeros((256 << 20) // 8), NO_PARAMS)


@pytest.mark.parametrize("request_", [b"", ECHO[:-1], framed(b"\x09" + bytes(8)), b"\xff\xff\xff\xff" + bytes(300_000)])
def test_a_bad_request_over_a_pipe_is_refused(request_) -> None:
    with pytest.raises(EngineError, match=r"the engine refused the request: .*expected"):
        once(request_)
    done = run("once", given=request_)
    assert done.returncode == 9
    assert done.stderr.startswith(b"perfwatch-engine: ")
    assert done.stderr.count(b"\n") == 1


# ---- an engine that dies or hangs


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
        os.kill(engine.pid, signal.SIGSTOP)
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


# ---- starting


def script(path: Path, text: str) -> str:
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def test_the_engine_named_in_the_environment_is_the_one_found(monkeypatch, tmp_path) -> None:
    named = script(tmp_path / "mine", "#!/bin/sh\n")
    monkeypatch.setenv("PERFWATCH_ENGINE", named)
    assert find() == Path(named)


@pytest.mark.parametrize("name", ["absent", "."])
def test_a_variable_that_names_no_engine_is_an_error_that_names_the_variable(name, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PERFWATCH_ENGINE", str(tmp_path / name))
    with pytest.raises(EngineError, match=r"^PERFWATCH_ENGINE=.* is not an executable file; correct it, or unset it$"):
        find()


def test_an_engine_that_cannot_be_found_is_an_error_on_one_line(tmp_path, root) -> None:
    # A package of its own, without the executable, and a PATH without one.
    shutil.copytree(
        root / "src" / "perfwatch", tmp_path / "perfwatch", ignore=shutil.ignore_patterns("bin", "__pycache__")
    )
    code = "from perfwatch.backtest.engine import Engine\nEngine().start()"
    environment = {"PYTHONPATH": str(tmp_path), "PATH": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    last = done.stderr.splitlines()[-1]
    assert last.startswith("perfwatch.errors.EngineError: perfwatch-engine is neither in ")
    assert last.endswith("install perfwatch with cargo at hand, or name the executable in PERFWATCH_ENGINE")


def test_what_an_engine_says_when_it_cannot_start_is_in_the_error(monkeypatch, tmp_path) -> None:
    failing = script(tmp_path / "failing", "#!/bin/sh\necho 'no luck' >&2\necho today >&2\nexit 3\n")
    monkeypatch.setenv("PERFWATCH_ENGINE", failing)
    with pytest.raises(EngineError, match=r"^the engine did not start: exit code 3 \(no luck today\)$"):
        Engine().start()
    with pytest.raises(EngineError, match=r"^the engine failed in mid-call: exit code 3 \(no luck today\)$"):
        once(ECHO)


def test_a_file_that_this_machine_cannot_run_is_an_error(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PERFWATCH_ENGINE", script(tmp_path / "foreign", "\x7fELF for another machine"))
    for start in (Engine().start, lambda: once(ECHO)):
        with pytest.raises(EngineError, match=r"foreign cannot be started: .*; build it for this machine"):
            start()


def test_an_engine_that_is_never_ready_is_an_error(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PERFWATCH_ENGINE", script(tmp_path / "mute", "#!/bin/sh\nexec cat\n"))
    monkeypatch.setattr(engine_module, "READY_WITHIN_S", 0.2)
    with pytest.raises(EngineError, match=r"the engine was not ready after 0\.2 s"):
        Engine().start()


@pins
def test_the_engine_runs_on_its_core_and_the_client_where_it_did() -> None:
    before = os.sched_getaffinity(0)
    core = max(before)
    with Engine(core=core) as engine:
        assert os.sched_getaffinity(engine.pid) == {core}
        assert os.sched_getaffinity(0) == before
    assert bytes(once(ECHO, core=core)) == ECHOED
    assert os.sched_getaffinity(0) == before


@pins
def test_a_core_that_is_not_there_is_an_error_and_the_mask_stays() -> None:
    before = os.sched_getaffinity(0)
    with pytest.raises(HostError, match="cannot pin the engine to processor 100000"):
        Engine(core=100_000).start()
    assert os.sched_getaffinity(0) == before


# ---- ending


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
    code = "print(engine.pid, flush=True)\nos.kill(engine.pid, signal.SIGSTOP)\nos._exit(0)"
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


# ---- addresses


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_a_socket_is_its_owners_alone_whatever_the_umask(umask, serve, socket_path) -> None:
    serve("--unix", str(socket_path), umask=umask)
    assert stat.S_IMODE(socket_path.stat().st_mode) == 0o600


def stale(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))


def test_a_socket_that_a_dead_engine_left_is_replaced(serve, socket_path) -> None:
    stale(socket_path)
    with serve("--unix", str(socket_path)).connect() as client:
        client.sendall(ECHO)
        assert answer(client) == ECHOED


def test_a_second_server_on_one_path_is_refused_and_the_first_goes_on(serve, socket_path) -> None:
    first = serve("--unix", str(socket_path))
    done = run("serve", "--unix", str(socket_path))
    assert done.returncode == 9
    said = (
        f"perfwatch-engine: cannot listen on {socket_path}: another server listens there; stop it or give another path"
    )
    assert done.stderr.decode() == said + "\n"
    with first.connect() as client:
        client.sendall(ECHO)
        assert answer(client) == ECHOED


def test_of_many_servers_that_replace_one_stale_socket_at_once_exactly_one_wins(socket_path) -> None:
    stale(socket_path)
    started = [
        subprocess.Popen(
            [find(), "serve", "--unix", str(socket_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(8)
    ]
    ready = [process for process in started if process.stdout.readline()]
    codes = [process.wait(PATIENCE_S) for process in started if process not in ready]
    for process in started:
        with process:
            process.stdin.close()
    assert (len(ready), codes) == (1, [9] * 7)
    assert not socket_path.exists()


def test_a_file_that_is_no_socket_is_left_alone(socket_path) -> None:
    socket_path.write_text("precious")
    done = run("serve", "--unix", str(socket_path))
    assert (done.returncode, done.stderr.count(b"\n")) == (9, 1)
    assert b"is not a socket" in done.stderr
    assert socket_path.read_text() == "precious"


def test_a_file_put_in_the_sockets_place_is_not_removed_at_the_end(serve, socket_path) -> None:
    server = serve("--unix", str(socket_path))
    socket_path.unlink()
    socket_path.write_text("precious")
    assert server.end() == 0
    assert socket_path.read_text() == "precious"


def test_tcp_listens_on_the_loopback_and_says_which_port_it_got(serve) -> None:
    server = serve("--tcp", "localhost:0")
    assert server.lines[0].startswith("listening tcp:127.0.0.1:") or server.lines[0].startswith("listening tcp:[::1]:")


def test_both_transports_are_served_by_one_engine(serve, socket_path) -> None:
    lines = serve("--unix", str(socket_path), "--tcp", "127.0.0.1:0").lines
    assert lines[0] == f"listening unix:{socket_path}"
    assert lines[1].startswith("listening tcp:127.0.0.1:")


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0"])
def test_an_address_that_others_reach_needs_a_word_of_its_own(address, serve) -> None:
    done = run("serve", "--tcp", address)
    assert done.returncode == 4
    assert b"--allow-remote" in done.stderr
    assert serve("--tcp", address, "--allow-remote").lines[0].startswith("listening tcp:")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("sreve",),
        ("serve",),
        ("serve", "--unix"),
        ("serve", "--tcp", "nonsense"),
        ("serve", "--tcp", "127.0.0.1:99999"),
        ("serve", "--unix", "/" + "x" * 200),
        ("once", "--kernel", "fast"),
        ("once", "--max-body", "2147483648"),
        ("once", "--unix", "x"),
    ],
)
def test_a_command_line_that_cannot_be_right_exits_4_on_one_line(arguments) -> None:
    done = run(*arguments)
    assert done.returncode == 4
    assert done.stderr.startswith(b"perfwatch-engine: ")
    assert done.stderr.count(b"\n") == 1


def test_help_and_version_are_printed() -> None:
    assert run("--help").stdout.startswith(b"perfwatch-engine: ")
    assert run("serve", "--help").stdout == run("-h").stdout
    assert run("--version").stdout.decode() == f"perfwatch-engine {_engine.__version__}\n"


# ---- the extension


def outputs(m: int) -> Sweep:
    return Sweep(np.zeros(m), np.zeros(m, dtype=np.int64))


@pytest.mark.parametrize(
    ("close", "params", "pnl_out", "trades_out", "said"),
    [
        (np.zeros(3, dtype=np.float32), ONE_COMBINATION, *outputs(1), "close: expected an array of float64"),
        ([1.0], ONE_COMBINATION, *outputs(1), "close: expected an array of float64"),
        (np.zeros((3, 1)), ONE_COMBINATION, *outputs(1), r"close: expected the shape \(n,\), got \[3, 1\]"),
        (np.zeros(6)[::2], ONE_COMBINATION, *outputs(1), "close: expected a C-contiguous array"),
        (np.zeros(3), ONE_COMBINATION.astype(float), *outputs(1), "params: expected an array of int64"),
        (np.zeros(3), np.ones((1, 5), dtype=np.int64), *outputs(1), r"params: expected the shape \(m, 6\)"),
        (np.zeros(3), np.zeros((1, 6), dtype=np.int64), *outputs(1), "combination 0: half: expected a window"),
        (np.zeros(3), ONE_COMBINATION, *outputs(2), r"pnl_out: expected the shape \(1,\), got \[2\]"),
        (np.zeros(3), ONE_COMBINATION, np.zeros(1), np.zeros(1), "trades_out: expected an array of int64"),
        (np.zeros(3), ONE_COMBINATION, np.broadcast_to(0.0, (1,)), outputs(1).trades, "pnl_out: expected"),
    ],
)
@pytest.mark.parametrize("unchecked", [False, True])
def test_arrays_that_are_not_what_the_kernel_takes_are_refused(
    close, params, pnl_out, trades_out, said, unchecked
) -> None:
    with pytest.raises(ValueError, match=said):
        _engine.sweep(close, params, pnl_out, trades_out, unchecked)


def test_the_extension_lets_other_threads_run_meanwhile() -> None:
    held, turns = threading.Lock(), []

    def take_a_turn() -> None:
        with held:
            turns.append(1)

    interval = sys.getswitchinterval()
    try:
        # No thread is made to give way: the other one runs only if this one lets go of the interpreter by itself.
        sys.setswitchinterval(PATIENCE_S)
        with held:
            other = threading.Thread(target=take_a_turn)
            other.start()
        _engine.sweep(np.ones(20_000), np.full((1, 6), 2_000, dtype=np.int64), *outputs(1), False)
        meanwhile = list(turns)
    finally:
        sys.setswitchinterval(interval)
    other.join()
    assert meanwhile == [1]
