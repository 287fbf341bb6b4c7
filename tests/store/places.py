"""The places a team's store may be at, with real servers: a lake over PostgreSQL, and `perfwatch serve`."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from databases import free_port, postgres

from perfwatch.store.location import AnyLocation
from perfwatch.store.reader import Reader

TOKEN = "a token of more than sixteen characters"
TABLES = (
    *("commits", "machines", "environments", "runs", "failures", "series", "measurements", "newest", "measured"),
    *("acceptances", "settings", "verdicts", "events", "triage", "factors", "judge_states", "outbox", "refs"),
)


def rows(location: AnyLocation) -> dict[str, list[str]]:
    """Return every row of every table of a store, in an order that does not depend on how they came there."""
    with Reader(location) as reader:
        found = {}
        for name in TABLES:
            frame = reader.sql(f"FROM {name}")
            found[name] = sorted(repr(tuple(row)) for row in frame.astype(str).itertuples(index=False))
    return found


@contextlib.contextmanager
def served(store: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve a store in a process of its own; yield its location, as people write it, and the process."""
    listen = f"localhost:{free_port()}"
    command = [sys.executable, "-m", "perfwatch", "serve", "--store", str(store), "--listen", listen, "--lease", "3"]
    environment = {**os.environ, "PERFWATCH_TOKEN": TOKEN, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            told = process.stdout.readline()
            assert told.startswith("serving "), told + process.stdout.read()
            yield f"quack:{listen}", process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the URI of a PostgreSQL server, without a database."""
    folder = Path("/tmp") / f"perfwatch-pg-{os.getpid()}"
    folder.mkdir()
    try:
        with postgres(folder) as uri:
            yield uri
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def lake(server: str, tmp_path: Path) -> Callable[..., str]:
    """Make an empty lake and return its location as people write it; with data in a folder, unless told where."""
    import psycopg

    numbers = itertools.count()

    def make(data_path: str | None = None) -> str:
        name = f"lake_{os.getpid()}_{abs(hash(tmp_path)) % 10**8}_{next(numbers)}"
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        folder = data_path or f"{tmp_path}/{name}/"
        return f"ducklake:{server}/{name}?data_path={folder}"

    return make


@pytest.fixture(params=["lake", "server"])
def team(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the location, as people write it, of an empty store at each place a team's may be at."""
    if request.param == "lake":
        yield request.getfixturevalue("lake")()
        return
    monkeypatch.setenv("PERFWATCH_TOKEN", TOKEN)
    with served(tmp_path / "served.duckdb") as (location, _):
        yield location


# In a process of its own: the one of the tests may have an event loop already.
_PROXY = """
import asyncio, contextlib, ssl, sys
port, certificate, key = int(sys.argv[1]), sys.argv[2], sys.argv[3]
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(certificate, key)
async def pump(reader, writer):
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
async def through(reader, writer):
    there, back = await asyncio.open_connection("localhost", port)
    await asyncio.gather(pump(reader, back), pump(there, writer))
async def main():
    server = await asyncio.start_server(through, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


@contextlib.contextmanager
def behind_tls(folder: Path, port: int) -> Iterator[int]:
    """Put a proxy that speaks TLS in front of a port of this machine; yield its port. `folder` gets `cert.pem`."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate]
    subprocess.run(
        [*command, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    proxy = [sys.executable, "-c", _PROXY, str(port), str(certificate), str(key)]
    with subprocess.Popen(proxy, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()
