"""A store behind `perfwatch serve`: who may come in, what is seen when, and what a dead writer or server leaves."""

from __future__ import annotations

import math
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from databases import free_port
from faults import LOAD, start
from hypothesis import given, settings
from hypothesis import strategies as st
from places import TOKEN, behind_tls, rows, served

from perfwatch import errors
from perfwatch.errors import StoreError, UsageError
from perfwatch.store.location import Location, ServerLocation, parse
from perfwatch.store.reader import Reader
from perfwatch.store.remote import literal
from perfwatch.store.writer import Writer


@pytest.fixture
def address(store: Location, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve `store`."""
    monkeypatch.setenv("PERFWATCH_TOKEN", TOKEN)
    with served(store.path) as (location, _):
        yield location


def load(location: str | Path, tree: Any) -> None:
    with Writer(parse(location), wait_s=60) as writer:
        writer.load(tree.results, tree.runs)


def test_the_file_is_locked_meanwhile_and_its_readers_see_what_writers_have_finished(
    tree: Any, store: Location, address: str
) -> None:
    tree.usual(0)
    load(address, tree)
    deadline = time.monotonic() + 60
    while True:
        with Reader(store) as reader:
            if len(reader.measured_commits()) == 1:
                break
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with pytest.raises(StoreError, match="locked by process"):
        Writer(store, wait_s=0.1).load(tree.results)


def test_its_end_publishes_and_the_file_is_a_store_like_any(
    tree: Any, store: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERFWATCH_TOKEN", TOKEN)
    tree.usual(0)
    with served(store.path) as (location, process):
        load(location, tree)
    assert process.returncode == 0
    with Reader(store) as reader:
        assert len(reader.measured_commits()) == 1
    load(store.path, tree)


def test_a_wrong_token_is_refused_and_never_shown(
    tree: Any, address: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERFWATCH_TOKEN", "another token of sixteen")
    with pytest.raises(StoreError, match="refuses the token") as found:
        Reader(parse(address))
    assert "another token" not in f"{found.value!r} {found.value.__cause__!r}"
    monkeypatch.delenv("PERFWATCH_TOKEN")
    with pytest.raises(UsageError, match="asks for a token"):
        Reader(parse(address))
    monkeypatch.setenv("PERFWATCH_TOKEN", "short")
    assert cli("serve", "--store", str(tree.root / "x.duckdb")).returncode == errors.EXIT_USAGE
    assert "short" not in capfd.readouterr().err


def cli(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "perfwatch", *arguments], capture_output=True, text=True, check=False)


def test_a_server_that_is_down_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERFWATCH_TOKEN", TOKEN)
    location = parse(f"quack:localhost:{free_port()}")
    with pytest.raises(StoreError, match="does `perfwatch serve` run there"):
        Reader(location)
    with pytest.raises(StoreError, match="does `perfwatch serve` run there"), Writer(location) as writer:
        writer.triage(None)  # type: ignore[arg-type]


def test_a_proxy_may_speak_tls_for_it(
    tree: Any, store: Location, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.usual(0)
    with behind_tls(tmp_path, parse(address).port) as port:  # type: ignore[union-attr]
        secured = f"quack:localhost:{port}?tls=yes"
        with pytest.raises(StoreError, match="certificate"):
            Reader(parse(secured))
        # In a process of its own: this one's DuckDB keeps whom it trusts.
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        assert cli("ingest", str(tree.results), "--store", secured).returncode == 0
    with Reader(parse(address)) as reader:
        assert len(reader.measured_commits()) == 1


def test_an_address_in_use_and_a_store_that_is_none_are_told(
    store: Location, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = cli("serve", "--store", str(tmp_path / "other.duckdb"), "--listen", address.removeprefix("quack:"))
    assert found.returncode == errors.EXIT_UNREADABLE
    assert "cannot be listened at" in found.stderr
    assert TOKEN not in found.stderr
    assert cli("serve", "--store", address).returncode == errors.EXIT_USAGE
    assert cli("serve", "--store", str(tmp_path / "x.duckdb"), "--listen", "here:there").returncode == errors.EXIT_USAGE
    monkeypatch.delenv("PERFWATCH_TOKEN")
    none = cli("serve", "--store", str(tmp_path / "x.duckdb"))
    assert none.returncode == errors.EXIT_USAGE
    assert "PERFWATCH_TOKEN" in none.stderr


def test_people_ask_and_reach_neither_rows_to_write_nor_files(tree: Any, address: str, tmp_path: Path) -> None:
    tree.usual(0)
    load(address, tree)
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with Reader(parse(address)) as reader:
        assert reader.sql("SELECT count(*) AS n FROM measurements")["n"].tolist() == [3]
        for query in (f"FROM '{secret}'", f"FROM read_csv('{secret}')", "SELECT nonsense"):
            with pytest.raises(UsageError, match="sql: "):
                reader.sql(query)
        for query in ("DELETE FROM series", "COMMIT", "SELECT 1; SELECT 2", f"COPY series TO '{tmp_path}/x.csv'"):
            with pytest.raises(UsageError, match="not one query that reads"):
                reader.sql(query)
        assert reader.sql("SELECT count(*) AS n FROM series")["n"].tolist() == [3]


def test_answers_of_one_reader_do_not_get_into_each_others_way(tree: Any, address: str) -> None:
    for number in range(3):
        tree.usual(number)
    load(address, tree)
    with Reader(parse(address)) as reader:
        long = reader._batches("SELECT range AS i FROM range($n)", {"n": 700_000})
        found = next(long)["i"].tolist()
        assert len(reader.measured_commits()) == 3
        for batch in long:
            found += batch["i"].tolist()
    assert found == list(range(700_000))


def test_export_and_import_lose_nothing(tree: Any, store: Location, address: str, tmp_path: Path) -> None:
    for number in range(5):
        tree.usual(number, seconds=1 + number / 7)
        tree.run_record(number, name=f"r{number}")
    load(address, tree)
    with served(tmp_path / "second.duckdb") as (second, _):
        for form, target in (("parquet", second), ("csv", tmp_path / "a.duckdb"), ("json", tmp_path / "b.duckdb")):
            folder = tmp_path / form
            with Reader(parse(address)) as reader:
                assert reader.export(folder, form)["measurements"] == 15  # type: ignore[arg-type]
            with Writer(parse(target)) as writer:
                writer.restore(folder)
            assert rows(parse(target)) == rows(parse(address))


def test_a_killed_writer_is_waited_for_no_longer_than_its_lease(tree: Any, store: Location, address: str) -> None:
    for number in range(20):
        tree.usual(number)
    process = start(LOAD, address, tree.root, 3)
    with process:
        for _ in range(1 + random.Random(3).randrange(5)):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    with pytest.raises(StoreError, match="locked by another writer"):
        Writer(parse(address), wait_s=0.2).load(tree.results)
    with Writer(parse(address), wait_s=30) as writer:
        writer.load(tree.results)
    with Reader(parse(address)) as reader:
        assert len(reader.measured_commits()) == 20


def test_a_writer_that_slept_over_its_lease_writes_nothing_any_more(tree: Any, address: str) -> None:
    for number in range(20):
        tree.usual(number)
    process = start(LOAD, address, tree.root, 3)
    try:
        process.stdout.readline()
        process.stdout.readline()
        process.send_signal(signal.SIGSTOP)
        with Writer(parse(address), wait_s=30) as writer:
            writer.load(tree.results)
        found = rows(parse(address))
        process.send_signal(signal.SIGCONT)
        _, says = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode != 0
    assert "let go of this session" in says
    assert rows(parse(address)) == found


def test_a_server_killed_in_mid_load_leaves_whole_transactions(
    tree: Any, store: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERFWATCH_TOKEN", TOKEN)
    for number in range(20):
        tree.usual(number)
    with served(store.path) as (location, process):
        client = start(LOAD, location, tree.root, 3)
        with client:
            for _ in range(8):
                client.stdout.readline()
            process.send_signal(signal.SIGKILL)
            process.wait()
            _, says = client.communicate(timeout=60)
    assert client.returncode != 0
    assert "does not answer" in says
    with served(store.path) as (location, _):
        load(location, tree)
        with Reader(parse(location)) as reader:
            assert len(reader.measured_commits()) == 20
            found = reader.sql(
                "SELECT count(*) AS n, count(DISTINCT (series_id, commit_hash)) AS one FROM measurements"
            )
    assert found.iloc[0].tolist() == [60, 60]


def test_a_file_served_that_is_no_store_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERFWATCH_TOKEN", TOKEN)
    path = tmp_path / "other.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE cats (name VARCHAR)")
    before = path.read_bytes()
    found = cli("serve", "--store", str(path), "--listen", f"localhost:{free_port()}")
    assert found.returncode == errors.EXIT_UNREADABLE
    assert "of something else" in found.stderr
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "host", "port", "tls"),
    [
        ("quack:localhost", "localhost", 9494, False),
        ("quack:127.0.0.1:80", "127.0.0.1", 80, False),
        ("quack:[::1]:9000", "::1", 9000, False),
        ("quack:perf.example.org", "perf.example.org", 9494, True),
        ("quack:perf.example.org:443?tls=no", "perf.example.org", 443, False),
    ],
)
def test_an_address_is_read(text: str, host: str, port: int, tls: bool) -> None:
    assert parse(text) == ServerLocation(host, port, tls)


@pytest.mark.parametrize(
    "text", ["quack:", "quack::9494", "quack:a:b", "quack:a:99999", "quack:h?tls=maybe", "quack:h/x"]
)
def test_what_is_no_address_is_a_wrong_argument(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
values = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | texts
    | st.datetimes().map(lambda at: at.replace(fold=0))
)


@settings(deadline=None)  # a shared machine stops for longer than any
@given(values | st.lists(texts) | st.lists(st.floats()))
def test_a_literal_is_the_value_to_the_last_bit(value: Any) -> None:
    with duckdb.connect() as connection:
        [(found,)] = connection.execute(f"SELECT {literal(value)}").fetchall()
    assert repr(found) == repr(value) or (isinstance(value, float) and math.isnan(value) and math.isnan(found))
