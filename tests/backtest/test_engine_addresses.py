"""Where the engine listens: sockets, ports, and who may reach them."""

from __future__ import annotations

import socket
import stat
import subprocess
from pathlib import Path

import pytest
from served_engine import ECHO, ECHOED, PATIENCE_S, answer, run

from perfwatch import _engine
from perfwatch.backtest.engine import find


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
