"""Old history leaves the store, what was told of it stays, and what went does not come back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from summed import kept, looked_at

from perfwatch.cli import run_command
from perfwatch.config import Config, load
from perfwatch.model import Commit
from perfwatch.pipeline.judging import judge_newest
from perfwatch.pipeline.pruning import prune
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

FIRST = datetime(2024, 1, 1, 12, tzinfo=UTC)
N, STEP_AT = 150, 60
OLD = FIRST + timedelta(days=100)
NAMES = [f"module{i % 4}.time_{i}" for i in range(12)]
SOAK_S = float(os.environ.get("SOAK_S", "5"))


def line(n: int = N) -> list[Commit]:
    hashes = [sha1(str(i).encode()).hexdigest() for i in range(n)]
    return [Commit(h, FIRST + timedelta(days=i), "Ada", f"commit {i}", None, i) for i, h in enumerate(hashes)]


def write(folder: Path, at: int, commit: Commit, machine: str = "bench-1") -> None:
    rng = np.random.default_rng([at, len(machine)])
    times = 1e-3 * np.exp(rng.normal(0, 0.01, len(NAMES)))
    times[0] *= 1.3 if at >= STEP_AT else 1.0
    results = {name: [[t], [], "1", [[t, t * 1.01]]] for name, t in zip(NAMES, times.tolist(), strict=True)}
    document = {
        "commit_hash": commit.hash, "env_name": "py", "date": int(commit.committed_at.timestamp() * 1000),
        "params": {"machine": machine}, "python": "3", "requirements": {}, "env_vars": {}, "durations": {},
        "result_columns": ["result", "params", "version", "samples"], "results": results, "version": 2,
    }  # fmt: skip
    (folder / "results" / machine).mkdir(parents=True, exist_ok=True)
    (folder / "results" / machine / f"{commit.hash[:8]}-py.json").write_text(json.dumps(document))


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A project of 150 days with a step, judged at its newest commit."""
    (tmp_path / "asv.conf.json").write_text('{"project": "scratch", "results_dir": "results"}')
    for at, commit in enumerate(line()):
        write(tmp_path, at, commit)
    found = load(tmp_path)
    ingest(found)
    assert judge_newest(found) == 1
    monkeypatch.chdir(tmp_path)
    return found


def ingest(config: Config, *, verify: bool = False) -> int:
    with Writer(parse(config.store)) as writer:
        return writer.load(config.root / "results", None, line(), verify=verify).loaded


def counts(config: Config) -> tuple[int, int, int]:
    """Return how many points, commits, and points with samples the store has."""
    with Reader(parse(config.store)) as reader:
        found = reader.sql("SELECT count(*), count(DISTINCT commit_hash), count(samples) FROM measurements")
    return tuple(int(v) for v in found.iloc[0])  # type: ignore[return-value]


def events(config: Config) -> list[Any]:
    with Reader(parse(config.store)) as reader:
        return [event for event, _ in reader.events()]


def test_it_thins_what_is_old_and_says_how_much(config: Config) -> None:
    [told] = prune(config, OLD, "weekly")
    points, commits, with_samples = counts(config)
    assert (told.points, told.commits) == (N * 12, N)
    assert (points, commits) == (told.points - told.gone, told.commits - told.commits_gone)
    assert with_samples == points
    # 100 old days are 15 weeks; around the step one series keeps ten points, and the step's commit all.
    # What is suspected, and perhaps no step, is kept like one.
    assert 50 + 15 <= commits <= 50 + 15 + 30
    assert kept(Path(config.store)) == looked_at(Path(config.store))
    [again] = prune(config, OLD, "weekly")
    assert (again.gone, again.commits_gone) == (0, 0)


def test_what_was_told_stays_and_the_judge_goes_on_from_it(config: Config) -> None:
    before = events(config)
    assert [e.commit for e in before if e.standing == "CONFIRMED"] == [line()[STEP_AT].hash]
    prune(config, OLD, "none")
    assert events(config) == before
    more = line(N + 1)
    write(config.root, N, more[-1])
    with Writer(parse(config.store)) as writer:
        writer.load(config.root / "results", None, more)
    assert judge_newest(config) == 1
    assert [(e.id, e.standing, e.commit) for e in events(config)] == [(e.id, e.standing, e.commit) for e in before]


def test_the_points_around_the_step_are_there(config: Config) -> None:
    prune(config, OLD, "none")
    with Reader(parse(config.store)) as reader:
        [number] = [i for i, key in reader.series(NAMES[0])]
        history = reader.history([number])
    hashes = [c.hash for c in line()]
    assert history["commit_hash"].tolist() == [hashes[0], *hashes[STEP_AT - 5 : STEP_AT + 5], *hashes[100:]]


def test_what_went_does_not_come_back(config: Config) -> None:
    prune(config, OLD, "monthly")
    left = counts(config)
    assert ingest(config) == 0
    assert ingest(config, verify=True) == 0
    assert counts(config) == left


def test_a_dry_run_changes_nothing_and_says_the_same(config: Config) -> None:
    before = Path(config.store).read_bytes()
    told = prune(config, OLD, "weekly", drop_samples=True, dry_run=True)
    assert Path(config.store).read_bytes() == before
    assert prune(config, OLD, "weekly", drop_samples=True) == told


def test_a_dry_run_of_what_is_not_judged_yet_says_what_would_go_and_judges_nothing(config: Config) -> None:
    more = line(N + 1)
    write(config.root, N, more[-1])
    with Writer(parse(config.store)) as writer:
        writer.load(config.root / "results", None, more)
    with Reader(parse(config.store)) as reader:
        before = reader.version
    told = prune(config, OLD, "none", dry_run=True)
    with Reader(parse(config.store)) as reader:
        assert reader.version == before
    assert judge_newest(config) == 1
    assert prune(config, OLD, "none") == told


def test_single_timings_of_old_points_go_when_asked(config: Config) -> None:
    [told] = prune(config, OLD, "daily", drop_samples=True)
    assert (told.gone, told.samples_gone) == (0, 100 * 12)
    assert counts(config) == (N * 12, N, 50 * 12)


def test_the_file_gets_shorter(config: Config) -> None:
    for at, commit in enumerate(line()):
        write(config.root, at, commit, "bench-2")
    ingest(config)
    before = Path(config.store).stat().st_size
    prune(config, FIRST + timedelta(days=149), "none", drop_samples=True)
    assert Path(config.store).stat().st_size < before


def test_only_the_machine_that_is_named_is_thinned(config: Config) -> None:
    for at, commit in enumerate(line()):
        write(config.root, at, commit, "bench-2")
    ingest(config)
    told = prune(config, OLD, "weekly", machine="bench-2")
    assert [p.machine for p in told] == ["bench-2"]
    with Reader(parse(config.store)) as reader:
        assert len(reader.measured_commits("bench-1")) == N
        assert len(reader.measured_commits("bench-2")) < N


INGESTER = """
import sys, time
from pathlib import Path
from perfwatch.store.location import parse
from perfwatch.store.writer import Writer
sys.path.insert(0, sys.argv[4])
from test_prune import line, write
store, root, end, number = sys.argv[1], Path(sys.argv[2]), time.monotonic() + float(sys.argv[3]), 0
commits = line(10_000)
while time.monotonic() < end:
    write(root, number, commits[number], root.name)
    with Writer(parse(store), wait_s=600) as writer:
        assert writer.load(root / "results").loaded == 1
    number += 1
print(number)
"""


def test_while_a_store_is_compacted_writers_lose_nothing(config: Config, tmp_path: Path) -> None:
    helpers = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parent.parent / "store")])
    environment = {**os.environ, "PYTHONPATH": helpers}
    writers = []
    for name in "abc":
        given = (config.store, tmp_path / name, SOAK_S, Path(__file__).parent)
        command = [sys.executable, "-c", INGESTER, *map(str, given)]
        pipe = subprocess.PIPE
        writers.append(subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment))
    compacted = 0
    while any(process.poll() is None for process in writers):
        with Writer(parse(config.store), wait_s=600) as writer:
            writer.compact()
        compacted += 1
    told = [process.communicate() for process in writers]
    assert all(process.returncode == 0 for process in writers), told
    loaded = sum(int(out) for out, _ in told)
    assert counts(config)[0] == (N + loaded) * 12
    assert kept(Path(config.store)) == looked_at(Path(config.store))
    assert compacted > 1


def test_on_the_command_line(config: Config, capsys: Any) -> None:
    assert run_command(["prune", "--older-than", "2024-04-10"]) == 4
    assert "give --yes" in capsys.readouterr().err
    assert run_command(["prune", "--older-than", "soon", "--yes"]) == 4
    assert "neither an age nor a date" in capsys.readouterr().err
    assert run_command(["prune", "--older-than", "2024-04-10", "--dry-run"]) == 0
    assert "would go" in capsys.readouterr().out
    assert run_command(["prune", "--older-than", "2024-04-10", "--yes", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "perfwatch.prune/1"
    assert document["places"][0]["gone"] > 0
    assert run_command(["prune", "--older-than", "2024-04-10", "--yes"]) == 0
    assert capsys.readouterr().out == "nothing to thin before 2024-04-10\n"
    assert run_command(["prune", "--older-than", "99999y", "--dry-run"]) == 4
