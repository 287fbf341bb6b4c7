"""One writer at a time, killed at any moment, and never half a file."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime

import duckdb
import pytest

from perfwatch.errors import StoreError, UsageError
from perfwatch.model import Acceptance
from perfwatch.store import migrations, snapshot
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

INGEST = """
import sys
from pathlib import Path
from perfwatch.store.location import parse
from perfwatch.store.writer import Writer
store, root, batch_points = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
print("started", flush=True)
with Writer(parse(store), wait_s=60) as writer:
    report = writer.load(root / "results", root / "runs", batch_points=batch_points,
                         progress=lambda done, total, path: print(done, flush=True))
print("report", report.loaded, report.unchanged, flush=True)
"""

HOLD = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


def start(script, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.fixture
def holder(store):
    """A process that has the store's file open for writing."""
    with Writer(store) as writer:
        writer._connection()
    process = start(HOLD, store.path)
    with process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.stdin.close()
        process.wait()


def test_a_locked_store_names_the_process_after_a_bounded_wait(tree, store, holder):
    tree.usual(1)
    says = rf"locked by process {holder.pid} for more than 0.3 s"
    with pytest.raises(StoreError, match=says), Writer(store, wait_s=0.3) as writer:
        writer.load(tree.results)


def test_a_lock_that_is_given_free_in_time_is_waited_for(tree, store, holder):
    tree.usual(1)
    threading.Timer(0.3, holder.stdin.close).start()
    with Writer(store, wait_s=60) as writer:
        assert writer.load(tree.results).loaded == 1


def test_two_writers_of_one_process_exclude_each_other(tree, store, writer_of):
    tree.usual(1)
    writer_of().load(tree.results)
    with pytest.raises(StoreError, match="locked by another writer"):
        writer_of().load(tree.results)


def test_killed_at_any_moment_and_run_again_gives_the_rows_of_one_go(tree, store, tmp_path, contents):
    for number in range(90):
        tree.usual(number, seconds=1 + number)
        if number % 10 == 0:
            tree.run_record(number, name=f"r{number}", failures=[{"benchmark": "b", "exit_code": 1, "stderr": "x"}])
    chance = random.Random(20261120)
    for _ in range(5):
        process = start(INGEST, store.path, tree.root, 9)
        with process:
            # Killed after so many files, wherever it is by then: in a transaction, between two, or publishing.
            for _ in range(chance.randrange(1, 105)):
                if not process.stdout.readline():
                    break
            process.send_signal(signal.SIGKILL)
    with Writer(store) as writer:
        writer.load(tree.results, tree.runs)
    whole = parse(tmp_path / "whole.duckdb")
    with Writer(whole) as writer:
        writer.load(tree.results, tree.runs)
    assert contents(store) == contents(whole)
    with Reader(store) as reader:
        assert len(reader.measured_commits()) == 90


def test_two_ingests_at_once_lose_nothing(tree, another_tree, store, rows):
    other = another_tree("other")
    for number in range(20):
        tree.usual(number)
        other.usual(100 + number)
    both = [start(INGEST, store.path, t.root, 9) for t in (tree, other)]
    for process in both:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert "report 20 0" in out
    assert rows("SELECT count(DISTINCT commit_hash), count(*) FROM measurements") == [(40, 120)]


def test_readers_never_fail_while_it_is_written(tree, store, ingest):
    tree.usual(0)
    ingest()
    failures, counts, done = [], [], threading.Event()

    def poll():
        while not done.is_set():
            try:
                with Reader(store) as reader:
                    counts.append(len(reader.measured_commits()))
            except Exception as error:
                failures.append(error)
            done.wait(0.005)

    readers = [threading.Thread(target=poll) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(1, 9):
        tree.usual(number)
        process = start(INGEST, store.path, tree.root, 9) if number % 4 == 0 else None
        if process is None:
            ingest()
        else:
            _, err = process.communicate(timeout=120)
            assert process.returncode == 0, err
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert counts[-1] <= 9
    assert all(1 <= count <= 9 for count in counts)


def test_a_writer_that_died_before_publishing_is_made_up_for(tree, store, ingest, rows):
    tree.usual(1)
    ingest()
    # What a killed writer leaves: rows committed to its file, and the old snapshot published.
    tree.usual(2)
    writer = Writer(store)
    writer.load(tree.results, tree.runs)
    writer._open_connection.close()
    writer._open_connection = None
    assert rows("SELECT count(*) FROM measurements") == [(3,)]
    report = ingest()
    assert (report.loaded, report.unchanged) == (0, 2)
    assert rows("SELECT count(*) FROM measurements") == [(6,)]


def test_what_was_committed_before_an_error_is_published(tree, store, rows):
    tree.usual(1)

    def interrupt(done, total, path):
        if done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Writer(store) as writer:
        writer.load(tree.results, batch_points=1, progress=interrupt)
    assert rows("SELECT count(*) FROM measurements") == [(3,)]


def test_the_last_two_snapshots_are_kept(tree, store, ingest):
    for number in range(5):
        tree.usual(number)
        ingest()
    kept = sorted(p.name for p in store.folder.glob("*.duckdb"))
    assert len(kept) == 2
    assert kept[-1] == snapshot.version(store)
    assert sorted(p.name for p in store.folder.iterdir()) == sorted([*kept, "current"])


def test_a_lost_snapshot_folder_is_published_anew(tree, store, ingest, rows):
    tree.usual(1)
    ingest()
    shutil.rmtree(store.folder)
    ingest()
    assert rows("SELECT count(*) FROM measurements") == [(3,)]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "an empty file, not a store"),
        (b"hello, world\n" * 1000, "not a DuckDB file"),
        (b"DUCK" * 10, "not a DuckDB file|damaged"),
    ],
    ids=["empty", "text", "short"],
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(tree, store, content, says):
    tree.usual(1)
    store.path.write_bytes(content)
    with pytest.raises(StoreError, match=says) as caught, Writer(store) as writer:
        writer.load(tree.results)
    assert "\n" not in str(caught.value)
    assert str(store.path) in str(caught.value)
    assert store.path.read_bytes() == content
    with pytest.raises(StoreError, match=says):
        Reader(store)


def test_a_sqlite_file_is_refused(tree, store):
    tree.usual(1)
    connection = sqlite3.connect(store.path)
    connection.execute("CREATE TABLE a (b)")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="not a DuckDB file"), Writer(store) as writer:
        writer.load(tree.results)


def test_somebody_elses_duckdb_file_is_refused_and_left_alone(tree, store):
    tree.usual(1)
    with duckdb.connect(str(store.path)) as connection:
        connection.execute("CREATE TABLE prices (p DOUBLE)")
    before = store.path.read_bytes()
    for use in (lambda: Writer(store).load(tree.results), lambda: Reader(store)):
        with pytest.raises(StoreError, match=r"a DuckDB file of something else \(tables prices\)"):
            use()
    assert store.path.read_bytes() == before


def test_a_damaged_store_is_told_as_such(tree, store, ingest):
    tree.usual(1)
    ingest()
    content = bytearray(store.path.read_bytes())
    for at in range(4096, len(content)):
        content[at] ^= 0x5A
    store.path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"), Writer(store) as writer:
        writer.load(tree.results)


def test_a_store_of_a_newer_program_is_refused(tree, store, ingest):
    tree.usual(1)
    ingest()
    with duckdb.connect(str(store.path)) as connection:
        connection.execute("INSERT INTO schema_version VALUES (9999, 'later', now()::TIMESTAMP)")
    with pytest.raises(StoreError, match="its schema is 9999, this program knows up to"), Writer(store) as writer:
        writer.load(tree.results)


def test_a_store_in_a_folder_that_does_not_exist_is_refused(tree, tmp_path):
    tree.usual(1)
    with pytest.raises(UsageError, match="is no folder"), Writer(parse(tmp_path / "no" / "x.duckdb")) as writer:
        writer.load(tree.results)


def test_a_folder_is_no_store(tmp_path):
    with pytest.raises(UsageError, match="is a folder"):
        parse(tmp_path)
    with pytest.raises(UsageError, match="empty"):
        parse(" ")


def test_each_migration_is_applied_once_and_recorded(store, tmp_path):
    folder = tmp_path / "schema"
    folder.mkdir()
    (folder / "0001_base.sql").write_text("CREATE TABLE measurements (a INTEGER); CREATE TABLE b (c INTEGER);")
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"ATTACH '{store.path}' AS store")
        connection.execute("USE store")
        migrations.migrate(connection, folder)
        migrations.migrate(connection, folder)
        (folder / "0002_more.sql").write_text("INSERT INTO b VALUES (1); ALTER TABLE b ADD COLUMN d INTEGER;")
        migrations.migrate(connection, folder)
        assert connection.execute("SELECT version, name FROM schema_version ORDER BY 1").fetchall() == [
            (1, "0001_base"), (2, "0002_more")
        ]  # fmt: skip
        assert connection.execute("SELECT c, d FROM b").fetchall() == [(1, None)]


def test_a_migration_that_fails_leaves_the_schema_before_it(store, tmp_path):
    folder = tmp_path / "schema"
    folder.mkdir()
    (folder / "0001_base.sql").write_text("CREATE TABLE measurements (a INTEGER);")
    (folder / "0002_bad.sql").write_text("CREATE TABLE half (a INTEGER); CREATE TABLE half (a INTEGER);")
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"ATTACH '{store.path}' AS store")
        connection.execute("USE store")
        # A new store is made at once, or not at all; one that is there goes step by step.
        for before in (0, 1):
            with pytest.raises(duckdb.Error, match="already exists"):
                migrations.migrate(connection, folder)
            assert migrations.version(connection) == before
            bad = (folder / "0002_bad.sql").rename(tmp_path / "0002_bad.sql")
            migrations.migrate(connection, folder)
            bad.rename(folder / "0002_bad.sql")
        assert connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'half'").fetchone() == (0,)


def test_the_schema_needs_nothing_a_lake_has_not():
    for path in sorted(migrations._FOLDER.glob("*.sql")):
        text = "\n".join(line.partition("--")[0] for line in path.read_text().splitlines()).upper()
        for word in ("PRIMARY KEY", "UNIQUE", "REFERENCES", "SEQUENCE", "INDEX"):
            assert word not in text, path


def test_a_store_is_made_in_one_step_or_not_at_all(store, tree):
    tree.usual(1)
    with Writer(store) as writer:
        writer.load(tree.results)
    assert [p.name for p in store.folder.glob("new-*")] == []
    assert store.path.stat().st_nlink == 1


def test_a_writer_that_rests_lets_others_write_and_what_it_wrote_is_published_by_whoever_closes(store) -> None:
    def reasons() -> list[str]:
        with Reader(store) as reader:
            return [word.reason for word in reader.acceptances()]

    def word(reason: str) -> Acceptance:
        return Acceptance("c0ffee", "ada", reason, datetime(2026, 5, 1, tzinfo=UTC))

    with Writer(store) as resting:
        resting.accept(word("first"))
        resting.rest()
        with Writer(store, wait_s=0.0) as other:
            other.accept(word("second"))
        assert reasons() == ["first", "second"]
        resting.accept(word("third"))
        resting.rest()
        resting.rest()
        assert reasons() == ["first", "second"]
    assert reasons() == ["first", "second", "third"]
