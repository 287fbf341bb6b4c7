"""The tables `newest` and `measured` say what looking at every measurement says, whatever was loaded in what order."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perfwatch.model import Commit
from perfwatch.store.attach import attach
from perfwatch.store.location import parse
from perfwatch.store.writer import Writer

COLUMNS = ["result", "params", "version"]
COMMITS = [f"{i:02d}" * 20 for i in range(12)]


def looked_at(store: Path) -> tuple[dict[int, Any], dict[tuple[str, str, str], Any]]:
    """Return both tables as slow and obvious code makes them, point by point."""
    with attach(store, read_only=True) as connection:

        def rows(query: str) -> list[tuple[Any, ...]]:
            return connection.execute(query).fetchall()

        commits = {h: (p, d) for h, p, d in rows("SELECT hash, position, committed_at FROM commits")}
        series = {i: (m, e) for i, m, e in rows("SELECT series_id, machine, environment FROM series")}
        digest = dict(rows("SELECT source_id, digest FROM sources"))
        points = rows("SELECT series_id, commit_hash, status, value, source_id FROM measurements")

    def age(commit: str) -> tuple[Any, ...]:
        position, at = commits[commit]
        return (position is not None, position or 0, at is not None, at or datetime.min, commit)

    newest: dict[int, Any] = {}
    measured: dict[tuple[str, str, str], Any] = {}
    for series_id, commit, status, value, source in sorted(points, key=lambda p: age(p[1])):
        place = measured.setdefault((*series[series_id], commit), [0, 0, set()])
        place[0] += status == "ok"
        place[1] += status == "failed"
        place[2].add((source, digest[source]))
        if status != "skipped":
            n = newest.get(series_id, (0,))[0] + (status == "ok")
            newest[series_id] = (n, commit, value)
    said = {
        key: (ok, failed, " ".join(f"{i}:{d}" for i, d in sorted(of))) for key, (ok, failed, of) in measured.items()
    }
    return newest, said


def kept(store: Path) -> tuple[dict[int, Any], dict[tuple[str, str, str], Any]]:
    with attach(store, read_only=True) as connection:
        newest = connection.execute("SELECT series_id, n, commit_hash, value FROM newest").fetchall()
        measured = connection.execute("FROM measured").fetchall()
    assert len({row[0] for row in newest}) == len(newest)
    assert len({row[:3] for row in measured}) == len(measured)
    return {row[0]: row[1:] for row in newest}, {row[:3]: row[3:] for row in measured}


def write(folder: Path, name: str, commit: str, results: list[float | None], machine: str, date_ms: int | None) -> None:
    document = {
        "commit_hash": commit, "env_name": "py", "date": date_ms, "params": {"machine": machine}, "python": "3.12",
        "requirements": {}, "env_vars": {}, "result_columns": COLUMNS, "durations": {}, "version": 2,
        "results": {f"a.time_{i}": [[value], [], "1"] for i, value in enumerate(results)},
    }  # fmt: skip
    (folder / machine).mkdir(parents=True, exist_ok=True)
    (folder / machine / f"{name}-py.json").write_text(json.dumps(document))


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_loaded_in_whatever_order(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    store = tmp_path / "store.duckdb"
    line: list[Commit] = []
    for _ in range(6):
        for _ in range(int(rng.integers(1, 6))):
            number = int(rng.integers(len(COMMITS)))
            values = [[None, math.nan, float(rng.integers(1, 99))][int(rng.integers(3))] for _ in range(4)]
            if rng.random() < 0.2:
                values = [math.nan] * 4
            root = tmp_path / ("one" if rng.random() < 0.7 else "two")
            date_ms = None if rng.random() < 0.2 else 1_600_000_000_000 + int(rng.integers(4)) * 1000
            # A name may come again with another commit: the file was replaced.
            name = COMMITS[int(rng.integers(len(COMMITS)))][:8] if rng.random() < 0.3 else COMMITS[number][:8]
            write(root, name, COMMITS[number], values, f"m{int(rng.integers(2))}", date_ms)
        if rng.random() < 0.4:
            order = rng.permutation(len(COMMITS))[: int(rng.integers(3, len(COMMITS)))]
            first = datetime(2024, 1, 1, tzinfo=UTC)
            line = [Commit(COMMITS[c], first + timedelta(hours=i), position=i) for i, c in enumerate(order)]
        with Writer(parse(store)) as writer:
            for root in ("one", "two"):
                if (tmp_path / root).is_dir():
                    writer.load(tmp_path / root, None, line, batch_points=int(rng.integers(1, 30)))
        assert kept(store) == looked_at(store)


def test_declarations_that_join_series_join_their_state(tmp_path: Path) -> None:
    store = tmp_path / "store.duckdb"
    write(tmp_path / "one", "aa", COMMITS[0], [1.0], "m", 1_600_000_000_000)
    write(tmp_path / "two", "bb", COMMITS[1], [2.0], "m", 1_600_000_001_000)
    declared = {"a.time_0": {"name": "a.time_0", "unit": "jiffies", "version": "1", "type": "time"}, "version": 2}
    (tmp_path / "two" / "benchmarks.json").write_text(json.dumps(declared))
    with Writer(parse(store)) as writer:
        for root in ("one", "two"):
            writer.load(tmp_path / root)
    (tmp_path / "one" / "benchmarks.json").write_text(json.dumps(declared))
    with Writer(parse(store)) as writer:
        writer.load(tmp_path / "one")
    assert kept(store) == looked_at(store)
