"""The tables `newest` and `measured` say what looking at every measurement says, whatever was loaded in what order."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from summed import kept, looked_at

from perfwatch.model import Commit
from perfwatch.store.location import parse
from perfwatch.store.writer import Writer

COLUMNS = ["result", "params", "version"]
COMMITS = [f"{i:02d}" * 20 for i in range(12)]


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
