"""A store in a lake holds and answers what a file does, over a real PostgreSQL, on a disk and in a bucket."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from databases import free_port, postgres
from faults import INGESTER, LOAD, READER, SOAK_S, start

from perfwatch.errors import NothingToCompareError, StoreError, UsageError
from perfwatch.store.location import LakeLocation, Location, parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

psycopg = pytest.importorskip("psycopg")

TABLES = (
    *("commits", "machines", "environments", "runs", "failures", "series", "measurements", "newest", "measured"),
    *("acceptances", "settings", "verdicts", "events", "triage", "factors", "judge_states", "deliveries"),
)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
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
    numbers = itertools.count()

    def make(data_path: str | None = None) -> str:
        name = f"lake_{os.getpid()}_{abs(hash(tmp_path)) % 10**8}_{next(numbers)}"
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        folder = data_path or f"{tmp_path}/{name}/"
        return f"ducklake:{server}/{name}?data_path={folder}"

    return make


def rows(location: Location | LakeLocation) -> dict[str, list[str]]:
    with Reader(location) as reader:
        found = {}
        for name in TABLES:
            frame = reader.sql(f"FROM {name}")
            found[name] = sorted(repr(tuple(row)) for row in frame.astype(str).itertuples(index=False))
    return found


def test_it_holds_what_a_file_holds(tree: Any, store: Location, lake: Callable[..., str]) -> None:
    for number in range(30):
        tree.usual(number, seconds=1 + number)
        tree.run_record(number, name=f"r{number}", failures=[{"benchmark": "b", "exit_code": 1, "stderr": "é"}])
    there = parse(lake())
    for location in (store, there):
        with Writer(location) as writer:
            assert writer.load(tree.results, tree.runs, batch_points=20).loaded == 60
    for number in range(5):
        tree.usual(number, seconds=100 + number)
    for location in (store, there):
        with Writer(location) as writer:
            report = writer.load(tree.results, tree.runs)
        assert (report.loaded, report.unchanged) == (5, 55)
    assert rows(there) == rows(store)


def test_a_reader_keeps_to_the_state_it_first_saw(tree: Any, lake: Callable[..., str]) -> None:
    location = parse(lake())
    with pytest.raises(NothingToCompareError, match="no store here yet"):
        Reader(location)
    tree.usual(0)
    with Writer(location) as writer:
        writer.load(tree.results)
    with Reader(location) as reader:
        version, commits = reader.version, reader.measured_commits()
        tree.usual(1)
        with Writer(location) as writer:
            writer.load(tree.results)
        assert reader.measured_commits() == commits
        assert reader.version != version
    with Reader(location) as reader:
        assert len(reader.measured_commits()) == 2


def test_two_writers_exclude_each_other_and_the_second_waits(tree: Any, lake: Callable[..., str]) -> None:
    location = parse(lake())
    tree.usual(0)
    first = Writer(location)
    first.load(tree.results)
    with pytest.raises(StoreError, match=r"locked by another writer for more than 0\.2 s"):
        Writer(location, wait_s=0.2).load(tree.results)
    threading.Timer(0.5, first.close).start()
    with Writer(location, wait_s=60) as second:
        assert second.load(tree.results).unchanged == 1


def test_loads_killed_at_random_moments_leave_the_rows_of_one_clean_load(
    tree: Any, store: Location, lake: Callable[..., str]
) -> None:
    chance, location = random.Random(7), lake()
    for number in range(30):
        tree.usual(number)
    for load in range(4):
        for number in chance.sample(range(30), 10):
            tree.usual(number, seconds=1 + load + number / 100)
        process = start(LOAD, location, tree.root, 12)
        with process:
            for _ in range(chance.randrange(1, 36)):
                if not process.stdout.readline():
                    break
            process.send_signal(signal.SIGKILL)
    for place in (parse(location), store):
        with Writer(place, wait_s=60) as writer:
            writer.load(tree.results, tree.runs)
    ours, theirs = rows(parse(location)), rows(store)
    # Numbers were given out anew after each kill.
    for name in ("commits", "machines", "environments"):
        assert ours[name] == theirs[name]
    question = "SELECT benchmark, params, commit_hash, status, value FROM measurements JOIN series USING (series_id)"
    answers = []
    for place in (parse(location), store):
        with Reader(place) as reader:
            answers.append(sorted(map(repr, reader.sql(question).astype(str).values.tolist())))
    assert answers[0] == answers[1]


def test_four_ingesters_and_four_readers_at_once_lose_nothing_and_fail_nowhere(
    tmp_path: Path, lake: Callable[..., str]
) -> None:
    location = lake()
    readers = [start(READER, location, SOAK_S) for _ in range(4)]
    writers = [start(INGESTER, location, tmp_path / name, name, SOAK_S) for name in "abcd"]
    told = {process: process.communicate(timeout=SOAK_S + 300) for process in [*writers, *readers]}
    for process, (_, says) in told.items():
        assert process.returncode == 0, says
    loaded = sum(int(told[process][0]) for process in writers)
    with Reader(parse(location)) as reader:
        found = reader.sql("SELECT count(*) AS n, count(DISTINCT (series_id, commit_hash)) AS one FROM measurements")
    assert found.iloc[0].tolist() == [2 * loaded, 2 * loaded]


@pytest.fixture(scope="session")
def bucket() -> Iterator[str]:
    """A local server of S3 with a bucket; the usual variables name it."""
    pytest.importorskip("moto")
    endpoint = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", endpoint.rpartition(":")[2]]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(f"{endpoint}/lake", method="PUT")):
                break
        except OSError:
            # It is not up yet.
            if time.monotonic() > deadline or process.poll() is not None:
                raise
            time.sleep(0.1)
    yield endpoint
    process.terminate()
    process.wait()


def test_its_rows_may_be_in_a_bucket(
    tree: Any, store: Location, lake: Callable[..., str], bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"ACCESS_KEY_ID": "k", "SECRET_ACCESS_KEY": "s", "ENDPOINT_URL": bucket}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    for number in range(30):
        tree.usual(number)
    there = parse(lake("s3://lake/perfwatch/"))
    for location in (store, there):
        with Writer(location) as writer:
            writer.load(tree.results)
    assert rows(there) == rows(store)


def test_an_address_is_shown_without_its_options() -> None:
    location = parse("ducklake:postgresql://ada@db.example.org:5433/lake?data_path=s3://b/x&sslmode=require")
    assert str(location) == "ducklake:postgresql://ada@db.example.org:5433/lake"
    assert location == LakeLocation("postgresql://ada@db.example.org:5433/lake?sslmode=require", "s3://b/x")


@pytest.mark.parametrize("text", ["postgresql://ada:secret@db/lake", "postgresql://ada@db/lake?password=secret"])
def test_a_password_in_an_address_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError, match="PGPASSWORD") as found:
        parse(f"ducklake:{text}")
    assert "secret" not in str(found.value)


@pytest.mark.parametrize(
    "text", ["ducklake:", "ducklake:lake.db", "ducklake:postgresql://host", "ducklake:mysql://h/d"]
)
def test_what_is_no_database_is_a_wrong_argument(text: str) -> None:
    with pytest.raises(UsageError, match="names no PostgreSQL database"):
        parse(text)


def test_a_database_that_is_down_is_told() -> None:
    location = parse(f"ducklake:postgresql://ada@127.0.0.1:{free_port()}/lake")
    with pytest.raises(StoreError, match="is the database up"):
        Reader(location)
    with pytest.raises(StoreError, match="is the database up"), Writer(location) as writer:
        writer.triage(None)  # type: ignore[arg-type]


def test_what_is_taken_out_is_gone_and_the_rest_stays(tree: Any, lake: Callable[..., str]) -> None:
    location = parse(lake())
    for number in range(10):
        tree.usual(number)
    with Writer(location) as writer:
        writer.load(tree.results)
    with Reader(location) as reader:
        [place] = reader.places()
        gone = sorted(reader.measured_commits())[:4]
        ids = [row.series_id for row in reader.newest(*place)]
    pairs = list(itertools.product(ids, gone))
    with Writer(location) as writer:
        writer.thin(*place, (np.array([i for i, _ in pairs], np.int32), [c for _, c in pairs]), gone, [], None)
        writer.compact()
    with Reader(location) as reader:
        assert len(reader.measured_commits()) == 6
        assert {row.n for row in reader.newest(*place)} == {6}
