"""A store of a team holds and answers what a file does: in a lake, and behind a server."""

from __future__ import annotations

import itertools
import random
import signal
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faults import INGESTER, LOAD, READER, SOAK_S, start
from places import rows

from perfwatch.errors import StoreError
from perfwatch.store.location import Location, parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer


def test_it_holds_what_a_file_holds(tree: Any, store: Location, team: str) -> None:
    for number in range(30):
        tree.usual(number, seconds=1 + number)
        tree.run_record(number, name=f"r{number}", failures=[{"benchmark": "b", "exit_code": 1, "stderr": "é"}])
    there = parse(team)
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


def test_a_reader_keeps_to_the_state_it_first_saw(tree: Any, team: str) -> None:
    location = parse(team)
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


def test_two_writers_exclude_each_other_and_the_second_waits(tree: Any, team: str) -> None:
    location = parse(team)
    tree.usual(0)
    first = Writer(location)
    first.load(tree.results)
    with pytest.raises(StoreError, match=r"locked by another writer for more than 0\.2 s"):
        Writer(location, wait_s=0.2).load(tree.results)
    threading.Timer(0.5, first.close).start()
    with Writer(location, wait_s=60) as second:
        assert second.load(tree.results).unchanged == 1


def test_loads_killed_at_random_moments_leave_the_rows_of_one_clean_load(tree: Any, store: Location, team: str) -> None:
    chance, location = random.Random(7), team
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


def test_four_ingesters_and_four_readers_at_once_lose_nothing_and_fail_nowhere(tmp_path: Path, team: str) -> None:
    location = team
    readers = [start(READER, location, SOAK_S) for _ in range(4)]
    writers = [start(INGESTER, location, tmp_path / name, name, SOAK_S) for name in "abcd"]
    told = {process: process.communicate(timeout=SOAK_S + 300) for process in [*writers, *readers]}
    for process, (_, says) in told.items():
        assert process.returncode == 0, says
    loaded = sum(int(told[process][0]) for process in writers)
    with Reader(parse(location)) as reader:
        found = reader.sql("SELECT count(*) AS n, count(DISTINCT (series_id, commit_hash)) AS one FROM measurements")
    assert found.iloc[0].tolist() == [2 * loaded, 2 * loaded]


def test_what_is_taken_out_is_gone_and_the_rest_stays(tree: Any, team: str) -> None:
    location = parse(team)
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
