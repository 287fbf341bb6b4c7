"""A lake: in a folder or in a bucket, its address, and a database that is down."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from databases import free_port
from places import rows

from perfwatch.errors import NothingToCompareError, StoreError, UsageError
from perfwatch.store.location import LakeLocation, Location, parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer


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


def test_an_empty_database_holds_no_store_yet(lake: Callable[..., str]) -> None:
    with pytest.raises(NothingToCompareError, match="no store here yet"):
        Reader(parse(lake()))


def test_compaction_forgets_old_snapshots_and_their_files_and_no_row(
    tree: Any, lake: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    location = parse(lake(f"{folder}/"))
    # Few rows at a time stay in the database.
    for number in range(60):
        tree.usual(number, seconds=1 + number / 10)
        if number % 20 == 19:
            with Writer(location) as writer:
                writer.load(tree.results, tree.runs)
    before, files = rows(location), len(list(folder.rglob("*.parquet")))
    for stay in ("1 day", "0 seconds"):
        monkeypatch.setattr("perfwatch.store.lake._SNAPSHOTS_STAY", stay)
        with Writer(location) as writer:
            writer.compact()
        assert rows(location) == before
        left = len(list(folder.rglob("*.parquet")))
        assert left >= files if stay == "1 day" else left < files
