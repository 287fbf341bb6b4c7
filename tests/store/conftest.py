"""A results tree as asv leaves it, small enough to be written down in a test."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from places import lake, server, team  # noqa: F401 (fixtures)

from perfwatch.store.ingest import IngestReport
from perfwatch.store.location import Location, parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

COLUMNS = [
    "result", "params", "version", "started_at", "duration", "stats_ci_99_a", "stats_ci_99_b", "stats_q_25",
    "stats_q_75", "stats_number", "stats_repeat", "samples", "profile",
]  # fmt: skip

BENCHMARKS = {
    "compute.time_sweep": {
        "name": "compute.time_sweep", "type": "time", "unit": "seconds", "version": "v1",
        "param_names": ["architecture", "size"], "params": [["'numba'", "'rust'"], ["'quick'"]],
    },
    "equivalence.track_trades": {
        "name": "equivalence.track_trades", "type": "track", "unit": "trades", "version": "v1",
        "param_names": [], "params": [],
    },
    "version": 2,
}  # fmt: skip


def commit_hash(number: int) -> str:
    return f"{number:08x}" * 5


@dataclass
class Tree:
    """`results` and `runs` of a project below `root`."""

    root: Path

    @property
    def results(self) -> Path:
        return self.root / "results"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    def benchmarks(self, declarations: dict[str, Any] = BENCHMARKS) -> Path:
        return _write(self.results / "benchmarks.json", declarations)

    def machine(self, name: str = "box", **facts: str) -> Path:
        return _write(self.results / name / "machine.json", {"machine": name, "version": 1, **facts})

    def result(
        self, number: int, rows: dict[str, list[Any]], machine: str = "box", environment: str = "py3.11", **other: Any
    ) -> Path:
        document = {
            "commit_hash": commit_hash(number), "env_name": environment, "date": 1_700_000_000_000 + number * 60_000,
            "params": {"machine": machine, "python": "3.11"}, "python": "3.11", "requirements": {"numpy": "2.4"},
            "env_vars": {}, "result_columns": COLUMNS, "results": rows, "durations": {}, "version": 2, **other,
        }  # fmt: skip
        return _write(self.results / machine / f"{commit_hash(number)[:8]}-{environment}.json", document)

    def usual(self, number: int, seconds: float = 1.0) -> Path:
        """Write a result file of three points: two timings and a count."""
        times = [seconds, seconds / 2]
        return self.result(
            number,
            {
                "compute.time_sweep": [
                    times, [["'numba'", "'rust'"], ["'quick'"]], "v1", 1_700_000_001_000, 12.5,
                    [t * 0.9 for t in times], [t * 1.1 for t in times], [t * 0.95 for t in times],
                    [t * 1.05 for t in times], [1, 1], [3, 3], [[t, t, t] for t in times],
                ],
                "equivalence.track_trades": [[57029], [], "v1"],
            },
        )  # fmt: skip

    def run_record(self, number: int, name: str = "a", **other: Any) -> Path:
        record = {
            "schema": "perfwatch.run/1", "commit": commit_hash(number), "machine": "box", "environment": "py3.11",
            "started_at": "2026-01-02T03:04:05+00:00", "finished_at": "2026-01-02T03:05:05+00:00", "tool": "asv 0.6.6",
            "exit_code": 0, "host": {"cpu": "x", "governor": None}, "selection": {}, "engine_digest": None,
            "failures": [], **other,
        }  # fmt: skip
        return _write(self.runs / "box" / f"{name}.json", record)


def _write(path: Path, document: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document)
    if path.exists() and path.stat().st_size == len(text):
        # Two writes within one tick of the clock would look the same to whoever looks at times only.
        path.unlink()
        path.write_text(text)
        os.utime(path, ns=(0, path.stat().st_mtime_ns + 1_000_000))
    else:
        path.write_text(text)
    return path


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A tree with declarations and one machine, no results yet."""
    tree = Tree(tmp_path / "project")
    tree.benchmarks()
    tree.machine(os="Linux", cpu="x86")
    return tree


@pytest.fixture
def nan() -> float:
    return math.nan


@pytest.fixture
def another_tree(tmp_path: Path) -> Callable[[str], Tree]:
    """Another clone of the same project, by the name of its folder."""

    def make(name: str) -> Tree:
        tree = Tree(tmp_path / name)
        tree.benchmarks()
        tree.machine(os="Linux", cpu="x86")
        return tree

    return make


@pytest.fixture
def full_hash() -> Callable[[int], str]:
    return commit_hash


@pytest.fixture
def store(tmp_path: Path) -> Location:
    return parse(tmp_path / "perfwatch.duckdb")


@pytest.fixture
def ingest(store: Location, tree: Tree) -> Callable[..., IngestReport]:
    """Load a tree, the usual one by default, into the store and publish it."""

    def load(of: Tree | None = None, **options: Any) -> IngestReport:
        of = of or tree
        with Writer(store) as writer:
            return writer.load(of.results, of.runs, **options)

    return load


@pytest.fixture
def rows(store: Location) -> Callable[[str], list[tuple[Any, ...]]]:
    """Ask the published store in SQL and return its rows, missing as None."""

    def ask(query: str) -> list[tuple[Any, ...]]:
        with Reader(store) as reader:
            frame = reader.sql(query)
        return [tuple(row) for row in frame.astype(object).where(frame.notna(), None).itertuples(index=False)]

    return ask


@pytest.fixture
def contents() -> Callable[[Location], dict[str, list[tuple[Any, ...]]]]:
    """Every row of a store that does not say when or as which number it was loaded, so that two stores compare."""

    def read(location: Location) -> dict[str, list[tuple[Any, ...]]]:
        with duckdb.connect(str(location.path), read_only=True) as connection:
            questions = {
                "measurements": "SELECT s.* EXCLUDE series_id, path, m.* EXCLUDE (series_id, source_id) "
                "FROM measurements m JOIN series s USING (series_id) JOIN sources USING (source_id) ORDER BY ALL",
                "series": "SELECT * EXCLUDE series_id FROM series ORDER BY ALL",
                "sources": "SELECT * EXCLUDE (source_id, loaded_at) FROM sources ORDER BY path",
                "runs": "SELECT * EXCLUDE source_id FROM runs ORDER BY ALL",
                "failures": "SELECT * EXCLUDE source_id FROM failures ORDER BY ALL",
                "commits": "SELECT * FROM commits ORDER BY ALL",
                "machines": "SELECT * FROM machines ORDER BY ALL",
                "environments": "SELECT * FROM environments ORDER BY ALL",
            }
            return {name: connection.execute(question).fetchall() for name, question in questions.items()}

    return read


@pytest.fixture
def writer_of(store: Location) -> Iterator[Callable[[], Writer]]:
    """Writers that are closed when the test ends."""
    opened: list[Writer] = []

    def make() -> Writer:
        opened.append(Writer(store, wait_s=0.2))
        return opened[-1]

    yield make
    for writer in opened:
        writer.close()
