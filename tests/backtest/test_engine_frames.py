"""The engine asked badly: each bad frame is refused with words, and the server lives on."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

import numpy as np
import psutil
import pytest
from served_engine import ECHO, ECHOED, NO_PARAMS, ONE_BAR, answer, framed, run, transports

from perfwatch.backtest import wire
from perfwatch.backtest.engine import Engine, once
from perfwatch.errors import EngineError


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "opcode: expected 1 bytes, got 0"),
        (b"\0\x01", "n_bars: expected 4 bytes, got 1"),
        (struct.pack("<BII", 0, 3, 1), "body_len: expected 81 bytes for 3 bars and 1 combinations, got 9"),
        (struct.pack("<BII", 0, 2**29, 0), "body_len: expected 4294967305 bytes for 536870912 bars"),
        (struct.pack("<BIId", 1, 0, 0, 1.0), "body_len: expected 9 bytes for 0 bars and 0 combinations, got 17"),
        (
            struct.pack("<BII", 7, 0, 0),
            "opcode: expected 0 (sweep), 1 (echo), 2 (load) or 3 (sweep of what was loaded), got 7",
        ),
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
