"""What goes wrong around a store costs nothing that was there: kills, a full disk, everybody at once.

The numbers here are what every run of the tests can afford; `make soak` takes fifty loads and a minute.
"""

from __future__ import annotations

import random
import signal
import sys

import pytest
from faults import FULL, INGESTER, LOAD, N_LOADS, READER, SOAK_S, start
from summed import kept, looked_at

from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer


def test_loads_killed_at_random_moments_leave_the_rows_of_one_clean_load(tree, store, tmp_path, contents):
    chance = random.Random(5)
    n_files = 40
    for number in range(n_files):
        tree.usual(number)
    killed_at: dict[str, int] = {}
    for load in range(N_LOADS):
        for number in chance.sample(range(n_files), 10):
            tree.usual(number, seconds=1 + load + number / 100)
        tree.run_record(load, name=f"r{load}")
        process = start(LOAD, store.path, tree.root, 12)
        with process:
            last = ""
            for _ in range(chance.randrange(1, n_files + 8)):
                line = process.stdout.readline()
                if not line:
                    break
                last = line.strip()
            process.send_signal(signal.SIGKILL)
        killed_at[last] = killed_at.get(last, 0) + 1
    with Writer(store) as writer:
        writer.load(tree.results, tree.runs)
    whole = parse(tmp_path / "whole.duckdb")
    with Writer(whole) as writer:
        writer.load(tree.results, tree.runs)
    assert contents(store) == contents(whole)
    assert kept(store.path) == looked_at(store.path)
    with Reader(store) as reader:
        assert len(reader.measured_commits()) == n_files
    # Kills that all came after the end would prove nothing.
    assert killed_at.get("file", 0) >= N_LOADS // 3, killed_at


@pytest.mark.skipif(sys.platform != "linux", reason="a limit on a file's size is Linux' here")
@pytest.mark.parametrize("room", [0, 300_000, 700_000])
def test_on_a_full_disk_the_store_stays_as_it_was_and_the_message_says_why(tree, store, ingest, contents, room):
    for number in range(3):
        tree.usual(number)
    ingest()
    before, size = contents(store), store.path.stat().st_size
    names = [f"a.time_{i}" for i in range(300)]
    for number in range(3, 60):
        tree.result(number, {name: [[number + 1 / 7 + i], [], "v1"] for i, name in enumerate(names)})
    process = start(FULL, store.path, tree.results, 0, size + room)
    _, says = process.communicate(timeout=120)
    assert process.returncode == 8, says
    assert "File too large" in says
    assert "Traceback" not in says
    with Reader(store) as reader:
        assert len(reader.measured_commits()) >= 3
    now = contents(store)
    assert set(map(repr, now["measurements"])) >= set(map(repr, before["measurements"]))
    # Somebody made room: nothing is to be mended by hand.
    ingest()
    with Reader(store) as reader:
        assert len(reader.measured_commits()) == 60
    assert kept(store.path) == looked_at(store.path)


def test_four_ingesters_and_four_readers_at_once_lose_nothing_and_fail_nowhere(store, tmp_path):
    readers = [start(READER, store.path, SOAK_S) for _ in range(4)]
    writers = [start(INGESTER, store.path, tmp_path / name, name, SOAK_S) for name in "abcd"]
    told = {process: process.communicate(timeout=SOAK_S + 300) for process in [*writers, *readers]}
    for process, (_, says) in told.items():
        assert process.returncode == 0, says
    loaded = sum(int(told[process][0]) for process in writers)
    with Reader(store) as reader:
        rows = reader.sql("SELECT count(*) AS n, count(DISTINCT (series_id, commit_hash)) AS one FROM measurements")
    assert rows.iloc[0].tolist() == [2 * loaded, 2 * loaded]
    assert kept(store.path) == looked_at(store.path)
