"""What the reader answers, and what it refuses."""

from __future__ import annotations

import contextlib
import math
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from perfwatch.errors import NothingToCompareError, StoreError, UsageError
from perfwatch.model import Acceptance, Commit, Failure
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer


@pytest.fixture
def line(full_hash):
    """Three commits; the newest date is not the newest commit."""
    dates = (datetime(2026, 1, 3, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
    return [Commit(full_hash(i), date, "Ada", f"s{i}", None, i) for i, date in enumerate(dates)]


@pytest.fixture
def reader(store, tree, ingest, line):
    for number in range(3):
        tree.usual(number, seconds=1.0 + number)
    ingest(commits=line)
    with Reader(store) as reader:
        yield reader


def test_commits_come_in_the_order_of_git_not_of_dates(reader, line):
    assert reader.commits() == line


def test_commits_git_does_not_know_come_last_by_date(tree, ingest, store, line):
    for number in (0, 9, 8):
        tree.usual(number)
    ingest(commits=line)
    with Reader(store) as reader:
        assert [c.position for c in reader.commits()] == [0, 1, 2, None, None]
        dates = [c.committed_at for c in reader.commits()[3:]]
    assert dates == sorted(dates)


def test_a_commit_is_found_by_the_start_of_its_hash(reader, line):
    assert reader.commit(line[1].hash[:10]) == line[1]
    with pytest.raises(UsageError, match="start of 3 commits"):
        reader.commit("0")
    for unknown in ("ffff", "", "%"):
        with pytest.raises(NothingToCompareError, match="knows no commit"):
            reader.commit(unknown)


def test_measured_commits_are_by_place(reader, line):
    everywhere = {c.hash for c in line}
    assert reader.measured_commits() == reader.measured_commits("box", "py3.11") == everywhere
    assert reader.measured_commits("box", "other") == reader.measured_commits("nobox") == set()


def test_measurements_are_whole_records(reader, line):
    first = reader.measurements(line[0].hash)[0]
    assert first.key.label == "compute.time_sweep(numba, quick)"
    assert first.key.params == (("architecture", "numba"), ("size", "quick"))
    assert (first.key.machine, first.key.environment, first.key.version) == ("box", "py3.11", "v1")
    assert (first.status, first.value, first.lower, first.upper) == ("ok", 1.0, 0.9, 1.1)
    assert (first.samples, first.number, first.duration_s) == ((1.0, 1.0, 1.0), 1, 12.5)
    assert first.started_at == datetime.fromtimestamp(1_700_000_001, UTC)
    assert [m.value for m in reader.measurements(line[2].hash, "box", "py3.11")] == [3.0, 1.5, 57029.0]
    assert reader.measurements(line[0].hash, "nobox") == []


def test_a_failed_measurement_carries_the_newest_words_of_its_benchmark(tree, ingest, store, full_hash, nan):
    tree.result(1, {"b.time_x": [[None, nan], [["1", "2"]], "v"], "b.time_y": [[None], [], "v"]})
    told = [("a", 1, "old words"), ("b", 2, "newer words\n")]
    for name, day, words in told:
        failure = {"benchmark": "b.time_x", "exit_code": 1, "stderr": words}
        tree.run_record(1, name, started_at=f"2026-01-0{day}T00:00:00Z", failures=[failure])
    ingest()
    with Reader(store) as reader:
        assert [(m.status, m.error) for m in reader.measurements(full_hash(1))] == [
            ("failed", "newer words"), ("skipped", None), ("failed", None)
        ]  # fmt: skip
        newest = reader.runs(full_hash(1))[0]
    assert newest.failures == (Failure("b.time_x", 1, "newer words\n"),)
    assert newest.host == {"cpu": "x", "governor": None}
    assert newest.finished_at - newest.started_at > timedelta(0) or newest.finished_at.tzinfo is UTC


def test_history_is_in_the_order_of_git_with_one_kind_of_missing(reader, line):
    ids = [i for i, key in reader.series("compute.time_sweep")]
    frame = reader.history(ids)
    assert list(frame.columns) == [
        "series_id", "commit_hash", "position", "committed_at", "subject", "status", "value", "text", "lower", "upper",
        "q25", "q75", "samples", "number", "started_at",
    ]  # fmt: skip
    assert list(frame["commit_hash"][:3]) == [c.hash for c in line]
    assert list(frame["value"]) == [1.0, 2.0, 3.0, 0.5, 1.0, 1.5]
    types = {name: str(frame[name].dtype) for name in ("position", "value", "number", "text")}
    assert types == {"position": "Int64", "value": "float64", "number": "Int64", "text": "object"}
    assert str(frame["committed_at"].dt.tz) == str(frame["started_at"].dt.tz) == "UTC"
    assert isinstance(frame["samples"][0], np.ndarray)
    assert frame["text"][0] is None


def test_a_missing_value_is_nan_and_its_reason_is_the_status(tree, ingest, store, nan):
    tree.result(1, {"b.track_x": [[None, nan, "why", 2.0], [["1", "2", "3", "4"]], "v"]})
    tree.result(2, {"b.track_x": [[1.0, nan, "what", 2.0], [["1", "2", "3", "4"]], "v"]})
    ingest()
    with Reader(store) as reader:
        frame = reader.history([1, 2, 3, 4])
        catalogue = reader.catalogue()
        series = reader.series()
    assert list(frame["status"]) == ["failed", "ok", "skipped", "skipped", "ok", "ok", "ok", "ok"]
    assert frame["value"].dtype == np.float64
    assert [math.isnan(v) for v in frame["value"]] == [True, False, True, True, True, True, False, False]
    assert list(frame["text"])[4:6] == ["why", "what"]
    assert [s is None for s in frame["samples"]] == [True] * 8
    # A series that only ever was skipped was never measured.
    assert list(catalogue["label"]) == ["b.track_x(1)", "b.track_x(3)", "b.track_x(4)"]
    assert [i for i, _ in series] == [1, 3, 4]


def test_history_of_no_series_is_empty_with_all_columns(reader):
    frame = reader.history([])
    assert len(frame) == 0
    assert str(frame["value"].dtype) == "float64"


def test_the_catalogue_has_one_row_a_series(reader, line):
    frame = reader.catalogue()
    assert list(frame.columns) == [
        "series_id", "benchmark", "version", "params", "machine", "environment", "unit", "kind", "label", "n",
        "last_commit", "last_value",
    ]  # fmt: skip
    assert frame["params"][0] == {"architecture": "numba", "size": "quick"}
    assert list(frame["label"]) == ["compute.time_sweep(numba, quick)", "compute.time_sweep(rust, quick)",
                                    "equivalence.track_trades"]  # fmt: skip
    assert list(frame["n"]) == [3, 3, 3]
    assert set(frame["last_commit"]) == {line[2].hash}
    assert list(frame["last_value"]) == [3.0, 1.5, 57029.0]


def test_acceptances_are_kept_in_order(store, reader, line):
    words = [Acceptance(line[i].hash, "Ada", f"reason {i}", datetime(2026, 2, i + 1, tzinfo=UTC)) for i in range(2)]
    assert reader.acceptances() == []
    for word in words:
        with Writer(store) as writer:
            writer.accept(word)
    assert reader.acceptances() == []
    with Reader(store) as later:
        assert later.acceptances() == words


def test_a_reader_keeps_its_snapshot_and_tells_that_there_is_a_newer_one(tree, ingest, reader):
    assert len(reader.measured_commits()) == 3
    before = reader.version
    tree.usual(7)
    ingest()
    assert len(reader.measured_commits()) == 3
    assert reader.version != before


def test_a_snapshot_that_is_removed_while_open_is_still_read(tree, ingest, reader):
    reader.commits()
    for number in range(10, 13):
        tree.usual(number)
        ingest()
    assert len(reader.measured_commits()) == 3


def test_sources_machines_and_environments(reader, tree):
    frame = reader.sources()
    assert list(frame["kind"]) == ["asv-benchmarks", "asv-results", "asv-results", "asv-results", "asv-machine"]
    assert str(frame["loaded_at"].dt.tz) == "UTC"
    assert [(m.name, m.facts) for m in reader.machines()] == [("box", {"os": "Linux", "cpu": "x86"})]
    assert [(e.name, e.python, e.requirements) for e in reader.environments()] == [("py3.11", "3.11", {"numpy": "2.4"})]


@pytest.mark.parametrize(
    "query",
    ["SELECT count(*) AS n FROM measurements", "FROM measurements SELECT count(*) AS n", "VALUES (9)",
     "WITH a AS (SELECT * FROM measurements) SELECT count(*) FROM a"],
)  # fmt: skip
def test_sql_reads(reader, query):
    assert reader.sql(query).iloc[0, 0] == 9


@pytest.mark.parametrize("query", ["SHOW TABLES", "DESCRIBE series", "EXPLAIN SELECT 1", "SUMMARIZE commits"])
def test_sql_tells_what_there_is(reader, query):
    assert len(reader.sql(query)) > 0


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM measurements", "CREATE TABLE a (b INTEGER)", "CREATE TEMP TABLE a AS SELECT 1",
        "DROP TABLE series", "INSERT INTO acceptances VALUES ('a', 'b', 'c', now())", "",
        "SELECT 1; DELETE FROM measurements", "SELECT 1;;SELECT",
        "ATTACH 'x.duckdb'", "COPY series TO 'series.csv'", "SET threads = 1", "INSTALL httpfs", "nonsense",
        "SELECT * FROM nothing", "SELECT * FROM read_csv('/etc/hostname')", "SELECT * FROM '/etc/hostname'",
        "SELECT * FROM query", "EXPLAIN ANALYZE DELETE FROM measurements", "SELECT 1/", "SELECT error('a\nb')",
    ],
)  # fmt: skip
def test_sql_that_is_no_read_of_the_store_is_refused_on_one_line(reader, query, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        reader.sql(query)
    assert "\n" not in str(caught.value)
    assert len(reader.measured_commits()) == 3


def test_without_a_store_it_says_what_to_run(tmp_path):
    with pytest.raises(NothingToCompareError, match="run `perfwatch ingest`"):
        Reader(parse(tmp_path / "none.duckdb"))


def test_a_deleted_store_is_no_store_whatever_its_snapshots(store, reader):
    store.path.unlink()
    with pytest.raises(NothingToCompareError):
        Reader(store)


def test_an_empty_store_answers_with_nothing(tree, ingest, store):
    ingest()
    with Reader(store) as reader:
        assert reader.commits() == reader.runs() == reader.series() == reader.measurements("x") == []
        assert len(reader.catalogue()) == len(reader.history([1])) == 0


def test_a_damaged_snapshot_is_told_as_such(store, reader):
    reader.close()
    path = store.folder / f"{reader.version}.duckdb"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(StoreError, match=r"damaged|cannot be") as caught, Reader(store) as later:
        later.commits()
    assert "\n" not in str(caught.value)


def test_threads_share_a_reader(reader):
    with ThreadPoolExecutor(8) as pool:
        assert {len(found) for found in pool.map(lambda _: reader.history([1, 2]), range(40))} == {6}


ENDLESS = """
import signal, sys
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
try:
    with Reader(parse(sys.argv[1])) as reader:
        print("asking", flush=True)
        reader.sql("SELECT sum(a.range * b.range) FROM range(10_000_000) a, range(10_000_000) b")
except KeyboardInterrupt:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    print("interrupted", flush=True)
"""


def test_a_query_that_is_interrupted_is_an_interruption(store, reader):
    process = subprocess.Popen([sys.executable, "-c", ENDLESS, store.path], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout.readline() == "asking\n"
        # Asked again until it ends: one signal may come before the query runs.
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.5)
        assert process.stdout.read() == "interrupted\n"


def test_a_closing_semicolon_is_no_second_statement(reader):
    assert reader.sql("SELECT 1 AS one;")["one"][0] == 1


def test_a_matrix_holds_every_point_and_keeps_apart_what_was_failed_skipped_and_never_measured(reader, line):
    machine, environment = reader.machines()[0].name, reader.environments()[0].name
    order = [line[2].hash, "f" * 40, line[0].hash, line[1].hash]
    found = reader.bounded_matrix(machine, environment, order)
    assert found.commits == (line[2].hash, line[0].hash, line[1].hash)
    assert found.keys == tuple(key for _, key in reader.series(machine=machine, environment=environment))

    codes = {"ok": 1, "failed": 2, "skipped": 3}
    seen = np.zeros(found.values.shape, bool)
    for column, commit in enumerate(found.commits):
        for m in reader.measurements(commit):
            row = found.keys.index(m.key)
            seen[row, column] = True
            assert found.status[row, column] == codes[m.status]
            for matrix, value in ((found.values, m.value), (found.lower, m.lower), (found.upper, m.upper)):
                np.testing.assert_equal(matrix[row, column], math.nan if value is None else value)
    assert (found.status[~seen] == 0).all()
    assert np.isnan(found.values[~seen]).all()
    plain = reader.matrix(machine, environment, order)
    assert (plain.commits, plain.keys) == (found.commits, found.keys)
    np.testing.assert_array_equal(plain.values, found.values)
    np.testing.assert_array_equal(plain.status, found.status)


def test_a_matrix_of_a_machine_that_measured_nothing_is_empty(reader, line):
    assert reader.matrix("no-such", "env", [line[0].hash]).values.shape == (0, 0)
